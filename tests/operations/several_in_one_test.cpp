// What operations on one table do to each other, and what a user's trigger has to do with a column that goes.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text UNIQUE, addr text);"
    "INSERT INTO users (id, name, email, addr) VALUES (1, 'n1', 'e1', 'a1'), (2, 'n2', 'e2', 'a2');";

std::string operation(std::string_view type, std::string_view table, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"{}\"\n{}\n", type, table, fields);
}

std::string renaming(std::string_view from, std::string_view to) {
  return operation("rename_column", "users", fmt::format("from = \"{}\"\nto = \"{}\"", from, to));
}

std::string dropping(std::string_view table, std::string_view column) {
  return operation("drop_column", table, fmt::format("column = \"{}\"", column));
}

std::string indexing(std::string_view column) {
  return operation("create_index", "users", fmt::format("name = \"by_{0}\"\ncolumns = [\"{0}\"]", column));
}

void says(const Outcome& outcome, int status, std::string_view words) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == status);
  CHECK((outcome.out + outcome.err).find(words) != std::string::npos);
}

std::string all_rows(const World& world, const std::string& columns) {
  std::string text;
  for (const auto& row : world.connect_app()->query("SELECT " + columns + " FROM users ORDER BY id").rows)
    for (const Value& value : row) text += value.value_or("NULL") + " ";
  return text;
}
} // namespace

TEST_CASE("several operations on one table come back from contract together", "[operations][revert]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const Project project({renaming("name", "title") + renaming("email", "mail") + dropping("users", "addr")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect_app()->query("UPDATE users SET title = 't1', mail = 'm1' WHERE id = 1");
  project.succeed(*world, {"revert", "1"});
  const auto app = world->connect_app();
  app->query("UPDATE users SET name = 'o2', email = 'p2', addr = 'b2' WHERE id = 2");
  app->query("INSERT INTO users (id, title, mail) VALUES (3, 't3', 'm3')");
  REQUIRE(all_rows(*world, "name, email, addr") == "t1 m1 a1 o2 p2 b2 t3 m3 NULL ");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort", "1"});
  world->connect_app()->query("UPDATE users SET name = 'z', email = 'y', addr = 'x' WHERE id = 3");
}

TEST_CASE("a window that comes back finds the columns of another one renamed", "[operations][revert]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const Project project({renaming("name", "title"), renaming("email", "mail")});
  project.succeed(*world, {"expand"});
  const bool second = GENERATE(true, false);
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert", second ? "2" : "1"});
  world->connect_app()->query(second ? "UPDATE users SET title = 't', email = 'e' WHERE id = 1"
                                     : "UPDATE users SET name = 't', mail = 'e' WHERE id = 1");
  REQUIRE(all_rows(*world, "title, mail") == "t e n2 e2 ");
  project.succeed(*world, {"revert", second ? "1" : "2"});
  world->connect_app()->query("UPDATE users SET name = 'u', email = 'f' WHERE id = 1");
  REQUIRE(all_rows(*world, "title, mail") == "u f n2 e2 ");
  project.succeed(*world, {"verify"});
}

TEST_CASE("contract on SQLite waits for triggers that use a column that goes", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  const std::string trigger = GENERATE(
      "CREATE TRIGGER mine AFTER UPDATE OF name ON users BEGIN UPDATE users SET addr = 'x' WHERE id = "
      "NEW.id; END",
      "CREATE TRIGGER mine AFTER INSERT ON log BEGIN UPDATE users SET addr = NEW.word; END",
      "CREATE TRIGGER mine AFTER INSERT ON log BEGIN INSERT INTO users (name, addr) VALUES ('x', 'y'); END",
      "CREATE TRIGGER mine INSTEAD OF INSERT ON seen BEGIN DELETE FROM users WHERE addr = NEW.name; END",
      "CREATE TRIGGER mine AFTER INSERT ON users WHEN NEW.addr = 'x' BEGIN DELETE FROM log; END");
  INFO(trigger);
  world->prepare(std::string(k_users)
                 + "CREATE TABLE log (word text); CREATE VIEW seen AS SELECT name FROM users;" + trigger);
  const Project project({dropping("users", "addr")});
  project.succeed(*world, {"expand"});
  says(project.run(*world, {"contract", "--quiet", "0"}), 1,
       "trigger mine uses users.addr: change or drop it first");
  world->connect()->script("DROP TRIGGER mine");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  world->connect_app()->query("UPDATE users SET name = 'new'");
}

TEST_CASE("contract on SQLite does not wait for triggers that use a column of the same name",
          "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      std::string(k_users)
      + "CREATE TABLE log (addr text);"
        "CREATE TRIGGER mine AFTER UPDATE ON users BEGIN INSERT INTO log (addr) VALUES (NEW.name); END;"
        "CREATE TRIGGER other AFTER UPDATE ON log BEGIN UPDATE users SET name = NEW.addr; END");
  const Project project({dropping("users", "addr")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  world->connect_app()->query("UPDATE users SET name = 'new' WHERE id = 1");
  REQUIRE(world->connect_app()->query("SELECT addr FROM log").scalar() == "new");
}

TEST_CASE("no index is made on a column that contract hides", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  SECTION("in one migration") {
    const Project project({renaming("name", "title") + indexing("title")});
    says(project.run(*world, {"expand"}), 3, "title, as an operation before it does");
  }
  SECTION("while another window is open") {
    const Project project({renaming("name", "title"), indexing("title")});
    says(project.run(*world, {"expand"}), 1, "waits until the window of");
    project.succeed(*world, {"contract", "--quiet", "0"});
    project.succeed(*world, {"attic", "purge", "--retention", "0"});
    project.succeed(*world, {"expand"});
  }
  SECTION("one that stays can have it") {
    const Project project(
        {operation("add_column", "users", "column = \"slug\"\ncolumn_type = \"text\"\nup = \"lower(name)\"")
         + renaming("email", "mail") + indexing("slug")});
    project.succeed(*world, {"expand"});
    project.succeed(*world, {"contract", "--quiet", "0"});
    project.succeed(*world, {"attic", "purge", "--retention", "0"});
    REQUIRE(world->dump().find("by_slug") != std::string::npos);
  }
}

TEST_CASE("an index is not dropped beside the column that takes it along", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_users) + "CREATE INDEX by_addr ON users (addr)");
  const std::string drop = operation("drop_index", "users", "name = \"by_addr\"");
  const std::string other = GENERATE_COPY(dropping("users", "addr"), renaming("addr", "street"));
  SECTION("in one migration") {
    const Project project({GENERATE_COPY(drop + other, other + drop)});
    const Outcome outcome = project.run(*world, {"expand"});
    says(outcome, 3, "users#by_addr, as an operation before it does");
    CHECK((outcome.err.find("since an index goes with its column") != std::string::npos)
          == (other == dropping("users", "addr")));
  }
  SECTION("in two windows") {
    const Project project(GENERATE_COPY(std::vector{drop, other}, std::vector{other, drop}));
    says(project.run(*world, {"expand", "--to", "2"}), 1, "waits until the window of");
  }
}

TEST_CASE("an index is not dropped beside another name for its table", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_users) + "CREATE INDEX by_name ON users (name)");
  const std::string drop = operation("drop_index", "users", "name = \"by_name\""),
                    other = operation("rename_table", "users", "to = \"people\"");
  const Project project({GENERATE_COPY(drop + other, other + drop)});
  says(project.run(*world, {"expand"}), 3, "These two need two windows");
}

TEST_CASE("no constraint is made on what contract puts out of the way on PostgreSQL",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(std::string(k_users) + "CREATE TABLE bills (id integer PRIMARY KEY, user_id integer);");
  const std::string check = operation("add_check", "users", "name = \"some\"\ncheck = \"id > 0\""),
                    unique = operation("add_unique", "users", "columns = [\"addr\"]"),
                    key = operation("add_foreign_key", "bills",
                                    "columns = [\"user_id\"]\nreferences = \"users(id)\"");
  SECTION("a table under its old name") {
    const std::string rename = operation("rename_table", "users", "to = \"people\"");
    const Project project({GENERATE_COPY(check, unique, key) + rename});
    says(project.run(*world, {"expand"}), 3, "These two need two windows");
  }
  SECTION("a new table that points at the old name") {
    const std::string rename = operation("rename_table", "users", "to = \"people\"");
    const auto pointing_at = [](std::string_view table) {
      return operation("create_table", "logins",
                       fmt::format("columns = [{{ name = \"user_id\", type = \"integer\", references = "
                                   "\"{}(id)\" }}]",
                                   table));
    };
    says(Project({rename + pointing_at("users")}).run(*world, {"expand"}), 3, "These two need two windows");
    const Project project({GENERATE_COPY(rename + pointing_at("people"), pointing_at("users") + rename)});
    project.succeed(*world, {"expand"});
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
  SECTION("a column") {
    const Project project({GENERATE_COPY(check, key) + operation("widen_key", "users", "")});
    says(project.run(*world, {"expand"}), 3, "users.id, as an operation before it does");
  }
}

TEST_CASE("a key is not widened beside a new table that points at it", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const std::string widen = operation("widen_key", "users", ""),
                    logins =
                        operation("create_table", "logins",
                                  "columns = [{ name = \"id\", type = \"bigint\", primary_key = true }, "
                                  "{ name = \"user_id\", type = \"integer\", references = \"users(id)\" }]");
  const Project project({GENERATE_COPY(widen + logins, logins + widen)});
  says(project.run(*world, {"expand"}), 3, "These two need two windows");
}

TEST_CASE("columns of one index are renamed one after the other", "[operations][revert]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_users) + "CREATE UNIQUE INDEX name_mail ON users (name, email)");
  const std::string first = renaming("name", "title"), second = renaming("email", "mail");
  const Project together({GENERATE_COPY(first + second, second + first)});
  says(together.run(*world, {"expand"}), 3, "as an operation before it does");
  const Project one({first}), two({first, second});
  one.succeed(*world, {"expand"});
  says(two.run(*world, {"expand"}), 1, "users.email");
  one.succeed(*world, {"contract", "--quiet", "0"});
  says(two.run(*world, {"expand"}), 1, "users.email, and so does the attic of");
  one.succeed(*world, {"revert", "1"});
  one.succeed(*world, {"contract", "--quiet", "0"});
  two.succeed(*world, {"attic", "purge", "--retention", "0"});
  two.succeed(*world, {"expand"});
  two.succeed(*world, {"contract", "2", "--quiet", "0"});
  two.succeed(*world, {"revert", "2"});
  REQUIRE(all_rows(*world, "title, email") == "n1 e1 n2 e2 ");
}

TEST_CASE("constraints without names are dropped in one migration beside a window", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, a text UNIQUE, b text UNIQUE, c text)");
  const std::string drop = "definition = \"UNIQUE\"\ncolumn = \"{}\"";
  const Project project({renaming("c", "d")
                         + operation("drop_constraint", "users", fmt::format(fmt::runtime(drop), "a"))
                         + operation("drop_constraint", "users", fmt::format(fmt::runtime(drop), "b"))});
  project.succeed(*world, {"expand"});
  world->connect_app()->query("INSERT INTO users (id, a, b) VALUES (1, 'x', 'y'), (2, 'x', 'y')");
}
