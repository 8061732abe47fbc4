#include "support/lossy_proxy.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// The server commits and its answer is lost: the program cannot know, and must find out. Every COMMIT of a
// command loses its answer once.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_migration = R"(
[[operation]]
type = "rename_column"
table = "users"
from = "user_name"
to = "username"
)";

std::unique_ptr<World> users() {
  auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE);"
                 "INSERT INTO users VALUES (1, 'ada'), (2, 'bert'), (3, 'cleo')");
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

/// How often the ledger told that a COMMIT was done.
int sweep(const World& world, const std::vector<std::string>& words) {
  const Project project({k_migration});
  const auto whole = world.copy();
  project.succeed(*whole, words);
  const std::string end = whole->dump();
  int told = 0;
  for (int commit = 1;; ++commit) {
    INFO(words.front() << ": the answer to COMMIT " << commit << " is lost");
    const auto copy = world.copy();
    const auto [outcome, cut] = run_with_lost_answer(project, *copy, words, commit);
    INFO(outcome.out << outcome.err);
    if (!cut) {
      REQUIRE(outcome.status == 0);
      return told;
    }
    REQUIRE((outcome.status == 0 || outcome.status == 4 || outcome.status == 6 || outcome.status == 7));
    told += outcome.err.find("So the COMMIT was done") != std::string::npos;
    project.succeed(*copy, words);
    REQUIRE(difference(end, copy->dump()) == "");
  }
}
} // namespace

TEST_CASE("expand finds out what became of a COMMIT whose answer was lost", "[faults][postgres]") {
  REQUIRE(sweep(*users(), {"expand"}) >= 1);
}

TEST_CASE("contract finds out what became of a COMMIT whose answer was lost", "[faults][postgres]") {
  const auto world = users();
  Project({k_migration}).succeed(*world, {"expand"});
  REQUIRE(sweep(*world, {"contract", "--quiet", "0"}) >= 1);
}
