#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
Rollout dropping(const std::string& column, const std::string& fields) {
  Rollout rollout;
  rollout.schema = fmt::format("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname {});"
                               "CREATE INDEX users_by_nickname ON users (nickname);",
                               column);
  rollout.migrations = {"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                        + fields};
  rollout.old_release = {.insert = "INSERT INTO users (id, name, nickname) VALUES ({key}, '{value}', 'nick')",
                         .update = "UPDATE users SET name = '{value}', nickname = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
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

TEST_CASE("drop_column of a NOT NULL column with down loses no write", "[operations]") {
  Rollout rollout = dropping("text NOT NULL", "down = \"lower(name)\"\n");
  rollout.always = {"SELECT count(*) FROM users WHERE nickname IS NULL"};
  both_ways(rollout);
}

TEST_CASE("drop_column of a nullable column without down loses no write", "[operations]") {
  both_ways(dropping("text", ""));
}

TEST_CASE("drop_column of a column with a default loses no write", "[operations]") {
  both_ways(dropping("text NOT NULL DEFAULT 'none'", ""));
}

TEST_CASE("drop_column ends like a plain DROP COLUMN", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Rollout rollout = dropping("text NOT NULL", "down = \"lower(name)\"\n");
  const std::string rows = "INSERT INTO users VALUES (1, 'Ada', 'a'), (2, 'Bert', 'b')";
  const auto expected = make_world(dialect), world = make_world(dialect);
  for (const auto& each : {expected.get(), world.get()}) each->prepare(rollout.schema + rows);
  expected->connect()->script("DROP INDEX users_by_nickname; ALTER TABLE users DROP COLUMN nickname");
  const Project project(rollout.migrations);
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}

namespace {
/// A column in every kind of constraint, on a table with children.
Rollout dropping_constrained(const std::string& badge) {
  Rollout rollout;
  rollout.schema = fmt::format(
      "CREATE TABLE teams (id integer PRIMARY KEY); INSERT INTO teams VALUES (1), (2);"
      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, badge {} CONSTRAINT long_badge CHECK "
      "(badge > 0) REFERENCES teams (id), city text UNIQUE, CONSTRAINT one UNIQUE (name, badge));"
      "CREATE INDEX users_by_name ON users (name);"
      "CREATE TABLE visits (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);"
      "CREATE VIEW names AS SELECT id, name FROM users;",
      badge);
  rollout.migrations = {"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"badge\"\n"};
  rollout.old_release = {.insert = "INSERT INTO users (id, name, badge) VALUES ({key}, '{value}', 1)",
                         .update = "UPDATE users SET name = '{value}', badge = 2 WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  return rollout;
}
} // namespace

TEST_CASE("drop_column of a column in UNIQUE, CHECK and FOREIGN KEY loses no write", "[operations]") {
  both_ways(dropping_constrained("integer"));
}

TEST_CASE("drop_column of a column in constraints ends without them and keeps the rest", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Rollout rollout = dropping_constrained("integer UNIQUE");
  const std::string rows = "INSERT INTO users VALUES (1, 'Ada', 1, 'Rome'), (2, 'Bert', 2, NULL);"
                           "INSERT INTO visits VALUES (1, 1), (2, 1), (3, 2);";
  const auto world = make_world(dialect), expected = make_world(dialect);
  world->prepare(rollout.schema + rows);
  expected->prepare(
      "CREATE TABLE teams (id integer PRIMARY KEY); INSERT INTO teams VALUES (1), (2);"
      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, city text UNIQUE);"
      "CREATE INDEX users_by_name ON users (name);"
      "CREATE TABLE visits (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);"
      "CREATE VIEW names AS SELECT id, name FROM users;"
      "INSERT INTO users VALUES (1, 'Ada', 'Rome'), (2, 'Bert', NULL), (3, 'Ada', 'Oslo');"
      "INSERT INTO visits VALUES (1, 1), (2, 1), (3, 2);");
  const Project project(rollout.migrations);
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  // Behind contract no constraint of the column is left, and the others are.
  world->connect()->script("INSERT INTO users (id, name, city) VALUES (3, 'Ada', 'Oslo')");
  REQUIRE_THROWS_WITH(
      world->connect()->script("INSERT INTO users (id, name, city) VALUES (4, 'Cleo', 'Rome')"),
      Catch::Contains("city"));
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}

TEST_CASE("drop_column refuses a unique column with a default that the new release would repeat",
          "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, badge text UNIQUE DEFAULT 'x')");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"badge\"\n"});
  const Outcome outcome = project.run(*world, {"expand"});
  REQUIRE(outcome.status == 3);
  REQUIRE(outcome.err.find("\"badge\" is unique and has a default") != std::string::npos);
}

TEST_CASE("drop_column waits at contract while a foreign key points at the column", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, badge text UNIQUE);"
                 "CREATE TABLE doors (id integer PRIMARY KEY, badge text REFERENCES users (badge));");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"badge\"\n"});
  project.succeed(*world, {"expand"});
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 1);
  REQUIRE(outcome.out.find("a foreign key of doors points at") != std::string::npos);
}
