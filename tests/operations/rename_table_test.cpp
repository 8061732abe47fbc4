#include "support/postgres_server.hpp"
#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_rename = R"(
[[operation]]
type = "rename_table"
table = "users"
to = "people"
)";

/// Upserts, because that is what a view in the wrong place would not let through.
Release writing(const std::string& table) {
  return {.insert = fmt::format("INSERT INTO {} (id, name) VALUES ({{key}}, '{{value}}') ON CONFLICT (id) DO UPDATE "
                                "SET name = excluded.name",
                                table),
          .update = fmt::format("UPDATE {} SET name = '{{value}}' WHERE id = {{key}}", table),
          .erase = fmt::format("DELETE FROM {} WHERE id = {{key}}", table),
          .read = fmt::format("SELECT id, name FROM {}", table)};
}

Rollout renaming(const std::string& schema) {
  return {.schema = schema,
          .migrations = {k_rename},
          .old_release = writing("users"),
          .new_release = writing("people"),
          .always = {"SELECT count(*) FROM (SELECT id, name FROM users EXCEPT SELECT id, name FROM people) AS a",
                     "SELECT count(*) FROM (SELECT id, name FROM people EXCEPT SELECT id, name FROM users) AS a"}};
}

const std::string k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, n integer NOT NULL DEFAULT 7);"
    "CREATE INDEX users_by_n ON users (n);"
    "CREATE TABLE logins (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);"
    "CREATE VIEW names AS SELECT name FROM users;";

Dialect both() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}
} // namespace

TEST_CASE("rename_table goes back without losing a write of either release", "[operations]") {
  rolls_back(both(), renaming(k_schema));
}

TEST_CASE("rename_table goes forward without losing a write of either release", "[operations]") {
  rolls_forward(both(), renaming(k_schema));
}

TEST_CASE("rename_table of a table with triggers that write it loses no write", "[operations][sqlite]") {
  const std::string touch = "CREATE TRIGGER touch AFTER UPDATE OF name ON users BEGIN"
                            " UPDATE users SET n = n + 1 WHERE id = NEW.id; END;"
                            "CREATE TRIGGER first AFTER INSERT ON users BEGIN"
                            " UPDATE users SET n = 1 WHERE id = NEW.id; END;";
  Rollout rollout = renaming(k_schema + touch);
  rollout.always.emplace_back(
      "SELECT count(*) FROM (SELECT id, n FROM users EXCEPT SELECT id, n FROM people) AS a");
  SECTION("back") {
    rolls_back(Dialect::sqlite, rollout);
  }
  SECTION("forward") {
    rolls_forward(Dialect::sqlite, rollout);
  }
}

TEST_CASE("rename_table of tables with other keys loses no write", "[operations][sqlite]") {
  const std::string schema =
      GENERATE("CREATE TABLE users (id integer PRIMARY KEY, name text) WITHOUT ROWID;",
               "CREATE TABLE users (name text, id text PRIMARY KEY, rowid text);",
               "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, name text, up text AS (upper(name)));",
               "CREATE TABLE users (id int UNIQUE ON CONFLICT REPLACE, name text, CHECK (id > 0)) STRICT;");
  Rollout rollout = renaming(schema);
  SECTION("back") {
    rolls_back(Dialect::sqlite, rollout);
  }
  SECTION("forward") {
    rolls_forward(Dialect::sqlite, rollout);
  }
}

TEST_CASE("rename_table ends like a plain rename", "[operations]") {
  const Dialect dialect = both();
  const auto expected = make_world(dialect), world = make_world(dialect);
  const std::string rows = "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan');"
                           "INSERT INTO logins VALUES (1, 1);";
  for (const auto& each : {expected.get(), world.get()}) each->prepare(k_schema + rows);
  expected->connect()->script("ALTER TABLE users RENAME TO people");
  const Project project({k_rename});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}
