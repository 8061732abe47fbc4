#include "sql/script.hpp"
#include "unit/error_of.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
using Texts = std::vector<std::string>;

/// The items' texts; a marker's begins with "#".
Texts texts(std::string_view script, Dialect dialect) {
  const SourceText source("0001_x.sql", script);
  Texts found;
  for (const ScriptItem& item : read_script(source, dialect)) {
    CHECK(source.text().substr(item.offset, item.text.size()) == item.text);
    found.push_back((item.marker ? "#" : "") + std::string(item.text));
  }
  return found;
}

Texts postgres(std::string_view script) {
  return texts(script, Dialect::postgres);
}
Texts sqlite(std::string_view script) {
  return texts(script, Dialect::sqlite);
}

std::string error_in(std::string_view script, Dialect dialect) {
  return test::error_of([&] { read_script(SourceText("0001_x.sql", script), dialect); });
}
std::string postgres_error(std::string_view script) {
  return error_in(script, Dialect::postgres);
}
std::string sqlite_error(std::string_view script) {
  return error_in(script, Dialect::sqlite);
}

/// The whole message for an error on line 1 whose caret stands at `column`.
std::string message(std::string_view what, std::string_view line, std::size_t column, std::string_view hint) {
  return fmt::format("error: {}\n  --> 0001_x.sql:1:{}\n   | {}\n   | {}^\n  hint: {} Nothing was changed.\n",
                     what, column, line, std::string(column - 1, ' '), hint);
}

TEST_CASE("statements end at semicolons and at the end, and lose what surrounds them", "[script]") {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) {
    CHECK(texts("", dialect) == Texts{});
    CHECK(texts(" \n\t-- only a comment\n/* and another */", dialect) == Texts{});
    CHECK(texts(";; ; -- nothing\n;", dialect) == Texts{});
    CHECK(texts("SELECT 1", dialect) == Texts{"SELECT 1"});
    CHECK(texts("-- first\nSELECT 1 /* inner */ + 2 -- behind\n;\n\n/* next */ SELECT 3;", dialect)
          == Texts{"SELECT 1 /* inner */ + 2", "SELECT 3"});
    CHECK(texts("\xEF\xBB\xBFSELECT\r\n1;\r\nSELECT 2;\r\n", dialect) == Texts{"SELECT\n1", "SELECT 2"});
    CHECK(texts("SELECT 'ä;'; SELECT \"ö;\";SELECT ü", dialect)
          == Texts{"SELECT 'ä;'", "SELECT \"ö;\"", "SELECT ü"});
  }
}

TEST_CASE("a semicolon inside of quotes does not end a statement", "[script]") {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) {
    CHECK(texts("SELECT 'a;''b;'; SELECT 2", dialect) == Texts{"SELECT 'a;''b;'", "SELECT 2"});
    CHECK(texts("SELECT \"a;\"\"b;\"; SELECT 2", dialect) == Texts{"SELECT \"a;\"\"b;\"", "SELECT 2"});
    CHECK(texts("SELECT '-- ', '/*'; SELECT 2", dialect) == Texts{"SELECT '-- ', '/*'", "SELECT 2"});
    CHECK(texts("SELECT x'3b', '\\'; SELECT 2", dialect) == Texts{"SELECT x'3b', '\\'", "SELECT 2"});
  }
  CHECK(postgres("SELECT E'a\\';b', e'\\\\'; SELECT 2") == Texts{"SELECT E'a\\';b', e'\\\\'", "SELECT 2"});
  CHECK(postgres("SELECT E'a' -- it's\n 'b\\';c'; SELECT 2")
        == Texts{"SELECT E'a' -- it's\n 'b\\';c'", "SELECT 2"});
  CHECK(postgres("SELECT E'a' 'b\\'; SELECT 2") == Texts{"SELECT E'a' 'b\\'", "SELECT 2"});
  CHECK(postgres("SELECT U&'\\0061;', U&\"d;\\0061\", B'1;', N';'; SELECT 2")
        == Texts{"SELECT U&'\\0061;', U&\"d;\\0061\", B'1;', N';'", "SELECT 2"});
  CHECK(postgres("SELECT some'\\'; SELECT 2") == Texts{"SELECT some'\\'", "SELECT 2"});
  CHECK(sqlite("SELECT `a;``b;`, [c;d], E'\\'; SELECT 2")
        == Texts{"SELECT `a;``b;`, [c;d], E'\\'", "SELECT 2"});
}

TEST_CASE("dollar quotes end at their own tag", "[script]") {
  CHECK(postgres("DO $$ BEGIN; END $$; SELECT 2") == Texts{"DO $$ BEGIN; END $$", "SELECT 2"});
  CHECK(postgres("SELECT $a$ $b$ ; $$ $a; $a$; SELECT 2")
        == Texts{"SELECT $a$ $b$ ; $$ $a; $a$", "SELECT 2"});
  CHECK(postgres("SELECT $ä1$;$ä1$, $_$;$_$; SELECT 2") == Texts{"SELECT $ä1$;$ä1$, $_$;$_$", "SELECT 2"});
  CHECK(postgres("SELECT a$1$; SELECT b$$; SELECT $1; SELECT $2$;")
        == Texts{"SELECT a$1$", "SELECT b$$", "SELECT $1", "SELECT $2$"});
  CHECK(postgres("SELECT 1$$;$$, $1$$;$$; SELECT 2") == Texts{"SELECT 1$$;$$, $1$$;$$", "SELECT 2"});
  CHECK(sqlite("SELECT $a; SELECT 2") == Texts{"SELECT $a", "SELECT 2"});
  CHECK(sqlite("SELECT $a::b(;'), :d; SELECT 2") == Texts{"SELECT $a::b(;'), :d", "SELECT 2"});
}

TEST_CASE("comments nest in PostgreSQL, and do not in SQLite", "[script]") {
  CHECK(postgres("SELECT 1 /* a /* b; */ c; */; SELECT 2") == Texts{"SELECT 1", "SELECT 2"});
  CHECK(postgres("SELECT 1 /*/ ; */ + 1; SELECT 2") == Texts{"SELECT 1 /*/ ; */ + 1", "SELECT 2"});
  CHECK(sqlite("SELECT 1 /* a /* b; */; SELECT 2") == Texts{"SELECT 1", "SELECT 2"});
  CHECK(sqlite("SELECT 1 /*/ ; */ + 1; SELECT 2") == Texts{"SELECT 1 /*/ ; */ + 1", "SELECT 2"});
  CHECK(postgres("SELECT 1 @-- ;\n 2, 3 */* ; */ 4; SELECT 2")
        == Texts{"SELECT 1 @-- ;\n 2, 3 */* ; */ 4", "SELECT 2"});
  CHECK(postgres("SELECT 1 -- a;\rFROM t; SELECT 2") == Texts{"SELECT 1 -- a;\rFROM t", "SELECT 2"});
  CHECK(sqlite("SELECT 1 -- a;\rFROM t;\n; SELECT 2") == Texts{"SELECT 1", "SELECT 2"});
}

TEST_CASE("a semicolon in parentheses does not end a statement", "[script]") {
  CHECK(postgres("CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;); SELECT 2")
        == Texts{"CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b;)", "SELECT 2"});
  CHECK(postgres("SELECT 1); SELECT (2)") == Texts{"SELECT 1)", "SELECT (2)"});
}

TEST_CASE("a body of BEGIN ATOMIC is one statement", "[script]") {
  const std::string body = "CREATE OR REPLACE FUNCTION f(begin int) RETURNS int BEGIN ATOMIC\n"
                           "  SELECT CASE WHEN true THEN 1 ELSE 2 END;\n"
                           "  SELECT begin AS end, x.end, 1 end, begin case FROM x;\n"
                           "END";
  CHECK(postgres(body + "; SELECT 2") == Texts{body, "SELECT 2"});
  CHECK(postgres(body) == Texts{body});
  const std::string nested = "create procedure p() begin /* not yet */ atomic\n"
                             "create function f() returns int begin atomic select 1; end; select 2; end";
  CHECK(postgres(nested + ";SELECT 3") == Texts{nested, "SELECT 3"});
  CHECK(postgres("CREATE FUNCTION f() BEGIN ATOMIC END; SELECT 2")
        == Texts{"CREATE FUNCTION f() BEGIN ATOMIC END", "SELECT 2"});
  CHECK(postgres("CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS '1'; SELECT 2")
        == Texts{"CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS '1'", "SELECT 2"});
  CHECK(postgres("BEGIN; SELECT 1; END; SELECT begin atomic; END")
        == Texts{"BEGIN", "SELECT 1", "END", "SELECT begin atomic", "END"});
  CHECK(sqlite("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END")
        == Texts{"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1", "END"});
}

TEST_CASE("a trigger's body is one statement in SQLite", "[script]") {
  const std::string body = "AFTER UPDATE OF end ON t WHEN CASE new.a WHEN 1 THEN 0 END BEGIN\n"
                           "  UPDATE t SET a = CASE b WHEN 1 THEN 2 END;\n"
                           "  SELECT 1 AS \"end\"; -- a comment;\n"
                           "END";
  for (const std::string begin :
       {"CREATE TRIGGER x ", "create temp trigger begin ", "CREATE TEMPORARY TRIGGER IF NOT EXISTS x ",
        "EXPLAIN CREATE TRIGGER x ", "EXPLAIN QUERY PLAN CREATE TEMP TRIGGER x "})
    CHECK(sqlite(begin + body + "; SELECT 2") == Texts{begin + body, "SELECT 2"});
  CHECK(sqlite("CREATE TRIGGER x " + body) == Texts{"CREATE TRIGGER x " + body});
  CHECK(sqlite("BEGIN; CREATE TABLE trigger_begin (a); END; SELECT 2")
        == Texts{"BEGIN", "CREATE TABLE trigger_begin (a)", "END", "SELECT 2"});
  CHECK(postgres("CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION begin(); SELECT 2")
        == Texts{"CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION begin()", "SELECT 2"});
}

TEST_CASE("markers stand alone on their lines, outside of statements' insides", "[script]") {
  for (const Dialect dialect : {Dialect::postgres, Dialect::sqlite}) {
    CHECK(texts("-- afloat:expand\nSELECT 1;\n  -- afloat:contract lossy  \nSELECT 2", dialect)
          == Texts{"#-- afloat:expand", "SELECT 1", "#-- afloat:contract lossy  ", "SELECT 2"});
    CHECK(texts("SELECT 1\n-- a comment\n-- afloat:contract\n+ 2", dialect)
          == Texts{"SELECT 1", "#-- afloat:contract", "+ 2"});
    CHECK(texts("--afloat:one\n--\t Afloat:Two\n-- afloat: three\n-- afloat:", dialect)
          == Texts{"#--afloat:one", "#--\t Afloat:Two", "#-- afloat: three", "#-- afloat:"});
    CHECK(
        texts("SELECT 1; -- behind afloat:\n-- afloat is a tool\n--- afloats:x\n/*\n-- afloat:x\n*/ SELECT 2",
              dialect)
        == Texts{"SELECT 1", "SELECT 2"});
    CHECK(texts("SELECT '\n-- afloat:x\n', \"\n-- afloat:x\n\"", dialect)
          == Texts{"SELECT '\n-- afloat:x\n', \"\n-- afloat:x\n\""});
  }
  CHECK(postgres("DO $$\n-- afloat:x\n$$") == Texts{"DO $$\n-- afloat:x\n$$"});
  CHECK(postgres("CREATE FUNCTION f() BEGIN ATOMIC\n-- afloat:x\nEND\n-- afloat:y")
        == Texts{"CREATE FUNCTION f() BEGIN ATOMIC\n-- afloat:x\nEND", "#-- afloat:y"});
  CHECK(sqlite("CREATE TRIGGER x DELETE ON t BEGIN\n-- afloat:x\nSELECT 1; END\n-- afloat:y")
        == Texts{"CREATE TRIGGER x DELETE ON t BEGIN\n-- afloat:x\nSELECT 1; END", "#-- afloat:y"});
  CHECK(postgres("-- afloat:a\r-- afloat:b") == Texts{"#-- afloat:a", "#-- afloat:b"});
}

TEST_CASE("a marker that would silently be a comment is refused", "[script]") {
  CHECK(postgres_error("SELECT 1; -- afloat:contract")
        == message("a marker stands on a line of its own", "SELECT 1; -- afloat:contract", 11,
                   "Put it on the line above or below, or begin the comment with another word."));
  for (const std::string text : {"-- afloat :contract", "--- afloat:contract", "-- afloat contract",
                                 "--=afloat : x", "/** afloat:contract */"})
    CHECK(sqlite_error(text)
          == message("this is like a marker, and is none", text, 1,
                     "Write it as `-- afloat:NAME`, or begin the comment with another word."));
  for (const std::string text :
       {"-- afloat", "-- afloat, contract", "-- afloat runs this", "--- afloats:", "/* afloat contract */"})
    CHECK(sqlite(text) == Texts{});
}

TEST_CASE("the way back of another program's file is refused, its way there is a comment", "[script]") {
  struct Case {
    std::string_view line, program;
  };
  for (const auto& [line, program] :
       {Case{"-- +goose Down", "goose"}, Case{"--+goose down\r", "goose"},
        Case{"-- migrate:down transaction:false", "dbmate"}, Case{"--migrate:down", "dbmate"},
        Case{"-- +migrate Down notransaction", "sql-migrate"}, Case{"-- +micrate Down", "micrate"},
        Case{"-- //@UNDO", "MyBatis Migrations"}, Case{"-- Down  Migration", "node-pg-migrate"},
        Case{"---- create above / drop below ----", "tern"}}) {
    const std::string text = "CREATE TABLE a (b int);\n" + std::string(line) + "\nDROP TABLE a;";
    INFO(text);
    CHECK(postgres_error(text).find(fmt::format("here {} begins the way back", program))
          != std::string::npos);
    CHECK(postgres_error(text) == sqlite_error(text));
  }
  for (const std::string text :
       {"-- +goose Up", "-- +goose StatementBegin", "-- migrate:up", "-- +migrate Up", "-- migrate:downwards",
        "-- Down Migration is not possible", "-- goose down", "/* +goose Down */", "--"})
    CHECK(postgres(text) == Texts{});
}

TEST_CASE("what is not closed is shown where it begins", "[script]") {
  const std::string doubled = "Close it with '. A quote inside is written ''";
  CHECK(postgres_error("SELECT 'it\\'s'")
        == message("this string is not closed", "SELECT 'it\\'s'", 14,
                   doubled + ", a backslash changes nothing."));
  CHECK(sqlite_error("SELECT 'a") == message("this string is not closed", "SELECT 'a", 8, doubled + "."));
  CHECK(postgres_error("SELECT E'a\\'")
        == message("this string is not closed", "SELECT E'a\\'", 8, doubled + "."));
  CHECK(postgres_error("DO $x$ a $y$;")
        == message("this $x$ string is not closed", "DO $x$ a $y$;", 4, "Close it with $x$."));
  CHECK(postgres_error("ä /* /* */")
        == message("this comment is not closed", "ä /* /* */", 3,
                   "Close it with */, each /* inside of it as well."));
  CHECK(sqlite_error("a /*/") == message("this comment is not closed", "a /*/", 3, "Close it with */."));
  CHECK(sqlite_error("a \"") == message("this quoted name is not closed", "a \"", 3, "Close it with \"."));
  CHECK(sqlite_error("a [\"") == message("this quoted name is not closed", "a [\"", 3, "Close it with ]."));
  const std::string parenthesis = "this parenthesis is not closed";
  const std::string close = "Close it within its statement.";
  CHECK(postgres_error("CREATE TABLE t (a numeric(1, 2);  SELECT ((3))")
        == message(parenthesis, "CREATE TABLE t (a numeric(1, 2);  SELECT ((3))", 16, close));
  CHECK(sqlite_error("SELECT (1; SELECT 2") == message(parenthesis, "SELECT (1; SELECT 2", 8, close));
  CHECK(sqlite_error("a (\n-- afloat:x\n)") == message(parenthesis, "a (", 3, close));
  const std::string body = "this body is not closed";
  const std::string end = "Write a semicolon behind each of its statements, and END; behind the last.";
  CHECK(postgres_error("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 END;")
        == message(body, "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 END;", 21, end));
  CHECK(postgres_error("CREATE FUNCTION f() BEGIN ATOMIC SELECT (1; END;")
        == message(parenthesis, "CREATE FUNCTION f() BEGIN ATOMIC SELECT (1; END;", 41, close));
  CHECK(sqlite_error("CREATE TRIGGER x DELETE ON t BEGIN SELECT 1;")
        == message(body, "CREATE TRIGGER x DELETE ON t BEGIN SELECT 1;", 30, end));
  CHECK(sqlite_error("CREATE TRIGGER x DELETE ON t BEGIN SELECT (1; END;")
        == message(parenthesis, "CREATE TRIGGER x DELETE ON t BEGIN SELECT (1; END;", 43, close));
  CHECK(postgres_error(std::string_view("a\0b", 3))
        == message("a zero byte cannot stand in SQL",
                   "a\xEF\xBF\xBD"
                   "b",
                   2, "Is it a text file, in UTF-8?"));
}

TEST_CASE("COPY from the client is refused", "[script]") {
  for (const std::string copy :
       {"COPY t FROM stdin;", "copy binary s.t (a, \"b\") from STDIN with (format csv);",
        "COPY t /* x */ FROM -- y\n STDIN", "COPY t FROM stdout;"})
    CHECK(postgres_error(copy)
          == message("COPY … FROM stdin cannot stand in a migration", copy.substr(0, copy.find('\n')), 1,
                     "Write INSERT statements, or COPY … FROM a file on the server; or load the data with "
                     "psql, outside of migrations."));
  for (const std::string copy :
       {"COPY t TO stdout", "COPY t FROM 'stdin'", "COPY t FROM \"stdin\"",
        "COPY (SELECT a FROM stdin) TO '/x'", "SELECT a FROM stdin", "COPY t FROM PROGRAM 'x'"})
    CHECK(postgres(copy) == Texts{copy});
  CHECK(sqlite("COPY t FROM stdin") == Texts{"COPY t FROM stdin"});
}

TEST_CASE("commands of psql and of the sqlite3 shell are refused, with what to write instead", "[script]") {
  const auto psql = [](std::string_view name) {
    return fmt::format("{} is a command of psql, not SQL", name);
  };
  CHECK(postgres_error("\\i other.sql")
        == message(psql("\\i"), "\\i other.sql", 1,
                   "Paste that file's text here, or make it a migration of its own."));
  CHECK(postgres_error("SELECT 1 \\gexec")
        == message(psql("\\gexec"), "SELECT 1 \\gexec", 10,
                   "Write the statements themselves, or a DO block with EXECUTE."));
  CHECK(postgres_error("\\restrict abc")
        == message(psql("\\restrict"), "\\restrict abc", 1, "Remove it: pg_dump writes it for psql only."));
  CHECK(postgres_error("\\connect shop")
        == message(psql("\\connect"), "\\connect shop", 1,
                   "Remove it: afloat connects by itself; the URL stands in afloat.toml or in AFLOAT_URL."));
  CHECK(postgres_error("SELECT 1\\; SELECT 2;")
        == message(psql("\\;"), "SELECT 1\\; SELECT 2;", 9, "End the statement with a semicolon."));
  CHECK(postgres_error("\\.")
        == message(psql("\\."), "\\.", 1,
                   "Write INSERT statements here, or load the data outside of migrations."));
  CHECK(postgres_error("\\nosuch")
        == message(psql("\\nosuch"), "\\nosuch", 1, "Remove it: only SQL can stand in a migration."));
  CHECK(postgres_error("\\")
        == message(psql("\\"), "\\", 1, "Remove it: only SQL can stand in a migration."));
  CHECK(sqlite_error(".read other.sql")
        == message(".read is a command of the sqlite3 shell, not SQL", ".read other.sql", 1,
                   "Paste that file's text here, or make it a migration of its own."));
  CHECK(sqlite_error(".mode box")
        == message(".mode is a command of the sqlite3 shell, not SQL", ".mode box", 1,
                   "Remove it: it only changes what the shell shows."));
  CHECK(sqlite("SELECT a.b, .5\n.c; \\x") == Texts{"SELECT a.b, .5\n.c", "\\x"});
}

TEST_CASE("variables of psql are refused, other colons are not", "[script]") {
  const auto refused = [](std::string_view script, std::string_view variable, std::size_t column) {
    CHECK(postgres_error(script)
          == message(fmt::format("{} is a variable of psql, not SQL", variable), script, column,
                     "Write the value itself: afloat has no variables."));
  };
  refused("SELECT :a", ":a", 8);
  refused("SELECT (:a1)", ":a1", 9);
  refused("SET x = :'name'", ":'name'", 9);
  refused("DROP TABLE :\"name\"", ":\"name\"", 12);
  refused("SELECT :{?name}", ":{?name}", 8);
  refused("SELECT a[(:b)]", ":b", 11);
  for (const std::string script :
       {"SELECT a::int, a::\"int\", '1'::text", "SELECT a[1:2], a[:b], a[b:c], a[f(x):y], a['1':'2']",
        "SELECT f(a := 1, b :=c)", "SELECT JSON_OBJECT('a':1, 'b':c, 'd':E'\\'')",
        "SELECT json_objectagg(k:v)", "SELECT ':a', $$:a$$, \":a\"", "SELECT a : 1"})
    CHECK(postgres(script) == Texts{script});
  CHECK(sqlite("SELECT :a, @b, $c, ?1") == Texts{"SELECT :a, @b, $c, ?1"});
}
} // namespace
} // namespace afloat
