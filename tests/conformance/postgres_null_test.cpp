// What NULL of the new side means, and the order of triggers by their names.
#include "support/postgres_table.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
Sync coalescing(Table table) {
  return {.id = "1_1",
          .table = std::move(table),
          .old_column = "value",
          .new_column = "value2",
          .new_type = "text",
          .up = "value",
          .down = "coalesce(value2, '')"};
}

constexpr const char* k_both = "SELECT id, value, value2 FROM t ORDER BY id";
} // namespace

TEST_CASE("postgres: NULL of the new release stays NULL where down makes a value of it") {
  const PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, value text)");
  Sync sync = coalescing(fixture.table("t"));
  fixture.expand(sync);
  fixture.app->script(
      "INSERT INTO t (id, value) VALUES (1, ''), (2, 'x'); UPDATE t SET value2 = NULL WHERE id = 2");
  CHECK(fixture.read(k_both) == "1||\n2||NULL");
  CHECK(fixture.read(fixture.writer->backfill(sync).count_left) == "0");
  CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
  sync.never_null = true; // unless it cannot be meant
  CHECK(fixture.read(fixture.writer->backfill(sync).count_left) == "1");
}

TEST_CASE("postgres: NULL of the new release goes with the row to another partition") {
  const PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, value text) PARTITION BY RANGE (id);"
                                "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
                                "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200)");
  fixture.expand(coalescing(fixture.table("t")));
  fixture.app->script(
      "INSERT INTO t (id, value) VALUES (1, 'x'), (2, 'y'); UPDATE t SET value2 = NULL WHERE id = 1;"
      "UPDATE t SET id = id + 100");
  CHECK(fixture.read(k_both) == "101||NULL\n102|y|y");
}

TEST_CASE("postgres: a user trigger sees both sides in step whatever its name sorts before") {
  const std::string name = GENERATE("a", "!", " early", "   earlier");
  const PostgresFixture fixture(
      fmt::format("CREATE TABLE t (id int PRIMARY KEY, value text, shout text);"
                  "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS "
                  "'BEGIN NEW.shout := upper(NEW.value); RETURN NEW; END';"
                  "CREATE TRIGGER \"{}\" BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION shout()",
                  name));
  const Sync sync = coalescing(fixture.table("t"));
  CHECK(fixture.writer->sync_obstacle(sync).empty());
  fixture.expand(sync);
  fixture.app->script(
      "INSERT INTO t (id, value2) VALUES (1, 'a'), (2, 'b'); UPDATE t SET value2 = 'c' WHERE id = 2");
  CHECK(fixture.read("SELECT shout FROM t ORDER BY id") == "A\nC");
  fixture.run(fixture.writer->create_sync(sync).inverse);
  CHECK(fixture.read("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%afloat%'") == "0");
}
