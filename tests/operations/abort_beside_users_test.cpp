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
