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
/// Positional INSERTs and SELECT * of the new release, where the old column must not be.
Rollout dropping(const std::string& column, const std::string& fields) {
  Rollout rollout;
  rollout.schema = fmt::format("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname {});"
                               "CREATE INDEX users_by_nickname ON users (nickname);",
                               column);
  rollout.migrations = {"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                        "attic = \"aside\"\n"
                        + fields};
  rollout.old_release = {.insert =
                             "INSERT INTO users (id, name, nickname) VALUES ({key}, '{value}', '{value}')",
                         .update = "UPDATE users SET name = '{value}', nickname = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  return rollout;
}
} // namespace

TEST_CASE("drop_column with its values aside loses no write", "[operations][aside]") {
  every_way(both(), dropping("text NOT NULL", "down = \"lower(name)\"\n"));
}

TEST_CASE("drop_column of a column with a default, with its values aside, loses no write",
          "[operations][aside]") {
  comes_back(both(), dropping("text NOT NULL DEFAULT 'none'", ""));
}

TEST_CASE("rename_column without an attic column loses no write", "[operations][aside]") {
  Rollout rollout;
  rollout.schema = "CREATE TABLE users (id integer PRIMARY KEY, user_name varchar(60) NOT NULL DEFAULT 'x' "
                   "UNIQUE, city text);";
  rollout.migrations = {"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\n"
                        "to = \"username\"\nattic = \"aside\"\n"};
  rollout.old_release = release_writing("users", "user_name");
  rollout.new_release = release_writing("users", "username");
  every_way(both(), rollout);
}

TEST_CASE("status says of a column that was renamed without an attic column that it can come back",
          "[operations][aside]") {
  const auto world = make_world(both());
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text)");
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = "
                         "\"user_name\"\nto = \"username\"\nattic = \"aside\"\n",
                         "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"city\"\n"
                         "column_type = \"text\"\n"});
  const auto status = [&] { return project.succeed(*world, {"status"}); };
  REQUIRE(status().find("go back") == std::string::npos);
  project.succeed(*world, {"expand"});
  REQUIRE(status().find("go back") == std::string::npos);
  project.succeed(*world, k_contract);
  const std::string there = status();
  INFO(there);
  REQUIRE(there.find("Attic     nothing hidden: a revert makes the old shape again of what is there\n"
                     "  0001_change  can I still go back: yes\n")
          != std::string::npos);
  project.succeed(*world, {"revert"});
  REQUIRE(status().find("go back") == std::string::npos);
}

TEST_CASE("what is kept aside follows its row, and comes back with it", "[operations][aside]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, nickname TEXT);"
      "CREATE UNIQUE INDEX nick ON users (nickname);"
      "INSERT INTO users VALUES (1, 'Ada', 'countess'), (2, 'Alan', 'prof'), (3, 'Grace', 'amazing'), "
      "(4, 'Edsger', NULL), (5, 'Tony', 'null')");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                         "attic = \"aside\"\ndown = \"lower(name)\"\n"});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");

  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  const auto app = world->connect_app();
  app->script("UPDATE users SET id = 30, nickname = 'amazed' WHERE id = 3; UPDATE users SET nickname = NULL "
              "WHERE id = 5; UPDATE users SET id = 3, nickname = 'amazing' WHERE id = 30; UPDATE users SET "
              "nickname = 'null' WHERE id = 5");
  project.succeed(*world, k_contract);
  REQUIRE(columns_of(*world, "users") == "id name \n");
  // SQLite counts the values by what the connection knew last.
  world->connect_app()->script(
      "INSERT INTO users VALUES (6, 'Barbara'); DELETE FROM users WHERE id = 2; UPDATE users SET id = "
      "20 WHERE id = 3; INSERT INTO users VALUES (2, 'Ken'), (3, 'Dennis'); UPDATE users SET name = "
      "'Tony H' WHERE id = 5");
  const Outcome listed = project.run(*world, {"attic", "list"});
  REQUIRE(listed.out.find(dialect == Dialect::sqlite ? "afloat_aside_1_1" : "afloat.aside_1_1")
          != std::string::npos);
  project.succeed(*world, {"verify"});

  const std::string there = "1 countess \n2 ken \n3 dennis \n4 NULL \n5 null \n6 barbara \n20 amazing \n";
  project.succeed(*world, {"revert"});
  REQUIRE(columns_of(*world, "users") == "id name nickname \n");
  REQUIRE(rows_of(*world, "SELECT id, nickname FROM users ORDER BY id") == there);
  project.succeed(*world, {"verify"});
  REQUIRE_THROWS_WITH(app->script("INSERT INTO users VALUES (7, 'x', 'ken')"), Catch::Contains("nick"));
  app->script("UPDATE users SET nickname = 'k', id = 7 WHERE id = 2");

  project.succeed(*world, k_contract);
  project.succeed(*world, {"revert", "0001"});
  REQUIRE(rows_of(*world, "SELECT nickname FROM users WHERE id = 7") == "k \n");
  app->script(
      "DELETE FROM users WHERE id > 5 OR id = 2; INSERT INTO users VALUES (2, 'Alan', 'prof'); UPDATE "
      "users SET nickname = 'amazing', name = CASE id WHEN 3 THEN 'Grace' ELSE name END WHERE id = 3; "
      "UPDATE users SET name = 'Tony' WHERE id = 5");
  REQUIRE(differs(window, world->dump()) == "");

  SECTION("abort") {
    project.succeed(*world, {"abort"});
    REQUIRE(differs(before, world->dump()) == "");
  }
  SECTION("purge") {
    project.succeed(*world, k_contract);
    project.succeed(*world, k_purge);
    const auto expected = make_world(dialect);
    expected->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);"
                      "INSERT INTO users VALUES (1, 'Ada'), (2, 'Alan'), (3, 'Grace'), (4, 'Edsger'), (5, "
                      "'Tony')");
    REQUIRE(differs(expected->dump(), world->dump()) == "");
  }
}

TEST_CASE("a TRUNCATE empties what is kept aside", "[operations][aside]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, nickname text DEFAULT 'none');"
                 "INSERT INTO users VALUES (1, 'countess'), (2, NULL), (3, 'none')");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                         "attic = \"aside\"\n"});
  project.succeed(*world, {"expand"});
  REQUIRE(world->connect()->query("SELECT count(*) FROM afloat.aside_1_1").scalar() == "2");
  project.succeed(*world, k_contract);
  SECTION("no row of before is left") {
    world->connect()->script("TRUNCATE users; INSERT INTO users VALUES (1)");
    project.succeed(*world, {"revert"});
    REQUIRE(rows_of(*world, "SELECT id, nickname FROM users") == "1 none \n");
  }
  SECTION("without it all are") {
    project.succeed(*world, {"revert"});
    REQUIRE(rows_of(*world, "SELECT id, nickname FROM users ORDER BY id")
            == "1 countess \n2 NULL \n3 none \n");
  }
}

TEST_CASE("REPLACE begins a new row also of what is kept aside", "[operations][aside]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text UNIQUE, nickname text);"
                 "INSERT INTO users VALUES (1, 'Ada', 'countess'), (2, 'Alan', 'prof'), (3, 'Grace', 'g')");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                         "attic = \"aside\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  world->connect_app()->script("INSERT OR REPLACE INTO users VALUES (1, 'Ada L'), (9, 'Alan');"
                               "UPDATE OR REPLACE users SET id = 9 WHERE id = 3");
  project.succeed(*world, {"revert"});
  REQUIRE(rows_of(*world, "SELECT id, nickname FROM users ORDER BY id") == "1 NULL \n9 g \n");
}

TEST_CASE("a table may have any name where its values are kept aside", "[operations][aside]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string name = GENERATE("s", "t");
  const auto world = make_world(dialect);
  world->prepare(fmt::format("CREATE TABLE {0} (id integer PRIMARY KEY, s text NOT NULL, t text);"
                             "INSERT INTO {0} VALUES (1, 'Ada', 'countess'), (2, 'Alan', 'prof'), (3, "
                             "'Grace', NULL)",
                             name));
  const Project project({fmt::format("[[operation]]\ntype = \"drop_column\"\ntable = \"{}\"\ncolumn = "
                                     "\"t\"\nattic = \"aside\"\ndown = \"lower(s)\"\n",
                                     name)});
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  world->connect_app()->script(fmt::format("INSERT INTO {} VALUES (4, 'Tony')", name));
  project.succeed(*world, {"revert"});
  REQUIRE(rows_of(*world, fmt::format("SELECT id, t FROM {} ORDER BY id", name))
          == "1 countess \n2 prof \n3 NULL \n4 tony \n");
  project.succeed(*world, k_contract);
  project.succeed(*world, k_purge);
}

TEST_CASE("rows that could not come back from aside stop a revert", "[operations][aside]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text, nickname text NOT NULL);"
                 "CREATE UNIQUE INDEX nick ON users (nickname);"
                 "INSERT INTO users VALUES (1, 'Ada', 'countess')");
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nickname\"\n"
                         "attic = \"aside\"\ndown = \"lower(name)\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  world->connect_app()->script("INSERT INTO users VALUES (2, NULL)");
  Outcome refused = project.run(*world, {"revert"});
  REQUIRE(refused.status == 1);
  REQUIRE(refused.err.find("1 row is in the way of NOT NULL on ") != std::string::npos);
  world->connect_app()->script("DELETE FROM users WHERE id = 2; INSERT INTO users VALUES (2, 'COUNTESS')");
  refused = project.run(*world, {"revert"});
  REQUIRE(refused.status == 1);
  REQUIRE(refused.err.find("in the way of nick of ") != std::string::npos);
  world->connect_app()->script("DELETE FROM users WHERE id = 2");
  project.succeed(*world, {"revert"});
}

TEST_CASE("what cannot be kept aside is refused with the reason", "[operations][aside]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE events (name text, note text);"
      "CREATE TABLE users (id integer PRIMARY KEY, a text DEFAULT CURRENT_TIMESTAMP, b text, c text);"
      "CREATE UNIQUE INDEX both_of ON users (b, c)");
  const auto drop = [](const std::string& table, const std::string& column, const std::string& attic) {
    return Project(
        {fmt::format("[[operation]]\ntype = \"drop_column\"\ntable = \"{}\"\ncolumn = \"{}\"\nattic "
                     "= \"{}\"\n",
                     table, column, attic)});
  };
  refuses(*world, drop("events", "note", "aside"), {"plan"}, 3, "has no primary key to keep values by");
  refuses(*world, drop("users", "a", "aside"), {"plan"}, 3,
          "\"a\" has a default that differs from row to row");
  refuses(*world, drop("users", "b", "aside"), {"plan"}, 3,
          "is unique together with other columns (both_of)");
  refuses(*world, drop("users", "b", "beside"), {"plan"}, 3, "\"beside\" is no way to keep the old shape");
  const Project other({"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"d\"\ncolumn_type "
                       "= \"integer\"\nattic = \"aside\"\n"});
  refuses(*world, other, {"plan"}, 3,
          "Only rename_column, change_type, drop_column, split_column, merge_columns, move_column and "
          "extract_table can leave");
}
