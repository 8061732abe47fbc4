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
