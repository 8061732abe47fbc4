#include "dialect/key_walk.hpp"
#include "sqlite_support.hpp"

#include <catch2/catch.hpp>

namespace afloat::sqlite_tests {
namespace {
using Lines = std::vector<std::string>;

struct Fixture {
  Folder folder;
  std::unique_ptr<Database> database = connect(folder);
  std::unique_ptr<SqlWriter> writer = make_sqlite_writer();
  Sync sync;

  explicit Fixture(const std::string& schema) {
    database->script(schema);
    sync.id = "1_1";
    sync.old_column = "a";
    sync.new_column = "b";
    sync.new_type = "TEXT";
    sync.up = "'<' || t.a || '>'";
    sync.down = "trim(b, '<>')";
    sync.count_old_writes = false;
    sync = open_window(*database, sync, "t");
  }

  /// Runs all batches; returns the upper bounds with their counts.
  Lines batches(const RangeWork& work, const std::string& limit, const std::string& meanwhile = "SELECT 1") {
    Lines bounds;
    std::string after;
    const std::string last = database->query(work.last).scalar().value_or("");
    if (last.empty()) return bounds;
    database->script(meanwhile);
    while (true) {
      const auto next = database->query(filled(after.empty() ? work.next_bound_from_start : work.next_bound,
                                               {{"after", after}, {"limit", limit}, {"last", last}}));
      if (next.rows.empty()) return bounds;
      const std::string upto = *next.rows[0][0];
      bounds.push_back(upto + " #" + *next.rows[0][1]);
      database->query(filled(after.empty() ? work.in_range_from_start : work.in_range,
                             {{"after", after}, {"upto", upto}, {"limit", "99"}}));
      after = upto;
    }
  }
};

TEST_CASE("a backfill on SQLite goes by ranges of the rowid", "[sqlite]") {
  Fixture fixture("CREATE TABLE t(a TEXT); INSERT INTO t(rowid, a) VALUES (-9223372036854775808, 'x'), (5, "
                  "'y'), (7, NULL), (9223372036854775807, 'z')");
  const RangeWork work = fixture.writer->backfill(fixture.sync);
  CHECK(work.key == Lines{"rowid"});
  CHECK(rows(*fixture.database, work.count_left) == Lines{"3"});
  CHECK(fixture.batches(work, "3") == Lines{"7 #3", "9223372036854775807 #1"});
  CHECK(rows(*fixture.database, "SELECT b FROM t ORDER BY rowid") == Lines{"<x>", "<y>", "-", "<z>"});
  CHECK(rows(*fixture.database, work.count_left) == Lines{"0"});
}

TEST_CASE("a backfill on SQLite goes by any primary key WITHOUT ROWID", "[sqlite]") {
  Fixture fixture(
      "CREATE TABLE t(k TEXT COLLATE NOCASE, n, a TEXT, PRIMARY KEY (k, n)) WITHOUT ROWID;"
      "INSERT INTO t VALUES ('it''s', 1.5, 'p'), ('A', x'00', 'q'), ('a', 2, 'r'), ('B', 'z', 's')");
  const RangeWork work = fixture.writer->backfill(fixture.sync);
  CHECK(work.key == Lines{"k", "n"});
  CHECK(fixture.batches(work, "2") == Lines{"'A', X'00' #2", "'it''s', 1.5 #2"});
  CHECK(rows(*fixture.database, "SELECT b FROM t ORDER BY a") == Lines{"<p>", "<q>", "<r>", "<s>"});
  fixture.database->script("DROP TRIGGER afloat_1_1_update_new; UPDATE t SET b = NULL");
  CHECK(fixture.database->query(filled(work.sweep, {{"limit", "3"}})).affected == 3);
  CHECK(fixture.database->query(filled(work.sweep, {{"limit", "3"}})).affected == 1);
}

TEST_CASE("compare names the rows that do not agree with both values", "[sqlite]") {
  Fixture fixture(
      "CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT); INSERT INTO t VALUES ('x''y', 'p'), ('z', 'q')");
  fixture.database->script(
      "DROP TRIGGER afloat_1_1_update_new; UPDATE t SET b = a || 1; UPDATE t SET b = '<q>' WHERE id = 'z'");
  const RangeWork work = fixture.writer->compare(fixture.sync);
  CHECK(rows(*fixture.database, filled(work.in_range_from_start, {{"upto", "9"}, {"limit", "9"}}))
        == Lines{"id 'x''y': a 'p', b 'p1'"});
  CHECK(rows(*fixture.database, work.count_left) == Lines{"1"});
}

TEST_CASE("rows that come meanwhile do not make the ranges on SQLite longer", "[sqlite]") {
  Fixture fixture("CREATE TABLE t(a TEXT); INSERT INTO t(rowid, a) VALUES (1, 'x'), (2, 'x'), (5, 'x')");
  CHECK(fixture.batches(fixture.writer->backfill(fixture.sync), "2",
                        "INSERT INTO t(rowid, a) VALUES (3, 'y'), (6, 'y'), (7, 'y')")
        == Lines{"2 #2", "5 #2"});
}

TEST_CASE("work on SQLite finds the key that a table has by now", "[sqlite]") {
  const bool by_place = GENERATE(true, false);
  Fixture fixture(fmt::format("CREATE TABLE t(k TEXT, n INTEGER, a TEXT, PRIMARY KEY (k, n)){};"
                              "INSERT INTO t VALUES ('it''s', 1, 'p'), ('A', 2, 'q'), ('B', 3, 's')",
                              by_place ? "" : " WITHOUT ROWID"));
  const RangeWork backfill = fixture.writer->backfill(fixture.sync);
  const RangeWork compare = fixture.writer->compare(fixture.sync);
  const KeyRanges ranges = fixture.writer->key_ranges(fixture.sync.table, "my \"t\"");
  fixture.database->script("ALTER TABLE t RENAME k TO key; ALTER TABLE t RENAME n TO \"a || ': '\"");
  CHECK(fixture.batches(with_key_now(*fixture.database, backfill), "2")
        == (by_place ? Lines{"2 #2", "3 #1"} : Lines{"'B', 3 #2", "'it''s', 1 #1"}));
  CHECK(rows(*fixture.database, backfill.count_left) == Lines{"0"});

  RangeWork update = ranges.work;
  update.in_range_from_start =
      "UPDATE t AS \"my \"\"t\"\"\" SET b = 'x' WHERE " + ranges.condition_from_start;
  update.in_range = "UPDATE t AS \"my \"\"t\"\"\" SET b = 'x' WHERE " + ranges.condition;
  fixture.database->script("DROP TRIGGER afloat_1_1_update_new");
  CHECK(fixture.batches(with_key_now(*fixture.database, update), "2").size() == 2);
  const RangeWork now = with_key_now(*fixture.database, compare);
  CHECK(rows(*fixture.database,
             filled(now.in_range_from_start, {{"upto", by_place ? "1" : "'A', 2"}, {"limit", "9"}}))
        == Lines{by_place ? "key 'it''s', a || ': ' 1: a 'p', b 'x'" : "key 'A', a || ': ' 2: a 'q', b 'x'"});
}

TEST_CASE("next_bound on SQLite reads an index range and sorts nothing of the table", "[sqlite]") {
  for (const std::string schema : {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
                                   "CREATE TABLE t(k, n, a TEXT, PRIMARY KEY (k, n)) WITHOUT ROWID"}) {
    Fixture fixture(schema);
    const RangeWork work = fixture.writer->backfill(fixture.sync);
    const bool single = work.key.size() == 1;
    const std::map<std::string, std::string> at{{"after", single ? "1" : "1, 2"},
                                                {"upto", single ? "5" : "1, 5"},
                                                {"last", single ? "9" : "9, 9"},
                                                {"limit", "10"}};
    const std::string bound =
        join(rows(*fixture.database, "EXPLAIN QUERY PLAN " + filled(work.next_bound, at)), "\n");
    INFO(bound);
    CHECK(bound.find("SEARCH t USING") != std::string::npos);
    CHECK(bound.find("SCAN t") == std::string::npos);
    const std::string range =
        join(rows(*fixture.database, "EXPLAIN QUERY PLAN " + filled(work.in_range, at)), "\n");
    INFO(range);
    CHECK(range.find("SEARCH t USING") != std::string::npos);
  }
}

TEST_CASE("a trial on SQLite fails for what is not deterministic or unknown", "[sqlite]") {
  Fixture fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t(a) VALUES ('x'), ('{')");
  const auto trial = [&](const std::string& up, const std::string& down) -> std::string {
    Sync sync = fixture.sync;
    sync.new_column = "c";
    sync.up = up;
    sync.down = down;
    fixture.database->begin(std::chrono::milliseconds(10));
    std::string outcome = "fine";
    try {
      for (const std::string& sql : fixture.writer->backfill(sync).trial) fixture.database->query(sql);
    } catch (const Error& error) {
      outcome = error.message;
    }
    fixture.database->rollback();
    return outcome;
  };
  CHECK(trial("upper(t.a)", "lower(t.c)") == "fine");
  CHECK(trial("a || random()", "c") == "non-deterministic functions prohibited in index expressions");
  CHECK(trial("a", "c || datetime('now')") == "non-deterministic use of datetime() in an index");
  CHECK(trial("nope", "c") == "no such column: nope");
  CHECK(trial("json(a)", "c") == "malformed JSON");
}
} // namespace
} // namespace afloat::sqlite_tests
