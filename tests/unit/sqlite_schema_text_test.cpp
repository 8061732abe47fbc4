#include "dialect/sqlite/schema_text.hpp"
#include "support/error.hpp"

#include <catch2/catch.hpp>

namespace afloat::sqlite {
namespace {
TEST_CASE("drop_not_null takes away the constraint of the named column only", "[sqlite]") {
  CHECK(drop_not_null("CREATE TABLE t(a TEXT NOT NULL, b TEXT NOT NULL)", "b")
        == "CREATE TABLE t(a TEXT NOT NULL, b TEXT)");
  CHECK(drop_not_null(
            "CREATE TABLE t(a TEXT CONSTRAINT nn NOT NULL ON CONFLICT IGNORE DEFAULT 'NOT NULL', b)", "A")
        == "CREATE TABLE t(a TEXT DEFAULT 'NOT NULL', b)");
  CHECK(drop_not_null("CREATE TABLE t(a INT -- key, NOT NULL\n  NOT /* x */ NULL CHECK (a > 0, 1), b)", "a")
        == "CREATE TABLE t(a INT CHECK (a > 0, 1), b)");
}

TEST_CASE("drop_not_null knows all four quoting styles and names like keywords", "[sqlite]") {
  for (const std::string name : {"\"or\"\"der\"", "`or\"der`", "[or\"der]", "'or\"der'"})
    CHECK(drop_not_null("CREATE TABLE [a (t](x, " + name + " TEXT NOT NULL)", "or\"der")
          == "CREATE TABLE [a (t](x, " + name + " TEXT)");
  CHECK(drop_not_null("CREATE TABLE t(\"check\" INT NOT NULL, key NOT NULL)", "check")
        == "CREATE TABLE t(\"check\" INT, key NOT NULL)");
}

TEST_CASE("drop_not_null leaves NOT NULL inside of expressions alone", "[sqlite]") {
  CHECK(drop_not_null("CREATE TABLE t(a INT CHECK (a IS NOT NULL) REFERENCES p(x) NOT DEFERRABLE NOT NULL)",
                      "a")
        == "CREATE TABLE t(a INT CHECK (a IS NOT NULL) REFERENCES p(x) NOT DEFERRABLE)");
}

TEST_CASE("drop_not_null says why it cannot", "[sqlite]") {
  CHECK_THROWS_WITH(drop_not_null("CREATE TABLE t(a INT)", "a"),
                    "column \"a\" has no NOT NULL of its own in the text of the table");
  CHECK_THROWS_WITH(drop_not_null("CREATE TABLE t(a INT)", "b"),
                    "column \"b\" has no NOT NULL of its own in the text of the table");
  CHECK_THROWS_WITH(drop_not_null("CREATE VIRTUAL TABLE t USING fts5(a)", "a"),
                    "the columns of a virtual table cannot be edited");
}

TEST_CASE("add_not_null puts the constraint back exactly where it was", "[sqlite]") {
  for (const std::string sql :
       {"CREATE TABLE t(a TEXT CONSTRAINT nn NOT NULL ON CONFLICT FAIL DEFAULT 'x', b)",
        "CREATE TABLE t(\n  a TEXT NOT NULL, -- the name\n  b)", "CREATE TABLE t(b, a NOT NULL)"})
    CHECK(add_not_null(drop_not_null(sql, "a"), "a", find_not_null(sql, "a")) == sql);
}

TEST_CASE("add_not_null stands before a comment behind the definition", "[sqlite]") {
  CHECK(add_not_null("CREATE TABLE t(a TEXT -- the name\n, b)", "a")
        == "CREATE TABLE t(a TEXT NOT NULL -- the name\n, b)");
  CHECK_THROWS_WITH(add_not_null("CREATE TABLE t(a NOT NULL)", "a"), "column \"a\" is NOT NULL already");
}

TEST_CASE("drop_default takes away the default of the named column only", "[sqlite]") {
  CHECK(drop_default("CREATE TABLE t(a TEXT DEFAULT 'x' NOT NULL, b DEFAULT 1)", "A")
        == "CREATE TABLE t(a TEXT NOT NULL, b DEFAULT 1)");
  CHECK(drop_default("CREATE TABLE t(a INT CONSTRAINT d DEFAULT (1 + 2) CHECK (a > 0), b)", "a")
        == "CREATE TABLE t(a INT CHECK (a > 0), b)");
  CHECK(drop_default("CREATE TABLE t(a INT REFERENCES p ON DELETE SET DEFAULT DEFAULT -1 -- sign\n, b)", "a")
        == "CREATE TABLE t(a INT REFERENCES p ON DELETE SET DEFAULT -- sign\n, b)");
  CHECK(drop_default("CREATE TABLE t(a BLOB DEFAULT x'00' UNIQUE)", "a") == "CREATE TABLE t(a BLOB UNIQUE)");
  CHECK_THROWS_WITH(drop_default("CREATE TABLE t(a INT CHECK (a <> 'default x'))", "a"),
                    "column \"a\" has no DEFAULT in the text of the table");
}

TEST_CASE("put_default puts the default back exactly where it was", "[sqlite]") {
  for (const std::string sql :
       {"CREATE TABLE t(a TEXT CONSTRAINT d DEFAULT current_timestamp NOT NULL, b)",
        "CREATE TABLE t(\n  a TEXT DEFAULT  'x', -- the name\n  b)", "CREATE TABLE t(b, a DEFAULT +1)"})
    CHECK(put_default(drop_default(sql, "a"), "a", find_default(sql, "a").value()) == sql);
  CHECK_THROWS_WITH(add_default("CREATE TABLE t(a DEFAULT 1)", "a", "2"),
                    "column \"a\" has a default already");
}

TEST_CASE("drop_foreign_keys takes away those to other tables", "[sqlite]") {
  CHECK(drop_foreign_keys("CREATE TABLE t(id INT REFERENCES p (id) ON DELETE CASCADE NOT NULL, "
                          "up INT CONSTRAINT up REFERENCES T DEFERRABLE INITIALLY DEFERRED, "
                          "b INT CHECK (b > 0) CONSTRAINT fk REFERENCES [q] NOT DEFERRABLE, UNIQUE (b), "
                          "CONSTRAINT two FOREIGN KEY (id, b) REFERENCES r (x, y) ON UPDATE SET NULL, "
                          "FOREIGN KEY (b) REFERENCES t (id))",
                          "t")
        == "CREATE TABLE t(id INT NOT NULL, up INT CONSTRAINT up REFERENCES T DEFERRABLE INITIALLY DEFERRED, "
           "b INT CHECK (b > 0), UNIQUE (b), FOREIGN KEY (b) REFERENCES t (id))");
}

TEST_CASE("names_table knows where a table can stand", "[sqlite]") {
  for (const char* sql :
       {"CREATE VIEW v AS SELECT * FROM log", "CREATE VIEW v AS SELECT 1 FROM a, main.\"log\" l",
        "CREATE VIEW v AS SELECT 1 FROM (log JOIN a)", "CREATE VIEW v AS SELECT 1 WHERE 1 IN LOG",
        "CREATE TRIGGER x AFTER INSERT ON a BEGIN INSERT INTO log VALUES (1); END",
        "CREATE TRIGGER x AFTER INSERT ON a BEGIN UPDATE OR IGNORE log SET a = 1; END",
        "CREATE TABLE c (a REFERENCES log (id))"})
    CHECK(names_table(sql, "log"));
  for (const char* sql :
       {"CREATE VIEW v AS SELECT log FROM a", "CREATE VIEW v AS SELECT a.log, max(log) FROM a",
        "CREATE VIEW v AS SELECT 'from log' FROM a -- join log",
        "CREATE TRIGGER x AFTER UPDATE OF log ON a BEGIN SELECT NEW.log; END"})
    CHECK_FALSE(names_table(sql, "log"));
}

TEST_CASE("a trigger guard is added and taken away without a trace", "[sqlite]") {
  for (const std::string sql : {"CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELECT 1; END",
                                "CREATE TRIGGER x AFTER UPDATE ON t FOR EACH ROW WHEN NEW.a = 1 OR NEW.begin "
                                "= 2 -- why\nBEGIN SELECT 1; END",
                                "CREATE TRIGGER [when begin] UPDATE OF a ON t WHEN(CASE WHEN 1 THEN 0 "
                                "END)BEGIN SELECT 'BEGIN'; END"}) {
    const std::string one = add_trigger_guard(sql, "1_1", "g1"), both = add_trigger_guard(one, "1_2", "g2");
    CHECK(one != sql);
    CHECK(restore_trigger(one, "1_1") == sql);
    CHECK(restore_trigger(both, "1_2") == one);
    CHECK(restore_trigger(both, "1_1") == add_trigger_guard(sql, "1_2", "g2"));
    CHECK(restore_trigger(restore_trigger(both, "1_1"), "1_2") == sql);
    CHECK(restore_trigger(sql, "1_1") == sql);
  }
}

TEST_CASE("a trigger guard binds the whole of the condition that was there", "[sqlite]") {
  CHECK(add_trigger_guard("CREATE TRIGGER x AFTER UPDATE ON t WHEN a OR b BEGIN SELECT 1; END", "1_1", "g")
        == "CREATE TRIGGER x AFTER UPDATE ON t WHEN/*<afloat 1_1>*/ (g) AND ( /*</afloat 1_1>*/ a OR b"
           "/*<afloat 1_1>*/ )/*</afloat 1_1>*/ BEGIN SELECT 1; END");
  CHECK_THROWS_WITH(
      add_trigger_guard(add_trigger_guard("CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELECT 1; END", "1", "g"),
                        "1", "g"),
      "the trigger has a guard of 1 already");
}

TEST_CASE("columns of several syncs go into a trigger's list and out of it in any order", "[sqlite]") {
  const std::string sql = "CREATE TRIGGER x UPDATE OF a , [b] /* both */ ON t BEGIN SELECT 1; END";
  const std::string one = add_trigger_columns(sql, "1", "\"a2\", \"a3\"");
  CHECK(one
        == "CREATE TRIGGER x UPDATE OF a , [b]/*<afloat 1>*/, \"a2\", \"a3\"/*</afloat 1>*/ /* both */ ON t "
           "BEGIN SELECT 1; END");
  CHECK(read_trigger(one).update_of == std::vector<std::string>{"a", "b", "a2", "a3"});
  const std::string both = add_trigger_columns(one, "2", "\"b2\"");
  CHECK(read_trigger(both).update_of == std::vector<std::string>{"a", "b", "a2", "a3", "b2"});
  CHECK(restore_trigger(both, "1") == add_trigger_columns(sql, "2", "\"b2\""));
  CHECK(restore_trigger(both, "2") == one);
  CHECK(restore_trigger(one, "1") == sql);
}

TEST_CASE("wrap_new_column changes what the trigger reads of the new row and nothing else", "[sqlite]") {
  const std::string sql = "CREATE TRIGGER x AFTER UPDATE ON t WHEN new.[name] <> OLD.name BEGIN "
                          "INSERT INTO log VALUES (NEW.name, 'NEW.name', NEW.names, log.name); END";
  const std::string wrapped = wrap_new_column(sql, "1", "name", "(a ", " b)");
  CHECK(
      wrapped
      == "CREATE TRIGGER x AFTER UPDATE ON t WHEN /*<afloat 1>*/(a /*</afloat 1>*/new.[name]/*<afloat 1>*/ b)"
         "/*</afloat 1>*/ <> OLD.name BEGIN INSERT INTO log VALUES (/*<afloat 1>*/(a /*</afloat 1>*/NEW.name"
         "/*<afloat 1>*/ b)/*</afloat 1>*/, 'NEW.name', NEW.names, log.name); END");
  CHECK(restore_trigger(wrapped, "1") == sql);
}

TEST_CASE("wrap_new_column leaves the text of another sync alone", "[sqlite]") {
  const std::string sql = "CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELECT NEW.a, NEW.b; END";
  const std::string first = wrap_new_column(sql, "1", "a", "(CASE WHEN NEW.b THEN ", " END)");
  const std::string both = wrap_new_column(first, "2", "b", "(CASE WHEN NEW.a THEN ", " END)");
  CHECK(restore_trigger(both, "1") == wrap_new_column(sql, "2", "b", "(CASE WHEN NEW.a THEN ", " END)"));
  CHECK(restore_trigger(restore_trigger(both, "2"), "1") == sql);
}

TEST_CASE("read_trigger tells events and column lists", "[sqlite]") {
  const TriggerText text =
      read_trigger("CREATE TEMP TRIGGER IF NOT EXISTS main.x UPDATE OF a, \"b c\" ON [t u] "
                   "FOR EACH ROW WHEN 1 BEGIN SELECT 1; END");
  CHECK(text.table == "t u");
  CHECK((text.before && text.on_update && !text.on_insert && text.has_when));
  CHECK(text.update_of == std::vector<std::string>{"a", "b c"});
  CHECK_FALSE(read_trigger("CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; END").before);
}

TEST_CASE("view columns are named once and unnamed again", "[sqlite]") {
  const std::vector<std::string> columns{"a", "b\"c"};
  CHECK(name_view_columns("CREATE VIEW v AS SELECT a, b*2 FROM t", columns)
        == "CREATE VIEW v(\"a\", \"b\"\"c\") AS SELECT a, b*2 FROM t");
  for (const std::string same : {"CREATE VIEW v(x) AS SELECT a FROM t", "CREATE VIEW v AS SELECT t.* FROM t"})
    CHECK(name_view_columns(same, columns) == same);
  const std::string sql = "CREATE VIEW IF NOT EXISTS main.[v] AS SELECT a, (SELECT * FROM u) FROM t";
  CHECK(unname_view_columns(name_view_columns(sql, columns), columns) == sql);
}

TEST_CASE("a constraint is added, dropped and put back in the text of a table", "[sqlite]") {
  const std::string text =
      "CREATE TABLE t (a int CONSTRAINT pos CHECK (a > 0) NOT NULL, -- first\n"
      "  b int REFERENCES u, c int REFERENCES u,\n  CHECK (b <> c) CONSTRAINT two UNIQUE (a)"
      " /* last */, FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE) STRICT";
  const std::vector<ConstraintKey> keys{{"pos", "", ""},
                                        {"", "references u", "b"},
                                        {"", "REFERENCES u", "c"},
                                        {"", "check(b<>c)", ""},
                                        {"", "FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE", ""}};
  const std::vector<std::string> without{
      "CREATE TABLE t (a int NOT NULL, -- first\n"
      "  b int REFERENCES u, c int REFERENCES u,\n  CHECK (b <> c) CONSTRAINT two UNIQUE (a)"
      " /* last */, FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE) STRICT",
      "CREATE TABLE t (a int CONSTRAINT pos CHECK (a > 0) NOT NULL, -- first\n"
      "  b int, c int REFERENCES u,\n  CHECK (b <> c) CONSTRAINT two UNIQUE (a)"
      " /* last */, FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE) STRICT",
      "CREATE TABLE t (a int CONSTRAINT pos CHECK (a > 0) NOT NULL, -- first\n"
      "  b int REFERENCES u, c int,\n  CHECK (b <> c) CONSTRAINT two UNIQUE (a)"
      " /* last */, FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE) STRICT",
      "CREATE TABLE t (a int CONSTRAINT pos CHECK (a > 0) NOT NULL, -- first\n"
      "  b int REFERENCES u, c int REFERENCES u, CONSTRAINT two UNIQUE (a)"
      " /* last */, FOREIGN KEY (a, b) REFERENCES v ON DELETE CASCADE) STRICT",
      "CREATE TABLE t (a int CONSTRAINT pos CHECK (a > 0) NOT NULL, -- first\n"
      "  b int REFERENCES u, c int REFERENCES u,\n  CHECK (b <> c) CONSTRAINT two UNIQUE (a)) STRICT"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto place = find_constraint(text, keys[i]);
    REQUIRE(place);
    const std::string dropped = drop_constraint(text, keys[i]);
    CHECK(dropped == without[i]);
    const std::string back = put_constraint(dropped, *place);
    if (keys[i].definition != "check(b<>c)") CHECK(back == text); // one of several in a place goes to the end
    CHECK(read_table(back).constraints.size() == read_table(text).constraints.size());
  }
  CHECK(add_constraint("CREATE TABLE t (a, b -- last\n)", "n", "CHECK (a > b)")
        == "CREATE TABLE t (a, b, CONSTRAINT \"n\" CHECK (a > b) -- last\n)");
  CHECK_THROWS_WITH(add_constraint(text, "POS", "CHECK (a > 1)"),
                    Catch::Contains("has a constraint \"POS\" already"));
  CHECK_THROWS_WITH(drop_constraint(text, {"gone", "", ""}), Catch::Contains("has no constraint gone"));
}

TEST_CASE("a declared type is edited where it stands", "[sqlite]") {
  const std::string table =
      "CREATE TABLE t (\"a b\" varchar (10) /* c */ NOT NULL, c, d decimal(5, 2) CHECK (d > 0), UNIQUE (c))";
  CHECK(read_type(table, "a b") == "varchar (10)");
  CHECK(read_type(table, "c") == "");
  CHECK(set_type(table, "a b", "text")
        == "CREATE TABLE t (\"a b\" text /* c */ NOT NULL, c, d decimal(5, 2) CHECK (d > 0), UNIQUE (c))");
  CHECK(set_type(table, "c", "double precision")
        == "CREATE TABLE t (\"a b\" varchar (10) /* c */ NOT NULL, c double precision, d decimal(5, 2) CHECK "
           "(d > 0), UNIQUE (c))");
  CHECK(set_type(set_type(table, "D", "int"), "d", "decimal(5, 2)") == table);
}

TEST_CASE("a successor takes the name and the clauses of a column", "[sqlite]") {
  const std::string table =
      "CREATE TABLE t (a INTEGER PRIMARY KEY, \"b\" text COLLATE NOCASE DEFAULT 'x' CONSTRAINT n NOT "
      "NULL CHECK (b <> ''), new int, CHECK (b > a))";
  CHECK(succeed_column(table, "B", "old", "new", true)
        == "CREATE TABLE t (a INTEGER PRIMARY KEY, \"old\" text COLLATE NOCASE DEFAULT 'x', \"b\" int "
           "COLLATE NOCASE DEFAULT "
           "'x' CONSTRAINT n NOT NULL CHECK (b <> ''), CHECK (b > a))");
  CHECK(succeed_column(table, "b", "old", "new", false)
        == "CREATE TABLE t (a INTEGER PRIMARY KEY, \"old\" text COLLATE NOCASE, \"b\" int COLLATE NOCASE "
           "DEFAULT "
           "'x' CONSTRAINT n NOT NULL CHECK (b <> ''), CHECK (b > a))");
}

TEST_CASE("read_table finds constraints of columns and of the table", "[sqlite]") {
  const auto table =
      read_table("CREATE TABLE t(a INT CONSTRAINT pos CHECK (a > 0) DEFAULT (1), b TEXT UNIQUE REFERENCES "
                 "p(x) ON DELETE SET DEFAULT DEFERRABLE, CHECK (a < b), CONSTRAINT fk FOREIGN KEY (a, b) "
                 "REFERENCES q(c, d) ON UPDATE CASCADE UNIQUE (b, a)) STRICT");
  REQUIRE(table.constraints.size() == 6);
  CHECK(table.strict);
  CHECK(table.constraints[0].name == "pos");
  CHECK(table.constraints[0].definition == "CHECK (a > 0)");
  CHECK(table.constraints[2].definition == "REFERENCES p(x) ON DELETE SET DEFAULT DEFERRABLE");
  CHECK(table.constraints[2].references.name == "p");
  CHECK(table.constraints[3].columns == std::vector<std::string>{"a", "b"});
  CHECK(table.constraints[4].definition == "FOREIGN KEY (a, b) REFERENCES q(c, d) ON UPDATE CASCADE");
  CHECK(table.constraints[5].columns == std::vector<std::string>{"b", "a"});
}

TEST_CASE("values of a CHECK are put in and taken out where they stand", "[sqlite]") {
  const std::string sql =
      "CREATE TABLE t (a text CHECK (a IS NULL OR \"a\" IN ( 'x' /* one */, 'y' )), b CHECK (b > 'z'))";
  CHECK(check_values(sql, "A") == std::vector<std::string>{"x", "y"});
  CHECK(!check_values(sql, "b"));
  const std::vector<std::pair<std::size_t, std::string>> cases{{0, "( 'it''s', 'x' /* one */, 'y' )"},
                                                               {1, "( 'x' /* one */, 'it''s', 'y' )"},
                                                               {2, "( 'x' /* one */, 'y', 'it''s' )"}};
  for (const auto& [place, list] : cases) {
    const std::string changed = add_check_value(sql, "a", "it's", place);
    CHECK(changed.find(list) != std::string::npos);
    CHECK(check_values(changed, "a")->size() == 3);
    CHECK(drop_check_value(changed, "a", "it's") == sql);
  }
}
} // namespace
} // namespace afloat::sqlite
