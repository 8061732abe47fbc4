// `attic = "aside"` where another table takes the columns over: move_column and extract_table.
#include "support/aside.hpp"
#include "support/project.hpp"
#include "support/two_tables.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
Rollout aside(Rollout rollout) {
  rollout.migrations.front() += "attic = \"aside\"\n";
  return rollout;
}

std::string move(const std::string& more) {
  return "[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"phone\"\n"
         "to_table = \"profiles\"\n"
         + more;
}

/// users refers to profiles, as somebody may who lets a user be without one.
const std::string k_linked = "CREATE TABLE profiles (id integer PRIMARY KEY, bio text);"
                             "CREATE TABLE users (id integer PRIMARY KEY, name text, phone TEXT DEFAULT '-', "
                             "profile_id integer UNIQUE REFERENCES profiles (id));"
                             "INSERT INTO profiles (id, bio) VALUES (11, 'a'), (12, 'b'), (13, 'c'), "
                             "(14, 'd'), (15, 'e'), (16, 'f'), (17, 'g');"
                             "INSERT INTO users (id, name, phone, profile_id) VALUES (1, 'Ada', '1', 11), "
                             "(2, 'Alan', '2', 12), (3, 'Grace', '3', 13), (4, 'Edsger', '4', 14), "
                             "(5, 'Tony', '-', 15), (6, 'Ken', NULL, 16), (7, 'Dennis', '7', 17);";

/// What the new release does behind contract, to the links as to the values.
const std::vector<std::string> k_writes{
    "UPDATE profiles SET phone = '1a' WHERE id = 11",
    "UPDATE users SET profile_id = NULL WHERE id = 2",
    "UPDATE users SET profile_id = NULL WHERE id = 3",
    "UPDATE users SET id = 30 WHERE id = 3",
    "INSERT INTO profiles (id, bio, phone) VALUES (41, 'd', '4a')",
    "UPDATE users SET profile_id = 41 WHERE id = 4",
    "UPDATE users SET profile_id = NULL WHERE id = 5",
    "UPDATE users SET profile_id = NULL WHERE id = 6",
    "UPDATE users SET profile_id = NULL WHERE id = 7",
    "DELETE FROM profiles WHERE id = 17",
    "UPDATE users SET profile_id = NULL WHERE id = 1",
    "UPDATE users SET profile_id = 11 WHERE id = 1",
    "INSERT INTO profiles (id, phone) VALUES (18, '8'), (19, '9')",
    "INSERT INTO users (id, name, profile_id) VALUES (8, 'Donald', 18), (9, 'John', 19), (10, 'Fran', NULL)",
    "UPDATE users SET profile_id = NULL WHERE id = 9",
    "DELETE FROM users WHERE id = 9",
    "INSERT INTO users (id, name) VALUES (9, 'Niklaus')",
};

struct Reverted {
  std::string users, profiles;
};

/// What the old and the new release read, once what the new one writes behind contract has been reverted.
Reverted reads_after_revert(Dialect dialect, const std::string& attic, const std::string& schema,
                            const std::vector<std::string>& writes) {
  const Project project({move(attic)});
  const auto world = contracted(dialect, schema, project);
  const auto app = world->connect_app();
  for (const std::string& sql : writes) app->script(sql);
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert"});
  return {rows_of(*world, "SELECT id, phone FROM users ORDER BY id"),
          rows_of(*world, "SELECT id, phone FROM profiles ORDER BY id")};
}

/// users refers to profiles, and the database itself cuts that.
std::string linked(std::string_view on_delete) {
  return fmt::format("CREATE TABLE profiles (id integer PRIMARY KEY);"
                     "CREATE TABLE users (id integer PRIMARY KEY, phone TEXT DEFAULT '-', profile_id integer "
                     "DEFAULT 10 UNIQUE REFERENCES profiles (id) ON DELETE {});"
                     "INSERT INTO profiles (id) VALUES (11), (12), (13), (14), (15), (16), (17);"
                     "INSERT INTO users (id, phone, profile_id) VALUES (1, '1', 11), (2, '2', 12), (3, '3', "
                     "13), (4, '4', 14), (5, '5', 15), (6, '6', 16), (7, '7', 17);",
                     on_delete);
}
} // namespace

TEST_CASE("move_column that leaves no column loses no write", "[operations][aside]") {
  every_way(both(), aside(to_profile("text NOT NULL")));
}

TEST_CASE("move_column that leaves no column, to a table that its own refers to, loses no write",
          "[operations][aside]") {
  every_way(both(), aside(to_parent()));
}

TEST_CASE("extract_table that leaves no column loses no write", "[operations][aside]") {
  every_way(both(), aside(to_addresses("text NOT NULL DEFAULT 'nowhere'")));
}

TEST_CASE("behind contract a row that loses its partner keeps what it had be it hidden or aside",
          "[operations][aside]") {
  const Dialect dialect = both();
  for (const std::string attic : {"attic = \"aside\"\n", ""}) {
    INFO(attic);
    CHECK(reads_after_revert(dialect, attic, k_linked, k_writes).users
          == "1 1a \n2 2 \n4 4a \n5 - \n6 NULL \n7 7 \n8 8 \n9 - \n10 - \n30 3 \n");
  }
}

TEST_CASE("behind contract a row has what its partner has be it hidden or aside", "[operations][aside]") {
  const Dialect dialect = both();
  const std::vector<std::string> writes{
      "UPDATE users SET profile_id = NULL WHERE id IN (1, 2)", // cut, and set again
      "UPDATE profiles SET phone = '1a' WHERE id = 11",
      "UPDATE profiles SET phone = '-' WHERE id = 12",
      "UPDATE users SET profile_id = id + 10 WHERE id IN (1, 2)",
      "INSERT INTO profiles (id) VALUES (23)", // turned to another one
      "INSERT INTO profiles (id, phone) VALUES (24, '4a')",
      "UPDATE users SET profile_id = id + 20 WHERE id IN (3, 4)",
      "DELETE FROM profiles WHERE id = 15", // taken away
      "UPDATE users SET profile_id = NULL WHERE id IN (6, 7)",
      "DELETE FROM profiles WHERE id = 16",
  };
  const std::string reset = "INSERT INTO profiles (id, phone) VALUES (10, '5a')";
  for (const std::string attic : {"attic = \"aside\"\n", ""})
    for (const std::string before : {"", "PRAGMA recursive_triggers = ON"}) {
      if (dialect == Dialect::postgres && !before.empty()) continue;
      INFO(attic << before);
      std::vector<std::string> all{before};
      all.insert(all.end(), writes.begin(), writes.end());
      const Reverted cut = reads_after_revert(dialect, attic, linked("SET NULL"), all);
      CHECK(cut.users == "1 1a \n2 - \n3 - \n4 4a \n5 - \n6 6 \n7 7 \n");
      CHECK(cut.profiles == "11 1a \n12 - \n13 3 \n14 4 \n17 7 \n23 - \n24 4a \n");
      all.insert(all.begin() + 1, reset);
      CHECK(reads_after_revert(dialect, attic, linked("SET DEFAULT"), all).users
            == "1 1a \n2 - \n3 - \n4 4a \n5 5a \n6 6 \n7 7 \n");
    }
}

TEST_CASE("a row that has lost its partner does not stand in the way of the purge", "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({move("")});
  const auto world = contracted_after_abort(dialect, linked("SET NULL"), project);
  world->connect_app()->script(
      "UPDATE users SET profile_id = NULL WHERE id = 2; DELETE FROM profiles WHERE id = 13");
  refuses(*world, project, {"attic", "purge", "--retention", "0"}, 1,
          "destroys values that cannot be derived back");
  project.succeed(*world, k_purge);
  REQUIRE(columns_of(*world, "users") == "id profile_id \n");
  REQUIRE(rows_of(*world, "SELECT phone FROM profiles WHERE id IN (12, 13)") == "2 \n");
  if (dialect == Dialect::sqlite)
    REQUIRE(owners_rows(*world, "SELECT name FROM sqlite_schema WHERE name LIKE 'afloat_leaving%'") == "");
}

TEST_CASE("what is kept of a row goes when a partner comes, with the row, and by the purge",
          "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({move("attic = \"aside\"\n")});
  const auto world = contracted_after_abort(dialect, k_linked, project);
  REQUIRE(columns_of(*world, "users") == "id name profile_id \n");
  REQUIRE(columns_of(*world, "profiles") == "id bio phone \n");
  const std::string all = "SELECT id, phone FROM " + kept(*world) + " ORDER BY id";
  REQUIRE(owners_rows(*world, all) == "");
  const auto app = world->connect_app();
  app->script("UPDATE users SET profile_id = NULL WHERE id < 5");
  REQUIRE(owners_rows(*world, all) == "1 1 \n2 2 \n3 3 \n4 4 \n");
  const Outcome listed = project.run(*world, {"attic", "list"});
  REQUIRE(listed.out.find(kept(*world)) != std::string::npos);
  app->script("UPDATE users SET profile_id = 12 WHERE id = 1; DELETE FROM users WHERE id = 2;"
              "INSERT INTO profiles (id, phone) VALUES (31, '3a'); UPDATE users SET id = 1003, profile_id = "
              "31 WHERE id = 3; UPDATE users SET id = 1004 WHERE id = 4");
  REQUIRE(owners_rows(*world, all) == "1004 4 \n");
  if (dialect == Dialect::postgres) {
    world->connect()->script("TRUNCATE users");
    REQUIRE(owners_rows(*world, all) == "");
  }
  project.succeed(*world, {"verify"});
  SECTION("purged") {
    project.succeed(*world, k_purge);
    REQUIRE_THROWS(owners_rows(*world, all));
    app->script("INSERT INTO users (id, name) VALUES (5000, 'x')");
    REQUIRE(columns_of(*world, "users") == "id name profile_id \n");
  }
  SECTION("reverted, and aborted") {
    project.succeed(*world, {"revert"});
    project.succeed(*world, {"abort", "--accept-data-loss"});
    world->connect()->script("DELETE FROM users; DELETE FROM profiles");
    const auto expected = make_world(dialect);
    expected->prepare("CREATE TABLE profiles (id integer PRIMARY KEY, bio text);"
                      "CREATE TABLE users (id integer PRIMARY KEY, name text, profile_id integer UNIQUE "
                      "REFERENCES profiles (id), phone TEXT DEFAULT '-');");
    REQUIRE(differs(expected->dump(), world->dump()) == "");
  }
  SECTION("reverted, and contracted again") {
    project.succeed(*world, {"revert"});
    app->script("UPDATE users SET phone = 'old' WHERE id = 1; DELETE FROM users WHERE profile_id IS NULL");
    project.succeed(*world, k_contract);
    REQUIRE(owners_rows(*world, all) == "");
    project.succeed(*world, {"revert", "0001"});
    REQUIRE(rows_of(*world, "SELECT id, phone FROM users WHERE id = 1")
            == (dialect == Dialect::postgres ? "" : "1 old \n"));
  }
}

TEST_CASE("a row that has lost its partner gets one from a revert where missing rows are made",
          "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({move("attic = \"aside\"\ncreate_missing = true\n")});
  // Nobody stands in the way of the new key; on PostgreSQL a key that may be NULL parts the rows.
  const auto world =
      contracted(dialect,
                 "CREATE TABLE users (id integer PRIMARY KEY, code integer UNIQUE, phone text);"
                 "CREATE TABLE profiles (user_code integer UNIQUE REFERENCES users (code)"
                     + std::string(dialect == Dialect::postgres ? " DEFERRABLE INITIALLY DEFERRED" : "")
                     + ", bio text);"
                       "INSERT INTO users VALUES (1, 1, 'a'), (2, 2, 'b')",
                 project);
  const auto app = world->connect_app();
  if (dialect == Dialect::postgres)
    app->script("BEGIN; UPDATE users SET code = 20 WHERE id = 2; DELETE FROM profiles WHERE user_code = 2; "
                "COMMIT");
  else
    app->script("PRAGMA foreign_keys = OFF; UPDATE users SET code = 20 WHERE id = 2");
  REQUIRE(owners_rows(*world, "SELECT id, phone FROM " + kept(*world)) == "2 b \n");
  project.succeed(*world, {"revert"});
  REQUIRE(rows_of(*world, "SELECT id, code, phone FROM users ORDER BY id") == "1 1 a \n2 20 b \n");
  REQUIRE(rows_of(*world, "SELECT phone FROM profiles WHERE user_code IN (1, 20) ORDER BY phone")
          == "a \nb \n");
  if (dialect == Dialect::sqlite) app->script("DELETE FROM profiles WHERE user_code = 2");
  project.succeed(*world, {"verify"});
  project.succeed(*world, k_contract);
}

TEST_CASE("the rows of an extracted table follow their source without its columns", "[operations][aside]") {
  const Dialect dialect = both();
  const Project project({"[[operation]]\ntype = \"extract_table\"\ntable = \"users\"\ncolumns = [\"street\", "
                         "\"city\"]\nto_table = \"addresses\"\nkey = [\"user_id\"]\nattic = \"aside\"\n"});
  const auto world =
      contracted(dialect,
                 "CREATE TABLE users (id integer PRIMARY KEY, name text, street text, city text NOT NULL "
                 "DEFAULT '?');"
                 "CREATE INDEX users_by_city ON users (city);"
                 "INSERT INTO users VALUES (1, 'Ada', 's', 'London'), (2, 'Alan', NULL, 'Wilmslow'), "
                 "(3, 'Grace', NULL, '?')",
                 project);
  REQUIRE(columns_of(*world, "users") == "id name \n");
  const auto app = world->connect_app();
  if (dialect == Dialect::sqlite) app->script("PRAGMA foreign_keys = OFF");
  app->script("UPDATE users SET id = 20 WHERE id = 2; UPDATE addresses SET street = 't' WHERE user_id = 20;"
              "INSERT INTO users VALUES (4, 'Edsger'), (5, 'Tony'); INSERT INTO addresses (user_id, street) "
              "VALUES (4, 'u'); INSERT INTO addresses (user_id, city) VALUES (5, NULL)");
  REQUIRE(project.succeed(*world, {"status"}).find("can I still go back: 1 row cannot (NOT NULL on ")
          != std::string::npos);
  refuses(*world, project, {"revert"}, 1, "addresses.street, city a value in these rows");
  app->script("DELETE FROM addresses WHERE user_id = 5; DELETE FROM users WHERE id = 1");
  REQUIRE(rows_of(*world, "SELECT user_id FROM addresses ORDER BY user_id") == "4 \n20 \n");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert"});
  REQUIRE(rows_of(*world, "SELECT id, street, city FROM users ORDER BY id")
          == "3 NULL ? \n4 u ? \n5 NULL ? \n20 t Wilmslow \n");
  project.succeed(*world, {"verify"});
  app->script("UPDATE users SET city = 'Nuenen' WHERE id = 4");
  project.succeed(*world, k_contract);
  project.succeed(*world, k_purge);
  REQUIRE(rows_of(*world, "SELECT city FROM addresses WHERE user_id = 4") == "Nuenen \n");
  REQUIRE(columns_of(*world, "users") == "id name \n");
}

TEST_CASE("columns whose rows the database itself parts are refused with the reason", "[operations][aside]") {
  const Dialect dialect = both();
  const auto world = make_world(dialect);
  const auto refused = [&](const std::string& users, const std::string& profiles, const std::string& words) {
    const auto fresh = make_world(dialect);
    fresh->prepare(fmt::format("CREATE TABLE users (id integer PRIMARY KEY, phone text{});"
                               "CREATE TABLE profiles (bio text, {});",
                               users, profiles));
    refuses(*fresh, Project({move("attic = \"aside\"\n")}), {"plan"}, 3, words);
  };
  refused("", "user_id integer UNIQUE REFERENCES users (id) ON UPDATE SET NULL",
          "parts rows by itself (ON UPDATE SET");
  if (dialect == Dialect::sqlite)
    refused(", code text UNIQUE", "user_code text UNIQUE REFERENCES users (code) ON UPDATE CASCADE",
            "users.code may become NULL, and the foreign key ");
  world->prepare("CREATE TABLE users (code integer UNIQUE, phone text);"
                 "CREATE TABLE profiles (user_code integer UNIQUE REFERENCES users (code))");
  refuses(*world, Project({move("attic = \"aside\"\n")}), {"plan"}, 3,
          "has no primary key to keep values by");
}
