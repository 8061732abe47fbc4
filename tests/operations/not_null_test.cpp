#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string operation(const std::string& type, const std::string& fields = "") {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"users\"\ncolumn = \"email\"\n{}", type, fields);
}

std::string set_not_null(const std::string& fields = "") {
  return operation("set_not_null", fields);
}
const std::string k_up = "up = \"lower(name) || '@x'\"\n";

Release writing(const std::string& columns, const std::string& values, const std::string& assignment) {
  return {.insert =
              fmt::format("INSERT INTO users (id, name{}) VALUES ({{key}}, '{{value}}'{})", columns, values),
          .update = fmt::format("UPDATE users SET name = '{{value}}'{} WHERE id = {{key}}", assignment),
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = "SELECT id, name FROM users"};
}

/// The old release leaves the column NULL, by leaving it out and by writing NULL; the new one never does.
Rollout requiring() {
  Rollout rollout;
  rollout.schema = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text);";
  rollout.migrations = {set_not_null(k_up)};
  rollout.old_release = writing("", "", ", email = NULL");
  rollout.new_release = writing(", email", ", 'new@x'", ", email = 'new@y'");
  rollout.always = {"SELECT count(*) FROM users WHERE email IS NULL"};
  return rollout;
}

Rollout relaxing() {
  Rollout rollout;
  rollout.schema = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);";
  rollout.migrations = {operation("drop_not_null")};
  rollout.old_release = writing(", email", ", 'old@x'", ", email = 'old@y'");
  rollout.new_release = writing("", "", ", email = NULL");
  rollout.window = false;
  return rollout;
}

constexpr const char* k_rows =
    "INSERT INTO users (id, name, email) VALUES (1, 'Ada', 'a@x'), (2, 'Bert', NULL), "
    "(3, 'Cleo', NULL)";

std::string email_of(const World& world, int id) {
  return world.connect()
      ->query(fmt::format("SELECT email FROM users WHERE id = {}", id))
      .scalar()
      .value_or("NULL");
}
} // namespace

TEST_CASE("set_not_null with up fills what the old release leaves NULL and loses no write", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, requiring());
  }
  SECTION("forward") {
    rolls_forward(dialect, requiring());
  }
}

TEST_CASE("set_not_null fills what a user trigger leaves NULL", "[operations]") {
  Rollout rollout = requiring();
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  if (dialect == Dialect::postgres)
    rollout.schema +=
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := NULL; RETURN NEW; "
        "END';"
        "CREATE TRIGGER forget BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW WHEN (NEW.id % 7 = 0) "
        "EXECUTE FUNCTION forget();";
  else
    rollout.schema +=
        "CREATE TRIGGER forget AFTER INSERT ON users WHEN NEW.id % 7 = 0 BEGIN UPDATE users SET "
        "email = NULL WHERE id = NEW.id; END;";
  rolls_back(dialect, rollout);
}

TEST_CASE("set_not_null ends like a plain SET NOT NULL, and abort takes back what the backfill filled",
          "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(requiring().schema + k_rows);
  const std::string before = world->dump();
  const Project project({set_not_null(k_up)});
  project.succeed(*world, {"expand"});
  CHECK(email_of(*world, 2) == "bert@x");
  world->connect_app()->script("UPDATE users SET email = 'mine' WHERE id = 3");
  project.succeed(*world, {"abort"});
  CHECK(email_of(*world, 2) == "NULL");
  CHECK(email_of(*world, 3) == "mine");
  world->connect()->script("UPDATE users SET email = NULL WHERE id = 3");
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto expected = make_world(dialect);
  expected->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);"
                    "INSERT INTO users (id, name, email) VALUES (1, 'Ada', 'a@x'), (2, 'Bert', 'bert@x'), "
                    "(3, 'Cleo', 'cleo@x')");
  REQUIRE(difference(expected->dump(), world->dump()) == "");
  CHECK_THROWS(world->connect_app()->script("INSERT INTO users (id, name) VALUES (4, 'Dora')"));
}

TEST_CASE("set_not_null without up names the rows that are NULL and changes nothing", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(requiring().schema + k_rows);
  const std::string before = world->dump();
  const Outcome outcome = Project({set_not_null()}).run(*world, {"expand"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  const std::string rows = world->dialect() == Dialect::sqlite
                               ? "    id 2: email NULL\n    id 3: email NULL\n"
                               : "    id=2: email=NULL\n    id=3: email=NULL\n";
  CHECK(outcome.err.find("2 rows are in the way:\n" + rows) != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("set_not_null without up keeps its gate closed while NULL is written", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(requiring().schema);
  const Project project({set_not_null()});
  project.succeed(*world, {"expand"});
  world->connect_app()->script("INSERT INTO users (id, name) VALUES (4, 'Dora')");
  world->connect_app()->script("UPDATE users SET name = 'Dora' WHERE id = 4");
  const Outcome rows = project.run(*world, {"contract", "--quiet", "0"});
  INFO(rows.out << rows.err);
  CHECK(rows.status == 1);
  CHECK(rows.err.find("NULL in users.email: 1 write since expand") != std::string::npos);
  CHECK(rows.err.find("1 row is in the way") != std::string::npos);
  CHECK(project.run(*world, {"verify"}).status == 1);
  world->connect_app()->script("UPDATE users SET email = 'd@x' WHERE id = 4");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK_THROWS(world->connect_app()->script("UPDATE users SET email = NULL WHERE id = 4"));
}

TEST_CASE("set_not_null is one short step where a valid check proves it", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name text, email text CONSTRAINT given CHECK (email "
      "IS NOT NULL))");
  const Project project({set_not_null()});
  CHECK(project.succeed(*world, {"plan"}).find("NOT VALID") == std::string::npos);
  project.succeed(*world, {"migrate", "--quiet", "0"});
  CHECK(
      world->connect()
          ->query(
              "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'email'")
          .scalar()
      == "t");
}

TEST_CASE("drop_not_null lets the new release write NULL beside the old one", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("forward") {
    rolls_forward(dialect, relaxing());
  }
  SECTION("back, once nothing is NULL") {
    Rollout rollout = relaxing();
    rollout.new_release = rollout.old_release;
    rolls_back(dialect, rollout);
  }
}

TEST_CASE("drop_not_null is not taken back while there are NULLs", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(relaxing().schema + "INSERT INTO users VALUES (1, 'Ada', 'a@x')");
  const std::string before = world->dump();
  const Project project(relaxing().migrations);
  project.succeed(*world, {"expand"});
  world->connect_app()->script("INSERT INTO users (id, name) VALUES (2, 'Bert')");
  const std::string window = world->dump();
  const Outcome refused = project.run(*world, {"abort", "1", "--accept-data-loss"});
  CHECK(refused.status == 1);
  const bool sqlite = world->dialect() == Dialect::sqlite;
  CHECK(refused.err
        == fmt::format(
            "error: 0001_change cannot be taken back: 1 row is in the way of NOT NULL on {}users.email:\n"
            "    {}\n"
            "  hint: Give these rows a value first, such as with `UPDATE {} SET \"email\" = … WHERE "
            "\"email\" IS NULL`. Nothing was changed.\n",
            sqlite ? "" : "public.", sqlite ? "id 2: email NULL" : "id=2: email=NULL",
            sqlite ? "\"users\"" : "\"public\".\"users\""));
  CHECK(difference(window, world->dump()) == "");
  world->connect_app()->script("DELETE FROM users WHERE id = 2");
  project.succeed(*world, {"abort", "1"});
  REQUIRE(difference(before, world->dump()) == "");
}
