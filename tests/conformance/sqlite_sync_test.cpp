#include "sqlite_support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

Sync plain_sync() {
  Sync sync;
  sync.id = "1_1";
  sync.old_column = "name";
  sync.new_column = "title";
  sync.new_type = "TEXT";
  sync.up = "name";
  sync.down = "title";
  sync.identity = true;
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
  void run_script(const std::string& sql) { database->script(sql); }
  Lines read(const std::string& sql = "SELECT id, quote(name), quote(title) FROM t ORDER BY id") {
    return rows(*database, sql);
  }
  std::string obstacle() { return writer->sync_obstacle(sync); }
};

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::bug, "nothing was thrown");
}

TEST_CASE("sync sees a change that the column's collation calls equal", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE)", plain_sync());
  window.run_script("INSERT INTO t(id, name) VALUES (1, 'Bob'); UPDATE t SET name = 'bob'");
  CHECK(window.read() == Lines{"1|'bob'|'bob'"});
  window.run_script("UPDATE t SET title = 'BOB'");
  CHECK(window.read() == Lines{"1|'BOB'|'BOB'"});
}

TEST_CASE("sync tells an integer from a real from a text from a blob", "[sqlite]") {
  Sync sync = plain_sync();
  sync.new_type = "";
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name)", sync);
  window.run_script("INSERT INTO t(id, name) VALUES (1, 1)");
  for (const std::string value : {"1.0", "'1'", "X'31'", "NULL", "1"}) {
    window.run_script("UPDATE t SET name = " + value);
    CHECK(window.read() == Lines{"1|" + value + "|" + value});
    window.run_script("UPDATE t SET title = 7; UPDATE t SET title = " + value);
    CHECK(window.read() == Lines{"1|" + value + "|" + value});
  }
}

TEST_CASE("sync compares with what a column's affinity makes of the mapped value", "[sqlite]") {
  for (const std::string type : {"TEXT", "INTEGER", "REAL", "NUMERIC", ""}) {
    Sync sync = plain_sync();
    sync.identity = false;
    sync.up = "t.name";
    sync.new_type = type;
    Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name); CREATE TABLE log(n); CREATE TABLE plain(x "
                      + type
                      + ");"
                        "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END",
                  sync);
    int id = 0;
    for (const std::string value :
         {"1", "1.0", "1.5", "'1'", "' 1.0 '", "'1e2'", "'x'", "x'31'", "9007199254740993", "1e300", "''",
          "'0x10'", "9223372036854775807", "-1.0"}) {
      window.run_script(fmt::format(
          "INSERT INTO t(id, name) VALUES ({}, {}); DELETE FROM plain; INSERT INTO plain VALUES ({})", ++id,
          value, value));
      const std::string stored = window.read("SELECT quote(x) FROM plain").at(0);
      CHECK(window.read(
                fmt::format("SELECT quote(name) = quote({}), quote(title) FROM t WHERE id = {}", value, id))
            == Lines{"1|" + stored});
      CHECK(window.read("SELECT count(*) FROM log")
            == Lines{"0"}); // the user's trigger is silent for sync's own update
    }
    CHECK(window.database->query(window.writer->compare(window.sync).count_left).scalar() == "0");
  }
}

TEST_CASE("the caller's OR clauses do not leave a row out of step", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE)", plain_sync());
  window.run_script("INSERT INTO t(id, title) VALUES (1, 'a'), (2, 'b')");
  const Lines before = window.read();
  for (const std::string verb : {"UPDATE", "UPDATE OR IGNORE", "UPDATE OR ABORT", "UPDATE OR ROLLBACK"}) {
    CHECK_THROWS_AS(window.run_script(verb + " t SET title = 'a' WHERE id = 2"), Error);
    CHECK(window.read() == before);
  }
  for (const std::string verb : {"INSERT", "INSERT OR IGNORE", "INSERT OR ROLLBACK"}) {
    CHECK_THROWS_AS(window.run_script(verb + " INTO t(id, title) VALUES (3, 'a')"), Error);
    CHECK(window.read() == before);
  }
  window.run_script("INSERT OR REPLACE INTO t(id, title) VALUES (3, 'a')");
  CHECK(window.read() == Lines{"2|'b'|'b'", "3|'a'|'a'"});
}

TEST_CASE("OR FAIL keeps what it did before the conflict and compare finds the row", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE)", plain_sync());
  window.run_script("INSERT INTO t(id, title) VALUES (1, 'a'), (2, 'b')");
  CHECK_THROWS_AS(window.run_script("UPDATE OR FAIL t SET title = 'a' WHERE id = 2"), Error);
  const RangeWork work = window.writer->compare(window.sync);
  CHECK(rows(*window.database, filled(work.in_range_from_start, {{"upto", "9"}, {"limit", "9"}}))
        == Lines{"id 2: name 'b', title 'a'"});
}

TEST_CASE("both sides written follow the policy", "[sqlite]") {
  Window wins("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)", plain_sync());
  wins.run_script("INSERT INTO t VALUES (1, 'a', 'b'); INSERT INTO t VALUES (2, 'c', 'c'); UPDATE t SET name "
                  "= 'x', title = 'y' WHERE id = 2");
  CHECK(wins.read() == Lines{"1|'b'|'b'", "2|'y'|'y'"});

  Sync sync = plain_sync();
  sync.policy = ConflictPolicy::reject;
  Window reject("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)", sync);
  const std::string refusal = "afloat: t.name and t.title were written with values that do not agree";
  reject.run_script("INSERT INTO t VALUES (2, 'c', 'c'); UPDATE t SET name = 'x', title = 'x'");
  CHECK(error_of([&] { reject.run_script("INSERT INTO t VALUES (1, 'a', 'b')"); }).message == refusal);
  CHECK(error_of([&] { reject.run_script("UPDATE t SET name = 'a', title = 'b'"); }).message == refusal);
  CHECK(reject.read() == Lines{"2|'x'|'x'"});
}

TEST_CASE("an insert with an old default off its default tells who wrote", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT DEFAULT 'none')", plain_sync());
  window.run_script("INSERT INTO t(id) VALUES (1); INSERT INTO t(id, name) VALUES (2, 'a'); INSERT INTO "
                    "t(id, title) VALUES (3, 'b')");
  CHECK(window.read() == Lines{"1|'none'|'none'", "2|'a'|'a'", "3|'b'|'b'"});
}

TEST_CASE("a required column rejects NULL from both releases and from the mapping", "[sqlite]") {
  Sync sync = plain_sync();
  sync.identity = false;
  sync.required = true;
  sync.up = "name";
  sync.down = "nullif(title, 'nothing')";
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL)", sync);
  window.run_script("INSERT INTO t(id, title) VALUES (1, 'a'); INSERT INTO t(id, name) VALUES (2, 'b')");
  const std::string refusal = "NOT NULL constraint failed: t.name";
  for (const std::string sql : {"INSERT INTO t(id) VALUES (3)", "INSERT INTO t(id, name) VALUES (3, NULL)",
                                "INSERT INTO t(id, title) VALUES (3, 'nothing')", "UPDATE t SET name = NULL",
                                "UPDATE t SET title = NULL", "UPDATE t SET title = 'nothing'"})
    CHECK(error_of([&] { window.run_script(sql); }).message == refusal);
  CHECK(window.read() == Lines{"1|'a'|'a'", "2|'b'|'b'"});
}

TEST_CASE("writes by the old release are counted and those by sync are not", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, note TEXT)", plain_sync());
  const Counter counter = window.writer->counters(window.sync).at(0);
  CHECK(counter.subject == "t.name");
  const auto count = [&] { return window.read(counter.query).at(0); };
  window.run_script("INSERT INTO t(id, title) VALUES (1, 'a'); UPDATE t SET title = 'b'; UPDATE t SET note = "
                    "'n'; INSERT INTO t(id) VALUES (9)");
  CHECK(count() == "0|-");
  window.run_script("INSERT INTO t(id, name) VALUES (2, 'a'); UPDATE t SET name = name WHERE id = 1; UPDATE "
                    "t SET name = 'z' WHERE id = 1");
  CHECK(count().starts_with("3|1"));
}

TEST_CASE("many writes are counted a hundred times a second, whatever the clock does", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)", plain_sync());
  const auto count = [&] { return window.read("SELECT writes FROM afloat_counters").at(0); };
  window.run_script("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                    "INSERT INTO t(id, name) SELECT i, 'a' FROM n");
  CHECK(count() == "1000");
  for (const std::string shift : {"- 1", "+ 3600"}) { // of a clock that was set back an hour
    window.run_script("UPDATE afloat_counters SET last_at = last_at " + shift);
    window.run_script("UPDATE t SET name = 'b' || id WHERE id < 9");
  }
  CHECK(count() == "1002");
  CHECK(window.read("SELECT count(*) FROM t WHERE title IS NOT name") == Lines{"0"});
}

TEST_CASE("windows on three columns of one table compose and close in any order", "[sqlite]") {
  Folder folder;
  const auto database = connect(folder);
  const auto writer = make_sqlite_writer();
  database->script(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c TEXT); CREATE TABLE log(x);"
      "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NEW.a || NEW.b || NEW.c); END");
  const std::string original = rows(*database, "SELECT sql FROM sqlite_schema WHERE name = 'u'").at(0);
  std::vector<Sync> syncs;
  for (const std::string column : {"a", "b", "c"}) {
    Sync sync = plain_sync();
    sync.id = "1_" + column;
    sync.old_column = sync.up = column;
    sync.new_column = sync.down = column + "2";
    if (column == "b") {
      sync.identity = false;
      sync.up = "b + 1";
      sync.down = "b2 - 1";
      sync.new_type = "INTEGER";
    }
    syncs.push_back(open_window(*database, sync, "t"));
  }
  database->script(
      "INSERT INTO t(id, a, b2, c) VALUES (1, 'x', 5, 'y'); UPDATE t SET a2 = 'p', b = 8, c2 = 'q'");
  CHECK(rows(*database, "SELECT * FROM t") == Lines{"1|p|8|q|p|9|q"});
  CHECK(rows(*database, "SELECT * FROM log") == Lines{"p8q"});
  for (const std::size_t i : {1U, 0U, 2U}) run(*database, writer->drop_sync(syncs[i]).statements);
  CHECK(rows(*database, "SELECT sql FROM sqlite_schema WHERE name = 'u'").at(0) == original);
  CHECK(rows(*database, "SELECT name FROM sqlite_schema WHERE type = 'trigger'") == Lines{"u"});
  CHECK(rows(*database, "SELECT count(*) FROM afloat_counters") == Lines{"0"});
}

TEST_CASE("fill gives new rows a value and leaves user triggers silent", "[sqlite]") {
  Sync sync;
  sync.kind = Sync::Kind::fill;
  sync.id = "1_1";
  sync.new_column = "title";
  sync.new_type = "TEXT";
  sync.up = "upper(name)";
  Window window(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE log(x); INSERT INTO t VALUES (1, 'a');"
      "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NEW.id); END",
      sync);
  window.run_script(
      "INSERT INTO t(id, name) VALUES (2, 'b'), (3, NULL); INSERT INTO t VALUES (4, 'd', 'own')");
  window.run_script(filled(window.writer->backfill(window.sync).in_range_from_start, {{"upto", "9"}}));
  CHECK(window.read() == Lines{"1|'a'|'A'", "2|'b'|'B'", "3|NULL|NULL", "4|'d'|'own'"});
  CHECK(window.read("SELECT * FROM log").empty());
  window.run_script("UPDATE t SET title = 'c' WHERE id = 3");
  CHECK(window.read("SELECT * FROM log") == Lines{"3"});
}

TEST_CASE("sync towards the attic follows both ways and never raises", "[sqlite]") {
  Sync sync = plain_sync();
  sync.kind = Sync::Kind::attic;
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE CHECK (name <> 'bad'))", sync);
  window.run_script(
      "INSERT INTO t(id, title) VALUES (1, 'a'), (2, 'a'), (3, 'bad'); UPDATE t SET name = 'z' WHERE id = 1");
  CHECK(window.read() == Lines{"1|'z'|'z'", "2|NULL|'a'", "3|NULL|'bad'"});
}

TEST_CASE("sync works WITHOUT ROWID and where columns shadow the rowid", "[sqlite]") {
  for (const std::string columns : {"id TEXT, rowid TEXT, name TEXT, PRIMARY KEY (id, rowid)) WITHOUT ROWID",
                                    "id INTEGER PRIMARY KEY, rowid TEXT, _ROWID_ TEXT, name TEXT)"}) {
    Window window("CREATE TABLE t(" + columns, plain_sync());
    window.run_script("INSERT INTO t(id, rowid, name) VALUES (1, 'x', 'a'), (2, 'x', 'b'); UPDATE t SET "
                      "title = 'c' WHERE id = 2;"
                      "UPDATE t SET id = 7, name = 'd' WHERE id = 1");
    CHECK(window.read() == Lines{"2|'c'|'c'", "7|'d'|'d'"});
  }
}

TEST_CASE("a trigger on UPDATE OF the old column fires once whoever writes", "[sqlite]") {
  Window window(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE log(a, b);"
      "CREATE TRIGGER u AFTER UPDATE OF name ON t BEGIN INSERT INTO log VALUES (OLD.name, NEW.name); END;"
      "INSERT INTO t(id, name) VALUES (1, 'a')",
      plain_sync());
  window.run_script("UPDATE t SET title = 'b'; UPDATE t SET name = 'c'");
  CHECK(window.read("SELECT * FROM log") == Lines{"a|b", "b|c"});
}

TEST_CASE("a user's UPDATE OF with other columns beside fires once, whichever release writes", "[sqlite]") {
  const std::string list = GENERATE("name, mail", "mail, name", "[name], other, mail");
  const std::string trigger = "CREATE TRIGGER u AFTER UPDATE OF " + list
                              + " ON t BEGIN INSERT INTO log SELECT NEW.mail, OLD.name, NEW.name, name FROM "
                                "t WHERE id = NEW.id; END";
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, mail TEXT, other TEXT, last TEXT);"
                "CREATE TABLE log(mail, was, now, stored);"
                    + trigger + ";INSERT INTO t(id, name, mail) VALUES (1, 'a', 'm')",
                plain_sync());
  window.run_script("UPDATE t SET title = 'b'; UPDATE t SET name = 'c'; UPDATE t SET title = 'd', mail = 'n';"
                    "UPDATE t SET name = 'e', mail = 'o'; UPDATE t SET mail = 'p'; UPDATE t SET last = 'l';"
                    "UPDATE t SET name = 'f', title = 'f'");
  CHECK(window.read("SELECT * FROM log")
        == Lines{"m|a|b|b", "m|b|c|c", "n|c|d|d", "o|d|e|e", "p|e|e|e", "p|e|f|f"});
  for (const Statement& statement : window.writer->drop_sync(window.sync).statements)
    window.run_script(statement.sql);
  CHECK(window.read("SELECT sql FROM sqlite_schema WHERE name = 'u'") == Lines{trigger});
}

TEST_CASE("what sync cannot do is refused with the reason", "[sqlite]") {
  const auto obstacle = [](const std::string& schema) {
    Folder folder;
    const auto database = connect(folder);
    database->script(schema);
    Sync sync = plain_sync();
    sync.table = table_of(*database, "t");
    return make_sqlite_writer()->sync_obstacle(sync);
  };
  CHECK(obstacle("CREATE TABLE t(name INTEGER PRIMARY KEY)")
        == "t.name is the INTEGER PRIMARY KEY, which is the rowid itself and cannot have a second shape");
  CHECK(obstacle("CREATE TABLE t(id, name, PRIMARY KEY (id, name)) WITHOUT ROWID")
        == "t.name is part of the primary key of a table WITHOUT ROWID, which cannot be NULL");
  CHECK(obstacle("CREATE TABLE t(id, name AS (id))") == "t.name is a generated column");
  CHECK(obstacle("CREATE TABLE t(id, name CHECK (name IS NOT NULL AND id > 1))")
        == "CHECK (name IS NOT NULL AND id > 1) of t would see name as NULL when the new release inserts, "
           "before sync has filled it");
  CHECK(obstacle("CREATE TABLE t(rowid, _rowid_, oid, name)")
        == "t has columns named rowid, _rowid_ and oid, so that no name is left for its rowid");
  CHECK(obstacle("CREATE TABLE t(id, name CHECK (name IS NULL OR length(name) < 9), CHECK (id IS NOT NULL))")
            .empty());
}

TEST_CASE("guards report a sync trigger that is missing or changed", "[sqlite]") {
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)", plain_sync());
  const auto answers = [&] {
    Lines lines;
    for (const Guard& guard : window.writer->guards(window.sync))
      lines.push_back(window.read(guard.query).at(0));
    return lines;
  };
  CHECK(answers() == Lines(6, "ok"));
  window.run_script("DROP TRIGGER afloat_1_1_insert_old; DROP TRIGGER afloat_1_1_update_old;"
                    "CREATE TRIGGER afloat_1_1_update_old AFTER UPDATE ON t BEGIN SELECT 1; END");
  CHECK(answers() == Lines{"ok", "ok", "missing", "ok", "ok", "was changed"});
}

TEST_CASE("sqlite: NULL of the new release stays NULL, and what the old one inserts is followed all the same",
          "[sqlite]") {
  Sync sync = plain_sync();
  sync.identity = false;
  sync.down = "coalesce(title, '')";
  Window window("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)", sync);
  window.run_script(
      "INSERT INTO t(id, name) VALUES (1, ''), (2, 'x'); UPDATE t SET title = NULL WHERE id = 2");
  CHECK(window.read() == Lines{"1|''|''", "2|''|NULL"});
  CHECK(window.database->query(window.writer->backfill(window.sync).count_left).scalar() == "0");
  // Unless NULL cannot be meant.
  window.sync.never_null = true;
  CHECK(window.database->query(window.writer->backfill(window.sync).count_left).scalar() == "1");
}

} // namespace
} // namespace afloat::sqlite_tests
