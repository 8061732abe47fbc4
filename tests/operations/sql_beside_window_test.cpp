#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Statements of the author's that would take an open window's triggers away, or afloat's own objects.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr std::string_view k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"u\"\nfrom = \"a\"\nto = \"z\"\n";
} // namespace

TEST_CASE("a table is not made anew in SQL while a window on it is open", "[operations][sql]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string remake = GENERATE(
      "CREATE TABLE u2 (id integer PRIMARY KEY, a text, b text, z text); INSERT INTO u2 SELECT id, a, b, z "
      "FROM u; DROP TABLE u; ALTER TABLE u2 RENAME TO u;",
      "ALTER TABLE U RENAME TO u2; CREATE TABLE u (id integer PRIMARY KEY, a text, b text, z text);");
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE u (id integer PRIMARY KEY, a text, b text); INSERT INTO u VALUES (1, 'x', 'y');");
  const Project project(
      {std::string(k_rename), (dialect == Dialect::sqlite ? "PRAGMA foreign_keys = OFF; " : "") + remake});
  project.succeed(*world, {"expand", "1"});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(name_of(dialect) << remake << outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.out.find("waits until the window of 0001_change is closed") != std::string::npos);
  const auto app = world->connect_app();
  app->script("UPDATE u SET z = 'new' WHERE id = 1");
  CHECK(app->query("SELECT a FROM u").scalar() == "new");
  project.succeed(*world, {"contract", "1", "--quiet", "0"});
}

TEST_CASE("a column of an open window is not renamed in SQL where a view reads another table, too",
          "[operations][sql][sqlite]") {
  const std::string table = GENERATE("u", "U");
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE w (id INTEGER PRIMARY KEY, c TEXT);"
      "CREATE VIEW v AS SELECT u.id, w.c FROM u JOIN w USING (id);");
  const Project project({std::string(k_rename), fmt::format("ALTER TABLE {} RENAME COLUMN a TO b;", table)});
  project.succeed(*world, {"expand", "1"});
  const Outcome outcome = project.run(*world, {"expand"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "0002_change waits until the window of 0001_change is closed: both touch u.a\n");
}

TEST_CASE("statements on afloat's own objects are refused", "[operations][sql]") {
  const auto [dialect, statement, object] = GENERATE(table<Dialect, std::string, std::string>(
      {{Dialect::sqlite, "DROP TRIGGER afloat_1_1_insert_old;", "afloat_1_1_insert_old"},
       {Dialect::sqlite, "DELETE FROM afloat_migrations;", "afloat_migrations"},
       {Dialect::sqlite, "DROP TABLE IF EXISTS \"Afloat_Migrations\";", "\"Afloat_Migrations\""},
       {Dialect::sqlite, "INSERT INTO u (id) SELECT 1 FROM main.afloat_counters;", "afloat_counters"},
       {Dialect::postgres, "DELETE FROM afloat.migrations;", "afloat"},
       {Dialect::postgres, "DROP SCHEMA afloat CASCADE;", "afloat"},
       {Dialect::postgres, "DROP SCHEMA IF EXISTS afloat CASCADE;", "afloat"},
       {Dialect::postgres, "DROP TRIGGER \"!afloat_1_1_sync_insert\" ON u;",
        "\"!afloat_1_1_sync_insert\""}}));
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, a text);");
  const Project project({std::string(k_rename), statement});
  project.succeed(*world, {"expand", "1"});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(statement << outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find(object + " belongs to afloat itself") != std::string::npos);
  project.succeed(*world, {"verify"});
}

TEST_CASE("SQL may use names that only look like afloat's", "[operations][sql]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, afloat text);");
  const Project project({"UPDATE u SET afloat = 'afloat_migrations'; -- afloat_migrations\n"
                         "CREATE TABLE afloats (id integer PRIMARY KEY);"});
  project.succeed(*world, {"expand"});
}
