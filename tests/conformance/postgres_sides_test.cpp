#include "support/postgres_table.hpp"
#include "support/psql.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr std::string_view k_users =
    "CREATE TABLE t (id int PRIMARY KEY, whole text, n int NOT NULL DEFAULT 0)";

/// "a b c" is first "a b" and last "c"; "a/b" cannot be told from either.
Sync split(const Table& table) {
  return {.id = "7_1",
          .table = table,
          .old_columns = {{"whole", "text", "first || ' ' || last"}},
          .new_columns = {{"first", "text", "substr(whole, 1, greatest(strpos(whole, ' ') - 1, 0))"},
                          {"last", "text", "substr(whole, strpos(whole, ' ') + 1)"}}};
}

Sync merge(const Table& table) {
  return {.id = "7_1",
          .table = table,
          .old_columns = {{"a", "int", "ab / 100"}, {"b", "int", "ab % 100"}},
          .new_columns = {{"ab", "int", "a * 100 + b"}}};
}

constexpr std::string_view k_all = "SELECT whole, first, last FROM t ORDER BY id";
} // namespace

TEST_CASE("postgres: one part of a side that is written takes the other from the row") {
  PostgresFixture fixture(k_users);
  fixture.expand(split(fixture.table("t")));
  fixture.app->script("INSERT INTO t (id, whole) VALUES (1, 'Ada Lovelace'), (2, 'Alan Turing');"
                      "UPDATE t SET last = 'King' WHERE id = 1; UPDATE t SET first = 'A.'");
  CHECK(fixture.read(k_all) == "A. King|A.|King\nA. Turing|A.|Turing");
  fixture.app->script(
      "UPDATE t SET last = NULL WHERE id = 1; UPDATE t SET whole = 'B Turing', n = 1 WHERE id = 2;"
      "INSERT INTO t (id, first) VALUES (3, 'Plato')");
  CHECK(fixture.read(k_all) == "NULL|A.|NULL\nB Turing|B|Turing\nNULL|Plato|NULL");
}

TEST_CASE("postgres: a part that is written before the backfill came does not lose the rest") {
  PostgresFixture fixture(std::string(k_users)
                          + "; INSERT INTO t VALUES (1, 'Ada Lovelace'), (2, 'Alan Turing')");
  const Sync sync = split(fixture.table("t"));
  fixture.expand(sync);
  fixture.app->script(
      "UPDATE t SET last = 'King' WHERE id = 1; UPDATE t SET first = 'A', last = 'T' WHERE id = 2");
  CHECK(fixture.read(k_all) == "Ada King|Ada|King\nA T|A|T");
}

TEST_CASE("postgres: NULLs of the new release are not filled again") {
  PostgresFixture fixture(std::string(k_users)
                          + "; INSERT INTO t VALUES (1, 'Ada Lovelace'), (2, 'x'), (3, NULL)");
  Sync sync = split(fixture.table("t"));
  sync.old_columns[0].expression = "trim(coalesce(first, '-') || ' ' || coalesce(last, '-'))";
  fixture.expand(sync);
  const RangeWork work = fixture.writer->backfill(sync);
  fixture.owner->script("BEGIN; SET LOCAL afloat.backfill = '7_1';" + replaced(work.sweep, "{limit}", "10")
                        + "; COMMIT");
  fixture.app->script("UPDATE t SET first = NULL, last = NULL WHERE id = 1");
  CHECK(fixture.read(work.count_left) == "0");
  fixture.app->script("UPDATE t SET last = 'King' WHERE id = 1");
  CHECK(fixture.read(k_all) == "- King|NULL|King\nx||x\nNULL|NULL|NULL");
  CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
}

TEST_CASE("postgres: a statement that writes several old columns counts once a row") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL DEFAULT 7)");
  const Sync sync = merge(fixture.table("t"));
  fixture.expand(sync);
  const Counter counter = fixture.writer->counters(sync).at(0);
  CHECK(counter.subject == "t.a, b");
  fixture.app->script("INSERT INTO t (id, ab) VALUES (1, 102); UPDATE t SET ab = 203");
  CHECK(fixture.read(counter.query) == "0|NULL");
  fixture.app->script("INSERT INTO t (id, a) VALUES (2, 5); UPDATE t SET a = 6, b = 8 WHERE id = 2");
  CHECK(fixture.read(counter.query).starts_with("2|"));
  CHECK(fixture.read("SELECT a, b, ab FROM t ORDER BY id") == "2|3|203\n6|8|608");
}

TEST_CASE("postgres: sides that are both written follow the policy") {
  PostgresFixture fixture(k_users);
  Sync sync = split(fixture.table("t"));
  SECTION("new_wins") {
    fixture.expand(sync);
    fixture.app->script(
        "INSERT INTO t VALUES (1, 'A B', 0, 'C', 'D'); INSERT INTO t VALUES (2, 'A B', 0, 'A', 'B')");
    CHECK(fixture.read(k_all) == "C D|C|D\nA B|A|B");
  }
  SECTION("reject") {
    sync.policy = ConflictPolicy::reject;
    fixture.expand(sync);
    fixture.app->script(
        "INSERT INTO t VALUES (2, 'A B', 0, 'A', 'B'); UPDATE t SET whole = 'A C', last = 'C'");
    CHECK(failure([&] { fixture.app->query("UPDATE t SET whole = 'A B', first = 'X'", {}); })
          == "23000 whole and first, last of public.t were both written and do not agree");
    CHECK(fixture.read(k_all) == "A C|A|C");
  }
}

TEST_CASE("postgres: sides follow COPY, upserts, rows that move, and user triggers") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int, whole text, n int NOT NULL DEFAULT 0, PRIMARY KEY (id)) "
      "PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);"
      "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN NEW.whole := initcap(NEW.whole); RETURN NEW; END';"
      "CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tidy()");
  const Sync sync = split(fixture.table("t"));
  CHECK(fixture.writer->sync_obstacle(sync).empty());
  fixture.expand(sync);
  run_psql(PostgresServer::instance().url(fixture.name, "app"),
           "COPY t (id, first, last) FROM STDIN;\n1\tada\tking\n2\tMary Ann\tEvans\n\\.\n"
           "COPY t (id, whole) FROM STDIN;\n4\tjohn stuart mill\n\\.\n");
  CHECK(fixture.read("SELECT whole, first, last FROM t WHERE id = 4") == "John Stuart Mill|John|Stuart Mill");
  fixture.app->script("DELETE FROM t WHERE id = 4");
  // What agrees stays as the new release knows it.
  CHECK(fixture.read(k_all) == "Ada King|Ada|King\nMary Ann Evans|Mary Ann|Evans");
  fixture.app->script(
      "UPDATE t SET id = id + 100; UPDATE t2 SET last = 'Cross' WHERE id = 102;"
      "INSERT INTO t (id, first, last) VALUES (101, 'Bea', 'B') ON CONFLICT (id) DO UPDATE SET "
      "last = EXCLUDED.last; INSERT INTO t (id, whole) VALUES (3, 'x y') ON CONFLICT DO NOTHING");
  CHECK(fixture.read(k_all) == "X Y|X|Y\nAda B|Ada|B\nMary Ann Cross|Mary Ann|Cross");
}

TEST_CASE("postgres: sides in the attic never raise and take NULL for what cannot be mapped") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a int, b int, ab text)");
  Sync sync = merge(fixture.table("t"));
  sync.kind = Sync::Kind::attic;
  sync.old_columns[0].expression = "ab::int / 100";
  sync.old_columns[1].expression = "length(ab)";
  sync.new_columns[0] = {"ab", "text", "(a * 100 + b)::text"};
  fixture.run(fixture.writer->create_sync(sync).statements);
  fixture.app->script("INSERT INTO t (id, ab) VALUES (1, '203'), (2, 'two'); INSERT INTO t VALUES (3, 4, 5)");
  CHECK(fixture.read("SELECT a, b, ab FROM t ORDER BY id") == "2|3|203\nNULL|3|two\n4|5|405");
  CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
}
