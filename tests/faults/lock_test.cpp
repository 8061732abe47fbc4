#include "support/project.hpp"
#include "support/users.hpp"
#include "support/wait.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_index = R"(
[[operation]]
type = "create_index"
table = "users"
name = "users_by_name"
columns = ["user_name"]
unique = true
)";
constexpr const char* k_impatient = "lock_total = \"1s\"\n";

} // namespace

TEST_CASE("a table that another session has locked gives exit 5 and its name", "[faults][postgres]") {
  const auto world = users(Dialect::postgres);
  const std::string before = world->dump();
  const auto app = world->connect_app();
  app->query("SET application_name = 'shop'");
  const std::string pid = app->query("SELECT pg_backend_pid()").scalar().value();
  app->begin(std::chrono::seconds(1));
  app->query("SELECT * FROM users");
  const Project project({k_rename}, k_impatient);
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 5);
  REQUIRE(outcome.err.find(fmt::format("pid {} (shop", pid)) != std::string::npos);
  REQUIRE(outcome.err.find("could not lock \"public.users\"") != std::string::npos);
  app->rollback();
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
}

TEST_CASE("a lock on afloat's own tables is waited for as long as lock_total", "[faults]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = users(dialect);
  const Project project({k_rename}, "lock_total = \"300ms\"\n");
  const auto other = world->connect();
  const auto stopped = [&](const std::vector<std::string>& words, const std::string& lock,
                           const std::string& message) {
    other->begin(std::chrono::seconds(1));
    other->query(dialect == Dialect::sqlite ? "UPDATE users SET id = id" : lock);
    const Outcome outcome = project.run(*world, words);
    other->rollback();
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 5);
    REQUIRE(outcome.err.find(message) != std::string::npos);
    REQUIRE(outcome.err.find("raise `lock_total`. Nothing was changed") != std::string::npos);
    project.succeed(*world, words);
  };
  stopped({"expand"}, "CREATE SCHEMA afloat", "error: cannot make afloat's own tables within 300ms: ");
  stopped({"contract", "--quiet", "0"}, "SELECT * FROM afloat.lease FOR UPDATE",
          "error: could not take the lease within 300ms: ");
}

TEST_CASE("a table locked during contract leaves the window open", "[faults][postgres]") {
  const auto world = users(Dialect::postgres);
  const Project project({k_rename}, k_impatient);
  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  const auto app = world->connect_app();
  app->begin(std::chrono::seconds(1));
  app->query("SELECT * FROM users");
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 5);
  app->query("INSERT INTO users (id, user_name) VALUES (3, 'cleo')");
  app->rollback();
  REQUIRE(difference(window, world->dump()) == "");
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("a writer that waits behind afloat's lock waits no longer than one try", "[faults][postgres]") {
  const auto world = users(Dialect::postgres);
  const auto reader = world->connect_app(), writer = world->connect_app();
  reader->begin(std::chrono::seconds(1));
  reader->query("SELECT * FROM users");
  const Project project({k_rename}, k_impatient);
  Running running(project.command(*world, {"expand"}));
  std::chrono::steady_clock::duration longest{};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(800);
  for (int i = 10; std::chrono::steady_clock::now() < deadline; ++i) {
    const auto start = std::chrono::steady_clock::now();
    writer->query(fmt::format("INSERT INTO users (id, user_name) VALUES ({}, 'u')", i));
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
  }
  reader->rollback();
  running.wait();
  // 100 ms is one try; the rest is what a busy machine may add.
  REQUIRE(longest < std::chrono::milliseconds(400));
}

TEST_CASE("an INVALID index that a failed build left is removed, and built again", "[faults][postgres]") {
  const auto world = users(Dialect::postgres);
  const Project project({k_index}, k_impatient);
  const auto whole = world->copy();
  const auto points = project.points(*whole, {"expand"});
  std::size_t building = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i] == "before statement 1.2") building = i + 1;
  REQUIRE(building > 0);
  // A duplicate that arrives just before the build makes it fail; the INVALID index goes at once.
  const Outcome failed = project.run(
      *world, {"expand"},
      {{"AFLOAT_FAULT", "run"},
       {"AFLOAT_FAULT_AT", std::to_string(building)},
       {"AFLOAT_FAULT_COMMAND",
        fmt::format("psql -q '{}' -c \"INSERT INTO users VALUES (9, 'ada')\"", world->app_url())}});
  INFO(failed.out << failed.err);
  REQUIRE(failed.status == 7);
  const auto owner = world->connect();
  REQUIRE(owner->query("SELECT count(*) FROM pg_index WHERE NOT indisvalid").scalar() == "0");
  const Outcome verified = project.run(*world, {"verify"});
  INFO(verified.out << verified.err);
  REQUIRE(verified.status == 0);
  owner->query("DELETE FROM users WHERE id = 9");
  SECTION("by the same command") {
    project.succeed(*world, {"expand"});
    REQUIRE(difference(whole->dump(), world->dump()) == "");
  }
  SECTION("or dropped by abort") {
    project.succeed(*world, {"abort", "0001"});
    REQUIRE(owner->query("SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text = 'users_by_name'")
                .scalar()
            == "0");
  }
}

TEST_CASE("an index of that name that afloat did not make is left alone", "[faults][postgres]") {
  const auto world = users(Dialect::postgres);
  const Project project({k_index}, k_impatient);
  world->connect()->query("CREATE INDEX users_by_name ON users (id)");
  const std::string before = world->dump();
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 3);
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("a writer that keeps the SQLite file locked gives exit 5", "[faults][sqlite]") {
  const auto world = users(Dialect::sqlite);
  const Project project({k_rename}, k_impatient);
  SECTION("before anything has been done") {
    const std::string before = world->dump();
    const auto app = world->connect_app();
    app->begin(std::chrono::seconds(1));
    app->query("INSERT INTO users VALUES (7, 'gone')");
    const Outcome outcome = project.run(*world, {"expand"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 5);
    app->rollback();
    REQUIRE(difference(before, world->dump()) == "");
    project.succeed(*world, {"expand"});
  }
  SECTION("in the window") {
    project.succeed(*world, {"expand"});
    const std::string window = world->dump();
    const auto app = world->connect_app();
    app->begin(std::chrono::seconds(1));
    app->query("INSERT INTO users (id, user_name) VALUES (7, 'gone')");
    const Outcome outcome = project.run(*world, {"contract", "--quiet", "0"});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 5);
    app->rollback();
    REQUIRE(difference(window, world->dump()) == "");
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
}
