#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Behind contract the new release leaves a column to its default, or writes the default itself: what stands
// in the attic, where the old column may have another default or none, says nothing then.
using namespace afloat;
using namespace afloat::test;

namespace {
struct Case {
  std::string schema, operation;
  std::string writes; ///< of the new release, behind contract
  std::string rows;   ///< a query for them
  std::string expected;
};

std::string all(Database& database, const std::string& query) {
  std::string text;
  for (const auto& row : database.query(query).rows) {
    if (!text.empty()) text += " ";
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? ":" : "") + row[i].value_or("-");
  }
  return text;
}

void keeps_defaults(Dialect dialect, const Case& each) {
  INFO(name_of(dialect) << ": " << each.schema << "\n" << each.operation);
  const auto world = make_world(dialect);
  world->prepare(each.schema);
  const Project project({"[[operation]]\n" + each.operation});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect_app()->script(each.writes);
  CHECK(all(*world->connect(), each.rows) == each.expected);
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert", "1", "--accept-data-loss"});
  project.succeed(*world, {"verify"});
}

Case renamed(const std::string& definition, const std::string& value, const std::string& expected) {
  return {fmt::format("CREATE TABLE u (id integer PRIMARY KEY, c {});", definition),
          "type = \"rename_column\"\ntable = \"u\"\nfrom = \"c\"\nto = \"z\"\n",
          fmt::format("INSERT INTO u (id) VALUES (9); INSERT INTO u (id, z) VALUES (10, {}); "
                      "INSERT INTO u (id, z) VALUES (11, NULLIF({}, {}))",
                      value, value, definition.find("NOT NULL") == std::string::npos ? value : "NULL"),
          "SELECT id, z FROM u ORDER BY id", expected};
}
} // namespace

TEST_CASE("behind contract a renamed column keeps its default", "[operations][attic]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  keeps_defaults(dialect, renamed("text DEFAULT 'r'", "'r'", "9:r 10:r 11:-"));
  keeps_defaults(dialect, renamed("text NOT NULL DEFAULT 'r'", "'r'", "9:r 10:r 11:r"));
  keeps_defaults(dialect, renamed("integer DEFAULT 5", "5", "9:5 10:5 11:-"));
  if (dialect == Dialect::sqlite)
    keeps_defaults(dialect, renamed("real DEFAULT 0", "0", "9:0.0 10:0.0 11:-"));
}

TEST_CASE("behind contract a column of another type keeps its default", "[operations][attic]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string change = "type = \"change_type\"\ntable = \"u\"\ncolumn = \"c\"\ncolumn_type = \"{}\"\n"
                             "up = \"{}\"\ndown = \"{}\"\n";
  for (const std::string null : {"", "NOT NULL "})
    for (const std::string to : {"", "to = \"z\"\n"}) {
      const std::string name = to.empty() ? "c" : "z";
      keeps_defaults(
          dialect,
          {fmt::format("CREATE TABLE u (id integer PRIMARY KEY, c text {}DEFAULT '5');", null),
           fmt::format(fmt::runtime(change), "integer", "CAST(c AS integer)",
                       fmt::format("CAST({} AS text)", name))
               + to,
           fmt::format("INSERT INTO u (id) VALUES (9); INSERT INTO u (id, {0}) VALUES (10, 7), (11, 5)",
                       name),
           fmt::format("SELECT id, {} FROM u ORDER BY id", name), "9:5 10:7 11:5"});
    }
}

TEST_CASE("behind contract columns split and merged keep their defaults", "[operations][attic]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string old_default = GENERATE("", " DEFAULT 'r s'");
  keeps_defaults(dialect,
                 {"CREATE TABLE u (id integer PRIMARY KEY, c text" + old_default + ");",
                  "type = \"split_column\"\ntable = \"u\"\ncolumn = \"c\"\n"
                  "down = \"a || ' ' || b\"\n"
                  "[[operation.to]]\ncolumn = \"a\"\ncolumn_type = \"text\"\nup = \"substr(c, 1, 1)\"\n"
                  "[[operation.to]]\ncolumn = \"b\"\ncolumn_type = \"text\"\nup = \"substr(c, 3)\"\n",
                  "INSERT INTO u (id) VALUES (9); INSERT INTO u (id, a, b) VALUES (10, 'r', 's')",
                  "SELECT id, a, b FROM u ORDER BY id", "9:-:- 10:r:s"});
  keeps_defaults(dialect, {"CREATE TABLE u (id integer PRIMARY KEY, a text DEFAULT 'r', b text);",
                           "type = \"merge_columns\"\ntable = \"u\"\nto = \"c\"\ncolumn_type = \"text\"\n"
                           "up = \"a || ' ' || b\"\n"
                           "[[operation.from]]\ncolumn = \"a\"\ndown = \"substr(c, 1, 1)\"\n"
                           "[[operation.from]]\ncolumn = \"b\"\ndown = \"substr(c, 3)\"\n",
                           "INSERT INTO u (id) VALUES (9); INSERT INTO u (id, c) VALUES (10, 'r s')",
                           "SELECT id, c FROM u ORDER BY id", "9:- 10:r s"});
}

TEST_CASE("behind contract columns of another table keep their defaults", "[operations][attic]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string definition = GENERATE("text DEFAULT 'r'", "text NOT NULL DEFAULT 'r'");
  const std::string source = fmt::format("CREATE TABLE u (id integer PRIMARY KEY, c {});", definition);
  keeps_defaults(dialect, {source + "CREATE TABLE w (uid integer PRIMARY KEY REFERENCES u (id));",
                           "type = \"move_column\"\ntable = \"u\"\ncolumn = \"c\"\nto_table = \"w\"\n",
                           "INSERT INTO u (id) VALUES (9), (10), (11); INSERT INTO w (uid) VALUES (9); "
                           "INSERT INTO w (uid, c) VALUES (10, 'r'), (11, 'x')",
                           "SELECT uid, c FROM w ORDER BY uid", "9:r 10:r 11:x"});
  keeps_defaults(dialect, {source,
                           "type = \"extract_table\"\ntable = \"u\"\ncolumns = [\"c\"]\nto_table = \"w\"\n"
                           "key = [\"uid\"]\n",
                           "INSERT INTO u (id) VALUES (9), (10), (11); INSERT INTO w (uid) VALUES (9); "
                           "INSERT INTO w (uid, c) VALUES (10, 'r'), (11, 'x')",
                           "SELECT uid, c FROM w ORDER BY uid", "9:r 10:r 11:x"});
}

TEST_CASE("behind contract a dropped column with a default does not disturb", "[operations][attic]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string definition = GENERATE("text DEFAULT 'r'", "text NOT NULL DEFAULT 'r'");
  keeps_defaults(
      dialect, {fmt::format("CREATE TABLE u (id integer PRIMARY KEY, c {}, d text DEFAULT 'q');", definition),
                "type = \"drop_column\"\ntable = \"u\"\ncolumn = \"c\"\ndown = \"d\"\n",
                "INSERT INTO u (id) VALUES (9); INSERT INTO u (id, d) VALUES (10, 'q')",
                "SELECT id, d FROM u ORDER BY id", "9:q 10:q"});
}
