#include "support/aside.hpp"
#include "support/project.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string change(const std::string& fields) {
  return "[[operation]]\ntype = \"change_type\"\nattic = \"aside\"\n" + fields;
}
} // namespace

TEST_CASE("change_type under one name with its old values aside loses no write", "[operations][aside]") {
  const Dialect dialect = both();
  Rollout rollout;
  rollout.schema = "CREATE TABLE notes (id integer PRIMARY KEY, kind text DEFAULT 'x', note text NOT NULL "
                   "CHECK (note <> ''));"
                   "CREATE INDEX notes_by_note ON notes (note);"
                   "CREATE UNIQUE INDEX notes_by_both ON notes (id, note);"
                   "CREATE VIEW seen AS SELECT id, note FROM notes;";
  rollout.migrations = {change(dialect == Dialect::sqlite
                                   ? "table = \"notes\"\ncolumn = \"note\"\ncolumn_type = \"blob\"\n"
                                   : "table = \"notes\"\ncolumn = \"note\"\ncolumn_type = "
                                     "\"varchar(40)\"\nup = \"note\"\n")};
  rollout.old_release = rollout.new_release = writing_notes("note", "'{value}'", "CAST(note AS text)");
  every_way(dialect, rollout);
}

TEST_CASE("change_type with a name of its own and its old values aside loses no write",
          "[operations][aside]") {
  const Dialect dialect = both();
  Rollout rollout;
  rollout.schema = "CREATE TABLE notes (id integer PRIMARY KEY, kind text DEFAULT 'x', note text NOT NULL);"
                   "CREATE UNIQUE INDEX notes_by_note ON notes (note);";
  rollout.old_release = writing_notes("note", "'{value}'", "note");
  if (dialect == Dialect::sqlite) {
    rollout.migrations = {
        change("table = \"notes\"\ncolumn = \"note\"\nto = \"document\"\ncolumn_type = \"blob\"\n"
               "up = \"CAST(note AS blob)\"\ndown = \"CAST(document AS text)\"\n")};
    rollout.new_release = writing_notes("document", "CAST('{value}' AS blob)", "CAST(document AS text)");
  } else {
    rollout.migrations = {
        change("table = \"notes\"\ncolumn = \"note\"\nto = \"document\"\ncolumn_type = \"text[]\"\n"
               "up = \"ARRAY[note]\"\ndown = \"document[1]\"\n")};
    rollout.new_release = writing_notes("document", "ARRAY['{value}']", "document[1]");
  }
  every_way(dialect, rollout);
}

TEST_CASE("what down does not give back is kept aside until the new release changes it",
          "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({change("table = \"users\"\ncolumn = \"age\"\ncolumn_type = \"integer\"\n"
                                "up = \"CAST(age AS integer)\"\ndown = \"CAST(age AS text)\"\n")});
  const auto world = contracted_after_abort(
      dialect,
      "CREATE TABLE users (id integer PRIMARY KEY, age TEXT DEFAULT '0', name text);"
      "CREATE INDEX users_by_age ON users (age);"
      "INSERT INTO users (id, age, name) VALUES (1, '042', 'Ada'), (2, '7', 'Alan'), "
      "(3, ' 8', 'Grace'), (4, NULL, 'Edsger'), (5, '09', 'Tony'), (6, '+6', 'Barbara')",
      project);
  REQUIRE(columns_of(*world, "users") == "id name age \n");
  REQUIRE(owners_rows(*world, "SELECT id, age FROM " + kept(*world) + " ORDER BY id")
          == "1 042 \n3  8 \n5 09 \n6 +6 \n");
  project.succeed(*world, {"verify"});
  const auto app = world->connect_app();
  app->script(
      "UPDATE users SET age = 42, name = 'Ada L' WHERE id = 1; UPDATE users SET id = 30 WHERE id = 3;"
      "UPDATE users SET age = 10 WHERE id = 5; UPDATE users SET age = 9 WHERE id = 5;"
      "DELETE FROM users WHERE id = 6; INSERT INTO users (id, age, name) VALUES (6, 6, 'Ken'), (3, 3, "
      "'Dennis')");
  REQUIRE(owners_rows(*world, "SELECT id, age FROM " + kept(*world) + " ORDER BY id") == "1 042 \n30  8 \n");
  const Outcome listed = project.run(*world, {"attic", "list"});
  REQUIRE(listed.out.find(kept(*world)) != std::string::npos);

  project.succeed(*world, {"revert"});
  const std::string there = "1 042 \n2 7 \n3 3 \n4 NULL \n5 9 \n6 6 \n30  8 \n";
  REQUIRE(owners_rows(*world, "SELECT id, age FROM users ORDER BY id") == there);
  project.succeed(*world, {"verify"});
  app->script("UPDATE users SET age = '005' WHERE id = 5");
  project.succeed(*world, k_contract);
  app->script("INSERT INTO users (id, name) VALUES (7, 'left out')");
  project.succeed(*world, {"revert", "0001"});
  REQUIRE(owners_rows(*world, "SELECT id, age FROM users WHERE id IN (1, 5, 7, 30) ORDER BY id")
          == "1 042 \n5 005 \n7 0 \n30  8 \n");
  app->script("DELETE FROM users; INSERT INTO users (id, age, name) VALUES (1, '042', 'Ada'), (2, '7', "
              "'Alan'), (3, ' 8', 'Grace'), (4, NULL, 'Edsger'), (5, '09', 'Tony'), (6, '+6', 'Barbara')");
  REQUIRE(columns_of(*world, "users").starts_with("id name "));

  SECTION("abort") {
    project.succeed(*world, {"abort"});
    const auto expected = make_world(dialect);
    expected->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text, age TEXT DEFAULT '0');"
                      "CREATE INDEX users_by_age ON users (age);"
                      "INSERT INTO users (id, age, name) VALUES (1, '042', 'Ada'), (2, '7', 'Alan'), "
                      "(3, ' 8', 'Grace'), (4, NULL, 'Edsger'), (5, '09', 'Tony'), (6, '+6', 'Barbara')");
    REQUIRE(differs(expected->dump(), world->dump()) == "");
  }
  SECTION("purge") {
    project.succeed(*world, k_contract);
    project.succeed(*world, k_purge);
    REQUIRE(columns_of(*world, "users") == "id name age \n");
    REQUIRE_THROWS(world->connect()->query("SELECT 1 FROM " + kept(*world)));
  }
}

TEST_CASE("a mapping that loses nothing keeps nothing aside", "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({change("table = \"users\"\ncolumn = \"age\"\ncolumn_type = \"text\"\n"
                                "up = \"CAST(age AS text)\"\ndown = \"CAST(age AS integer)\"\n")});
  const auto world = contracted(dialect,
                                "CREATE TABLE users (id integer PRIMARY KEY, age integer NOT NULL);"
                                "INSERT INTO users VALUES (1, 42), (2, 7)",
                                project);
  REQUIRE(owners_rows(*world, "SELECT count(*) FROM " + kept(*world)) == "0 \n");
}

TEST_CASE("rows whose old value could not be made again stop a revert", "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({change(
      "table = \"users\"\ncolumn = \"code\"\ncolumn_type = \"text\"\nto = \"label\"\n"
      "up = \"CAST(code AS text)\"\ndown = \"CASE label WHEN 'none' THEN NULL ELSE CAST(label AS integer) "
      "END\"\n")});
  const auto world = contracted(dialect,
                                "CREATE TABLE users (id integer PRIMARY KEY, code integer);"
                                "CREATE UNIQUE INDEX users_code ON users (code);"
                                "INSERT INTO users VALUES (1, 42), (2, 7)",
                                project);
  REQUIRE(columns_of(*world, "users") == "id label \n");
  const auto app = world->connect_app();
  // PostgreSQL's cast fails for it; SQLite's gives 0.
  app->script(dialect == Dialect::postgres ? "INSERT INTO users VALUES (3, 'wrong')"
                                           : "INSERT INTO users VALUES (3, 'none')");
  REQUIRE(project.succeed(*world, {"status"}).find("1 row cannot (the old shape of ") != std::string::npos);
  refuses(*world, project, {"revert"}, 1, "in the way of the old shape of ");
  app->script("UPDATE users SET label = '042' WHERE id = 3");
  refuses(*world, project, {"revert"}, 1, "in the way of users_code of ");
  app->script("UPDATE users SET label = 'none' WHERE id = 3");
  project.succeed(*world, {"revert", "--accept-data-loss"});
  REQUIRE(owners_rows(*world, "SELECT id, code, label FROM users ORDER BY id")
          == "1 42 42 \n2 7 7 \n3 NULL none \n");
  REQUIRE_THROWS_WITH(app->script("INSERT INTO users (id, code) VALUES (4, 42)"),
                      Catch::Contains(dialect == Dialect::sqlite ? "users.code" : "users_code"));
}

TEST_CASE("a CHECK of the old shape is asked of the values that its column would hold",
          "[operations][aside]") {
  const Project project({change("table = \"users\"\ncolumn = \"code\"\ncolumn_type = \"text\"\nup = "
                                "\"CAST(code AS text)\"\ndown = \"code\"\n")});
  const auto world = contracted(Dialect::sqlite,
                                "CREATE TABLE users (id integer PRIMARY KEY, code integer CHECK (code <> 5));"
                                "INSERT INTO users VALUES (1, 42)",
                                project);
  // '05' is not 5, until a column of numbers makes one of it.
  const auto app = world->connect_app();
  app->script("INSERT INTO users (id, code) VALUES (2, '05'), (3, '07')");
  refuses(*world, project, {"revert"}, 1, "1 row is in the way of CHECK (code <> 5) of users");
  app->script("UPDATE users SET code = '9' WHERE id = 2");
  project.succeed(*world, {"revert"});
  REQUIRE(rows_of(*world, "SELECT id, code, typeof(code) FROM users ORDER BY id")
          == "1 42 integer \n2 9 integer \n3 7 integer \n");
}

TEST_CASE("of merged columns what down does not give back is kept aside", "[operations][aside]") {
  const Dialect dialect = both();
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, first text NOT NULL DEFAULT '?', last text "
                 "DEFAULT 'none');"
                 "CREATE INDEX users_by_last ON users (last, first);"
                 "INSERT INTO users VALUES (1, 'Ada', 'Lovelace'), (2, 'Mary Ann', 'Evans'), (3, 'Plato', "
                 "NULL), (4, '', ''), (7, 'Homer', NULL)");
  const Project project({R"x([[operation]]
type = "merge_columns"
attic = "aside"
table = "users"
to = "name"
column_type = "text"
up = "first || ' ' || coalesce(last, '')"
[[operation.from]]
column = "first"
down = "coalesce(substr(name, 1, length(name) - length(ltrim(name, 'abcdefghijklmnopqrstuvwxyzMAEPLTH'))), '')"
[[operation.from]]
column = "last"
down = "ltrim(ltrim(name, 'abcdefghijklmnopqrstuvwxyzMAEPLTH'))"
)x"});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script(
      "INSERT INTO users (id, name) VALUES (5, 'Alan Turing'); UPDATE users SET last = 'L' WHERE id = 1");
  project.succeed(*world, k_contract);
  REQUIRE(columns_of(*world, "users") == "id name \n");
  REQUIRE(owners_rows(*world, "SELECT id, first, last FROM " + kept(*world) + " ORDER BY id")
          == "2 Mary Ann Evans \n3 Plato NULL \n7 Homer NULL \n");
  world->connect_app()->script(
      "UPDATE users SET id = 20 WHERE id = 2; UPDATE users SET name = 'Plato II' WHERE "
      "id = 3; DELETE FROM users WHERE id = 4; INSERT INTO users VALUES (6, 'Tony H')");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert"});
  REQUIRE(owners_rows(*world, "SELECT id, first, last FROM users ORDER BY id")
          == "1 Ada L \n3 Plato II \n5 Alan Turing \n6 Tony H \n7 Homer NULL \n20 Mary Ann Evans \n");
  project.succeed(*world, {"verify"});
  project.succeed(*world, k_contract);
  project.succeed(*world, k_purge);
  REQUIRE(columns_of(*world, "users") == "id name \n");
}

TEST_CASE("sides that cannot be kept aside are refused with the reason", "[operations][aside]") {
  const Dialect dialect = both();
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE events (name text, note text);"
                 "CREATE TABLE users (id integer PRIMARY KEY, country text, phone text)");
  const auto into = [](const std::string& table, const std::string& column, const std::string& down) {
    return Project({change(fmt::format("table = \"{}\"\ncolumn = \"{}\"\ncolumn_type = \"varchar(9)\"\nto = "
                                       "\"number\"\nup = \"CAST({} AS varchar(9))\"\ndown = \"{}\"\n",
                                       table, column, column, down))});
  };
  refuses(*world, into("events", "note", "number"), {"plan"}, 3, "has no primary key to keep values by");
  refuses(*world, into("users", "phone", "country || number"), {"plan"}, 3,
          "`down` reads \"country\", which can change");
}

TEST_CASE("a domain that takes no NULL cannot come back by `down`, and is refused at once",
          "[operations][aside]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE DOMAIN handle AS text NOT NULL;"
                 "CREATE TABLE users (id integer PRIMARY KEY, code handle DEFAULT 'none');"
                 "INSERT INTO users VALUES (1, 'a')");
  const Project project({change("table = \"users\"\ncolumn = \"code\"\ncolumn_type = \"varchar(9)\"\n"
                                "to = \"label\"\nup = \"code\"\ndown = \"coalesce(label, 'none')\"\n")});
  const std::string before = world->dump();
  const Outcome refused = project.run(*world, {"expand"});
  INFO(refused.out << refused.err);
  CHECK(refused.status == 3);
  CHECK(refused.err.find("domain handle does not allow null values") != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
}
