// Columns whose type is a domain that has a default of its own (PostgreSQL).
#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/world.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_schema = "CREATE DOMAIN handle AS text DEFAULT 'none';"
                             "CREATE TABLE users (id integer PRIMARY KEY, user_name handle, email text);"
                             "INSERT INTO users VALUES (-3, 'ann', 'x'), (-2, NULL, 'y'), (-1, 'none', NULL)";

Release writing(const std::string& column) {
  return {.insert = fmt::format("INSERT INTO users (id, {}) VALUES ({{key}}, '{{value}}')", column),
          .update = fmt::format("UPDATE users SET {} = '{{value}}' WHERE id = {{key}}", column),
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = fmt::format("SELECT id, {} FROM users", column)};
}

const std::string k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\nto = \"username\"\n";

std::string rows(const World& world, const std::string& columns) {
  std::string text;
  for (const auto& row :
       world.connect()->query(fmt::format("SELECT {} FROM users ORDER BY id", columns)).rows)
    for (const Value& value : row) text += value.value_or("NULL") + " ";
  return text;
}
} // namespace

TEST_CASE("rename_column of a domain with a default loses no write", "[operations]") {
  const Rollout rename{.schema = k_schema,
                       .migrations = {k_rename},
                       .old_release = writing("user_name"),
                       .new_release = writing("username"),
                       .always = {"SELECT count(*) FROM users WHERE user_name IS DISTINCT FROM username"}};
  SECTION("back") {
    rolls_back(Dialect::postgres, rename);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, rename);
  }
}

TEST_CASE("a domain's default is what an INSERT leaves out, and no value that was there", "[operations]") {
  struct Case {
    std::string migration, from, to, expected;
  };
  const Case row = GENERATE(
      Case{k_rename, "user_name", "username",
           "-3 ann ann -2 NULL NULL -1 none none 1 o o 2 n n 3 none none 4 NULL NULL 5 NULL NULL "},
      Case{"[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"user_name\"\n"
           "to = \"label\"\ncolumn_type = \"character varying(40)\"\nup = \"upper(user_name)\"\n"
           "down = \"lower(label)\"\n",
           "user_name", "label", "-3 ann ANN -2 NULL NULL -1 none NONE 1 o O 2 n n 3 none NONE 5 NULL NULL "},
      Case{"[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"email\"\nto = \"label\"\n"
           "column_type = \"handle\"\nup = \"email\"\ndown = \"label\"\n",
           "email", "label", "-3 x x -2 y y -1 NULL NULL 1 o o 2 n n 3 NULL NULL 5 NULL NULL "});
  INFO(row.migration);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({row.migration});
  const std::string before = rows(*world, "*");
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query(fmt::format("INSERT INTO users (id, {}) VALUES (1, 'o')", row.from), {});
  app->query(fmt::format("INSERT INTO users (id, {}) VALUES (2, 'n')", row.to), {});
  app->query("INSERT INTO users (id) VALUES (3)", {});
  if (row.to == "username") app->query("INSERT INTO users (id, username) VALUES (4, NULL)", {});
  app->query(fmt::format("INSERT INTO users (id, {}) VALUES (5, NULL)", row.from), {});
  CHECK(rows(*world, fmt::format("id, {}, {}", row.from, row.to)) == row.expected);
  app->script("DELETE FROM users WHERE id > 0");
  project.succeed(*world, {"abort", "--accept-data-loss"});
  CHECK(rows(*world, "*") == before);
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"verify"});
}

TEST_CASE("add_column fills a domain with a default from `up`", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"label\"\n"
                         "column_type = \"handle\"\nup = \"upper(email)\"\n"});
  project.succeed(*world, {"expand"});
  world->connect_app()->query("INSERT INTO users (id, email) VALUES (1, 'z')", {});
  CHECK(rows(*world, "id, label") == "-3 X -2 Y -1 NULL 1 Z ");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(rows(*world, "id, label") == "-3 X -2 Y -1 NULL 1 Z ");
}

TEST_CASE("a domain that takes no NULL and has no default is refused before anything is done",
          "[operations]") {
  struct Case {
    std::string migration, why;
  };
  const std::string drop =
      "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"user_name\"\n";
  const std::string turned_away = "an INSERT of the new release, which leaves it out, would be turned away";
  const Case one = GENERATE_COPY(Case{k_rename, "domain handle does not allow null values"},
                                 Case{drop, turned_away}, Case{drop + "down = \"'gone'\"\n", turned_away},
                                 Case{drop + "down = \"'gone'\"\nattic = \"aside\"\n", turned_away},
                                 Case{drop + "attic = \"aside\"\n", turned_away});
  const std::string domain = GENERATE("CREATE DOMAIN handle AS text NOT NULL;",
                                      "CREATE DOMAIN below AS text NOT NULL; CREATE DOMAIN handle AS below;");
  INFO(one.migration);
  const auto world = make_world(Dialect::postgres);
  world->prepare(domain + "CREATE TABLE users (id integer PRIMARY KEY, user_name handle)");
  const Project project({one.migration});
  const std::string before = world->dump();
  const Outcome refused = project.run(*world, {"expand"});
  INFO(refused.err);
  CHECK(refused.status != 0);
  CHECK(refused.err.find(one.why) != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("drop_column of a domain that takes no NULL leaves INSERTs to the default", "[operations]") {
  const std::string down = GENERATE("", "down = \"'gone'\"\n");
  const std::string attic = GENERATE("", "attic = \"aside\"\n");
  const Rollout drop{.schema = "CREATE DOMAIN handle AS text NOT NULL DEFAULT 'none';"
                               "CREATE TABLE users (id integer PRIMARY KEY, user_name handle, email text);",
                     .migrations = {"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\n"
                                    "column = \"user_name\"\n"
                                    + down + attic},
                     .old_release = {.insert = "INSERT INTO users (id, user_name, email) VALUES ({key}, 'x', "
                                               "'{value}')",
                                     .update = "UPDATE users SET email = '{value}' WHERE id = {key}",
                                     .erase = "DELETE FROM users WHERE id = {key}",
                                     .read = "SELECT id, email FROM users"},
                     .new_release = writing("email")};
  INFO(drop.migrations[0]);
  SECTION("back") {
    rolls_back(Dialect::postgres, drop);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, drop);
  }
}

TEST_CASE("the plan says whether a new column of a domain rewrites the table, as the server does",
          "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE DOMAIN plain AS text; CREATE DOMAIN filled AS text DEFAULT 'x'; CREATE DOMAIN checked AS text "
      "CHECK (VALUE <> ''); CREATE DOMAIN sub AS checked; CREATE DOMAIN late AS text; ALTER DOMAIN late ADD "
      "CHECK (VALUE <> '') NOT VALID; CREATE DOMAIN must AS text DEFAULT 'x' NOT NULL; CREATE DOMAIN ticks "
      "AS text DEFAULT clock_timestamp()::text; CREATE DOMAIN today AS date DEFAULT CURRENT_DATE;"
      "CREATE TABLE users (id integer PRIMARY KEY); INSERT INTO users VALUES (1);"
      "CREATE TABLE small (id integer PRIMARY KEY)");
  const auto database = world->connect();
  const auto file = [&] { return *database->query("SELECT pg_relation_filenode('users')").scalar(); };
  int rewritten = 0;
  for (const std::string column :
       {"plain", "plain DEFAULT 'y'", "filled", "filled DEFAULT NULL", "checked", "checked DEFAULT NULL",
        "checked DEFAULT 'y'", "public.sub", "late", "must", "ticks", "ticks DEFAULT NULL", "today",
        "checked[]", "text", "made", "made DEFAULT 'z'"}) {
    const std::string domain =
        column.starts_with("made")
            ? "CREATE DOMAIN made AS text; ALTER DOMAIN made ADD CHECK (VALUE <> '');\n"
            : "";
    const Project project({domain + "ALTER TABLE users ADD COLUMN added " + column + ";\n"});
    const std::string before = file(), plan = project.succeed(*world, {"plan"});
    database->script("BEGIN; " + domain + "ALTER TABLE users ADD COLUMN added " + column);
    INFO(column << "\n" << plan);
    CHECK((plan.find("rewrites the table") != std::string::npos) == (file() != before));
    rewritten += file() != before ? 1 : 0;
    database->script("ROLLBACK");
  }
  CHECK(rewritten == 9);
}

TEST_CASE("a column of a domain with constraints is added to small tables alone", "[operations]") {
  const std::string migration = GENERATE(
      "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"label\"\ncolumn_type = "
      "\"handle\"\n",
      "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"label\"\ncolumn_type = "
      "\"public.handle\"\nup = \"email\"\n",
      "[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"email\"\nto = \"label\"\n"
      "column_type = \"handle\"\nup = \"email\"\ndown = \"label\"\n",
      "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\nto = \"label\"\n");
  INFO(migration);
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE DOMAIN below AS varchar(20) CHECK (VALUE <> ''); CREATE DOMAIN handle AS below;"
                 "CREATE TABLE users (id integer PRIMARY KEY, user_name handle, email text);"
                 "INSERT INTO users SELECT i, 'x', 'y' FROM generate_series(1, 10001) i; ANALYZE users");
  const Project project({migration});
  const std::string before = world->dump();
  const Outcome refused = project.run(*world, {"expand"});
  CHECK(refused.status == 3);
  CHECK(refused.err.find(
            "the domain public.handle has constraints: for a new column of it PostgreSQL writes about "
            "10,001 rows of public.users anew while it keeps all others out")
        != std::string::npos);
  CHECK(refused.err.find("Take the type that it is made on, character varying(20), and")
        != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
  world->connect()->script("DELETE FROM users WHERE id > 10; ANALYZE users");
  CHECK(project.succeed(*world, {"plan"}).find("rewrites the table") != std::string::npos);
  project.succeed(*world, {"expand"});
}

TEST_CASE("drop_default takes from a column what its domain would give it", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string own = GENERATE("", "ALTER TABLE users ALTER user_name SET DEFAULT 'mine'");
  if (!own.empty()) world->prepare(own);
  const std::string before = world->dump();
  const Project project(
      {"[[operation]]\ntype = \"drop_default\"\ntable = \"users\"\ncolumn = \"user_name\"\n"});
  project.succeed(*world, {"expand"});
  world->connect_app()->query("INSERT INTO users (id) VALUES (1)", {});
  CHECK(rows(*world, "id, user_name") == "-3 ann -2 NULL -1 none 1 NULL ");
  world->connect_app()->query("DELETE FROM users WHERE id = 1", {});
  project.succeed(*world, {"abort", "1", "--accept-data-loss"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("set_default is undone to the default that the domain gives", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string own = GENERATE("", "ALTER TABLE users ALTER user_name SET DEFAULT NULL");
  if (!own.empty()) world->prepare(own);
  const std::string before = world->dump();
  const Project project({"[[operation]]\ntype = \"set_default\"\ntable = \"users\"\ncolumn = "
                         "\"user_name\"\ndefault = \"'new'\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "1", "--accept-data-loss"});
  CHECK(difference(before, world->dump()) == "");
}
