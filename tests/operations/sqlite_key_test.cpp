#include "support/project.hpp"
#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// UNIQUE and PRIMARY KEY that stand in the definition of a SQLite table.
using namespace afloat;
using namespace afloat::test;

namespace {
std::string dropping(const std::string& fields) {
  return "[[operation]]\ntype = \"drop_constraint\"\ntable = \"users\"\n" + fields + "\n";
}

constexpr std::string_view k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, code text UNIQUE COLLATE NOCASE, name text, team int "
    "UNIQUE, "
    "CONSTRAINT both UNIQUE (team, name), UNIQUE (name, code));"
    "CREATE INDEX by_name ON users (name);"
    "INSERT INTO users VALUES (1, 'a', 'x', 1), (2, 'b', 'y', 2), (3, 'c', 'z', 3);";

std::string integrity(const World& world) {
  return world.connect()->query("PRAGMA integrity_check").scalar().value_or("");
}
} // namespace

TEST_CASE("on SQLite a key of the definition is dropped and put back", "[operations][constraints]") {
  const auto [fields, breaks] = GENERATE(table<std::string, std::string>(
      {{"definition = \"UNIQUE\"\ncolumn = \"code\"", "UPDATE users SET code = 'A' WHERE id = 2"},
       {"definition = \"UNIQUE\"\ncolumn = \"team\"", "UPDATE users SET team = 1 WHERE id = 2"},
       {"definition = \"UNIQUE (name, code)\"", "UPDATE users SET name = 'x', code = 'a' WHERE id = 2"},
       {"name = \"both\"", "UPDATE users SET name = 'x', team = 1 WHERE id = 2"}}));
  INFO(fields);
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_users);
  const std::string before = world->dump();
  const Project project({dropping(fields)});
  project.succeed(*world, {"expand"});
  CHECK(integrity(*world) == "ok");
  const auto app = world->connect_app();
  if (fields.find("name, code") == std::string::npos && fields.find("both") == std::string::npos) {
    app->query(breaks);
    const Outcome refused = project.run(*world, {"abort", "1", "--accept-data-loss"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("2 rows") != std::string::npos);
  } else {
    CHECK_THROWS(app->query(breaks)); // another key still says so
  }
  world->connect()->script(fmt::format("DELETE FROM users; {}", k_users.substr(k_users.find("INSERT"))));
  project.succeed(*world, {"abort", "1", "--accept-data-loss"});
  CHECK(integrity(*world) == "ok");
  CHECK(difference(before, world->dump()) == "");
  CHECK_THROWS(app->query(breaks));
}

TEST_CASE("on SQLite a primary key that is no row number is dropped", "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (code text, name text UNIQUE, PRIMARY KEY (code));"
                 "INSERT INTO users VALUES ('a', 'x'), ('b', 'y');");
  const std::string before = world->dump();
  const Project project({dropping("definition = \"PRIMARY KEY (code)\"")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO users VALUES ('a', 'z')");
  CHECK_THROWS(app->query("INSERT INTO users VALUES ('c', 'x')"));
  CHECK(integrity(*world) == "ok");
  app->query("DELETE FROM users WHERE name = 'z'");
  project.succeed(*world, {"abort", "1"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("on SQLite keys that were dropped one after the other come back in that order",
          "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_users);
  const std::string before = world->dump();
  const Project project(
      {dropping("name = \"both\""), dropping("definition = \"UNIQUE\"\ncolumn = \"team\"")});
  project.succeed(*world, {"expand"});
  CHECK(integrity(*world) == "ok");
  const std::string window = world->dump();
  const Outcome refused = project.run(*world, {"abort", "1"});
  CHECK(refused.status != 0);
  CHECK(difference(window, world->dump()) == "");
  INFO(refused.out << refused.err);
  CHECK((refused.out + refused.err).find("the keys of users are not those") != std::string::npos);
  project.succeed(*world, {"abort", "2"});
  project.succeed(*world, {"abort", "1"});
  CHECK(integrity(*world) == "ok");
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("on SQLite a table gets its primary key by a rebuild", "[operations][constraints]") {
  const auto [columns, type] = GENERATE(table<std::string, std::string>(
      {{"\"id\"", "integer"}, {"\"id\"", "text"}, {"\"team\", \"id\"", "integer"}}));
  INFO(columns << " " << type);
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      fmt::format("CREATE TABLE users (team text, id {}, name text);"
                  "CREATE INDEX by_name ON users (name); CREATE VIEW names AS SELECT name FROM users;"
                  "INSERT INTO users VALUES ('t', 7, 'x'), ('t', NULL, 'y'), ('t', 7, 'z');",
                  type));
  const std::string before = world->dump();
  const Project project({fmt::format(
      "[[operation]]\ntype = \"add_primary_key\"\ntable = \"users\"\ncolumns = [{}]\n", columns)});
  CHECK(project.run(*world, {"expand"}).status == 1);
  const auto app = world->connect_app();
  app->query("UPDATE users SET id = 8 WHERE name = 'y'");
  CHECK(project.run(*world, {"expand"}).status == 1);
  app->query("UPDATE users SET id = 9 WHERE name = 'z'");
  project.succeed(*world, {"expand"});
  app->query("INSERT INTO users VALUES ('t', NULL, 'n')");
  CHECK(project.run(*world, {"contract", "--quiet", "0"}).status == 1);
  app->query("DELETE FROM users WHERE name = 'n'");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(integrity(*world) == "ok");
  CHECK_THROWS(app->query("INSERT INTO users VALUES ('t', 8, 'n')"));
  CHECK(app->query("SELECT group_concat(id || name, ' ') FROM (SELECT * FROM users ORDER BY name)").scalar()
        == "7x 8y 9z");
  CHECK(app->query("SELECT count(*) FROM pragma_table_info('users') WHERE pk > 0 AND \"notnull\"").scalar()
        == (columns.find(',') == std::string::npos ? "1" : "2"));
  project.succeed(*world, {"verify"});
}

TEST_CASE("on SQLite what no integer is stands in the way of a row number", "[operations][constraints]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer, name text); INSERT INTO users VALUES ('one', 'x')");
  const std::string add =
      "[[operation]]\ntype = \"add_primary_key\"\ntable = \"users\"\ncolumns = [\"id\"]\n";
  const Outcome refused = Project({add}).run(*world, {"expand"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("id 'one'") != std::string::npos);
  const Outcome early = Project({add + "enforce = \"expand\"\n"}).run(*world, {"expand"});
  CHECK(early.status == 3);
  CHECK(early.err.find("the key comes at contract") != std::string::npos);
}

TEST_CASE("on SQLite both releases write while the table gets its primary key", "[operations][constraints]") {
  const Release release{.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                        .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                        .erase = "DELETE FROM users WHERE id = {key}",
                        .read = "SELECT id, name FROM users"};
  rolls_forward(
      Dialect::sqlite,
      {.schema = "CREATE TABLE users (id integer, name text); CREATE INDEX by_id ON users (id);",
       .migrations = {"[[operation]]\ntype = \"add_primary_key\"\ntable = \"users\"\ncolumns = [\"id\"]\n"},
       .old_release = release,
       .new_release = release});
}
