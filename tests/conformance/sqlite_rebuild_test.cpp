#include "sqlite_rebuild.hpp"

#include <regex>

#include <catch2/catch.hpp>

// A rebuild with writers between all of its batches. The same statements run in a database that is not
// rebuilt: both must end with the same rows.
namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

constexpr unsigned k_seeds = 4;

struct Case {
  std::string name, schema; ///< of table t and what hangs on it
  std::vector<TableEdit> edits;
  std::string text;                ///< of t afterwards
  std::vector<std::string> writes; ///< {n}, {m}: small random numbers; a failure is no failure of the test
  std::string content;             ///< what must be the same with and without the rebuild
  bool same_rules = true;          ///< both tables accept the same rows: writers go on behind the swap
};

std::vector<Case> cases() {
  const std::vector<std::string> k_writes{
      "INSERT INTO t(id, a, b) VALUES ({n}, 'a{m}', {m})",
      "INSERT OR REPLACE INTO t(id, a, b) VALUES ({n}, 'a{m}', {n})",
      "INSERT OR IGNORE INTO t(id, a, b) VALUES ({n}, 'a{n}', {m})",
      "REPLACE INTO t(id, a, b) SELECT id + {m}, a, b FROM t WHERE id < {n} AND (SELECT count(*) FROM t) < "
      "40",
      "INSERT INTO t(id, a, b) VALUES ({n}, 'u{m}', 1) ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = b "
      "+ 1",
      "UPDATE t SET b = b + 1 WHERE id = {n}",
      "UPDATE OR REPLACE t SET a = 'a{m}' WHERE id = {n}",
      "UPDATE OR IGNORE t SET id = {m} WHERE id = {n}",
      "UPDATE t SET id = id + 100 WHERE id = {n}",
      "UPDATE t SET id = -id WHERE id > {n}",
      "DELETE FROM t WHERE id = {n}",
      "DELETE FROM t WHERE b > {n} AND id % 5 = 0",
      "UPDATE t SET a = NULL WHERE id = {n}"};
  const std::string k_rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) "
                             "INSERT INTO t(id, a, b) SELECT i, 'a' || i, i FROM n;";
  const std::string k_all = "SELECT id, a, b FROM t ORDER BY 1, 2, 3";
  return {
      {"a column of a rowid table",
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, gone TEXT, b INT);"
       "CREATE INDEX t_b ON t(b DESC) WHERE b > 3;"
           + k_rows,
       {{"drop_column", {"gone"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT)",
       k_writes,
       k_all},
      {"a UNIQUE that goes",
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE, b INT, "
       "CONSTRAINT ab UNIQUE (a, b));"
           + k_rows,
       {{"drop_constraint", {"UNIQUE ON CONFLICT REPLACE"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, CONSTRAINT ab UNIQUE (a, b))",
       k_writes,
       k_all,
       false},
      {"AUTOINCREMENT stays, with its sequence",
       "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT CHECK (t.b >= 0));" + k_rows
           + "DELETE FROM t WHERE id > 15;",
       {{"drop_constraint", {"CHECK (t.b >= 0)"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT)",
       k_writes,
       k_all + "; SELECT name, seq FROM sqlite_sequence",
       false},
      {"AUTOINCREMENT goes",
       "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT);" + k_rows,
       {{"set_definition", {"id", "id INTEGER PRIMARY KEY"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT)",
       k_writes,
       k_all},
      {"rows without a key of their own",
       "CREATE TABLE t(id INT, rowid TEXT, a TEXT, b INT, gone);" + k_rows,
       {{"drop_column", {"gone"}}},
       "CREATE TABLE t(id INT, rowid TEXT, a TEXT, b INT)",
       k_writes,
       "SELECT _rowid_, id, a, b FROM t ORDER BY 1"},
      {"a primary key is added",
       "CREATE TABLE t(id INT NOT NULL UNIQUE, a TEXT, b INT);" + k_rows,
       {{"set_definition", {"id", "id INTEGER"}}, {"add_constraint", {"PRIMARY KEY (id)"}}},
       "CREATE TABLE t(id INTEGER, a TEXT, b INT, PRIMARY KEY (id))",
       k_writes,
       k_all},
      {"a primary key goes",
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT);" + k_rows,
       {{"set_definition", {"id", "id INTEGER"}}},
       "CREATE TABLE t(id INTEGER, a TEXT UNIQUE, b INT)",
       k_writes,
       k_all,
       false},
      {"from rowid to WITHOUT ROWID",
       "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, a TEXT UNIQUE, b INT); CREATE INDEX t_a ON t(a);"
           + k_rows,
       {{"set_options", {"WITHOUT ROWID, STRICT"}}},
       "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, a TEXT UNIQUE, b INT) WITHOUT ROWID, STRICT",
       k_writes,
       k_all},
      {"from WITHOUT ROWID to rowid",
       "CREATE TABLE t(id, a TEXT COLLATE NOCASE, b INT, UNIQUE (a), PRIMARY KEY (id, b)) WITHOUT ROWID;"
       "CREATE UNIQUE INDEX t_ab ON t(a COLLATE BINARY, lower(b)) WHERE id > 2;"
           + k_rows,
       {{"set_options", {""}}},
       "CREATE TABLE t(id, a TEXT COLLATE NOCASE, b INT, UNIQUE (a), PRIMARY KEY (id, b))",
       k_writes,
       k_all,
       false},
      {"WITHOUT ROWID with another key",
       "CREATE TABLE t(id INTEGER NOT NULL UNIQUE, a TEXT, b INT NOT NULL, PRIMARY KEY (b, id)) WITHOUT "
       "ROWID;"
           + k_rows,
       {{"drop_constraint", {"PRIMARY KEY (b, id)"}}, {"add_constraint", {"PRIMARY KEY (id)"}}},
       "CREATE TABLE t(id INTEGER NOT NULL UNIQUE, a TEXT, b INT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID",
       k_writes,
       k_all},
      {"generated columns are made anew",
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, v AS (b * 2), s TEXT AS (a || id) STORED, "
       "gone);"
       "CREATE UNIQUE INDEX t_s ON t(s);"
           + k_rows,
       {{"drop_column", {"gone"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, v AS (b * 2), s TEXT AS (a || id) STORED)",
       k_writes,
       "SELECT * FROM (SELECT id, a, b, v, s FROM t) ORDER BY 1"},
      {"user triggers that write the table again",
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, gone, touched INT DEFAULT 0);"
       "CREATE TABLE log(line);"
           + k_rows
           + "CREATE TRIGGER t_touch AFTER UPDATE ON t WHEN NEW.touched = OLD.touched BEGIN UPDATE t SET "
             "touched = touched + 1 WHERE id = "
             "NEW.id; END;"
             "CREATE TRIGGER t_slug AFTER INSERT ON t WHEN NEW.b % 3 = 0 BEGIN UPDATE t SET a = a || '!' "
             "WHERE id = "
             "NEW.id; DELETE FROM t WHERE id = NEW.id + 1; END;"
             "CREATE TRIGGER t_back AFTER DELETE ON t WHEN OLD.id % 4 = 0 BEGIN INSERT OR IGNORE INTO t(id, "
             "a, b) VALUES "
             "(OLD.id, 'back', 1); INSERT INTO log VALUES (OLD.a); END;"
             "CREATE TRIGGER t_before BEFORE UPDATE OF b ON t BEGIN INSERT INTO log VALUES (NEW.b); END;",
       {{"drop_column", {"gone"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, touched INT DEFAULT 0)",
       k_writes,
       "SELECT id, a, b, touched FROM t ORDER BY 1; SELECT line FROM log ORDER BY rowid"},
      {"children, views, and triggers elsewhere",
       "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2), (3);"
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT, gone, p INT DEFAULT 1 REFERENCES p ON "
       "DELETE "
       "CASCADE, up INT REFERENCES t(id) ON DELETE CASCADE);"
           + k_rows
           + "CREATE TABLE c(id INTEGER PRIMARY KEY, t INT REFERENCES t(id) ON DELETE CASCADE ON UPDATE "
             "CASCADE, "
             "ta TEXT REFERENCES t(a) ON DELETE SET NULL);"
             "INSERT INTO c SELECT id, id, a FROM t;"
             "UPDATE t SET up = 3, p = 2 WHERE id IN (7, 8);"
             "CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW vv AS SELECT count(*) AS n FROM v;"
             "CREATE TRIGGER c_gone AFTER DELETE ON c BEGIN UPDATE t SET b = b + 1 WHERE id = OLD.id + 1; "
             "END;"
             "CREATE TRIGGER v_in INSTEAD OF INSERT ON v BEGIN INSERT INTO t(id, a) VALUES (NEW.id, NEW.a); "
             "END;",
       {{"drop_column", {"gone"}}},
       "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT, p INT DEFAULT 1 REFERENCES p ON DELETE "
       "CASCADE, up INT REFERENCES t(id) ON DELETE CASCADE)",
       [&] {
         Lines writes = k_writes;
         for (const char* more :
              {"INSERT INTO c(t, ta) VALUES ({n}, 'a{n}')", "INSERT INTO v VALUES ({n}, 'v{m}')",
               "DELETE FROM c WHERE id = {n}", "UPDATE t SET p = 3, up = {m} WHERE id = {n}",
               "DELETE FROM p WHERE id = 2", "INSERT OR IGNORE INTO p VALUES (2)"})
           writes.emplace_back(more);
         return writes;
       }(),
       "SELECT id, a, b, p, up FROM t ORDER BY 1; SELECT * FROM c ORDER BY 1; SELECT * FROM v ORDER BY 1; "
       "SELECT "
       "* FROM vv; SELECT * FROM p"},
  };
}

Lines content(Database& database, const std::string& queries) {
  Lines all;
  std::size_t begin = 0;
  while (begin != std::string::npos) {
    const std::size_t end = queries.find("; ", begin);
    for (const std::string& row :
         rows(database, queries.substr(begin, end == std::string::npos ? end : end - begin)))
      all.push_back(row);
    begin = end == std::string::npos ? end : end + 2;
  }
  return all;
}

/// The same random statements, on both databases.
class Writers {
 public:
  Writers(std::vector<Database*> databases, const Lines& writes, unsigned seed)
      : m_databases(std::move(databases)), m_writes(writes), m_random(seed) {}

  void operator()() {
    for (int i = 0; i < 3; ++i) {
      const std::string sql =
          filled(m_writes[m_random() % m_writes.size()],
                 {{"n", std::to_string(m_random() % 30)}, {"m", std::to_string(m_random() % 30)}});
      Lines outcomes;
      for (Database* database : m_databases) outcomes.push_back(attempt(*database, sql));
      INFO(sql);
      REQUIRE(outcomes.front() == outcomes.back());
    }
  }

 private:
  static std::string attempt(Database& database, const std::string& sql) {
    try {
      database.query(sql);
      return "done";
    } catch (const Error&) {
      return "refused";
    }
  }

  std::vector<Database*> m_databases;
  const Lines& m_writes;
  std::minstd_rand m_random;
};

void survives(const Case& c, unsigned seed, bool recursive) {
  INFO(c.name << ", seed " << seed << (recursive ? ", recursive triggers" : ""));
  const Folder folder, control;
  const auto database = connect(folder), expected = connect(control);
  for (Database* each : {database.get(), expected.get()}) each->script(c.schema + "ANALYZE;");
  const auto writer = connect(folder);
  for (Database* each : {writer.get(), expected.get()})
    if (recursive) each->script("PRAGMA recursive_triggers = ON");
  const Lines schema = schema_but(*database, "t"),
              statistics = rows(*database, "SELECT * FROM sqlite_stat1 ORDER BY 1, 2");
  Writers beside({writer.get(), expected.get()}, c.writes, seed);
  bool swapped = false;
  run_rebuild(*database, steps_of(*database, "t", c.edits), [&](const Step& step) {
    if (!swapped || c.same_rules) beside();
    swapped = swapped || step.swap;
  });
  if (c.same_rules) beside();
  CHECK(content(*database, c.content) == content(*expected, c.content));
  CHECK(text_of(*database, "t") == c.text);
  CHECK(schema_but(*database, "t") == schema);
  CHECK(health(*database) == "ok");
  CHECK(rows(*database, "SELECT count(*) FROM sqlite_temp_schema") == Lines{"0"});
}
} // namespace

TEST_CASE("a rebuild on SQLite loses no write made beside it", "[sqlite][rebuild]") {
  const std::vector<Case> all = cases();
  for (const Case& c : all)
    for (unsigned seed = 1; seed <= k_seeds; ++seed) survives(c, seed, seed % 2 == 0);
}

TEST_CASE("without its uniques the copy of a rebuild would keep what a REPLACE took", "[sqlite][rebuild]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  const std::vector<Step> steps = steps_of(*database, "t", {{"drop_constraint", {"UNIQUE"}}});
  const bool proof = GENERATE(false, true); // the test can fail
  const std::vector<Step> begun(steps.begin(), steps.begin() + 2);
  run_rebuild(*database, begun, [](const Step&) {});
  if (proof)
    for (const std::string& trigger : rows(*database, "SELECT sql FROM sqlite_schema WHERE name LIKE "
                                                      "'afloat_1_1_rebuild_insert'")) {
      const std::size_t at = trigger.find("DELETE FROM \"afloat_rebuild_1_1\" WHERE \"a\" = NEW");
      REQUIRE(at != std::string::npos);
      std::string without = trigger;
      without.erase(at, without.find("; ", at) + 2 - at);
      database->script("DROP TRIGGER afloat_1_1_rebuild_insert; DROP INDEX afloat_rebuild_1_1_u1;" + without);
    }
  database->script("INSERT OR REPLACE INTO t VALUES (3, 'x')"); // takes row 1, and fires no DELETE trigger
  CHECK(rows(*database, "SELECT id FROM afloat_rebuild_1_1 ORDER BY 1")
        == (proof ? Lines{"1", "2", "3"} : Lines{"2", "3"}));
  if (proof) // and the swap would notice
    CHECK_THROWS_WITH(run(*database, steps[3].statements), "t and its copy differ in their number of rows");
}

TEST_CASE("what a writer pays beside a rebuild does not grow with the table", "[sqlite][rebuild]") {
  for (const Case& one : cases()) {
    INFO(one.name);
    const Folder folder;
    const auto database = connect(folder);
    database->script(one.schema);
    for (const Step& step : steps_of(*database, "t", one.edits)) {
      if (step.kind != StepKind::statements) break; // the copy begins
      run(*database, step.statements);
    }
    const Lines triggers =
        rows(*database, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'afloat%'");
    CHECK(triggers.size() == 3);
    for (const std::string& trigger : triggers) {
      std::string body = trigger.substr(trigger.find(" BEGIN ") + 7);
      body = std::regex_replace(body, std::regex(R"((NEW|OLD)\.("[^"]*"|\w+)|RAISE\([^)]*\))"), "1");
      const std::regex end("; ");
      for (std::sregex_token_iterator at(body.begin(), body.end(), end, -1), last; at != last; ++at) {
        if (*at == "END") continue;
        INFO(*at);
        const std::string plan = join(rows(*database, "EXPLAIN QUERY PLAN " + at->str()), "\n");
        INFO(plan);
        CHECK(std::regex_replace(plan, std::regex("SCAN CONSTANT ROW"), "").find("SCAN")
              == std::string::npos);
      }
    }
  }
}

TEST_CASE("a rebuild stops when its table was changed meanwhile", "[sqlite][rebuild]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, gone); INSERT INTO t VALUES (1, 'x', 2);"
                   "CREATE VIEW v AS SELECT a FROM t");
  const std::vector<Step> steps = steps_of(*database, "t", {{"drop_column", {"gone"}}});
  const auto [change, message] = GENERATE(table<std::string, std::string>({
      {"CREATE INDEX more ON t(a)", "t was given another index meanwhile: drop it, or abort"},
      {"ALTER TABLE t ADD COLUMN more", "0 rows changed"},
      {"CREATE VIEW w AS SELECT gone FROM t",
       "with t rebuilt, something would not work any more: SELECT * FROM \"w\": no such column: gone"},
      {"CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT OLD.gone; END",
       "with t rebuilt, something would not work any more: DELETE FROM \"t\" WHERE 0: no such column: "
       "OLD.gone"},
  }));
  INFO(change);
  const Lines schema = schema_but(*database, "t");
  const auto change_late = [&, sql = change](const Step& step) {
    if (step.swap) database->script(sql);
  };
  CHECK_THROWS_WITH(run_rebuild(*database, steps, change_late), Catch::Contains(message));
  run(*database, steps[0].inverse);
  CHECK(schema_but(*database, "t").size() == schema.size() + (change.find("ALTER") == 0 ? 0 : 1));
  CHECK(rows(*database, "SELECT id, a, gone FROM t") == Lines{"1|x|2"});
  CHECK(health(*database) == "ok");
}

TEST_CASE("what rows do not fit stops a rebuild before its swap", "[sqlite][rebuild]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  const std::vector<Step> steps = steps_of(*database, "t", {{"add_constraint", {"UNIQUE (a)"}}});
  const std::vector<Step> begun(steps.begin(), steps.begin() + 2);
  run_rebuild(*database, begun, [](const Step&) {});
  // From its beginning the new rules hold, whatever conflict clause a writer has.
  CHECK_THROWS_WITH(database->query("INSERT INTO t VALUES (3, 'x')"),
                    "UNIQUE constraint failed: afloat_rebuild_1_1.a");
  CHECK_THROWS_WITH(database->query("INSERT OR IGNORE INTO t VALUES (3, 'x')"),
                    "afloat: the row does not fit what t is rebuilt to");
  CHECK(rows(*database, "SELECT * FROM t") == Lines{"1|x", "2|y"});
  database->query("INSERT OR REPLACE INTO t VALUES (3, 'x')"); // t keeps row 1, its copy cannot
  CHECK_THROWS_WITH(run_rebuild(*database, {steps[2]}, [](const Step&) {}), "id 1");
}

TEST_CASE("other connections go on through a swap with what they have prepared", "[sqlite][rebuild]") {
  const Folder folder;
  const auto database = connect(folder), other = connect(folder);
  database->script("PRAGMA journal_mode = WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, gone);"
                   "INSERT INTO t VALUES (1, 'x', 2)");
  int number = 1;
  const auto writes = [&](const Step&) { // the connection keeps its statements prepared
    other->query("INSERT INTO t (id, a) VALUES ($1, 'n' || $1)", {Value(std::to_string(++number))});
    CHECK(other->query("SELECT count(*) FROM t").scalar() == std::to_string(number));
  };
  run_rebuild(*database, steps_of(*database, "t", {{"drop_column", {"gone"}}}), writes);
  writes({});
  CHECK(number == 11);
  CHECK(rows(*other, "SELECT count(*), count(DISTINCT a) FROM t") == Lines{"11|11"});
  CHECK(health(*database) == "ok");
}

TEST_CASE("a rebuild says what it cannot do", "[sqlite][rebuild]") {
  const Folder folder;
  const auto database = connect(folder);
  database->script("CREATE VIRTUAL TABLE docs USING fts5(body); CREATE TABLE odd(rowid, _rowid_, oid);"
                   "CREATE TABLE one(a UNIQUE, b); CREATE INDEX one_b ON one(b)");
  const auto writer = make_sqlite_writer();
  const auto obstacle = [&](const std::string& table, TableEdit edit) {
    return writer->rebuild_obstacle(table_of(*database, table), {"1_1", {"", table}, {std::move(edit)}});
  };
  CHECK(obstacle("docs", {"drop_column", {"body"}}) == "docs is a virtual table");
  CHECK(obstacle("odd", {"set_options", {"STRICT"}}) == "missing datatype for odd.rowid");
  CHECK(obstacle("odd", {"add_constraint", {"CHECK (oid > 0)"}})
        == "odd has columns named rowid, _rowid_ and oid, so that no name is left for its rowid");
  CHECK(obstacle("one", {"drop_column", {"a"}}) == "a UNIQUE of \"one\" has a column that goes");
  CHECK(obstacle("one", {"drop_column", {"b"}}) == "index \"one_b\" has the column \"b\", which goes");
  CHECK(obstacle("one", {"drop_column", {"c"}}) == "the text of the table does not define column \"c\"");
  CHECK(obstacle("one", {"drop_constraint", {"UNIQUE (b)"}})
        == "the text of the table has no constraint UNIQUE (b)");
}

} // namespace afloat::sqlite_tests
