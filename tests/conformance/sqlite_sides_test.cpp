#include "sqlite_support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

Sync split() {
  Sync sync;
  sync.id = "1_1";
  sync.old_columns = {{"whole", "TEXT", "first || ' ' || last"}};
  sync.new_columns = {{"first", "TEXT", "substr(whole, 1, instr(whole, ' ') - 1)"},
                      {"last", "TEXT", "substr(t.whole, instr(whole, ' ') + 1)"}};
  return sync;
}

Sync merge() {
  Sync sync;
  sync.id = "1_1";
  sync.old_columns = {{"a", "INTEGER", "ab / 100", {}, true}, {"b", "INTEGER", "ab % 100"}};
  sync.new_columns = {{"ab", "INTEGER", "a * 100 + coalesce(b, 0)"}};
  return sync;
}

struct Window {
  Folder folder;
  std::unique_ptr<Database> database = connect(folder);
  std::unique_ptr<SqlWriter> writer = make_sqlite_writer();
  Sync sync;

  Window(const std::string& schema, Sync wanted) {
    database->script(schema);
    sync = open_window(*database, std::move(wanted), "t");
  }
  Lines read(const std::string& sql = "SELECT whole, first, last FROM t ORDER BY id") {
    return rows(*database, sql);
  }
};

bool refused(Database& database, const std::string& sql) {
  try {
    database.script(sql);
  } catch (const Error&) {
    return true;
  }
  return false;
}

const std::string k_users =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, whole TEXT, n INTEGER NOT NULL DEFAULT 0)";

TEST_CASE("one part of a side that is written takes the other from the row", "[sqlite]") {
  Window window(k_users, split());
  for (const std::string recursive : {"OFF", "ON"}) {
    window.database->script("PRAGMA recursive_triggers = " + recursive
                            + "; DELETE FROM t;"
                              "INSERT INTO t(id, whole) VALUES (1, 'Ada Lovelace'), (2, 'Alan Turing');"
                              "UPDATE t SET last = 'King' WHERE id = 1; UPDATE t SET first = 'A.'");
    CHECK(window.read() == Lines{"A. King|A.|King", "A. Turing|A.|Turing"});
    window.database->script(
        "UPDATE t SET last = NULL WHERE id = 1; UPDATE t SET whole = 'B Turing' WHERE id = 2;"
        "INSERT OR REPLACE INTO t(id, first, last) VALUES (3, 'Mary Ann', 'Evans');"
        "UPDATE t SET n = n + 1");
    CHECK(window.read() == Lines{"-|A.|-", "B Turing|B|Turing", "Mary Ann Evans|Mary Ann|Evans"});
  }
}

TEST_CASE("a part that is written before the backfill came does not lose the rest", "[sqlite]") {
  for (const std::string recursive : {"OFF", "ON"}) {
    Window window(k_users + "; INSERT INTO t VALUES (1, 'Ada Lovelace', 0), (2, 'Alan Turing', 0)", split());
    window.database->script("PRAGMA recursive_triggers = " + recursive
                            + "; UPDATE t SET last = 'King' WHERE id = 1;"
                              "UPDATE t SET first = 'A', last = 'T' WHERE id = 2");
    CHECK(window.read() == Lines{"Ada King|Ada|King", "A T|A|T"});
  }
}

TEST_CASE("NULLs of the new release are not filled again", "[sqlite]") {
  Sync sync = split();
  sync.old_columns[0].expression = "coalesce(first, '-') || ' ' || coalesce(last, '-')";
  Window window(k_users + "; INSERT INTO t VALUES (1, 'Ada Lovelace', 0), (2, 'x', 0), (3, NULL, 0)", sync);
  const RangeWork work = window.writer->backfill(window.sync);
  window.database->script(filled(work.sweep, {{"limit", "10"}}));
  window.database->script("UPDATE t SET first = NULL, last = NULL WHERE id = 1");
  CHECK(window.read(work.count_left) == Lines{"0"});
  window.database->script("UPDATE t SET last = 'King' WHERE id = 1");
  CHECK(window.read() == Lines{"- King|-|King", "x||x", "-|-|-"});
  CHECK(window.read(window.writer->compare(window.sync).count_left) == Lines{"0"});
}

TEST_CASE("a statement that writes several old columns counts once a row", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER DEFAULT 7)", merge());
  const Counter counter = window.writer->counters(window.sync).at(0);
  CHECK(counter.subject == "t.a, b");
  window.database->script("INSERT INTO t(id, ab) VALUES (1, 102); UPDATE t SET ab = 203");
  CHECK(window.read(counter.query) == Lines{"0|-"});
  window.database->script("INSERT INTO t(id, a) VALUES (2, 5); UPDATE t SET a = 6, b = 8 WHERE id = 2");
  CHECK(window.read(counter.query).at(0).starts_with("2|"));
  CHECK(window.read("SELECT a, b, ab FROM t ORDER BY id") == Lines{"2|3|203", "6|8|608"});
  CHECK(refused(*window.database, "INSERT INTO t(id, b) VALUES (3, 1)"));
  CHECK(refused(*window.database, "UPDATE t SET a = NULL WHERE id = 1"));
}

TEST_CASE("sides that are both written follow the policy", "[sqlite]") {
  Window wins(k_users, split());
  wins.database->script(
      "INSERT INTO t VALUES (1, 'A B', 0, 'C', 'D'); INSERT INTO t VALUES (2, 'A B', 0, 'A', 'B')");
  CHECK(wins.read() == Lines{"C D|C|D", "A B|A|B"});
  Sync sync = split();
  sync.policy = ConflictPolicy::reject;
  Window reject(k_users, sync);
  reject.database->script(
      "INSERT INTO t VALUES (2, 'A B', 0, 'A', 'B'); UPDATE t SET whole = 'A C', last = 'C'");
  CHECK(refused(*reject.database, "UPDATE t SET whole = 'A B', first = 'X'"));
  CHECK(reject.read() == Lines{"A C|A|C"});
}

TEST_CASE("user triggers see the old columns that sync is about to write, once", "[sqlite]") {
  Window window(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER); CREATE TABLE log(a, b);"
      "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a, NEW.b); END;"
      "CREATE TRIGGER u AFTER UPDATE OF a, b ON t BEGIN INSERT INTO log VALUES (NEW.a, NEW.b); END;"
      "CREATE TRIGGER v AFTER UPDATE ON t BEGIN INSERT INTO log VALUES ('any', NEW.b); END",
      merge());
  window.database->script("INSERT INTO t(id, ab) VALUES (1, 102)");
  // The second is of u: sync's own UPDATE names the columns of its list.
  CHECK(window.read("SELECT * FROM log") == Lines{"1|2", "1|2"});
  window.database->script("DELETE FROM log; UPDATE t SET ab = 304; UPDATE t SET b = 5");
  CHECK(window.read("SELECT * FROM log ORDER BY 2, 1") == Lines{"3|4", "any|4", "3|5", "any|5"});
  run(*window.database, window.writer->drop_sync(window.sync).statements);
  CHECK(window.read("SELECT count(*) FROM sqlite_schema WHERE instr(sql, 'afloat') > 0 AND type = 'trigger'")
        == Lines{"0"});
}

TEST_CASE("a trigger on an old column and one of neither side fires once", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER, c INTEGER); CREATE "
                "TABLE log(a, c);"
                "CREATE TRIGGER u AFTER UPDATE OF a, c ON t BEGIN INSERT INTO log VALUES (NEW.a, NEW.c); END;"
                "INSERT INTO t VALUES (1, 1, 2, 9)",
                merge());
  window.database->script("UPDATE t SET ab = 304; UPDATE t SET ab = 506, c = 8; UPDATE t SET a = 7;"
                          "UPDATE t SET c = 6; UPDATE t SET b = 1");
  CHECK(window.read("SELECT * FROM log") == Lines{"3|9", "5|8", "7|8", "7|6"});
}
} // namespace
} // namespace afloat::sqlite_tests
