#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string set_default(const std::string& expression) {
  return fmt::format(
      "[[operation]]\ntype = \"set_default\"\ntable = \"users\"\ncolumn = \"state\"\ndefault = "
      "\"{}\"\n",
      expression);
}
const std::string k_drop_default =
    "[[operation]]\ntype = \"drop_default\"\ntable = \"users\"\ncolumn = \"state\"\n";

std::string users(const std::string& state) {
  return fmt::format("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, state {});", state);
}

/// Rows 1 and 2 are older than the column.
std::string altered(const std::string& state) {
  return "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);"
         "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bert');"
         "ALTER TABLE users ADD COLUMN state "
         + state + ";";
}

Release leaving_out() {
  return {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
          .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = "SELECT id, name FROM users"};
}

Release giving() {
  Release release = leaving_out();
  release.insert = "INSERT INTO users (id, name, state) VALUES ({key}, '{value}', 'given')";
  return release;
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

std::string states(const World& world) {
  std::string text;
  for (const auto& row : world.connect()->query("SELECT id, state FROM users ORDER BY id").rows)
    text += fmt::format("{}={} ", *row.at(0), row.at(1).value_or("NULL"));
  return text;
}
} // namespace

TEST_CASE("set_default beside writers loses no write", "[operations]") {
  both_ways({.schema = users("text DEFAULT 'a'"),
             .migrations = {set_default("'b'")},
             .old_release = leaving_out(),
             .new_release = leaving_out(),
             .window = false,
             .always = {"SELECT count(*) FROM users WHERE state IS NULL"}});
}

TEST_CASE("drop_default of a nullable column is complete after expand and loses no write", "[operations]") {
  both_ways({.schema = users("text DEFAULT 'a'"),
             .migrations = {k_drop_default},
             .old_release = leaving_out(),
             .new_release = giving(),
             .window = false});
}

TEST_CASE("drop_default of a NOT NULL column keeps the default for the old release until contract",
          "[operations]") {
  both_ways({.schema = users("text NOT NULL DEFAULT 'a'"),
             .migrations = {k_drop_default},
             .old_release = leaving_out(),
             .new_release = giving()});
}

TEST_CASE("rows that are older than their column keep their value under another default", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  struct Case {
    std::string state, migration, expected;
  };
  const Case c = GENERATE(Case{"text", set_default("'b'"), "1=NULL 2=NULL 3=b "},
                          Case{"text DEFAULT 'a'", set_default("'b'"), "1=a 2=a 3=b "},
                          Case{"text NOT NULL DEFAULT 'a'", set_default("lower('B')"), "1=a 2=a 3=b "},
                          Case{"text DEFAULT 'a'", k_drop_default, "1=a 2=a 3=NULL "});
  INFO(c.state << "\n" << c.migration);
  world->prepare(altered(c.state));
  world->prepare("CREATE TABLE seen (id integer)");
  if (dialect == Dialect::sqlite)
    world->prepare("CREATE TRIGGER see AFTER UPDATE ON users BEGIN INSERT INTO seen VALUES (NEW.id); END");
  const std::string before = world->dump();
  const Project project({c.migration});
  project.succeed(*world, {"expand"});
  world->connect_app()->script("INSERT INTO users (id, name) VALUES (3, 'Cleo')");
  CHECK(states(*world) == c.expected);
  world->connect_app()->script("DELETE FROM users WHERE id = 3");
  project.succeed(*world, {"abort", "1", "--accept-data-loss"});
  CHECK(difference(before, world->dump()) == "");
  if (dialect == Dialect::sqlite) { // the trigger was silent for the batches only
    world->connect_app()->script("UPDATE users SET name = 'x' WHERE id = 1");
    CHECK(world->connect()->query("SELECT count(*) FROM seen").scalar() == "1");
  }
}

TEST_CASE("a default that does not fit the column is refused before anything is changed", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, state varchar(3), n integer)");
  const std::string before = world->dump();
  for (const auto& [column, expression, why] :
       {std::tuple("n", "'abc'", "invalid input syntax for type integer"),
        std::tuple("n", "now()", "but default expression is of type timestamp with time zone"),
        std::tuple("state", "'long'", "value too long for type character varying(3)"),
        std::tuple("state", "nonsense()", "function nonsense() does not exist"),
        std::tuple("n", "id + 1", "cannot use column reference in DEFAULT expression")}) {
    const Outcome outcome =
        Project({fmt::format("[[operation]]\ntype = \"set_default\"\ntable = \"users\"\ncolumn = \"{}\"\n"
                             "default = \"{}\"\n",
                             column, expression)})
            .run(*world, {"expand"});
    INFO(expression << "\n" << outcome.err);
    CHECK(outcome.status == 3);
    CHECK(outcome.err.find(why) != std::string::npos);
    CHECK(outcome.err.find("nothing was changed") != std::string::npos);
    CHECK(difference(before, world->dump()) == "");
  }
}

TEST_CASE("a default that SQLite cannot store is refused before anything is changed", "[operations]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, state text) STRICT");
  const std::string before = world->dump();
  for (const auto& expression : {"id + 1", "nonsense(", "x'00'"}) {
    const Outcome outcome = Project({set_default(expression)}).run(*world, {"expand"});
    INFO(expression << "\n" << outcome.err);
    CHECK(outcome.status == 3);
    CHECK(difference(before, world->dump()) == "");
  }
}
