// Abort where somebody has built on the new shape meanwhile.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

TEST_CASE("abort names what uses the new column, and the statement that drops it", "[operations]") {
  struct Case {
    std::string make, words, drop;
  };
  const Case row = GENERATE(
      Case{"CREATE VIEW public.reports AS SELECT username FROM users",
           "view reports uses public.users.username", "DROP VIEW public.reports"},
      Case{"CREATE MATERIALIZED VIEW public.reports AS SELECT upper(username) FROM users",
           "materialized view reports uses public.users.username", "DROP MATERIALIZED VIEW public.reports"},
      Case{"CREATE POLICY own ON users USING (username = current_user)",
           "policy own on table users uses public.users.username", "DROP POLICY own ON users"},
      Case{"CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
           "CREATE TRIGGER seen AFTER UPDATE OF username ON users FOR EACH ROW EXECUTE FUNCTION seen()",
           "trigger seen on table users uses public.users.username", "DROP TRIGGER seen ON users"});
  INFO(row.make);
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text UNIQUE);"
                 "INSERT INTO users VALUES (1, 'Ada')");
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                         "from = \"user_name\"\nto = \"username\"\n"});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  world->connect()->script(row.make);
  const std::string made = world->dump();
  const Outcome refused = project.run(*world, {"abort"});
  CHECK(refused.status == 1);
  CHECK(refused.err
        == fmt::format("error: 0001_change cannot be taken back: {}\n  hint: Change it so that it does not, "
                       "or drop it first: `{}`. Nothing was changed.\n",
                       row.words, row.drop));
  CHECK(difference(made, world->dump()) == "");
  world->connect()->script(row.drop);
  world->connect()->script("DROP FUNCTION IF EXISTS seen()");
  project.succeed(*world, {"abort"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("abort of a plan with a view between old tables is not held up", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text);"
                 "CREATE VIEW names AS SELECT id, user_name FROM users;"
                 "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER seen AFTER UPDATE OF user_name ON users FOR EACH ROW EXECUTE FUNCTION "
                 "seen()");
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                         "from = \"user_name\"\nto = \"username\"\n"});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("abort on SQLite names what would not work without the new column before anything is changed",
          "[operations][sqlite]") {
  struct Case {
    std::string make, words, drop;
  };
  const Case row =
      GENERATE(Case{"CREATE VIEW reports AS SELECT username FROM users",
                    "error in view reports after drop column: no such column: username", "VIEW reports"},
               Case{"CREATE INDEX found ON users (lower(username))",
                    "error in index found after drop column: no such column: username", "INDEX found"},
               Case{"CREATE TRIGGER seen AFTER UPDATE ON users BEGIN SELECT NEW.username; END",
                    "error in trigger seen after drop column: no such column: NEW.username", "TRIGGER seen"},
               // SQLite itself lets that one pass, and no row could be inserted any more.
               Case{"CREATE TRIGGER seen AFTER INSERT ON users BEGIN UPDATE users SET username = 'x'; END",
                    "INSERT INTO \"users\" DEFAULT VALUES: no such column: username", "TRIGGER seen"});
  INFO(row.make);
  const bool many = GENERATE(false, true);
  const auto world = make_world(Dialect::sqlite);
  // A user's trigger in which sync has its part is in nobody's way.
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, user_name text);"
      "INSERT INTO users (user_name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
      "n WHERE i < 10001) SELECT 'user ' || i FROM n;"
      "CREATE TABLE log (id integer); CREATE TRIGGER noted AFTER UPDATE ON users BEGIN INSERT INTO "
      "log VALUES (NEW.id); END; ANALYZE");
  if (many) world->prepare("UPDATE sqlite_stat1 SET stat = '100001' WHERE tbl = 'users'");
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                         "from = \"user_name\"\nto = \"username\"\n"});
  const std::string before = world->dump();
  project.succeed(*world, {"expand", "--full-speed"});
  world->prepare(row.make);
  const std::string made = world->dump();
  const Outcome refused = project.run(*world, {"abort"});
  CHECK(refused.status == 1);
  CHECK(refused.err
        == fmt::format("error: 0001_change cannot be taken back: something would not work without "
                       "users.username: {}\n  hint: Change what uses the column so that it does not, or drop "
                       "it first. Nothing was changed.\n",
                       row.words));
  CHECK(difference(made, world->dump()) == "");
  world->prepare("DROP " + row.drop);
  project.succeed(*world, {"abort"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("abort on SQLite is not held up by what its own migration has built on a new column",
          "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ada');"
      "CREATE TABLE visits (id integer PRIMARY KEY, code text)");
  const Project project(
      {"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"code\"\ncolumn_type = \"text\"\n"
       "[[operation]]\ntype = \"create_index\"\ntable = \"users\"\nname = \"users_code\"\ncolumns = "
       "[\"code\"]\nunique = true\n"
       "[[operation]]\ntype = \"create_table\"\ntable = \"orders\"\nprimary_key = [\"id\"]\ncolumns = [{ "
       "name = "
       "\"id\", type = \"integer\" }, { name = \"code\", type = \"text\", references = \"users(code)\" }]\n"
       + std::string(GENERATE(
           "", "[[operation]]\ntype = \"add_foreign_key\"\ntable = \"visits\"\nname = \"of\"\ncolumns = "
               "[\"code\"]\nreferences = \"users(code)\"\nenforce = \"expand\"\n"))});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "1"});
  CHECK(difference(before, world->dump()) == "");
}
