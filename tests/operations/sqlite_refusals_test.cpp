#include "support/project.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// What SQLite would refuse in a step of its own, or only when contract comes, is refused before anything is
// changed.
using namespace afloat;
using namespace afloat::test;

namespace {
std::string operation(const std::string& type, const std::string& table, const std::string& fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"{}\"\n{}", type, table, fields);
}

void is_refused(World& world, const std::string& migration, const std::string& reason) {
  const std::string before = world.dump();
  const Project project({migration});
  const Outcome outcome = project.run(world, {"expand"});
  INFO(migration << outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find(reason) != std::string::npos);
  CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
  CHECK(difference(before, world.dump()) == "");
}
} // namespace

TEST_CASE("operations leave virtual tables and their shadow tables alone", "[operations][virtual]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE VIRTUAL TABLE f USING fts5 (a, b); INSERT INTO f VALUES ('x', 'y');");
  const auto [name, reason] = GENERATE(table<std::string, std::string>(
      {{"f", "f is a virtual table"},
       {"f_content", "f_content is a table in which a virtual table keeps its rows"}}));
  const std::string column = name == "f" ? "a" : "c0";
  const std::string of_column = fmt::format("column = \"{}\"\n", column);
  for (const std::string& migration :
       {operation("drop_table", name, ""), operation("rename_table", name, "to = \"g\"\n"),
        operation("add_check", name, fmt::format("name = \"c\"\ncheck = \"{} <> ''\"\n", column)),
        operation("add_unique", name, fmt::format("name = \"c\"\ncolumns = [\"{}\"]\n", column)),
        operation("add_column", name, "column = \"n\"\ncolumn_type = \"text\"\n"),
        operation("create_index", name, fmt::format("name = \"i\"\ncolumns = [\"{}\"]\n", column)),
        operation("set_default", name, of_column + "default = \"'x'\"\n"),
        operation("drop_column", name, of_column),
        operation("rename_column", name, fmt::format("from = \"{}\"\nto = \"z\"\n", column)),
        operation("set_not_null", name, of_column)})
    is_refused(*world, migration, reason);
  CHECK(world->connect()->query("SELECT b FROM f").scalar() == "y");
}

TEST_CASE("new names that SQLite cannot tell from others are refused", "[operations][names]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, a text, b text); CREATE TABLE other (x);"
                 "CREATE INDEX ix ON other (x);");
  is_refused(*world, operation("rename_column", "u", "from = \"a\"\nto = \"A\"\n"), "u.A");
  is_refused(*world, operation("rename_column", "u", "from = \"a\"\nto = \"B\"\n"), "u.B");
  is_refused(*world, operation("add_column", "u", "column = \"A\"\ncolumn_type = \"text\"\n"), "u.A");
  is_refused(*world, operation("rename_table", "u", "to = \"IX\"\n"), "there is an index \"ix\" already");
  is_refused(*world, operation("rename_table", "u", "to = \"sqlite_x\"\n"), "keeps for itself");
}

// SQLite alone would take minutes for each rename while these triggers stand.
TEST_CASE("a table of many columns has both names", "[operations][names]") {
  constexpr int k_columns = 900;
  std::string columns;
  for (int i = 0; i < k_columns; ++i) columns += fmt::format(", c{} text", i);
  const auto world = make_world(Dialect::sqlite);
  world->prepare(fmt::format(
      "CREATE TABLE u (id integer PRIMARY KEY{}); INSERT INTO u (id, c1) VALUES (1, 'x');", columns));
  const Project project({operation("rename_table", "u", "to = \"w\"\n")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script("UPDATE w SET c899 = 'y' WHERE id = 1; INSERT INTO u (id, c2) VALUES (2, 'z')");
  CHECK(app->query("SELECT c1 || c899 FROM u WHERE id = 1").scalar() == "xy");
  CHECK(app->query("SELECT c2 FROM w WHERE id = 2").scalar() == "z");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->script("UPDATE w SET c3 = 'r' WHERE id = 2");
  CHECK_THROWS(app->script("UPDATE u SET c3 = 'r' WHERE id = 2"));
  project.succeed(*world, {"revert"});
  app->script("UPDATE u SET c4 = 's' WHERE id = 2; UPDATE w SET c5 = 't' WHERE id = 2");
  CHECK(app->query("SELECT c2 || c3 || c4 || c5 FROM u WHERE id = 2").scalar() == "zrst");
  CHECK(app->query("SELECT c2 || c3 || c4 || c5 FROM w WHERE id = 2").scalar() == "zrst");
}

TEST_CASE("a window on a table of many columns does not hold up other windows", "[operations][names]") {
  std::string columns;
  for (int i = 0; i < 900; ++i) columns += fmt::format(", c{} text", i);
  const auto world = make_world(Dialect::sqlite);
  world->prepare(fmt::format("CREATE TABLE u (id integer PRIMARY KEY{});"
                             "CREATE TABLE o (id integer PRIMARY KEY, x text);"
                             "CREATE VIEW v AS SELECT x FROM o; INSERT INTO o VALUES (1, 'x');",
                             columns));
  const Project project({operation("rename_table", "u", "to = \"w\"\n"),
                         operation("rename_column", "o", "from = \"x\"\nto = \"z\"\n")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  const auto both_names = [&](int id) {
    app->script(fmt::format("INSERT INTO u (id, c7) VALUES ({}, 'u')", id));
    app->script(fmt::format("UPDATE w SET c8 = 'w' WHERE id = {}", id));
    return app->query(fmt::format("SELECT c7 || c8 FROM u WHERE id = {}", id)).scalar();
  };
  project.succeed(*world, {"contract", "0002", "--quiet", "0"});
  CHECK(both_names(1) == "uw");
  CHECK(app->query("SELECT x FROM v").scalar() == "x");
  project.succeed(*world, {"revert", "0002"});
  app->script("UPDATE o SET z = 'y'");
  CHECK(app->query("SELECT x FROM o").scalar() == "y");
  CHECK(both_names(2) == "uw");
  project.succeed(*world, {"abort", "0002"});
  project.succeed(*world, {"contract", "0001", "--quiet", "0"});
  CHECK(app->query("SELECT group_concat(c7 || c8) FROM w").scalar() == "uw,uw");
}
