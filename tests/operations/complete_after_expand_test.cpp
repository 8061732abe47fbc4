#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Operations that have no window of their own: create_table, create_index and, as given, sql.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, state text);";

Release plain() {
  return {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
          .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = "SELECT id, name FROM users"};
}

Rollout rollout_of(const std::string& migration) {
  return {.schema = k_schema,
          .migrations = {migration},
          .old_release = plain(),
          .new_release = plain(),
          .window = false};
}

std::string index(const std::string& fields) {
  return "[[operation]]\ntype = \"create_index\"\ntable = \"users\"\nname = \"users_new\"\n" + fields;
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

/// The catalog after afloat's index equals the one after a plain CREATE INDEX.
void ends_like(const std::string& migration, const std::string& plain_sql) {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto expected = make_world(dialect), world = make_world(dialect);
  for (const auto& each : {expected.get(), world.get()}) each->prepare(k_schema);
  expected->connect()->script(plain_sql);
  Project({migration}).succeed(*world, {"expand"});
  if (dialect == Dialect::postgres) REQUIRE(difference(expected->dump(), world->dump()) == "");
}
} // namespace

TEST_CASE("create_table beside writers loses no write", "[operations]") {
  both_ways(rollout_of(R"(
[[operation]]
type = "create_table"
table = "orders"
primary_key = ["id"]
columns = [
  { name = "id", type = "integer" },
  { name = "user_id", type = "integer", references = "users(id) ON DELETE CASCADE" },
]
)"));
}

TEST_CASE("create_index of a unique index beside writers loses no write", "[operations]") {
  both_ways(rollout_of(index("columns = [\"name\"]\nunique = true\n")));
}

TEST_CASE("create_index of a partial index beside writers loses no write", "[operations]") {
  both_ways(rollout_of(index("columns = [\"name\", \"id DESC\"]\nwhere = \"state IS NULL\"\n")));
}

TEST_CASE("create_index of an expression beside writers loses no write", "[operations]") {
  both_ways(rollout_of(index("columns = [\"lower(name)\"]\n")));
}

TEST_CASE("create_index makes what a plain CREATE INDEX makes", "[operations]") {
  SECTION("unique") {
    ends_like(index("columns = [\"name\"]\nunique = true\n"),
              "CREATE UNIQUE INDEX users_new ON users (name)");
  }
  SECTION("partial") {
    ends_like(index("columns = [\"name\", \"id DESC\"]\nwhere = \"state IS NULL\"\n"),
              "CREATE INDEX users_new ON users (name, id DESC) WHERE state IS NULL");
  }
  SECTION("expression") {
    ends_like(index("columns = [\"lower(name)\"]\n"), "CREATE INDEX users_new ON users (lower(name))");
  }
}

TEST_CASE("create_index counts the duplicates and leaves nothing behind", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_schema)
                 + "INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'a'), (3, 'b'), (4, 'a'), (5, 'b')");
  const std::string before = world->dump();
  const Outcome outcome = Project({index("columns = [\"name\"]\nunique = true\n")}).run(*world, {"expand"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 1);
  REQUIRE(outcome.err.find("3 rows are in the way:\n") != std::string::npos); // all but one of each
  REQUIRE(outcome.err.find("    a: 3 rows\n") != std::string::npos);
  REQUIRE(outcome.err.find("    b: 2 rows\n") != std::string::npos);
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("sql runs its phases beside writers and loses no write", "[operations]") {
  Rollout rollout = rollout_of(R"(
[[operation]]
type = "sql"
expand = "CREATE VIEW named_users AS SELECT id, name FROM users"
contract = ["DROP VIEW IF EXISTS never_there"]
abort = ["DROP VIEW named_users"]
)");
  rollout.window = true;
  both_ways(rollout);
}
