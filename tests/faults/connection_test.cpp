#include "support/postgres_server.hpp"
#include "support/project.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_migration = R"(
[[operation]]
type = "rename_column"
table = "users"
from = "user_name"
to = "username"

[[operation]]
type = "add_column"
table = "users"
column = "greeting"
column_type = "text"
not_null = true
up = "'hello ' || email"
)";

std::unique_ptr<World> users() {
  auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL UNIQUE, email text NOT NULL);"
      "INSERT INTO users VALUES (1, 'ada', 'a@x'), (2, 'bert', 'b@x'), (3, 'cleo', 'c@x')");
  return world;
}

/// A shell command that ends every session of the runner, its heartbeat's included.
std::string cut(const World& world) {
  return fmt::format(
      "psql -qAt '{}' -c \"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
      "current_database() AND application_name LIKE 'afloat%' AND pid <> pg_backend_pid()\" > /dev/null",
      world.url());
}

/// What a restart of the test's server takes, from inside another program.
std::string restart() {
  const std::string command =
      fmt::format("/usr/lib/postgresql/15/bin/pg_ctl -D {}/data -m fast -w restart -l {}/log > "
                  "/dev/null 2>&1 < /dev/null",
                  PostgresServer::instance().socket_folder(), PostgresServer::instance().socket_folder());
  return geteuid() == 0 ? "runuser -u postgres -- " + command : command;
}

Outcome fails_at(const Project& project, const World& world, std::size_t point, const std::string& command,
                 const std::vector<std::string>& words) {
  return project.run(world, words,
                     {{"AFLOAT_FAULT", "run"},
                      {"AFLOAT_FAULT_AT", std::to_string(point)},
                      {"AFLOAT_FAULT_COMMAND", command}});
}

/// Cuts the connection at every `stride`-th point of a command; resume and abort then reach what they reach
/// without it.
void sweep(const World& world, const std::vector<std::string>& words,
           const std::function<std::string(const World&)>& fault, std::size_t stride,
           const std::string& start) {
  const Project project({k_migration});
  const auto whole = world.copy();
  const auto points = project.points(*whole, words);
  const std::string end = whole->dump();
  for (std::size_t point = 1; point <= points.size(); point += stride)
    for (const bool goes_on : {true, false}) {
      if (start.empty() && !goes_on) continue;
      INFO(words[0] << ": connection lost at point " << point << ", " << points[point - 1]
                    << (goes_on ? ", resumed" : ", aborted"));
      const auto copy = world.copy();
      const Outcome lost = fails_at(project, *copy, point, fault(*copy), words);
      INFO(lost.out << lost.err);
      const bool after_the_end = point == points.size();
      REQUIRE(
          (lost.status == 6 || lost.status == 7 || lost.status == 4 || (after_the_end && lost.status == 0)));
      REQUIRE((lost.status == 0 || lost.err.find("hint: ") != std::string::npos));
      if (goes_on) {
        project.succeed(*copy, words);
        REQUIRE(difference(end, copy->dump()) == "");
        continue;
      }
      const Outcome aborted = project.run(*copy, {"abort", "0001"});
      INFO(aborted.out << aborted.err);
      REQUIRE((aborted.status == 0 || aborted.err.find("has not been started") != std::string::npos));
      REQUIRE(difference(start, copy->dump()) == "");
    }
}
} // namespace

TEST_CASE("a connection lost at any point of expand is resumed or taken back", "[faults][postgres]") {
  const auto world = users();
  sweep(*world, {"expand"}, cut, 1, world->dump());
}

TEST_CASE("a connection lost at any point of contract is resumed", "[faults][postgres]") {
  const auto world = users();
  Project({k_migration}).succeed(*world, {"expand"});
  sweep(*world, {"contract", "--quiet", "0"}, cut, 1, "");
}

TEST_CASE("a restart of the server is survived", "[faults][postgres]") {
  const auto world = users();
  sweep(*world, {"expand"}, [](const World&) { return restart(); }, 7, world->dump());
}
