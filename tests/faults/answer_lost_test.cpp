#include "support/golden.hpp"
#include "support/lossy_proxy.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/users.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// The server commits and its answer is lost: the program cannot know, and must find out. Every COMMIT of a
// command loses its answer once.
using namespace afloat;
using namespace afloat::test;

namespace {
// Whatever of it is done twice can be seen afterwards.
constexpr const char* k_counting = R"(-- afloat:expand
INSERT INTO runs VALUES ('expand');
-- afloat:backfill table=users batch=1
UPDATE users SET visits = visits + 1 WHERE {batch};
-- afloat:contract
INSERT INTO runs VALUES ('contract');
-- afloat:abort
INSERT INTO runs VALUES ('abort');
)";

std::unique_ptr<World> counted_users() {
  auto world = users(Dialect::postgres, "text NOT NULL UNIQUE", ", visits integer NOT NULL DEFAULT 0");
  world->prepare("INSERT INTO users VALUES (3, 'cleo'); CREATE TABLE runs (what text)");
  return world;
}

/// The same database behind another socket.
std::string url_through(const LossyProxy& proxy, const World& world) {
  std::string url = world.url();
  const std::string& folder = PostgresServer::instance().socket_folder();
  const std::size_t at = url.find(folder);
  REQUIRE(at != std::string::npos);
  return url.replace(at, folder.size(), proxy.folder());
}

struct Lost {
  Outcome outcome;
  bool cut = false; ///< the command had so many commits
};

Lost run_with_lost_answer(const Project& project, const World& world, std::vector<std::string> words,
                          int commit) {
  const PostgresServer& server = PostgresServer::instance();
  const LossyProxy proxy(fmt::format("{}/.s.PGSQL.{}", server.socket_folder(), server.port()), server.port(),
                         commit);
  words.insert(words.begin(), {"--url", url_through(proxy, world)});
  const Outcome outcome = run({afloat_program(), std::move(words), project.path().string(), {}});
  return {outcome, proxy.has_cut()};
}

/// What somebody sees who loses an answer: the output of the command, and of the same command again.
std::string told(int commit, const Outcome& lost, const Outcome& again) {
  return fmt::format("the answer to COMMIT {} is lost: exit {}\n{}{}the same command again: exit {}\n{}{}\n",
                     commit, lost.status, lost.out, lost.err, again.status, again.out, again.err);
}

/// Loses the answer to each COMMIT of the command in turn, and gives what was told of it.
std::string sweep(const World& world, const Project& project, std::vector<std::string> words) {
  words.emplace_back("-q");
  const auto whole = world.copy();
  project.succeed(*whole, words);
  const std::string end = whole->dump();
  std::string all;
  for (int commit = 1;; ++commit) {
    INFO(words.front() << ": the answer to COMMIT " << commit << " is lost");
    const auto copy = world.copy();
    const auto [outcome, cut] = run_with_lost_answer(project, *copy, words, commit);
    INFO(outcome.out << outcome.err);
    if (!cut) {
      REQUIRE(outcome.status == 0);
      return all;
    }
    const Outcome again = project.run(*copy, words);
    INFO(again.out << again.err);
    REQUIRE(again.status == 0);
    REQUIRE(difference(end, copy->dump()) == "");
    all += told(commit, outcome, again);
  }
}

void check_told(const std::string& name, const World& world, const Project& project,
                const std::vector<std::string>& words) {
  check_golden(fmt::format("faults/expected/answer_lost_{}.txt", name), sweep(world, project, words));
}
} // namespace

TEST_CASE("expand finds out what became of a COMMIT whose answer was lost", "[faults][postgres][lost]") {
  check_told("expand", *counted_users(), Project({k_rename}), {"expand"});
}

TEST_CASE("contract finds out what became of a COMMIT whose answer was lost", "[faults][postgres][lost]") {
  const auto world = counted_users();
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  check_told("contract", *world, project, {"contract", "--quiet", "0"});
}

TEST_CASE("nothing is done twice where the answer to its COMMIT was lost", "[faults][postgres][lost]") {
  const auto world = counted_users();
  const Project project({k_counting});
  check_told("sql_expand", *world, project, {"expand"});
  project.succeed(*world, {"expand"});
  check_told("sql_contract", *world, project, {"contract"});
  check_told("sql_abort", *world, project, {"abort"});
}
