#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Names that statements of afloat's own could take for something else, and values that the affinity of a
// column changes.
using namespace afloat;
using namespace afloat::test;

namespace {
std::string all(Database& database, const std::string& query) {
  std::string text;
  for (const auto& row : database.query(query).rows) {
    if (!text.empty()) text += " ";
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? ":" : "") + row[i].value_or("-");
  }
  return text;
}

void contracts(const Project& project, const World& world) {
  project.succeed(world, {"verify"});
  project.succeed(world, {"contract", "--quiet", "0"});
  project.succeed(world, {"verify"});
}

std::string moving(const std::string& source, const std::string& column, const std::string& target) {
  return fmt::format("[[operation]]\ntype = \"move_column\"\ntable = \"{}\"\ncolumn = \"{}\"\nto_table = "
                     "\"{}\"\n",
                     source, column, target);
}

std::string extracting(const std::string& source, const std::string& column, const std::string& target) {
  return fmt::format("[[operation]]\ntype = \"extract_table\"\ntable = \"{}\"\ncolumns = [\"{}\"]\n"
                     "to_table = \"{}\"\nkey = [\"uid\"]\n",
                     source, column, target);
}
} // namespace

TEST_CASE("a column moves between tables called s and t", "[operations][two_tables][names]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto [source, target] =
      GENERATE(table<std::string, std::string>({{"t", "s"}, {"s", "t"}, {"t", "w"}}));
  INFO(name_of(dialect) << " " << source << " " << target);
  const auto world = make_world(dialect);
  world->prepare(fmt::format("CREATE TABLE {0} (id integer PRIMARY KEY, a text);"
                             "CREATE TABLE {1} (uid integer PRIMARY KEY REFERENCES {0} (id));"
                             "INSERT INTO {0} VALUES (1, 'x'), (2, 'y'), (3, NULL);"
                             "INSERT INTO {1} VALUES (1), (3);",
                             source, target));
  const Project project({moving(source, "a", target)});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script(fmt::format("UPDATE {0} SET a = 'x2' WHERE id = 1; UPDATE {1} SET a = 'z' WHERE uid = 3;"
                          "INSERT INTO {1} (uid, a) VALUES (2, 'y2'); INSERT INTO {0} VALUES (4, 'w');"
                          "INSERT INTO {1} (uid) VALUES (4);",
                          source, target));
  const std::string rows =
      fmt::format("SELECT {0}.id, {0}.a, {1}.a FROM {0} JOIN {1} ON uid = id ORDER BY id", source, target);
  CHECK(all(*app, rows) == "1:x2:x2 2:y2:y2 3:z:z 4:w:w");
  contracts(project, *world);
}

TEST_CASE("columns go from a table called t to one called s", "[operations][two_tables][names]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(
      "CREATE TABLE t (id integer PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, NULL);");
  const Project project({extracting("t", "a", "s")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script(
      "UPDATE t SET a = 'x2' WHERE id = 1; INSERT INTO s VALUES (2, 'y'); INSERT INTO t VALUES (3, 'z');"
      "UPDATE s SET a = 'z2' WHERE uid = 3");
  CHECK(all(*app, "SELECT t.id, t.a, s.a FROM t JOIN s ON uid = id ORDER BY id") == "1:x2:x2 2:y:y 3:z2:z2");
  contracts(project, *world);
}

TEST_CASE("a table called n is rebuilt and one called f goes back", "[operations][names]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE n (id integer NOT NULL, a text); INSERT INTO n VALUES (1, 'x'), (2, 'y');"
      "CREATE TABLE f (id integer PRIMARY KEY, a text); INSERT INTO f VALUES (1, NULL), (2, 'y');");
  const Project project(
      {"[[operation]]\ntype = \"add_primary_key\"\ntable = \"n\"\ncolumns = [\"id\"]\n",
       "[[operation]]\ntype = \"set_not_null\"\ntable = \"f\"\ncolumn = \"a\"\nup = \"'none'\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "2", "--accept-data-loss"});
  CHECK(all(*world->connect(), "SELECT id, a FROM f ORDER BY id") == "1:- 2:y");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(all(*world->connect(), "SELECT id, a FROM n ORDER BY id") == "1:x 2:y");
}

TEST_CASE("a default of another type than its column is known on SQLite", "[operations][two_tables][names]") {
  const auto [type, value] = GENERATE(table<std::string, std::string>({{"real DEFAULT 0", "8.0"},
                                                                       {"text DEFAULT 5", "8"},
                                                                       {"int DEFAULT '7'", "8"},
                                                                       {"numeric DEFAULT 1.0", "8"},
                                                                       {"numeric DEFAULT '3.0'", "8"}}));
  INFO(type);
  const std::string source = fmt::format("CREATE TABLE u (id integer PRIMARY KEY, p {});", type);
  {
    const auto world = make_world(Dialect::sqlite);
    world->prepare(source + "CREATE TABLE w (uid integer PRIMARY KEY REFERENCES u (id));");
    const Project project({moving("u", "p", "w")});
    project.succeed(*world, {"expand"});
    const auto app = world->connect_app();
    app->script("INSERT INTO u (id, p) VALUES (3, 8); INSERT INTO w (uid) VALUES (3)");
    CHECK(all(*app, "SELECT u.p, w.p FROM u JOIN w ON uid = id") == value + ":" + value);
    contracts(project, *world);
  }
  const auto world = make_world(Dialect::sqlite);
  world->prepare(source + "INSERT INTO u (id) VALUES (1);");
  const Project project({extracting("u", "p", "w")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script("INSERT INTO u (id) VALUES (2)");
  CHECK(all(*app, "SELECT * FROM w") == "");
  app->script("INSERT INTO w (uid, p) VALUES (1, 8); INSERT INTO w (uid, p) VALUES (2, 8)");
  CHECK(all(*app, "SELECT id, p FROM u ORDER BY id") == fmt::format("1:{0} 2:{0}", value));
  contracts(project, *world);
}

TEST_CASE("a column named as SQLite's row number leaves open windows alone", "[operations][names]") {
  const std::string add = "[[operation]]\ntype = \"add_column\"\ntable = \"u\"\ncolumn = \"{}\"\n"
                          "column_type = \"text\"\n";
  const std::string rename =
      "[[operation]]\ntype = \"rename_column\"\ntable = \"u\"\nfrom = \"a\"\nto = \"z\"\n";
  const std::string name = GENERATE("rowid", "RowId", "_rowid_", "oid");
  const std::string added = fmt::format(fmt::runtime(add), name);
  const auto world = make_world(Dialect::sqlite);
  SECTION("with a declared key") {
    world->prepare("CREATE TABLE u (id integer PRIMARY KEY, a text); INSERT INTO u VALUES (1, 'x');");
    const Project project({rename, added});
    project.succeed(*world, {"expand"});
    const auto app = world->connect_app();
    app->script("UPDATE u SET z = 'new' WHERE id = 1; INSERT INTO u (id, a) VALUES (2, 'old')");
    CHECK(all(*app, "SELECT id, a, z FROM u ORDER BY id") == "1:new:new 2:old:old");
    contracts(project, *world);
    CHECK(all(*app, "SELECT id, z FROM u ORDER BY id") == "1:new 2:old");
  }
  SECTION("without one it is refused where it would hide the number") {
    world->prepare("CREATE TABLE u (id integer PRIMARY KEY DESC, a text); INSERT INTO u VALUES (1, 'x');");
    const Project project({rename, added});
    project.succeed(*world, {"expand", "1"});
    const Outcome outcome = project.run(*world, {"expand"});
    if (name == "oid" || name == "_rowid_") {
      CHECK(outcome.status == 0);
    } else {
      CHECK(outcome.status == 3);
      CHECK(outcome.err.find(fmt::format("u.{} would hide SQLite's row number", name)) != std::string::npos);
    }
    const auto app = world->connect_app();
    app->script("UPDATE u SET z = 'new' WHERE id = 1; INSERT INTO u (id, a) VALUES (2, 'old')");
    CHECK(all(*app, "SELECT id, a, z FROM u ORDER BY id") == "1:new:new 2:old:old");
  }
}
