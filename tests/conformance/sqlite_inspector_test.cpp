#include "sqlite_support.hpp"

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

Schema inspected(const std::string& schema, const std::string& table = "t") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(schema);
  const std::vector<RelationName> names{{"", table}, {"", "nothing"}};
  return inspect_sqlite(*database, names);
}

TEST_CASE("the SQLite inspector reads columns with their defaults and collations", "[sqlite]") {
  const Schema schema = inspected(
      "CREATE TABLE T(id INTEGER PRIMARY KEY, a VARCHAR(9) COLLATE NOCASE NOT NULL DEFAULT 'x', "
      "b DEFAULT CURRENT_TIMESTAMP, c INT DEFAULT -1, d AS (a || ',' || b) STORED, e DEFAULT (1+1)); "
      "CREATE TABLE afloat_ledger(x); CREATE VIEW v AS SELECT 1",
      "t");
  REQUIRE(schema.tables.size() == 1);
  CHECK(schema.known == std::vector<RelationName>{{"", "T"}, {"", "v"}});
  const Table& table = schema.tables[0];
  CHECK(table.name.name == "T");
  CHECK(table.primary_key == Lines{"id"});
  REQUIRE(table.columns.size() == 6);
  CHECK(table.columns[1].type == "VARCHAR(9)");
  CHECK(table.columns[1].collation == "NOCASE");
  CHECK((table.columns[1].not_null && table.columns[1].default_is_constant));
  CHECK(table.columns[1].default_sql == "'x'");
  CHECK_FALSE(table.columns[2].default_is_constant);
  CHECK(table.columns[3].default_is_constant);
  CHECK(table.columns[4].generated == "a || ',' || b");
  CHECK_FALSE(table.columns[5].default_is_constant);
  CHECK(table.rows == 0);
  CHECK(table.bytes > 0);
}

TEST_CASE("the SQLite inspector reads indexes so that they can be made again", "[sqlite]") {
  const Schema schema = inspected("CREATE TABLE t(a TEXT UNIQUE, b); CREATE UNIQUE INDEX i ON t(a COLLATE "
                                  "NOCASE DESC, lower(b), b) WHERE b > 1");
  const Table& table = schema.tables.at(0);
  REQUIRE(table.indexes.size() == 2);
  CHECK(table.indexes[0].constraint == "unique");
  const Step step = make_sqlite_writer()->create_index(table, table.indexes[1]);
  CHECK(step.statements.at(0).sql
        == "CREATE UNIQUE INDEX \"i\" ON \"t\" (\"a\" COLLATE NOCASE DESC, (lower(b)), \"b\") WHERE b > 1");
  CHECK(step.inverse.at(0).sql == "DROP INDEX \"i\"");
  CHECK(step.locks == std::vector<TableLock>{{{"", "t"}, LockLevel::database}});
}

TEST_CASE("the SQLite inspector reads triggers and views and who refers to the table", "[sqlite]") {
  const Schema schema = inspected(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE TABLE c(x REFERENCES t); CREATE TABLE d(y);"
      "CREATE TRIGGER u AFTER UPDATE OF a, b ON t WHEN 1 BEGIN SELECT 1; END; CREATE TRIGGER afloat_x AFTER "
      "INSERT ON t BEGIN SELECT 1; END;"
      "CREATE VIEW v AS SELECT a AS shown FROM t; CREATE VIEW other AS SELECT y FROM d; CREATE VIEW broken "
      "AS SELECT nope FROM t");
  const Table& table = schema.tables.at(0);
  CHECK(table.referenced_by == std::vector<RelationName>{{"", "c"}});
  REQUIRE(table.triggers.size() == 1);
  CHECK(table.triggers[0].update_of == Lines{"a", "b"});
  CHECK((table.triggers[0].on_update && table.triggers[0].has_when && !table.triggers[0].before));
  REQUIRE(schema.views.size() == 2);
  CHECK(schema.views[0].name.name == "broken");
  CHECK((schema.views[0].columns.empty() && schema.views[0].reads.empty()));
  CHECK(schema.views[1].columns == Lines{"shown"});
  CHECK(schema.views[1].reads == std::vector<std::pair<RelationName, std::string>>{{{"", "t"}, "a"}});
}

TEST_CASE("the SQLite inspector estimates the rows of a large table without reading it", "[sqlite]") {
  const std::string fill = "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t WITH RECURSIVE n(i) AS "
                           "(SELECT 1 UNION ALL SELECT "
                           "i + 1 FROM n LIMIT 20000) SELECT i, 'x' FROM n;";
  CHECK(inspected(fill).tables.at(0).rows == 20000);
  const auto gap =
      *inspected(fill + "UPDATE t SET id = 4611686018427387904 WHERE id = 20000").tables.at(0).rows;
  CHECK(gap > 15'000);
  CHECK(gap < 60'000);
  CHECK(inspected(fill + "CREATE INDEX i ON t(a); ANALYZE; DELETE FROM t WHERE id > 19000").tables.at(0).rows
        == 20000);
}

TEST_CASE("a table made from its inspection has the same columns and constraints", "[sqlite]") {
  const std::string sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, a VARCHAR(9) COLLATE NOCASE NOT NULL "
                          "DEFAULT 'x', b REFERENCES t(id), "
                          "CONSTRAINT small CHECK (length(a) < 9), UNIQUE (a, b), FOREIGN KEY (b) REFERENCES "
                          "t (id) ON DELETE CASCADE)";
  Table table = inspected(sql).tables.at(0);
  std::erase_if(table.constraints, [](const Constraint& c) {
    return c.definition == "REFERENCES t(id)";
  }); // belongs to a column
  const Piece piece = make_sqlite_writer()->create_table(table);
  Table again = inspected(piece.statements.at(0).sql).tables.at(0);
  CHECK(again.columns == table.columns);
  CHECK(again.primary_key == table.primary_key);
  CHECK(piece.inverse.at(0).sql == "DROP TABLE \"t\"");
}
} // namespace
} // namespace afloat::sqlite_tests
