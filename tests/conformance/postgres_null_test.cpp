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

namespace {
/// A copy of a column whose default is 'd'.
Sync copied_with_default(const PostgresFixture& fixture, ConflictPolicy policy = ConflictPolicy::new_wins) {
  return {.id = "1_1",
          .table = fixture.table("t"),
          .old_column = "value",
          .new_column = "value2",
          .new_type = "text",
          .up = "value",
          .down = "value2",
          .identity = true,
          .new_default = "'d'",
          .policy = policy};
}
} // namespace

TEST_CASE("postgres: a row keeps its value in another partition before the backfill has come to it") {
  const std::string not_null = GENERATE("", " NOT NULL");
  const PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, value text DEFAULT 'd'" + not_null
                                + ") PARTITION BY RANGE (id);"
                                  "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
                                  "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);"
                                  "INSERT INTO t VALUES (1, 'x'), (2, 'd'), (3, 'y')");
  const Sync sync = copied_with_default(fixture, GENERATE(ConflictPolicy::new_wins, ConflictPolicy::reject));
  fixture.expand(sync);
  fixture.app->script("UPDATE t SET id = id + 100 WHERE id < 3");
  CHECK(fixture.read(k_both) == "3|y|NULL\n101|x|x\n102|d|d");
  fixture.app->script("UPDATE t SET id = id + 100, value = 'z' WHERE id = 3");
  CHECK(fixture.read(k_both) == "101|x|x\n102|d|d\n103|z|z");
  if (!not_null.empty()) return;
  // What the new release writes as NULL is meant so, and goes along.
  fixture.app->script(
      "INSERT INTO t (id, value2) VALUES (4, NULL); UPDATE t SET value2 = NULL WHERE id = 101;"
      "UPDATE t SET id = id - 100 WHERE id > 100; UPDATE t SET id = id + 100 WHERE id = 4");
  CHECK(fixture.read(k_both) == "1|NULL|NULL\n2|d|d\n3|z|z\n104|NULL|NULL");
  fixture.owner->begin(std::chrono::seconds(1));
  fixture.run(fixture.writer->drop_sync(sync).statements);
  fixture.owner->commit();
  CHECK(fixture.read("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%afloat%'") == "0");
}

TEST_CASE("postgres: NULL of the new release stays NULL behind a DELETE of a row that is not filled yet") {
  const PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, value text DEFAULT 'd') PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);"
      "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN\n"
      "  IF OLD.id = 4 THEN INSERT INTO t (id, value) VALUES (5, 'w'); END IF;\n"
      "  RETURN OLD; END$$;"
      "CREATE TRIGGER again BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION again();"
      "INSERT INTO t VALUES (1, 'x'), (2, 'd'), (3, 'y'), (4, 'z')");
  fixture.expand(copied_with_default(fixture));
  for (const char* id : {"1", "2"})
    fixture.app->script(fmt::format("BEGIN; DELETE FROM t WHERE id = {0};"
                                    "INSERT INTO t (id, value2) VALUES ({0}, NULL); COMMIT",
                                    id));
  fixture.app->script(
      "BEGIN; UPDATE t SET id = 103 WHERE id = 3; INSERT INTO t (id, value2) VALUES (3, NULL);"
      "UPDATE t SET id = 104 WHERE id = 4; COMMIT");
  CHECK(fixture.read(k_both) == "1|NULL|NULL\n2|NULL|NULL\n3|NULL|NULL\n5|w|w\n103|y|y\n104|z|z");
}

TEST_CASE("postgres: a row keeps its value in another partition before a revert has filled its old column") {
  const PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, value2 text DEFAULT 'd') PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);"
      "INSERT INTO t VALUES (1, 'x'), (2, 'd'), (3, NULL);"
      "ALTER TABLE t ADD COLUMN value text; ALTER TABLE t ALTER value SET DEFAULT 'd'");
  Sync sync = copied_with_default(fixture);
  sync.kind = Sync::Kind::attic;
  fixture.run(fixture.writer->create_sync(sync).statements);
  fixture.app->script("UPDATE t SET id = id + 100");
  CHECK(fixture.read(k_both) == "101|x|x\n102|d|d\n103|NULL|NULL");
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
