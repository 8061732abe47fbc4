#include "dialect/key_walk.hpp"
#include "execution/range.hpp"
#include "support/postgres_table.hpp"
#include "support/text.hpp"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string put(std::string sql, const std::string& after, const std::string& upto, int limit) {
  sql = replaced(std::move(sql), "{after}", after);
  sql = replaced(std::move(sql), "{upto}", upto);
  return replaced(std::move(sql), "{limit}", std::to_string(limit));
}

struct Walk {
  std::int64_t ranges = 0, rows = 0, affected = 0;
  std::vector<std::string> found;
};

/// All ranges in order, as the executor goes through them. `meanwhile` runs when the last key is known.
Walk walk(Database& database, const RangeWork& work, int limit, const std::string& meanwhile = "SELECT 1") {
  Walk walked;
  std::string after;
  const std::string last = database.query(work.last, {}).scalar().value_or("");
  if (last.empty()) return walked;
  database.script(meanwhile);
  for (;;) {
    const std::string& next = after.empty() ? work.next_bound_from_start : work.next_bound;
    const Result bound = database.query(put(replaced(next, "{last}", last), after, "", limit), {});
    if (bound.rows.empty()) return walked;
    const std::string upto = *bound.rows[0][0];
    ++walked.ranges;
    walked.rows += std::stoll(*bound.rows[0][1]);
    if (!work.before_batch.empty()) {
      database.begin(std::chrono::milliseconds(100));
      for (const std::string& sql : work.before_batch)
        if (!sql.starts_with("replica:")) database.query(sql, {});
    }
    const Result result =
        database.query(put(after.empty() ? work.in_range_from_start : work.in_range, after, upto, limit), {});
    if (!work.before_batch.empty()) database.commit();
    walked.affected += result.affected;
    for (const auto& row : result.rows) walked.found.push_back(*row[0]);
    after = upto;
  }
}

Sync lossy(const Table& table) {
  return {.id = "7_1",
          .table = table,
          .old_column = "a",
          .new_column = "b",
          .new_type = "int",
          .up = "round(a)::int",
          .down = "b::numeric"};
}

std::string try_out(const PostgresFixture& fixture, const RangeWork& work) {
  fixture.owner->begin(std::chrono::seconds(1));
  const std::string result = failure([&] {
    for (const std::string& sql : work.trial) fixture.owner->query(sql, {});
  });
  fixture.owner->rollback();
  return result;
}
} // namespace

TEST_CASE("postgres: ranges cover a table exactly whatever its key is") {
  struct Case {
    std::string columns, insert;
    std::int64_t ranges;
  };
  const Case row = GENERATE(
      Case{"id int PRIMARY KEY", "SELECT i, i + 0.25 FROM generate_series(1, 1000) i", 10},
      Case{"x text, y int, PRIMARY KEY (y, x)",
           "SELECT 'it''s' || i, i / 100, i + 0.25 FROM generate_series(1, 1000) i", 10},
      Case{"u uuid PRIMARY KEY", "SELECT gen_random_uuid(), i + 0.25 FROM generate_series(1, 1000) i", 10},
      Case{"x int", "SELECT i, i + 0.25 FROM generate_series(1, 1000) i", 0});
  CAPTURE(row.columns);
  PostgresFixture fixture("CREATE TABLE t (" + row.columns + ", a numeric);");
  fixture.owner->script("ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD a numeric; INSERT INTO t "
                        + row.insert);
  const Sync sync = lossy(fixture.table("t"));
  fixture.expand(sync);

  const RangeWork backfill = fixture.writer->backfill(sync);
  CHECK(fixture.read(backfill.count_left) == "1000");
  const Walk filled = walk(*fixture.owner, backfill, 100);
  CHECK(filled.affected == 1000);
  if (row.ranges > 0) CHECK(filled.rows == 1000);
  if (row.ranges > 0) CHECK(filled.ranges == row.ranges);
  CHECK(fixture.read(backfill.count_left) == "0");
  CHECK(fixture.read("SELECT count(*) FROM t WHERE a % 1 <> 0.25 OR b <> floor(a)") == "0");

  const RangeWork compare = fixture.writer->compare(sync);
  CHECK(walk(*fixture.owner, compare, 100).found.empty());
}

TEST_CASE("postgres: the look that ends a backfill finds a row that moves meanwhile") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a numeric);"
                          "INSERT INTO t SELECT i, i + 0.25 FROM generate_series(1, 25000) i;");
  const Sync sync = lossy(fixture.table("t"));
  fixture.expand(sync);
  fixture.owner->script(
      "BEGIN; SET LOCAL afloat.backfill = '7_1'; UPDATE t SET b = floor(a) WHERE id < 25000; COMMIT");
  const auto other = PostgresServer::instance().connect(fixture.name, "postgres");
  const auto move_down = [&](std::int64_t) { other->script("UPDATE t SET id = 0 WHERE id = 25000"); };
  const RangeWork compare = fixture.writer->compare(sync);
  const Disagreement found = find_disagreements(*fixture.owner, compare, move_down);
  CHECK(found.count == 1);
  REQUIRE(found.first.size() == 1);
  CHECK(found.first.front().starts_with("id=25000: "));
  CHECK(fixture.read("SELECT id FROM t WHERE b IS NULL") == "0");

  Sync hidden = sync; // NULL in the new column may agree there, so that the look would miss what is unfilled
  hidden.hidden = true;
  CHECK(fixture.writer->compare(hidden).sweep.empty());
}

TEST_CASE("postgres: a key is walked by the operators of its index, whatever the search_path has") {
  const auto [columns, condition] = GENERATE(table<std::string, std::string>(
      {{"email ext.citext PRIMARY KEY, n int", "(email OPERATOR(ext.>) '"},
       {"n int, email ext.citext, PRIMARY KEY (n, email)", "(n >= "},
       {"n int, email ext.citext, m \"char\" DEFAULT 'x', PRIMARY KEY (email, n, m)",
        "(email OPERATOR(ext.>=) "}}));
  CAPTURE(columns);
  PostgresFixture fixture("CREATE SCHEMA ext");
  const auto superuser = PostgresServer::instance().connect(fixture.name, "postgres");
  superuser->script("CREATE EXTENSION citext SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC");
  fixture.owner->script("CREATE TABLE t (" + columns
                        + ", a numeric); INSERT INTO t (email, n, a) SELECT CASE i % 2 WHEN 0 THEN 'user' "
                          "ELSE 'USER' END || i, i / 300, i + 0.25 FROM generate_series(1, 1000) i");
  const Sync sync = lossy(fixture.table("t"));
  fixture.expand(sync);
  const RangeWork backfill = with_key_now(*fixture.owner, fixture.writer->backfill(sync));
  const Walk filled = walk(*fixture.owner, backfill, 100);
  CHECK(filled.affected == 1000);
  CHECK(filled.rows == 1000);
  CHECK(filled.ranges == 10);

  fixture.owner->script("BEGIN; SET LOCAL afloat.backfill = '7_1'; UPDATE t SET b = -1; COMMIT");
  const RangeWork compare = with_key_now(*fixture.owner, fixture.writer->compare(sync));
  CHECK(walk(*fixture.owner, compare, 100).found.size() == 1000);
  fixture.owner->script("SET enable_seqscan = off; SET enable_bitmapscan = off");
  const std::string after = *fixture.owner->query(compare.last).scalar();
  const std::string plan =
      fixture.read("EXPLAIN " + put(replaced(compare.next_bound, "{last}", after), after, "", 10));
  CHECK(plan.find("Index Cond: (" + condition) != std::string::npos);
}

TEST_CASE("postgres: work finds the key that a table has by now, behind any name for the table") {
  PostgresFixture fixture("CREATE TABLE t (x text, y int, a numeric, PRIMARY KEY (y, x)); INSERT INTO t "
                          "SELECT 'it''s \\' || i, i / 10, i FROM generate_series(1, 40) i");
  const std::string_view alias = GENERATE("t", "u", "my \"u\"");
  const KeyRanges ranges = fixture.writer->key_ranges(fixture.table("t"), alias);
  RangeWork work = ranges.work;
  const std::string update =
      fmt::format("UPDATE t AS \"{}\" SET a = -a WHERE ", replaced(std::string(alias), "\"", "\"\""));
  work.in_range = update + ranges.condition;
  work.in_range_from_start = update + ranges.condition_from_start;
  fixture.owner->script(
      "ALTER TABLE t RENAME x TO \"x one\"; ALTER TABLE t RENAME y TO z; ALTER TABLE t ALTER "
      "z TYPE bigint; INSERT INTO t (\"x one\", z, a) VALUES ('last', 3000000000, 41)");
  const Walk walked = walk(*fixture.owner, with_key_now(*fixture.owner, work), 7);
  CHECK(walked.rows == 41);
  CHECK(walked.ranges == 6);
  CHECK(fixture.read("SELECT count(*) FROM t WHERE a > 0") == "0");

  const RangeWork nulls = fixture.writer->nulls(fixture.table("t"), "a");
  fixture.owner->script("ALTER TABLE t RENAME z TO w; UPDATE t SET a = NULL WHERE w = 3000000000");
  CHECK(walk(*fixture.owner, with_key_now(*fixture.owner, nulls), 7).found
        == std::vector<std::string>{"w=3000000000, x one=last: a=NULL"});
  fixture.owner->script("ALTER TABLE t DROP CONSTRAINT t_pkey");
  CHECK(with_key_now(*fixture.owner, nulls) == nulls);
}

TEST_CASE("postgres: rows that come meanwhile do not make the ranges longer") {
  const bool key = GENERATE(true, false);
  PostgresFixture fixture(fmt::format("CREATE TABLE t (id int{}, a text);"
                                      "INSERT INTO t SELECT i, 'x' FROM generate_series(1, 1000) i",
                                      key ? " PRIMARY KEY" : ""));
  const Sync sync{.id = "7_1",
                  .table = fixture.table("t"),
                  .old_column = "a",
                  .new_column = "b",
                  .new_type = "text",
                  .up = "a",
                  .down = "b",
                  .identity = true};
  fixture.expand(sync);
  const Walk filled = walk(*fixture.owner, fixture.writer->backfill(sync), 100,
                           "INSERT INTO t SELECT i, 'y' FROM generate_series(1001, 9000) i");
  CHECK(filled.affected == 1000);
  if (key) CHECK(filled.rows == 1000);
  CHECK(filled.rows < 2000);
  CHECK(fixture.read("SELECT count(*) FROM t WHERE b IS NULL") == "0"); // sync has filled them
  if (key) CHECK(walk(*fixture.owner, fixture.writer->backfill(sync), 100, "DELETE FROM t").ranges == 0);
}

TEST_CASE("postgres: a compare lists the rows that do not agree") {
  PostgresFixture fixture("CREATE TABLE t (id int, k text, a numeric(10,2), PRIMARY KEY (id, k))");
  const Sync sync = lossy(fixture.table("t"));
  fixture.expand(sync);
  fixture.app->script("INSERT INTO t (id, k, a) VALUES (1, 'x', 9.99), (2, 'y', NULL), (3, 'z', 1)");
  fixture.owner->script("BEGIN; SET LOCAL afloat.backfill = '7_1'; UPDATE t SET b = 7 WHERE id = 1;"
                        "UPDATE t SET b = NULL WHERE id = 3; COMMIT");
  const RangeWork compare = fixture.writer->compare(sync);
  CHECK(compare.key == std::vector<std::string>{"id", "k"});
  CHECK(walk(*fixture.owner, compare, 100).found
        == std::vector<std::string>{"id=1, k=x: a='9.99', b='7'", "id=3, k=z: a='1.00', b=NULL"});
  CHECK(fixture.read(compare.count_left) == "2");
  CHECK(walk(*fixture.owner, fixture.writer->nulls(fixture.table("t"), "b"), 100).found
        == std::vector<std::string>{"id=2, k=y: b=NULL", "id=3, k=z: b=NULL"});
}

TEST_CASE("postgres: a trial finds expressions that would fail later") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text, at timestamptz DEFAULT now());"
                          "INSERT INTO t VALUES (1, '5')");
  Sync sync{
      .id = "7_1", .table = fixture.table("t"), .old_column = "a", .new_column = "b", .new_type = "int"};
  const auto result = [&](const std::string& up, const std::string& down) {
    sync.up = up;
    sync.down = down;
    return try_out(fixture, fixture.writer->backfill(sync));
  };
  CHECK(result("t.a::int", "b::text") == "no error");
  CHECK(result("a", "b::text").starts_with("42804 column \"afloat_trial_up\" is of type integer but"));
  CHECK(result("length(at::text)", "b::text") == "42P17 generation expression is not immutable");
  CHECK(result("a::int", "b::text || now()") == "42P17 generation expression is not immutable");
  CHECK(result("c::int", "b::text") == "42703 column \"c\" does not exist");
  fixture.owner->script("INSERT INTO t VALUES (2, 'five')");
  CHECK(result("a::int", "b::text") == "22P02 invalid input syntax for type integer: \"five\"");
  sync.kind = Sync::Kind::fill;
  sync.old_column.clear();
  CHECK(result("(random() * 9)::int", "") == "no error");
}

TEST_CASE("postgres: a backfill among writers loses nothing and leaves nothing") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a numeric(10,2), c int NOT NULL DEFAULT 0);"
                          "INSERT INTO t SELECT i, i + 0.49 FROM generate_series(1, 5000) i");
  const Sync sync = lossy(fixture.table("t"));
  fixture.expand(sync);
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  // Each writer owns every fourth row, so that what it wrote last is what must be there.
  std::vector<std::thread> writers;
  for (int number = 0; number < 2; ++number)
    writers.emplace_back([&, number] {
      const auto app = PostgresServer::instance().connect(fixture.name, "app");
      for (int i = 0; !done || i < 400; ++i) {
        const int id = i * 4 % 5000 + number + 1;
        const std::string sql = number == 0
                                    ? fmt::format("UPDATE t SET a = {}.75 WHERE id = {}", 10'000 + id, id)
                                    : fmt::format("UPDATE t SET b = {} WHERE id = {}", 20'000 + id, id);
        try {
          app->query(sql, {});
          app->query(fmt::format("UPDATE t SET c = c + 1 WHERE id = {}", id + 2), {});
          app->query(fmt::format("UPDATE t SET id = -id WHERE id = {} OR id = -{}", id, id), {});
        } catch (const Error&) {
          ++failed;
        }
        if (i % 2 == 0) app->query(fmt::format("UPDATE t SET id = abs(id) WHERE id = -{}", id), {});
      }
    });
  const RangeWork work = fixture.writer->backfill(sync);
  walk(*fixture.owner, work, 500);
  for (std::int64_t swept = 1; swept > 0;) {
    fixture.owner->begin(std::chrono::seconds(1));
    fixture.owner->query(work.before_batch.at(0), {});
    swept = fixture.owner->query(put(work.sweep, "", "", 500), {}).affected;
    fixture.owner->commit();
  }
  done = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(failed == 0);
  CHECK(fixture.read(work.count_left) == "0");
  CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
  CHECK(
      fixture.read(
          "SELECT count(*) FROM t WHERE a > 20000 AND b <> a OR a BETWEEN 10000 AND 20000 AND a % 1 <> 0.75 "
          "OR a < 10000 AND a % 1 <> 0.49")
      == "0");
}

TEST_CASE("postgres: a column becomes NOT NULL in three short steps that can be undone") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')");
  const Table table = fixture.table("t");
  const std::vector<Step> steps = fixture.writer->not_null_steps(table, "a", Phase::contract);
  REQUIRE(steps.size() == 3);
  for (const Step& step : steps) fixture.run(step.statements);
  Table expected = table, now = fixture.table("t");
  expected.find_column("a")->not_null = true;
  if (fixture.owner->facts().server_version >= 180'000) { // it has a name there
    CHECK(now.users.size() == table.users.size() + 1);
    now.users = table.users;
  }
  CHECK(now == expected);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) fixture.run(step->inverse);
  CHECK(fixture.table("t") == table);
}

TEST_CASE("postgres: a twin column gets what belongs to the column itself") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text); COMMENT ON COLUMN t.a IS 'it''s';"
      "ALTER TABLE t ALTER a SET STATISTICS 7, ALTER a SET STORAGE EXTERNAL;"
      "GRANT SELECT (a), UPDATE (a) ON t TO app WITH GRANT OPTION; GRANT SELECT (a) ON t TO PUBLIC");
  const Table table = fixture.table("t");
  const Column& from = *table.find_column("a");
  fixture.run(fixture.writer->add_column(table, {.name = "b", .type = "text"}).statements);
  fixture.run(fixture.writer->copy_properties(table, from, "b").statements);
  Column expected = from;
  expected.name = "b";
  CHECK(*fixture.table("t").find_column("b") == expected);
}

TEST_CASE("postgres: a sweep of partitions changes no row that it did not ask for", "[postgres]") {
  // Each partition has a row at the same place.
  const PostgresFixture fixture(
      "CREATE TABLE events (id integer PRIMARY KEY, kind text) PARTITION BY LIST (id);"
      "CREATE TABLE one PARTITION OF events FOR VALUES IN (1);"
      "CREATE TABLE two PARTITION OF events FOR VALUES IN (2);"
      "INSERT INTO events VALUES (1, 'a'), (2, 'b'); ALTER TABLE events ADD COLUMN sort text;");
  Sync sync;
  sync.kind = Sync::Kind::fill;
  sync.id = "1_1";
  sync.table = fixture.table("events");
  sync.new_column = "sort";
  sync.new_type = "text";
  sync.up = "kind";
  const RangeWork work = fixture.writer->backfill(sync);
  const std::string sweep = put(work.sweep, "", "", 1);
  CHECK(fixture.owner->query(sweep, {}).affected == 1);
  CHECK(fixture.owner->query(sweep, {}).affected == 1);
  CHECK(fixture.owner->query(sweep, {}).affected == 0);
  CHECK(fixture.read("SELECT id, sort FROM events ORDER BY id") == "1|a\n2|b");
}

TEST_CASE("postgres: the look behind a backfill of partitions has its sweep", "[postgres]") {
  // Else the backfill ends with a look of its own at the whole table, in one statement.
  const PostgresFixture fixture(
      "CREATE TABLE t (id integer PRIMARY KEY, a text DEFAULT 'x') PARTITION BY RANGE "
      "(id); CREATE TABLE one PARTITION OF t DEFAULT;");
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = "1_1";
  sync.table = fixture.table("t");
  sync.old_column = "a";
  sync.new_column = "b";
  sync.new_type = "text";
  sync.up = "\"a\"";
  sync.down = "\"b\"";
  sync.identity = true;
  sync.new_default = "'x'";
  const std::string sweep = fixture.writer->backfill(sync).sweep;
  CHECK(sweep.find("'x'") != std::string::npos);
  CHECK(fixture.writer->compare(sync).sweep == sweep);
}

TEST_CASE("postgres: a check of a parent without a key sees the rows of its children", "[postgres]") {
  const PostgresFixture fixture("CREATE TABLE notes (note text); CREATE TABLE more () INHERITS (notes);"
                                "INSERT INTO more VALUES ('a'), (NULL);");
  const RangeWork work = fixture.writer->nulls(fixture.table("notes"), "note");
  CHECK(fixture.owner->query(put(work.in_range_from_start, "", "", 5), {}).rows
        == std::vector<std::vector<Value>>{{"more ctid=(0,2): note=NULL"}});
  CHECK(fixture.owner->query(work.count_left, {}).scalar() == "1");
  CHECK(failure([&] { fixture.writer->key_ranges(fixture.table("notes"), "n"); })
        == " the parent of other tables public.notes has no primary key to walk it by");
}
