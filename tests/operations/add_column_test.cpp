#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_schema = "CREATE TABLE users (id integer PRIMARY KEY, first_name text NOT NULL, "
                             "last_name text NOT NULL DEFAULT 'x');";

std::string migration(const std::string& fields) {
  return "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"extra\"\n" + fields;
}

/// The old release knows first_name alone; the new one writes extra as well.
Rollout adding(const std::string& fields, const std::string& value, bool window) {
  Rollout rollout;
  rollout.schema = k_schema;
  rollout.migrations = {migration(fields)};
  rollout.old_release = {.insert = "INSERT INTO users (id, first_name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET first_name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, first_name FROM users"};
  rollout.new_release = {
      .insert =
          fmt::format("INSERT INTO users (id, first_name, extra) VALUES ({{key}}, '{{value}}', {})", value),
      .update =
          fmt::format("UPDATE users SET first_name = '{{value}}', extra = {} WHERE id = {{key}}", value),
      .erase = "DELETE FROM users WHERE id = {key}",
      .read = "SELECT id, first_name FROM users"};
  rollout.window = window;
  return rollout;
}

void both_ways(const Rollout& rollout) {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
}
} // namespace

TEST_CASE("add_column of a nullable column loses no write", "[operations]") {
  both_ways(adding("column_type = \"text\"\n", "'{value}'", false));
}

TEST_CASE("add_column with a constant default loses no write", "[operations]") {
  Rollout rollout =
      adding("column_type = \"text\"\nnot_null = true\ndefault = \"'none'\"\n", "'{value}'", false);
  rollout.always = {"SELECT count(*) FROM users WHERE extra IS NULL"};
  both_ways(rollout);
}

TEST_CASE("add_column with a volatile default loses no write", "[operations]") {
  Rollout rollout = adding("column_type = \"timestamp\"\nnot_null = true\ndefault = \"CURRENT_TIMESTAMP\"\n",
                           "'2001-02-03 04:05:06'", true);
  rollout.always = {"SELECT count(*) FROM users WHERE extra IS NULL"};
  both_ways(rollout);
}

TEST_CASE("add_column NOT NULL with up loses no write", "[operations]") {
  Rollout rollout =
      adding("column_type = \"text\"\nnot_null = true\nup = \"first_name || ' ' || last_name\"\n",
             "'{value}'", true);
  rollout.always = {
      "SELECT count(*) FROM users WHERE extra IS NULL",
      "SELECT count(*) FROM users WHERE id >= 1000 AND extra <> first_name || ' ' || last_name"};
  both_ways(rollout);
}

TEST_CASE("add_column NOT NULL is NOT NULL after contract", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema + "INSERT INTO users (id, first_name) VALUES (1, 'Ada')");
  const Project project({migration("column_type = \"text\"\nnot_null = true\nup = \"first_name || '!'\"\n")});
  project.succeed(*world, {"expand"});
  world->connect_app()->query("INSERT INTO users (id, first_name) VALUES (2, 'Bert')");
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto app = world->connect_app();
  REQUIRE(app->query("SELECT extra FROM users WHERE id = 1").scalar() == "Ada!");
  REQUIRE(app->query("SELECT extra FROM users WHERE id = 2").scalar() == "Bert!");
  REQUIRE_THROWS_AS(app->query("INSERT INTO users (id, first_name) VALUES (3, 'Cleo')"), Error);
  REQUIRE_THROWS_AS(app->query("UPDATE users SET extra = NULL"), Error);
}

TEST_CASE("an abort says how many values it loses", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema + "INSERT INTO users (id, first_name) VALUES (1, 'Ada'), (2, 'Bert')");
  const Project project({migration("column_type = \"text\"\n")});
  project.succeed(*world, {"expand"});
  const std::string table = world->dialect() == Dialect::postgres ? "public.users" : "users";
  world->connect_app()->query("UPDATE users SET extra = 'x' WHERE id = 1");
  CHECK_THAT(project.run(*world, {"abort", "0001"}).err,
             Catch::Contains("loses 1 value of " + table + ".extra\n"));
  world->connect_app()->query("UPDATE users SET extra = 'x'");
  CHECK_THAT(project.run(*world, {"abort", "0001"}).err,
             Catch::Contains("loses 2 values of " + table + ".extra\n"));
}

TEST_CASE("several operations in one migration lose no write", "[operations]") {
  Rollout rollout =
      adding("column_type = \"text\"\nnot_null = true\nup = \"first_name || '!'\"\n", "'{value}'", true);
  rollout.migrations[0] += R"(
[[operation]]
type = "rename_column"
table = "users"
from = "first_name"
to = "given_name"

[[operation]]
type = "create_index"
table = "users"
name = "users_by_last_name"
columns = ["last_name"]
)";
  rollout.new_release = {.insert = "INSERT INTO users (id, given_name, extra) VALUES ({key}, '{value}', 'x')",
                         .update = "UPDATE users SET given_name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, given_name FROM users"};
  both_ways(rollout);
}

TEST_CASE("add_column with follow is computed anew when a source changes", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, first text, last text, age integer);"
                 "INSERT INTO users VALUES (1, 'Ada', 'King', 36), (2, 'Alan', 'Turing', 41)");
  const std::string before = world->dump();
  const Project project({R"(
[[operation]]
type = "add_column"
table = "users"
column = "full_name"
column_type = "text"
up = "first || ' ' || last"
follow = true
)"});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("UPDATE users SET last = 'Lovelace' WHERE id = 1");
  app->query("UPDATE users SET last = 'T', full_name = 'own' WHERE id = 2");
  app->query("UPDATE users SET age = 1, first = first");
  CHECK(app->query("SELECT full_name FROM users ORDER BY id").rows
        == std::vector<std::vector<Value>>{{"Ada Lovelace"}, {"own"}});
  app->query("UPDATE users SET first = NULL WHERE id = 2");
  CHECK(app->query("SELECT full_name FROM users WHERE id = 2").scalar() == std::nullopt);
  project.succeed(*world, {"verify"});
  SECTION("until an abort") {
    project.succeed(*world, {"abort", "--accept-data-loss"});
    CHECK(difference(before, world->dump()) != "");
    app->query("UPDATE users SET first = 'B'");
  }
  SECTION("until contract") {
    project.succeed(*world, {"contract", "--quiet", "0"});
    app->query("UPDATE users SET first = 'B' WHERE id = 1");
    CHECK(app->query("SELECT full_name FROM users WHERE id = 1").scalar() == "Ada Lovelace");
  }
}

TEST_CASE("add_column of a generated column", "[operations]") {
  const std::string generated =
      "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"twice\"\n"
      "column_type = \"integer\"\ngenerated = \"age * 2\"\n";
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, age integer); INSERT INTO users VALUES (1, 36)");
  const std::string before = world->dump();
  const Project project({generated});
  // PostgreSQL 18 has VIRTUAL ones, which no row is written for.
  if (dialect == Dialect::postgres && world->connect()->facts().server_version < 180'000) {
    const Outcome refused = project.run(*world, {"expand"});
    CHECK(refused.status == 3);
    CHECK(refused.err.find("`follow = true`") != std::string::npos);
    return;
  }
  project.succeed(*world, {"expand"});
  CHECK(world->connect()->query("SELECT twice FROM users").scalar() == "72");
  project.succeed(*world, {"abort", "0001"});
  CHECK(difference(before, world->dump()) == "");
}
