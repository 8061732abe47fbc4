// Triggers of the user with a column list or a condition, beside a sync.
#include "support/postgres_table.hpp"
#include "support/text.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// Every trigger notes what it sees of the row.
constexpr const char* k_noting =
    "CREATE TABLE seen (no int GENERATED ALWAYS AS IDENTITY, who text, old_a text, new_a text);"
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
    "'BEGIN INSERT INTO seen (who, old_a, new_a) SELECT TG_NAME, OLD.a, NEW.a; RETURN NEW; END';";

constexpr const char* k_definitions =
    "SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger') "
    "FROM pg_trigger WHERE NOT tgisinternal AND tgname !~ 'afloat_' ORDER BY 1, 2";

Sync copying(const Table& table, const std::string& from = "a", const std::string& to = "b",
             const std::string& id = "7_1") {
  return {.id = id,
          .table = table,
          .old_column = from,
          .new_column = to,
          .new_type = "text",
          .up = "\"" + from + "\"",
          .down = "\"" + to + "\"",
          .identity = true};
}

void close(PostgresFixture& fixture, const Sync& sync) {
  fixture.owner->begin(std::chrono::seconds(10));
  for (const Statement& statement : fixture.writer->drop_sync(sync).statements)
    fixture.owner->query(statement.sql, {});
  fixture.owner->commit();
  fixture.owner->script(
      fmt::format("ALTER TABLE {} DROP COLUMN \"{}\"", sync.table.name.name, sync.new_column));
}

std::string seen(PostgresFixture& fixture) {
  return fixture.read("SELECT who, old_a, new_a FROM seen ORDER BY no");
}
} // namespace

TEST_CASE("postgres: a trigger with a column list fires once for a write of either release") {
  const std::string kind = GENERATE("BEFORE UPDATE OF a", "AFTER UPDATE OF a", "BEFORE UPDATE OF c, a",
                                    "AFTER INSERT OR UPDATE OF a OR DELETE");
  CAPTURE(kind);
  PostgresFixture fixture(std::string(k_noting)
                          + "CREATE TABLE t (id int PRIMARY KEY, a text, c text, d int);"
                          + "INSERT INTO t VALUES (1, 'x'), (2, 'y'); CREATE TRIGGER u " + kind
                          + " ON t FOR EACH ROW EXECUTE FUNCTION note()");
  const std::string before = fixture.read(k_definitions);
  const Sync sync = copying(fixture.table("t"));
  REQUIRE(fixture.writer->sync_obstacle(sync) == "");
  fixture.expand(sync);
  fixture.owner->script("BEGIN; SET LOCAL afloat.backfill = '7_1'; UPDATE t SET b = a WHERE id = 1; COMMIT");
  CHECK(seen(fixture) == "");
  fixture.app->script("UPDATE t SET b = 'p' WHERE id = 1; UPDATE t SET a = 'q' WHERE id = 1;"
                      "UPDATE t SET d = 1; UPDATE t SET a = 'r', b = 'r' WHERE id = 1");
  CHECK(seen(fixture) == "u|x|p\nu|p|q\nu|q|r");
  close(fixture, sync);
  CHECK(fixture.read(k_definitions) == before);
}

TEST_CASE("postgres: a condition on a synced column sees what the new release writes") {
  const std::string when = GENERATE("NEW.a IS DISTINCT FROM OLD.a", "NEW.a = 'p' OR OLD.a = 'p'",
                                    "CASE WHEN NEW.a = 'p' THEN true END");
  const std::string list = GENERATE("", " OF a");
  const std::string timing = GENERATE("BEFORE", "AFTER");
  CAPTURE(when, list, timing);
  PostgresFixture fixture(
      std::string(k_noting)
      + "CREATE TABLE t (id int PRIMARY KEY, a text, d int); INSERT INTO t VALUES (1, 'x');"
      + fmt::format("CREATE TRIGGER u {} UPDATE{} ON t FOR EACH ROW WHEN ({}) EXECUTE "
                    "FUNCTION note()",
                    timing, list, when));
  const std::string before = fixture.read(k_definitions);
  const Sync sync = copying(fixture.table("t"));
  REQUIRE(fixture.writer->sync_obstacle(sync) == "");
  fixture.expand(sync);
  fixture.app->script("UPDATE t SET b = 'p'; UPDATE t SET d = 1 WHERE a <> 'p'");
  CHECK(seen(fixture) == "u|x|p");
  close(fixture, sync);
  CHECK(fixture.read(k_definitions) == before);
}

TEST_CASE("postgres: triggers of every kind with column lists come back as they were") {
  PostgresFixture fixture(
      std::string(k_noting)
      + "CREATE TABLE t (id int PRIMARY KEY, a text, \"UPDATE OF a\" text);"
        "CREATE TRIGGER always BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION note();"
        "ALTER TABLE t ENABLE ALWAYS TRIGGER always;"
        "CREATE TRIGGER replica AFTER UPDATE OF \"UPDATE OF a\", a ON t FOR EACH ROW EXECUTE FUNCTION "
        "note('x');"
        "ALTER TABLE t ENABLE REPLICA TRIGGER replica;"
        "CREATE TRIGGER \" UPDATE OF a ON t\" AFTER UPDATE OF a ON t FOR EACH ROW "
        "WHEN (NEW.a <> ' FOR EACH ROW WHEN (x) EXECUTE ') EXECUTE FUNCTION note(' FOR EACH ROW WHEN (');"
        "ALTER TABLE t DISABLE TRIGGER \" UPDATE OF a ON t\";"
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OF a ON t DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.id > 0 AND NEW.a <> '') EXECUTE FUNCTION note();"
        "COMMENT ON TRIGGER late ON t IS 'it''s late'; COMMENT ON TRIGGER always ON t IS 'always';"
        "CREATE TRIGGER statement BEFORE INSERT OR DELETE OR UPDATE OF a OR TRUNCATE ON t "
        "FOR EACH STATEMENT EXECUTE FUNCTION note()");
  const std::string before = fixture.read(k_definitions);
  const Sync sync = copying(fixture.table("t"), "a", "it's");
  fixture.expand(sync);
  CHECK(fixture.read("SELECT count(*) FROM pg_trigger WHERE tgname !~ 'afloat_' AND NOT tgisinternal AND "
                     "pg_get_triggerdef(oid) LIKE '% UPDATE OF%a, \"it''s\" %'")
        == "5");
  close(fixture, sync);
  CHECK(fixture.read(k_definitions) == before);
}

TEST_CASE("postgres: two windows widen one trigger and let go of it in either order") {
  const std::string when = GENERATE("", "WHEN (NEW.a <> NEW.c) ");
  const bool first = GENERATE(true, false);
  CAPTURE(when, first);
  PostgresFixture fixture(
      std::string(k_noting)
      + "CREATE TABLE t (id int PRIMARY KEY, a text, c text); INSERT INTO t VALUES (1, 'x', 'y');"
        "CREATE TRIGGER u AFTER UPDATE OF a, c ON t FOR EACH ROW "
      + when + "EXECUTE FUNCTION note()");
  const std::string before = fixture.read(k_definitions);
  const Sync one = copying(fixture.table("t"));
  fixture.expand(one);
  const Sync two = copying(fixture.table("t"), "c", "e", "8_1");
  fixture.expand(two);
  fixture.app->script("UPDATE t SET b = 'p'; UPDATE t SET e = 'q'; UPDATE t SET a = 'r'");
  CHECK(seen(fixture) == "u|x|p\nu|p|p\nu|p|r");
  close(fixture, first ? one : two);
  fixture.app->script(first ? "UPDATE t SET e = 's'" : "UPDATE t SET b = 's'");
  CHECK(fixture.read("SELECT count(*) FROM seen") == "4");
  close(fixture, first ? two : one);
  CHECK(fixture.read(k_definitions) == before);
}

TEST_CASE("postgres: column lists of a partitioned table go with its partitions") {
  PostgresFixture fixture(
      std::string(k_noting)
      + "CREATE TABLE t (id int, a text) PARTITION BY RANGE (id);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE t2 (a text, gone int, id int); ALTER TABLE t2 DROP COLUMN gone;"
        "ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (10) TO (20);"
        "CREATE TRIGGER u BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION note();"
        "ALTER TABLE t ENABLE ALWAYS TRIGGER u; INSERT INTO t VALUES (1, 'x'), (11, 'y')");
  const std::string before = fixture.read(k_definitions);
  const Sync sync = copying(fixture.table("t"));
  fixture.expand(sync);
  fixture.app->script("UPDATE t SET b = 'p' WHERE id = 11; UPDATE t SET b = 'q' WHERE id = 1");
  CHECK(seen(fixture) == "u|y|p\nu|x|q");
  close(fixture, sync);
  CHECK(fixture.read(k_definitions) == before);
}

TEST_CASE("postgres: a trigger that its owner made anew in the window stays as it is") {
  PostgresFixture fixture(std::string(k_noting)
                          + "CREATE TABLE t (id int PRIMARY KEY, a text, c text);"
                            "CREATE TRIGGER u AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION note()");
  const Sync sync = copying(fixture.table("t"));
  fixture.expand(sync);
  fixture.owner->script(
      "CREATE OR REPLACE TRIGGER u AFTER UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION note()");
  const std::string made = fixture.read(k_definitions);
  close(fixture, sync);
  CHECK(fixture.read(k_definitions) == made);
}

TEST_CASE("postgres: what a trigger's function writes is kept, also when it is changed in the window") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text, c text);"
      "CREATE FUNCTION small() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a := lower(NEW.a); RETURN NEW; "
      "END'; CREATE TRIGGER small BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION small()");
  fixture.expand(copying(fixture.table("t")));
  fixture.app->script("INSERT INTO t (id, a) VALUES (1, 'X'); INSERT INTO t (id, b) VALUES (2, 'Y');"
                      "UPDATE t SET b = 'P' WHERE id = 1; UPDATE t SET c = 'u'");
  CHECK(fixture.read("SELECT id, a, b FROM t ORDER BY id") == "1|p|p\n2|y|y");
  fixture.owner->script(
      "CREATE OR REPLACE FUNCTION small() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.b := lower(NEW.b); "
      "RETURN NEW; END'");
  fixture.app->script("INSERT INTO t (id, a) VALUES (3, 'X'); INSERT INTO t (id, b) VALUES (4, 'Y');"
                      "UPDATE t SET b = 'Q' WHERE id = 1; UPDATE t SET a = 'Z' WHERE id = 2;"
                      "UPDATE t SET a = NULL WHERE id = 3; UPDATE t SET c = 'v'");
  CHECK(fixture.read("SELECT id, a, b FROM t ORDER BY id") == "1|q|q\n2|z|z\n3|NULL|NULL\n4|y|y");
}

TEST_CASE("postgres: a trigger's function that is changed in the window may write this table again") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text);"
      "CREATE FUNCTION small() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a := lower(NEW.a); RETURN NEW; "
      "END'; CREATE TRIGGER small BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION small();"
      "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  fixture.expand(copying(fixture.table("t")));
  fixture.owner->script(
      "CREATE OR REPLACE FUNCTION small() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN "
      "IF NEW.id = 1 THEN UPDATE t SET b = NEW.b WHERE id = 2; END IF; NEW.b := lower(NEW.b); RETURN NEW; "
      "END'");
  fixture.app->query("UPDATE t SET a = 'Q' WHERE id = 1", {});
  CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "1|q|q\n2|q|q");
}

TEST_CASE("postgres: a backfill that writes another table by a trigger leaves its sync on") {
  PostgresFixture fixture(
      "CREATE TABLE customers (id int PRIMARY KEY, total int NOT NULL DEFAULT 0);"
      "CREATE TABLE orders (id int PRIMARY KEY, note text);"
      "INSERT INTO customers (id) VALUES (1); INSERT INTO orders VALUES (1, 'x'), (2, 'y');"
      "CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE customers SET total = "
      "total "
      "+ 1; RETURN NULL; END';"
      "CREATE TRIGGER add_up AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION add_up()");
  Sync customers = copying(fixture.table("customers"), "total", "sum", "7_1");
  customers.new_type = "int";
  fixture.expand(customers);
  fixture.owner->script("UPDATE customers SET sum = total");
  const Sync orders = copying(fixture.table("orders"), "note", "remark", "8_1");
  fixture.expand(orders);
  const RangeWork work = fixture.writer->backfill(orders);
  fixture.owner->begin(std::chrono::seconds(1));
  fixture.owner->query(work.before_batch.at(0), {});
  fixture.owner->query(replaced(work.sweep, "{limit}", "10"), {});
  fixture.owner->commit();
  CHECK(fixture.read("SELECT * FROM customers") == "1|2|2");
  CHECK(fixture.read("SELECT * FROM orders ORDER BY id") == "1|x|x\n2|y|y");
}
