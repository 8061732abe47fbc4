#include "sql/script.hpp"
#include "support/statement_ends.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

// The splitter beside the databases' own parsers, on SQL that these take.
namespace afloat {
namespace {
using test::StatementRange;

// libpg_query gives comments as tokens, and so does not know a string that goes on behind one, as PostgreSQL
// does.
constexpr std::string_view k_postgres[] = {
    "SELECT 1; SELECT 2",
    ";;SELECT 1;;/* a /* ; */ */;-- ;\nSELECT 2;",
    "SELECT 'a;''b', E'\\';\\\\', U&'\\0061;', U&\"d;\\0061\", B'01', X'3b', N';'; SELECT \"a;\"\"b\" FROM t",
    "SELECT E'a' \n '\\';', 'a'\n'\\'; SELECT 2",
    "SELECT a$1$, $1, $a$;$b$;$$;$a$ FROM t; DO $$ BEGIN; END; $$; SELECT $ä$;$ä$",
    "SELECT 1 @-- ;\n 2, 3 */* ; */ 4; SELECT 1 <-- ;\r 2; SELECT - -1",
    "SELECT a[1:2], a[:b], a[b:], a['1':'2'], a::int, a::\"char\", f(x := 1, y => 2) FROM t; SELECT .5, 1., "
    "1.5e-3",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;); SELECT 2",
    "CREATE FUNCTION f(begin int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; SELECT 2",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT begin AS end, x.end, 1 end, "
    "begin case FROM x; ;; INSERT INTO t SELECT CASE WHEN (SELECT true) THEN 1 ELSE CASE 1 WHEN 1 THEN 2 END "
    "END; "
    "END; SELECT 2",
    "CREATE PROCEDURE p() BEGIN /* ; */ ATOMIC CREATE FUNCTION f() RETURNS int BEGIN ATOMIC RETURN 1; END; "
    "SELECT 2; END; SELECT 3",
    "CREATE PROCEDURE p() BEGIN ATOMIC CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); "
    "END; SELECT 3",
    "CREATE PROCEDURE p() BEGIN ATOMIC END; CREATE FUNCTION begin() RETURNS begin LANGUAGE sql AS '1'; "
    "SELECT 1",
    "CREATE FUNCTION atomic.begin() RETURNS begin BEGIN ATOMIC SELECT 1; END; SELECT 2",
    "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END; SELECT 2",
    "CREATE TABLE begin (atomic int, \"end\" int, function int); BEGIN; SELECT begin atomic; END; SELECT 2",
    "COPY t TO stdout; COPY t FROM 'stdin'; COPY t FROM PROGRAM 'x'; COPY (SELECT 1) TO '/x'",
    "CREATE TABLE t (a numeric(1, 2) CHECK (a > 0 AND (a < 9)), b text[] DEFAULT '{;}'); COMMENT ON TABLE t "
    "IS ';'",
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW WHEN (new.a > 1) EXECUTE FUNCTION begin(); SELECT 1",
    "CREATE OPERATOR @/ (procedure = p, leftarg = int); SELECT 1 ~~*-1, 2 !=-- ;\n 1, '{}'::jsonb ?| $1; "
    "SELECT 2",
};

constexpr std::string_view k_sqlite[] = {
    "SELECT 1; SELECT 2",
    ";;SELECT 1;;/* a /* ; */;-- ;\nSELECT 2;",
    "SELECT 'a;''b', \"a\", `b`, [c], x'3b', '\\' FROM t; SELECT 1 AS \"a;\"\"b\", 2 AS `a;``b`, 3 AS [a;`];",
    "SELECT 1 -- ; \r ; \n; SELECT 2 /*/ ; */; SELECT 3 <-- ;\n 4",
    "SELECT :a, @b, $c::d(;'), ?1; SELECT 2",
    "BEGIN; SELECT 1; END; SELECT 2",
    "CREATE TRIGGER x AFTER UPDATE OF a ON t WHEN CASE new.a WHEN 1 THEN 0 END BEGIN UPDATE t SET a = CASE b "
    "WHEN 1 "
    "THEN 2 END; SELECT 1 AS \"end\"; -- ;\nEND; SELECT 2",
    "create temp trigger begin DELETE ON t BEGIN DELETE FROM u; INSERT INTO u VALUES (1, 2, ';'); END; "
    "SELECT 2;",
    "EXPLAIN CREATE TEMPORARY TRIGGER IF NOT EXISTS x INSERT ON t BEGIN SELECT raise(ABORT, 'a;'); END; "
    "SELECT 2",
    "EXPLAIN QUERY PLAN SELECT a FROM t; EXPLAIN SELECT 1",
    "CREATE TABLE begin (a, trigger, x CHECK (x > (1))); CREATE VIEW end_ AS SELECT CASE 1 WHEN 1 THEN 2 "
    "END; SELECT 1",
    "WITH x(n) AS (SELECT 1 UNION SELECT n + 1 FROM x LIMIT 3) SELECT n FROM x; SELECT .5, 1e5, 0x1F, 1.\n;",
};

void compare(std::string_view script, Dialect dialect,
             const std::optional<std::vector<StatementRange>>& ranges) {
  INFO(script);
  REQUIRE(ranges);
  const SourceText source("0001_x.sql", script);
  const auto items = read_script(source, dialect);
  REQUIRE(items.size() == ranges->size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const StatementRange& range = (*ranges)[i];
    CHECK(items[i].offset >= range.begin);
    CHECK(items[i].offset + items[i].text.size() <= range.end);
  }
}

TEST_CASE("scripts are split as PostgreSQL's parser splits them", "[script]") {
  for (const std::string_view script : k_postgres)
    compare(script, Dialect::postgres, test::postgres_statements(std::string(script)));
}

TEST_CASE("scripts are split as SQLite's parser splits them", "[script]") {
  for (const std::string_view script : k_sqlite)
    compare(script, Dialect::sqlite, test::sqlite_statements(std::string(script)));
}

TEST_CASE("statements of SQLite are complete where they end, and nowhere before", "[script]") {
  for (const std::string_view script : k_sqlite) {
    const SourceText source("0001_x.sql", script);
    for (const ScriptItem& item : read_script(source, Dialect::sqlite)) {
      const std::string text(item.text);
      INFO(text);
      if (text.find("::d(") != std::string::npos) continue; // sqlite3_complete does not know Tcl's variables
      CHECK(test::is_complete_in_sqlite(text + ";"));
      for (std::size_t end = text.find(';'); end != std::string::npos; end = text.find(';', end + 1))
        CHECK(!test::is_complete_in_sqlite(text.substr(0, end + 1)));
    }
  }
}
} // namespace
} // namespace afloat
