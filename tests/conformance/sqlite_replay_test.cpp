#include "load/load.hpp"
#include "operations/operation.hpp"
#include "planning/planner.hpp"
#include "sqlite_support.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

std::string dump(const Table& table) {
  std::string text = fmt::format("{} | {}\n", table.name.name, table.create_sql);
  for (const Column& c : table.columns)
    text +=
        fmt::format("  column {} {} {} nn={} default={} constant={} generated={}\n", c.name, c.type,
                    c.collation, c.not_null, c.default_sql.value_or("-"), c.default_is_constant, c.generated);
  text += "  key " + join(table.primary_key, ",") + "\n";
  for (const Index& index : table.indexes) {
    text += fmt::format("  index {} unique={} primary={} of={} where={}", index.name, index.unique,
                        index.primary, index.constraint, index.predicate);
    for (const IndexPart& part : index.parts)
      text += fmt::format(" [{}|{}|{}]", part.column, part.expression, part.suffix);
    text += "\n";
  }
  for (const Constraint& c : table.constraints)
    text += fmt::format("  constraint {} {} ({}) -> {}\n", c.name, c.definition, join(c.columns, ","),
                        c.references.name);
  for (const Trigger& trigger : table.triggers) text += fmt::format("  trigger {}\n", trigger.sql);
  for (const RelationName& name : table.referenced_by) text += fmt::format("  referenced by {}\n", name.name);
  return text;
}

/// What both ways must agree on: all but the number of rows.
std::string dump(Schema schema) {
  std::ranges::sort(schema.tables, {}, &Table::name);
  std::string text;
  for (const Table& table : schema.tables) text += dump(table);
  for (const View& view : schema.views) {
    text += fmt::format("view {} ({}) {}\n ", view.name.name, join(view.columns, ","), view.sql);
    for (const auto& [table, column] : view.reads) text += fmt::format(" {}.{}", table.name, column);
    text += "\n";
  }
  for (const RelationName& name : schema.known) text += fmt::format("known {}\n", name.name);
  for (const Unknown& unknown : schema.unknown)
    text += fmt::format("unknown {}: {}\n", unknown.relation.name, unknown.why);
  return text;
}

bool same(Schema one, Schema other) {
  for (Schema* schema : {&one, &other}) {
    schema->server_version = 0;
    schema->offline = false;
    std::ranges::sort(schema->tables, {}, &Table::name);
    for (Table& table : schema->tables) table.rows = table.bytes = std::nullopt;
  }
  return one == other;
}

Schema inspect_all(Database& database) {
  std::vector<RelationName> names;
  for (const auto& row :
       database
           .query(
               "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
               " AND name NOT LIKE 'afloat!_%' ESCAPE '!'")
           .rows)
    names.push_back({"", *row[0]});
  return inspect_sqlite(database, names);
}

Schema after(const Lines& script, bool one_by_one) {
  Schema schema = empty_schema(Dialect::sqlite);
  const auto writer = make_sqlite_writer();
  std::vector<Statement> statements;
  for (const std::string& sql : script) {
    statements.emplace_back(sql);
    statements.back().where = {"m.sql", static_cast<int>(statements.size()), 1, ""};
  }
  if (one_by_one)
    for (const Statement& statement : statements) writer->replay(std::span(&statement, 1), schema);
  else
    writer->replay(statements, schema);
  return schema;
}

const std::vector<Lines> k_scripts{
    {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x', b VARCHAR(9) COLLATE NOCASE)"},
    {"CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "ALTER TABLE t ADD COLUMN b INT DEFAULT -1"},
    {"CREATE TABLE t(a INT, b TEXT, PRIMARY KEY (b, a)) STRICT, WITHOUT ROWID",
     "CREATE INDEX i ON t(a DESC)"},
    {"CREATE TABLE t(a ANY, b BLOB) STRICT", "ALTER TABLE t ADD COLUMN c REAL NOT NULL DEFAULT 0.5"},
    {"CREATE TABLE IF NOT EXISTS t(a)", "CREATE TABLE IF NOT EXISTS t(a, b)"},
    {"CREATE TABLE t(a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c AS (a || ',' || b))"},
    {"CREATE TABLE t(a INT)", "ALTER TABLE t ADD COLUMN b INT AS (a + 1) VIRTUAL NOT NULL"},
    {"CREATE TABLE t(a INT CHECK (a > 0), b INT, CONSTRAINT both CHECK (a < b), UNIQUE (a, b) ON CONFLICT "
     "REPLACE)",
     "ALTER TABLE t RENAME COLUMN a TO \"select\""},
    {"CREATE TABLE t(a TEXT COLLATE RTRIM UNIQUE, b TEXT COLLATE NOCASE)",
     "CREATE UNIQUE INDEX i ON t(b COLLATE BINARY, a COLLATE NOCASE DESC)", "ALTER TABLE t RENAME TO u"},
    {"CREATE TABLE t(a, b)", "CREATE INDEX i ON t(lower(a), (b + 1) DESC, a) WHERE b > 1 AND a IS NOT NULL",
     "ALTER TABLE t RENAME COLUMN a TO c"},
    {"CREATE TABLE t(a, b)", "CREATE INDEX i ON t(((a)) , (a || b) COLLATE NOCASE)", "ALTER TABLE t ADD c"},
    {"CREATE TABLE t(a, b, c)", "CREATE INDEX i ON t(b)", "DROP INDEX i", "ALTER TABLE t DROP COLUMN b"},
    {"CREATE TABLE t(a, b)", "DROP TABLE t"},
    {"CREATE TABLE t(a)", "DROP TABLE t", "CREATE TABLE t(b)"},
    {"DROP TABLE IF EXISTS t", "CREATE TABLE t(b)", "DROP VIEW IF EXISTS v"},
    {"CREATE TABLE \"or\"\"der\"(\"a b\" INT, [c d] INT, `e``f` INT)"},
    {"CREATE TABLE \"or\"\"der\"(\"a b\" INT, [c d] INT, `e``f` INT, 'g''h' INT)",
     "CREATE INDEX \"an index\" ON \"or\"\"der\"([c d], `e``f`)",
     "ALTER TABLE [or\"der] RENAME COLUMN 'g''h' TO `sel\"ect`",
     "ALTER TABLE `or\"der` ADD COLUMN [x y] TEXT", "ALTER TABLE 'or\"der' RENAME TO \"or d\""},
    {"CREATE TABLE Users(Id INTEGER PRIMARY KEY, Name TEXT)", "ALTER TABLE USERS RENAME COLUMN NAME TO Login",
     "CREATE INDEX I ON users(LOGIN)", "DROP INDEX i"},
    {"CREATE TABLE p(id INTEGER PRIMARY KEY)", "CREATE TABLE c(p INT REFERENCES p ON DELETE CASCADE)",
     "ALTER TABLE p RENAME TO parent"},
    {"CREATE TABLE p(id INTEGER PRIMARY KEY, k INT UNIQUE)",
     "CREATE TABLE c(x INT, FOREIGN KEY (x) REFERENCES p(k))", "ALTER TABLE p RENAME COLUMN k TO kk"},
    {"CREATE TABLE c(p REFERENCES p(id))", "CREATE TABLE p(id INTEGER PRIMARY KEY, up REFERENCES p(id))"},
    {"CREATE TABLE p(id INTEGER PRIMARY KEY)", "CREATE TABLE c(p REFERENCES p)", "DROP TABLE c"},
    {"CREATE TABLE p(id INTEGER PRIMARY KEY)", "CREATE TABLE c(p REFERENCES p)",
     "CREATE TABLE d(p REFERENCES P)", "ALTER TABLE c RENAME TO b"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW v AS SELECT a AS shown FROM t",
     "ALTER TABLE t RENAME COLUMN a TO c"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW v AS SELECT * FROM t", "ALTER TABLE t ADD COLUMN c"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW v AS SELECT a FROM t", "CREATE VIEW w(x) AS SELECT a FROM v",
     "ALTER TABLE t RENAME TO u"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW w AS SELECT a FROM v", "CREATE VIEW v AS SELECT a FROM t"},
    {"CREATE TABLE t(a)", "CREATE TABLE u(b)", "CREATE VIEW v AS SELECT a, b FROM t JOIN u ON t.a = u.b",
     "ALTER TABLE u RENAME COLUMN b TO bb", "DROP VIEW v"},
    {"CREATE TABLE t(a)", "CREATE VIEW v AS SELECT a FROM t", "DROP TABLE t"},
    {"CREATE VIEW one AS SELECT 1 AS a", "CREATE TABLE t(b)", "CREATE VIEW two AS SELECT a, b FROM one, t"},
    {"CREATE VIEW one AS SELECT 1 AS a", "DROP VIEW one"},
    {"CREATE TABLE t(a)", "CREATE VIEW v AS SELECT count(*) AS n FROM t",
     "CREATE VIEW v2 AS SELECT n FROM v"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW v AS SELECT a FROM t",
     "CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a) VALUES (NEW.a); END",
     "ALTER TABLE t RENAME COLUMN b TO c", "DROP TRIGGER tr"},
    {"CREATE TABLE t(a, b)", "CREATE VIEW v AS SELECT a FROM t",
     "CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a, b) VALUES (NEW.a, 1); END",
     "ALTER TABLE t RENAME COLUMN b TO c", "ALTER TABLE t RENAME TO u"},
    {"CREATE TABLE t(a)", "CREATE TABLE log(x)", "CREATE VIEW v AS SELECT a FROM t",
     "CREATE TRIGGER tr INSTEAD OF DELETE ON v BEGIN INSERT INTO log(x) VALUES (OLD.a); END",
     "ALTER TABLE log RENAME COLUMN x TO y"},
    {"CREATE TABLE t(a)", "CREATE VIEW v AS SELECT a FROM t",
     "CREATE TRIGGER one INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END",
     "CREATE TRIGGER two INSTEAD OF UPDATE ON v BEGIN SELECT 1; END", "DROP TRIGGER one"},
    {"CREATE TABLE t(a)", "CREATE TABLE u(b)", "CREATE VIEW v AS SELECT a FROM t",
     "CREATE TRIGGER tr INSTEAD OF DELETE ON v BEGIN DELETE FROM u WHERE b = OLD.a; END", "DROP VIEW v",
     "ALTER TABLE u RENAME COLUMN b TO c"},
    {"CREATE TABLE t(a, b)", "CREATE TABLE log(x)",
     "CREATE TRIGGER tr AFTER UPDATE OF a ON t WHEN NEW.a > 1 BEGIN INSERT INTO log SELECT b FROM t; END",
     "ALTER TABLE t RENAME COLUMN b TO c"},
    {"CREATE TABLE t(a)", "CREATE TABLE log(x)",
     "CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO log VALUES (1); END",
     "ALTER TABLE log RENAME COLUMN x TO y"},
    {"CREATE TABLE t(a)", "CREATE TABLE log(x)",
     "CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO log(x) VALUES (1); END",
     "ALTER TABLE log RENAME COLUMN x TO y", "ALTER TABLE log RENAME TO history"},
    {"CREATE TABLE t(a)", "CREATE TRIGGER one BEFORE INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END",
     "CREATE TRIGGER two AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END", "DROP TRIGGER one"},
    {"CREATE TABLE t(a)", "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END", "DROP TABLE t"},
    {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)", "CREATE INDEX i ON t(a)",
     "CREATE TABLE c(t REFERENCES t(id) ON DELETE CASCADE)", "CREATE VIEW v AS SELECT a FROM t",
     "PRAGMA foreign_keys=OFF", "DROP VIEW v",
     "CREATE TABLE new_t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b)",
     "INSERT INTO new_t(id, a) SELECT id, a FROM t", "DROP TABLE t", "ALTER TABLE new_t RENAME TO t",
     "CREATE INDEX i ON t(a)", "CREATE VIEW v AS SELECT a FROM t", "PRAGMA foreign_key_check",
     "PRAGMA foreign_keys=ON"},
    {"CREATE TABLE t(a)", "CREATE TABLE c(t REFERENCES t)", "PRAGMA legacy_alter_table=ON",
     "ALTER TABLE t RENAME TO u"},
    {"CREATE TABLE t(a INT, b TEXT, c)",
     "CREATE TABLE u AS SELECT a, b || 'x' AS d, count(*) FROM t GROUP BY 1"},
    {"CREATE TABLE t(a INT, b TEXT)", "INSERT INTO t VALUES (1, 'x')",
     "CREATE TABLE u AS SELECT * FROM t WHERE a > 0", "DROP TABLE t", "ALTER TABLE u RENAME TO t"},
    {"CREATE TABLE one AS WITH n(i) AS (SELECT 1) SELECT i FROM n", "ALTER TABLE one ADD COLUMN b TEXT"},
    {"CREATE TABLE t(a INT, b TEXT, c)",
     "CREATE TABLE \"as\" AS SELECT a, a, b AS \"as\", cast(c AS REAL) FROM t ORDER BY 1 LIMIT 3 -- the "
     "first\n;",
     "CREATE TABLE pairs AS VALUES (1, 'x'), (2, 'y') /* two */"},
    {"CREATE VIRTUAL TABLE docs USING fts5(title, body)"},
    {"CREATE VIRTUAL TABLE docs USING fts5(title, body)", "CREATE TABLE t(a)", "DROP TABLE docs"},
    {"CREATE TABLE t(a, b)", "CREATE VIRTUAL TABLE docs USING fts5(a, content='t', content_rowid='rowid')",
     "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO docs(rowid, a) VALUES (NEW.rowid, NEW.a); END",
     "ALTER TABLE t RENAME COLUMN b TO c"},
    {"CREATE VIRTUAL TABLE docs USING fts5(a)", "ALTER TABLE docs RENAME TO papers"},
    {"CREATE VIRTUAL TABLE area USING rtree(id, x0, x1)", "CREATE VIEW v AS SELECT x0 FROM area"},
    {"CREATE TEMP TABLE scratch(a)", "CREATE TABLE t(a)", "INSERT INTO t SELECT a FROM scratch",
     "DROP TABLE scratch"},
    {"CREATE TABLE t(a)", "CREATE TEMP VIEW tv AS SELECT a FROM t", "ALTER TABLE t ADD COLUMN b"},
    {"CREATE TABLE main.t(a)", "CREATE INDEX main.i ON t(a)", "ALTER TABLE main.t ADD b",
     "DROP INDEX main.i"},
    {"CREATE TABLE t(a, b, c, PRIMARY KEY (c, a))", "CREATE UNIQUE INDEX u ON t(b)",
     "ALTER TABLE t RENAME b TO bb"},
    {"CREATE TABLE t(a INT DEFAULT (1 + 1), b TEXT DEFAULT CURRENT_TIMESTAMP, c DEFAULT NULL, d DEFAULT "
     "x'00')",
     "ALTER TABLE t DROP COLUMN b"},
    {"CREATE TABLE t(a -- the first\n, /* and */ b TEXT)", "ALTER TABLE t ADD COLUMN c /* third */ INT"},
    {"CREATE TABLE t(a REFERENCES t(b) DEFERRABLE INITIALLY DEFERRED, b UNIQUE)",
     "ALTER TABLE t RENAME TO tt"},
    {"CREATE TABLE t(a)", "ANALYZE", "PRAGMA user_version = 3", "VACUUM", "REINDEX", "SELECT * FROM t",
     "WITH x AS (SELECT 1) DELETE FROM t"},
    {"CREATE TABLE ünïcode(größe INT, \"名前\" TEXT)", "ALTER TABLE ünïcode RENAME COLUMN \"名前\" TO имя"},
    {"CREATE TABLE t(a, b CHECK (b IN ('x,y', 'z)')), c)", "ALTER TABLE t DROP COLUMN c",
     "ALTER TABLE t ADD COLUMN d NOT NULL DEFAULT ''"},
};

TEST_CASE("a schema replayed from statements is what SQLite has after running them", "[sqlite]") {
  CHECK(k_scripts.size() >= 50);
  for (const Lines& script : k_scripts) {
    const Folder folder;
    const auto database = connect(folder);
    for (const std::string& sql : script) database->script(sql);
    const Schema expected = inspect_all(*database);
    for (const bool one_by_one : {false, true}) {
      INFO(join(script, ";\n") << "\none by one: " << one_by_one);
      const Schema replayed =
          after(script, one_by_one && script[0].find("TEMP") == std::string::npos
                            && join(script, "").find("legacy_alter") == std::string::npos);
      CHECK(dump(replayed) == dump(expected));
      CHECK(same(replayed, expected));
    }
  }
}

/// What is unknown after the script, on a schema that was made by `before`.
Lines unknown_after(const Lines& before, const Lines& script, Schema* result = nullptr,
                    const std::vector<RelationName>& known = {}) {
  Schema schema = after(before, false);
  schema.known.insert(schema.known.end(), known.begin(), known.end());
  std::vector<Statement> statements;
  for (const std::string& sql : script) {
    statements.emplace_back(sql);
    statements.back().where = {"m/0002_x.sql", static_cast<int>(statements.size()), 1, ""};
  }
  make_sqlite_writer()->replay(statements, schema);
  Lines lines;
  for (const Unknown& unknown : schema.unknown) lines.push_back(unknown.relation.name + ": " + unknown.why);
  if (result != nullptr) *result = schema;
  return lines;
}

TEST_CASE("what a replay cannot tell is unknown, with the statement that is the reason", "[sqlite]") {
  const Lines users{"CREATE TABLE users(id INTEGER PRIMARY KEY, a)"};
  CHECK(
      unknown_after(users, {"ALTER TABLE orders ADD COLUMN b", "CREATE INDEX i ON orders(b)"})
      == Lines{
          "orders: m/0002_x.sql:1 (ALTER TABLE orders) fails in an empty copy of the schema: no such table: "
          "orders"});
  CHECK(unknown_after(users, {"CREATE INDEX i ON users(soundex_of(a))"})
        == Lines{
            "users: m/0002_x.sql:1 (CREATE INDEX i ON users) fails in an empty copy of the schema: no such "
            "function: soundex_of"});
  CHECK(unknown_after(users, {"SELECT 1", "CREATE VIRTUAL TABLE g USING spatial(x)"})
        == Lines{"g: m/0002_x.sql:2 (CREATE TABLE g) fails in an empty copy of the schema: no such module: "
                 "spatial"});
  CHECK(unknown_after(users, {"INSERT INTO nowhere SELECT * FROM no_table", "UPDATE nowhere SET x = f(1)",
                              "SELECT spatial_init()", "DROP TABLE IF EXISTS nowhere"})
            .empty());
  CHECK(unknown_after(users, {"CREATE TABLE t(a))"})
        == Lines{": m/0002_x.sql:1 cannot be read: near \")\": syntax error"});
}

TEST_CASE("tables that are known by name only become unknown when a statement changes them", "[sqlite]") {
  Schema schema;
  const std::vector<RelationName> known{{"", "Old"}};
  CHECK(
      unknown_after({}, {"ALTER TABLE old ADD COLUMN b", "CREATE TABLE IF NOT EXISTS old(a)"}, &schema, known)
      == Lines{"old: m/0002_x.sql:1 (ALTER TABLE old) changes a table whose shape is not known"});
  CHECK(schema.tables.empty());
  CHECK(schema.known == std::vector<RelationName>{{"", "Old"}});
  CHECK(unknown_after({}, {"ALTER TABLE old RENAME TO new", "CREATE TABLE copy AS SELECT * FROM new"},
                      &schema, known)
        == Lines{"new: m/0002_x.sql:1 (ALTER TABLE old) changes a table whose shape is not known",
                 "copy: m/0002_x.sql:2 (CREATE TABLE copy) changes a table whose shape is not known"});
  CHECK(schema.tables.empty());
  CHECK(unknown_after({}, {"DROP VIEW old", "CREATE TABLE old(a)"}, &schema, known).empty());
  CHECK(schema.tables.size() == 1);
  CHECK(unknown_after({"CREATE TABLE t(a)"}, {"ALTER TABLE old ADD c", "DROP TABLE old"}, &schema, known)
            .empty());
  CHECK(schema.known == std::vector<RelationName>{{"", "t"}});
}

TEST_CASE("a replay keeps what is known of rows and of tables outside of the schema", "[sqlite]") {
  Schema schema =
      after({"CREATE TABLE users(id INTEGER PRIMARY KEY)", "CREATE TABLE c(u REFERENCES users)"}, false);
  schema.find({"", "users"})->rows = 7;
  schema.find({"", "users"})->referenced_by.push_back({"", "elsewhere"});
  const std::vector<Statement> statements{
      {"ALTER TABLE users ADD COLUMN a"}, {"ALTER TABLE users RENAME TO people"}, {"DROP TABLE c"}};
  make_sqlite_writer()->replay(statements, schema);
  REQUIRE(schema.tables.size() == 1);
  CHECK(schema.tables[0].name.name == "people");
  CHECK(schema.tables[0].rows == 7);
  CHECK(schema.tables[0].referenced_by == std::vector<RelationName>{{"", "elsewhere"}});
}

TEST_CASE("a replay does not work out the rows of a new table", "[sqlite]") {
  const std::string count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";
  const Schema schema = after({"CREATE TABLE all_of_it AS " + count + "i, 'x' AS x FROM n ORDER BY i DESC",
                               "CREATE TABLE one AS " + count + "count(*) AS n FROM n"},
                              false);
  CHECK(schema.unknown.empty());
  REQUIRE(schema.tables.size() == 2);
  CHECK(schema.find({"", "all_of_it"})->columns.size() == 2);
  CHECK(schema.find({"", "one"})->columns.at(0).name == "n");
}

TEST_CASE("a replay leaves nothing behind for the next", "[sqlite][replay]") {
  const Lines script{"CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT)", "CREATE TEMP TABLE u(b)",
                     "CREATE VIEW v AS SELECT a FROM t", "ALTER TABLE gone ADD COLUMN c"};
  const Schema first = after(script, false);
  REQUIRE(dump(first).find("unknown gone: ") != std::string::npos);
  CHECK(dump(after(script, false)) == dump(first));
  CHECK(dump(after({"CREATE TABLE v(a)", "CREATE TABLE u(b)"}, false)).find("unknown") == std::string::npos);

  after({"PRAGMA legacy_alter_table = ON", "CREATE TABLE t(a)"}, false);
  const Schema renamed =
      after({"CREATE TABLE t(a)", "CREATE VIEW v AS SELECT a FROM t", "ALTER TABLE t RENAME TO w"}, false);
  REQUIRE(renamed.views.size() == 1);
  CHECK(renamed.views[0].sql == "CREATE VIEW v AS SELECT a FROM \"w\"");
}

/// One file of a chain: an operation in TOML, or SQL statements.
struct Link {
  std::string toml;
  Lines sql = {};
};

std::string operation(const std::string& fields) {
  return "[[operation]]\n" + fields;
}

/// Runs all steps on the way forward but those that work on rows: there are none.
void run_operation(Database& database, Schema& schema, const std::string& toml, int version) {
  const auto writer = make_sqlite_writer();
  const std::string path = fmt::format("m/{:04}_x.toml", version);
  Migration migration = parse_migration(path, toml, operation_rows());
  migration.version = version;
  Schema window = schema;
  for (const Step& step : make_plan(migration, window, *writer).steps)
    if (step.kind == StepKind::statements && step.phase != Phase::revert) run(database, step.statements);
  schema = after_contract(migration, schema, *writer);
}

void run_sql(Database& database, Schema& schema, const Lines& script) {
  for (const std::string& sql : script) {
    database.script(sql);
    const std::vector<Statement> one{{sql}};
    make_sqlite_writer()->replay(one, schema);
  }
}

TEST_CASE("a chain of operations and SQL is known without a database", "[sqlite]") {
  const std::string new_name =
      operation("type = 'rename_column'\ntable = 'users'\nfrom = 'user_name'\nto = 'login'");
  const std::string phone =
      operation("type = 'add_column'\ntable = 'users'\ncolumn = 'phone'\ncolumn_type = 'TEXT'\n"
                "not_null = true\nup = \"'?'\"");
  const std::string state =
      operation("type = 'add_column'\ntable = 'users'\ncolumn = 'state'\ncolumn_type = 'INT'\n"
                "default = '1'\nnot_null = true");
  const std::string stamp =
      operation("type = 'add_column'\ntable = 'users'\ncolumn = 'stamp'\ncolumn_type = 'TEXT'\n"
                "default = \"datetime('now')\"");
  const std::string no_nick =
      operation("type = 'drop_column'\ntable = 'users'\ncolumn = 'nick'\ndown = \"'x'\"");
  const std::string index = operation("type = 'create_index'\ntable = 'users'\nname = 'by_name'\n"
                                      "columns = ['lower(user_name)', 'id DESC']\nwhere = 'id > 0'");
  const std::string orders = operation(
      "type = 'create_table'\ntable = 'orders'\n[[operation.columns]]\nname = 'id'\ntype = 'INTEGER'\n"
      "primary_key = true\n[[operation.columns]]\nname = 'users'\ntype = 'INT'\nnot_null = true\n"
      "references = 'users(id) ON DELETE CASCADE'");
  const std::string users =
      "CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, nick TEXT NOT NULL, -- short\n"
      "user_name TEXT NOT NULL COLLATE NOCASE CHECK (user_name <> '')) STRICT";
  const std::string view = "CREATE VIEW names AS SELECT id, user_name FROM users";
  const std::string other_type =
      operation("type = 'change_type'\ntable = 'rich'\ncolumn = 'v'\ncolumn_type = 'INTEGER'\n"
                "up = 'CAST(v AS INTEGER)'\ndown = 'CAST(v AS REAL)'");
  const std::string rich = "CREATE TABLE rich(id INTEGER PRIMARY KEY AUTOINCREMENT, up INT REFERENCES "
                           "users(id) ON DELETE CASCADE, "
                           "m TEXT UNIQUE ON CONFLICT IGNORE, v REAL DEFAULT 0, g TEXT AS (m || 'x') STORED, "
                           "z TEXT NOT NULL DEFAULT 'q', CHECK (z <> '')) STRICT";
  const std::vector<std::vector<Link>> chains{
      {{"", {users, rich, "CREATE INDEX i ON rich(v, lower(m))"}},
       {other_type},
       {"",
        {"DROP INDEX i", "ALTER TABLE rich ADD COLUMN later TEXT", "ALTER TABLE users RENAME TO people"}}},
      {{"", {users}}, {new_name}, {"", {"CREATE INDEX i ON users(login)"}}},
      {{"", {users, view}},
       {new_name},
       {"", {"CREATE TABLE other(a)", "ALTER TABLE users RENAME login TO n"}}},
      {{"", {users}}, {phone}, {state}, {"", {"CREATE INDEX i ON users(phone, state)"}}},
      {{"", {users, view}}, {no_nick}, {"", {"ALTER TABLE users RENAME COLUMN user_name TO n"}}},
      {{"", {users}}, {index}, {new_name}, {"", {"ALTER TABLE users ADD COLUMN z INT"}}},
      {{"", {users}}, {no_nick}, {new_name}, {phone}, {"", {"ALTER TABLE users RENAME TO people"}}},
      {{"", {"CREATE TABLE users(id INTEGER PRIMARY KEY)"}},
       {stamp},
       {"", {"ALTER TABLE users ADD COLUMN z INT"}}},
      {{"", {users}},
       {orders},
       {"",
        {"CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE users SET nick = 'y' WHERE id = NEW.users; "
         "END",
         "ALTER TABLE users RENAME TO people"}}},
      {{orders}, {"", {"CREATE UNIQUE INDEX u ON orders(users)", users}}},
  };
  for (const std::vector<Link>& chain : chains) {
    const Folder folder;
    const auto database = connect(folder);
    database->script(k_counters);
    Schema schema = empty_schema(Dialect::sqlite);
    int version = 0;
    std::string story;
    for (const Link& link : chain) {
      story += link.toml + join(link.sql, ";\n") + "\n";
      if (link.toml.empty())
        run_sql(*database, schema, link.sql);
      else
        run_operation(*database, schema, link.toml, ++version);
    }
    INFO(story);
    std::ranges::sort(schema.known);
    const Schema expected = inspect_all(*database);
    CHECK(dump(schema) == dump(expected));
    CHECK(same(schema, expected));
  }
}
} // namespace
} // namespace afloat::sqlite_tests
