#include "load/load.hpp"
#include "model/fields.hpp"
#include "operations/sql_blocks.hpp"
#include "unit/error_of.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
const std::string k_path = "migrations/0003_phone.sql";

Migration parsed(std::string_view text) {
  return parse_migration(k_path, text, operation_rows(), Dialect::postgres);
}

std::string error_of(std::string_view text) {
  return test::error_of([&] { parsed(text); });
}

/// The blocks as lines: "expand transaction: 3:1 ALTER …".
std::string blocks_of(std::string_view text) {
  const Migration migration = parsed(text);
  REQUIRE(migration.operations.size() == 1);
  std::string shown;
  for (const SqlBlock& block : sql_blocks(migration.operations[0], Dialect::postgres)) {
    shown += fmt::format("{}{}", name_of(block.phase), block.transaction ? "" : " (no transaction)");
    if (!block.table.empty()) shown += fmt::format(" table={} as={}", block.table, block.alias);
    if (block.batch) shown += fmt::format(" batch={}", *block.batch);
    shown += fmt::format(" {}:{}\n", block.where.line, block.where.column);
    for (const Record& record : *block.statements) {
      const WrittenStatement one = written(record);
      shown += fmt::format("  {}:{} {}{}\n", one.where.line, one.where.column, one.statement.sql,
                           one.done_when.empty() ? "" : " until " + one.done_when);
    }
  }
  return shown;
}

TEST_CASE("a SQL file without markers is all expand", "[load]") {
  CHECK(blocks_of("-- a comment\nCREATE TABLE a (b int);\n\n  CREATE TABLE c (d int)\n")
        == "expand 2:1\n  2:1 CREATE TABLE a (b int)\n  4:3 CREATE TABLE c (d int)\n");
}

TEST_CASE("statements that only change rows are not replayed on SQLite", "[load]") {
  const Migration migration = parsed("CREATE TABLE a (b int);\nInsert INTO a VALUES (1);\nDELETE FROM a;\n-- "
                                     "afloat:contract\nDROP TABLE a;\n");
  const auto replayed = [&](Dialect dialect) {
    std::string texts;
    for (const Statement& statement :
         statements_of(sql_blocks(migration.operations[0], dialect), Phase::expand, dialect))
      texts += fmt::format("{}: {}\n", statement.where.line, statement.sql);
    return texts;
  };
  CHECK(replayed(Dialect::sqlite) == "1: CREATE TABLE a (b int)\n");
  CHECK(replayed(Dialect::postgres)
        == "1: CREATE TABLE a (b int)\n2: Insert INTO a VALUES (1)\n3: DELETE FROM a\n");
}

TEST_CASE("markers divide a SQL file into blocks", "[load]") {
  CHECK(blocks_of("-- afloat:description Phone numbers\n"
                  "-- afloat:expand\n"
                  "ALTER TABLE users ADD COLUMN phone text;\n"
                  "-- afloat:backfill table=users batch=auto\n"
                  "UPDATE users SET phone = '{batch}' WHERE phone IS NULL AND {batch};\n"
                  "--afloat: backfill table=shop.users as=u batch=500\n"
                  "UPDATE shop.users u SET a = 1 WHERE {batch};\n"
                  "-- afloat:contract\n"
                  "-- afloat:no-transaction\n"
                  "CREATE INDEX CONCURRENTLY i ON users (phone);\n"
                  "-- afloat:done-when SELECT done FROM t\n"
                  "CALL clean();\n"
                  "-- afloat:abort\n"
                  "ALTER TABLE users DROP COLUMN phone;\n"
                  "-- afloat:revert\n"
                  "DROP INDEX i;\n")
        == "expand 2:11\n"
           "  3:1 ALTER TABLE users ADD COLUMN phone text\n"
           "backfill table=users as= 4:11\n"
           "  5:1 UPDATE users SET phone = '{batch}' WHERE phone IS NULL AND {batch}\n"
           "backfill table=shop.users as=u batch=500 6:11\n"
           "  7:1 UPDATE shop.users u SET a = 1 WHERE {batch}\n"
           "contract (no transaction) 8:11\n"
           "  10:1 CREATE INDEX CONCURRENTLY i ON users (phone)\n"
           "  12:1 CALL clean() until SELECT done FROM t\n"
           "abort 13:11\n"
           "  14:1 ALTER TABLE users DROP COLUMN phone\n"
           "revert 15:11\n"
           "  16:1 DROP INDEX i\n");
  CHECK(parsed("-- afloat:description Phone numbers\nSELECT 1").description == "Phone numbers");
}

TEST_CASE("no-transaction needs no block above it", "[load]") {
  CHECK(blocks_of("-- afloat:no-transaction\nVACUUM users;\n")
        == "expand (no transaction) 2:1\n  2:1 VACUUM users\n");
}

TEST_CASE("the condition goes where {batch} stands, and nowhere else", "[load]") {
  CHECK(with_condition("UPDATE t SET a = '{batch}' WHERE {batch} -- {batch}", "id <= 5")
        == "UPDATE t SET a = '{batch}' WHERE (id <= 5) -- {batch}");
}

struct BadRow {
  const char* text;
  const char* error;
};

TEST_CASE("what is wrong with a SQL file is said with its place and what to write", "[load]") {
  const BadRow rows[] = {
      {"", "error: the file has no statements\n  --> migrations/0003_phone.sql:1:1\n"
           "  hint: Write SQL statements, each with a semicolon at its end. Nothing was changed.\n"},
      {"-- afloat:expnad\nSELECT 1;",
       "error: unknown marker \"afloat:expnad\"\n  --> migrations/0003_phone.sql:1:11\n"
       "   | -- afloat:expnad\n   |           ^\n  hint: Did you mean \"expand\"? Nothing was changed.\n"},
      {"-- afloat:backfill batch=5\nSELECT 1;",
       "error: afloat:backfill does not say which table it walks\n  --> migrations/0003_phone.sql:1:11\n"
       "   | -- afloat:backfill batch=5\n   |           ^\n"
       "  hint: Write `-- afloat:backfill table=NAME`. Nothing was changed.\n"},
      {"-- afloat:backfill table=users btach=5\nSELECT 1;",
       "error: afloat:backfill: unknown key \"btach\"\n  --> migrations/0003_phone.sql:1:32\n"
       "   | -- afloat:backfill table=users btach=5\n   |                                ^\n"
       "  hint: Did you mean \"batch\"? Nothing was changed.\n"},
      {"-- afloat:backfill table=users batch=none\nSELECT 1;",
       "error: batch is \"none\"\n  --> migrations/0003_phone.sql:1:38\n"
       "   | -- afloat:backfill table=users batch=none\n   |                                      ^\n"
       "  hint: It is `auto`, or the number of rows in each batch, such as batch=5000. Nothing was "
       "changed.\n"},
      {"-- afloat:expand table=users\nSELECT 1;",
       "error: afloat:expand: unknown key \"table\"\n  --> migrations/0003_phone.sql:1:18\n"
       "   | -- afloat:expand table=users\n   |                  ^\n"
       "  hint: Nothing belongs behind this marker. Nothing was changed.\n"},
      {"-- afloat:backfill table=users\nUPDATE users SET a = 1 WHERE b = 2 OR c;",
       "error: the statement of a backfill has no {batch}\n  --> migrations/0003_phone.sql:2:1\n"
       "   | UPDATE users SET a = 1 WHERE b = 2 OR c;\n   | ^\n"
       "  hint: It is where the key range of each batch goes. Write `UPDATE users SET a = 1 WHERE (b = 2 OR "
       "c) AND {batch};`. Nothing was changed.\n"},
      {"-- afloat:backfill table=users\nUPDATE users SET a = 1 WHERE b = 2 OR c AND {batch};",
       "error: {batch} beside OR does not keep a batch to its rows\n  --> migrations/0003_phone.sql:2:1\n"
       "   | UPDATE users SET a = 1 WHERE b = 2 OR c AND {batch};\n   | ^\n"
       "  hint: Put the condition into parentheses: WHERE (… OR …) AND {batch}. Nothing was changed.\n"},
      {"-- afloat:backfill table=users batch=auto batch=5\nUPDATE users SET a = 1 WHERE {batch};",
       "error: afloat:backfill: \"batch\" is given twice\n  --> migrations/0003_phone.sql:1:43\n"
       "   | -- afloat:backfill table=users batch=auto batch=5\n"
       "   |                                           ^\n  hint: Remove one of them. Nothing was "
       "changed.\n"},
      {"-- afloat:backfill table=users\nUPDATE users SET a = 1 WHERE {batch};\nSELECT 1;",
       "error: a backfill block has one statement\n  --> migrations/0003_phone.sql:3:1\n   | SELECT 1;\n   | "
       "^\n"
       "  hint: Give each its own `-- afloat:backfill` line. Nothing was changed.\n"},
      {"UPDATE users SET a = 1 WHERE {batch};",
       "error: {batch} belongs into a backfill block\n  --> migrations/0003_phone.sql:1:1\n"
       "   | UPDATE users SET a = 1 WHERE {batch};\n   | ^\n"
       "  hint: Put `-- afloat:backfill table=NAME` above the statement. Nothing was changed.\n"},
      {"-- afloat:contract\nSELECT 1;\n-- afloat:expand\nSELECT 2;",
       "error: the expand block stands behind a contract block\n  --> migrations/0003_phone.sql:3:11\n"
       "   | -- afloat:expand\n   |           ^\n"
       "  hint: Phases run in the order expand, backfill, contract: bring the blocks into this order, or "
       "make two "
       "migrations. Nothing was changed.\n"},
      {"-- afloat:expand\nSELECT 1;\n-- afloat:no-transaction\nSELECT 2;",
       "error: no-transaction stands behind a statement of its block\n  --> migrations/0003_phone.sql:3:11\n"
       "   | -- afloat:no-transaction\n   |           ^\n"
       "  hint: Put it right below the line `-- afloat:expand`, or begin a new block. Nothing was "
       "changed.\n"},
      {"-- afloat:expand\n-- afloat:contract\nSELECT 2;",
       "error: the expand block has no statements\n  --> migrations/0003_phone.sql:1:11\n"
       "   | -- afloat:expand\n   |           ^\n"
       "  hint: Write them below this line, or remove it. Nothing was changed.\n"},
      {"SELECT 'caf\xE9';",
       "error: the file is not valid UTF-8: byte 0xE9\n  --> migrations/0003_phone.sql:1:12\n"
       "  hint: Save it as UTF-8, such as with `iconv -f latin1 -t utf-8`. Nothing was changed.\n"},
      {"\xFF\xFES",
       "error: the file is UTF-16, not UTF-8\n  --> migrations/0003_phone.sql:1:1\n"
       "  hint: Save it as UTF-8, such as with `iconv -f utf-16 -t utf-8`. Nothing was changed.\n"},
  };
  for (const BadRow& row : rows) CHECK(error_of(row.text) == row.error);
}
} // namespace
} // namespace afloat
