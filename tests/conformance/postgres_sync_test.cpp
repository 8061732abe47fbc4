#include "support/postgres_table.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
Sync identity(const Table& table, const std::string& old_column, const std::string& new_column) {
  return {.id = "7_1",
          .table = table,
          .old_column = old_column,
          .new_column = new_column,
          .new_type = table.find_column(old_column)->type,
          .up = old_column,
          .down = new_column,
          .identity = true};
}

Sync mapped(const Table& table, const std::string& new_type, const std::string& up, const std::string& down) {
  return {.id = "7_1",
          .table = table,
          .old_column = "a",
          .new_column = "b",
          .new_type = new_type,
          .up = up,
          .down = down};
}
} // namespace

TEST_CASE("postgres: sync follows stored bytes and not a type's own equality") {
  struct Case {
    std::string type, first, second, setup;
  };
  const Case row = GENERATE(
      Case{"json", "{\"a\":1}", "{\"a\": 1}", ""}, Case{"citext", "Bob", "bob", ""},
      Case{"text COLLATE blind", "Bob", "bob",
           "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"},
      Case{"numeric", "9.9", "9.90", ""}, Case{"numeric[]", "{9.9}", "{9.90}", ""},
      Case{"double precision", "0", "-0", ""}, Case{"character varying(3)", "Bob", "bob", ""});
  CAPTURE(row.type);
  const std::string name = PostgresServer::instance().create_database();
  PostgresServer::instance().connect(name, "postgres")->script("CREATE EXTENSION citext");
  PostgresFixture fixture("");
  PostgresServer::instance().connect(fixture.name, "postgres")->script("CREATE EXTENSION citext");
  fixture.owner->script(row.setup + "CREATE TABLE t (id int PRIMARY KEY, a " + row.type
                        + ", c int DEFAULT 0)");
  grant_to_app(*fixture.owner);
  fixture.expand(identity(fixture.table("t"), "a", "b"));
  fixture.app->query("INSERT INTO t (id, a) VALUES (1, '" + row.first + "')", {});
  fixture.app->query("UPDATE t SET c = c + 1", {});
  CHECK(fixture.read("SELECT a, b FROM t") == row.first + "|" + row.first);
  fixture.app->query("UPDATE t SET b = '" + row.second + "'", {});
  CHECK(fixture.read("SELECT a, b FROM t") == row.second + "|" + row.second);
  fixture.app->query("UPDATE t SET a = '" + row.first + "'", {});
  CHECK(fixture.read("SELECT a, b FROM t") == row.first + "|" + row.first);
}

TEST_CASE("postgres: the counter leaves the application's lastval() alone") {
  PostgresFixture fixture("CREATE TABLE t (id serial PRIMARY KEY, a text)");
  fixture.expand(identity(fixture.table("t"), "a", "b"));
  fixture.app->script("INSERT INTO t (a) VALUES ('x'), ('y'); UPDATE t SET a = 'z' WHERE id = 1");
  CHECK(fixture.app->query("SELECT lastval()", {}).scalar() == "2");
  CHECK(fixture.owner->query("SELECT last_value FROM afloat.writes_7_1", {}).scalar() == "3");
}

TEST_CASE("postgres: a statement that writes both sides follows the policy") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a int)");
  Sync sync = mapped(fixture.table("t"), "text", "a::text", "b::int");
  SECTION("new_wins") {
    fixture.expand(sync);
    fixture.app->script("INSERT INTO t VALUES (1, 5, '6'); INSERT INTO t VALUES (2, 5, '05')");
    CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "1|6|6\n2|5|05");
    fixture.app->query("UPDATE t SET a = 8, b = '9' WHERE id = 1", {});
    CHECK(fixture.read("SELECT * FROM t WHERE id = 1") == "1|9|9");
  }
  SECTION("reject") {
    sync.policy = ConflictPolicy::reject;
    fixture.expand(sync);
    CHECK(failure([&] { fixture.app->query("INSERT INTO t VALUES (1, 5, '6')", {}); })
          == "23000 a and b of public.t were both written and do not agree");
    fixture.app->query("INSERT INTO t VALUES (1, 5, '5')", {});
    CHECK(failure([&] { fixture.app->query("UPDATE t SET a = 8, b = '9'", {}); })
          == "23000 a and b of public.t were both written and do not agree");
    fixture.app->query("UPDATE t SET a = 8, b = '08'", {});
    CHECK(fixture.read("SELECT * FROM t") == "1|8|08");
  }
}

TEST_CASE("postgres: columns may have the names of a trigger's own variables") {
  PostgresFixture fixture("CREATE TABLE \"select\" (id int PRIMARY KEY, \"new\" int, \"Mixed Case\" int)");
  const Table table = fixture.table("select");
  SECTION("new") {
    Sync sync{.id = "7_1", .table = table, .old_column = "new", .new_column = "old", .new_type = "bigint"};
    sync.up = "\"new\" + 1";
    sync.down = "\"select\".old - 1";
    fixture.expand(sync);
    fixture.app->script(
        "INSERT INTO \"select\" VALUES (1, 5); INSERT INTO \"select\" (id, old) VALUES (2, 5)");
    fixture.app->query("UPDATE \"select\" SET \"new\" = 7 WHERE id = 1", {});
    CHECK(fixture.read("SELECT id, \"new\", old FROM \"select\" ORDER BY id") == "1|7|8\n2|4|5");
  }
  SECTION("a name that needs quotes") {
    Sync sync{
        .id = "7_1", .table = table, .old_column = "Mixed Case", .new_column = "year", .new_type = "int"};
    sync.up = "extract(year from make_date(\"select\".\"Mixed Case\", 1, 1))";
    sync.down = "year";
    fixture.expand(sync);
    fixture.app->query("INSERT INTO \"select\" (id, \"Mixed Case\") VALUES (1, 1999)", {});
    CHECK(fixture.read("SELECT * FROM \"select\"") == "1|NULL|1999|1999");
  }
}

TEST_CASE("postgres: sync assigns with the column's own type and length") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text)");
  fixture.expand(mapped(fixture.table("t"), "character varying(3)", "a", "b"));
  fixture.app->query("INSERT INTO t (id, a) VALUES (1, 'abc')", {});
  CHECK(failure([&] { fixture.app->query("UPDATE t SET a = 'abcd'", {}); })
        == "22001 value too long for type character varying(3)");
}

TEST_CASE("postgres: an author's function is found whatever the writer's search path is") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text);"
      "CREATE FUNCTION shout(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)'");
  fixture.expand(mapped(fixture.table("t"), "text", "shout(a)", "lower(b)"));
  fixture.app->script("SET search_path = pg_catalog; INSERT INTO public.t (id, a) VALUES (1, 'x')");
  CHECK(fixture.read("SELECT * FROM t") == "1|x|X");
}

TEST_CASE("postgres: the counter, which runs with its owner's rights, uses nothing that the writer made") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x');"
                          "CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO app");
  const Sync sync = identity(fixture.table("t"), "a", "b");
  fixture.expand(sync);
  for (const char* types : {"float8, int", "float8, float8", "bigint, int", "bigint, bigint"}) {
    const auto parts = split(types, ',');
    for (const char* name : {"*", "-", ">="})
      fixture.app->script(fmt::format(
          "CREATE FUNCTION evil.f_{0}({1}) RETURNS {2} LANGUAGE plpgsql AS 'BEGIN RAISE ''taken over''; END';"
          "CREATE OPERATOR evil.{3} (LEFTARG = {4}, RIGHTARG = {5}, FUNCTION = evil.f_{0})",
          name[0] == '*'   ? "m"
          : name[0] == '-' ? "s"
                           : "g",
          types, name[0] == '>' ? "boolean" : parts[0], name, parts[0], parts[1]));
  }
  for (const char* call :
       {"nextval(text)", "clock_timestamp()", "int8(float8)", "pg_sequence_last_value(regclass)"})
    fixture.app->script(fmt::format(
        "CREATE FUNCTION evil.{} RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RAISE ''taken over''; END'",
        call));
  fixture.app->script("SET search_path = evil, pg_catalog, public");
  CHECK(failure([&] { fixture.app->query("SELECT 1.0::float8 * 1", {}); })
        == "P0001 taken over (PL/pgSQL function evil.f_m(double precision,integer) line 1 at RAISE)");
  fixture.app->query("UPDATE public.t SET a = 'y'", {});
  fixture.app->query("UPDATE public.t SET a = 'z'", {});
  CHECK(fixture.read("SELECT * FROM t") == "1|z|z");
  CHECK(fixture
            .read(fmt::format("SELECT * FROM ({}) c(n, at) WHERE abs(at - extract(epoch FROM now())) < 60",
                              fixture.writer->counters(sync).at(0).query))
            .starts_with("2|"));
}

TEST_CASE("postgres: on a volatile default of the old column the new side is believed when it was written") {
  PostgresFixture fixture(
      "CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY, a bigint DEFAULT nextval('s') + 0)");
  const Table table = fixture.table("t");
  CHECK_FALSE(table.find_column("a")->default_is_constant);
  fixture.expand(mapped(table, "text", "a::text", "b::bigint"));
  fixture.app->script("INSERT INTO t (id) VALUES (1); INSERT INTO t (id, b) VALUES (2, '70');"
                      "INSERT INTO t (id, a) VALUES (3, 80); SET afloat.side = 'new';"
                      "INSERT INTO t (id, b) VALUES (4, NULL)");
  CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "1|1|1\n2|70|70\n3|80|80\n4|NULL|NULL");
}

TEST_CASE("postgres: writes of the old release are counted and the backfill is not") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, c int)");
  const Sync sync = identity(fixture.table("t"), "a", "b");
  fixture.owner->query("INSERT INTO t VALUES (1, 'x')", {});
  fixture.expand(sync);
  const std::string query = fixture.writer->counters(sync).at(0).query;
  CHECK(fixture.writer->counters(sync).at(0).subject == "t.a");
  CHECK(fixture.read(query) == "0|NULL");
  fixture.app->script(
      "INSERT INTO t (id, b) VALUES (2, 'new'); UPDATE t SET b = 'newer' WHERE id = 2; UPDATE t SET c = 1");
  const RangeWork work = fixture.writer->backfill(sync);
  fixture.owner->script("BEGIN;" + work.before_batch.at(0) + ";"
                        + "UPDATE t SET a = a, b = a WHERE b IS NULL; COMMIT");
  CHECK(fixture.read(query) == "0|NULL");
  fixture.app->script("INSERT INTO t (id, a) VALUES (3, 'old')");
  fixture.app->script("UPDATE t SET a = a WHERE id = 3");
  const Result counted = fixture.owner->query(query, {});
  CHECK(counted.rows.at(0).at(0) == "2");
  const std::string now = *fixture.owner->query("SELECT extract(epoch FROM now())::bigint", {}).scalar();
  CHECK(std::stoll(now) - std::stoll(*counted.rows.at(0).at(1)) <= 60);
  CHECK(failure([&] { fixture.app->query(query, {}); })
        == "42501 permission denied for schema afloat (role app)");
}

TEST_CASE("postgres: guards see a sync trigger that is missing or disabled or changed") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text)");
  const Sync sync = identity(fixture.table("t"), "a", "b");
  fixture.expand(sync);
  const std::vector<Guard> guards = fixture.writer->guards(sync);
  REQUIRE(guards.size() == 5);
  CHECK(guards[2].subject == "sync trigger !afloat_7_1_sync_insert on public.t");
  for (const Guard& guard : guards) CHECK(fixture.read(guard.query) == "ok");
  fixture.owner->query("ALTER TABLE t DISABLE TRIGGER \"!afloat_7_1_sync_insert\"", {});
  CHECK(fixture.read(guards[2].query) == "disabled");
  fixture.owner->query("DROP TRIGGER \"!afloat_7_1_sync_insert\" ON t", {});
  CHECK(fixture.read(guards[2].query) == "missing");
  fixture.owner->query(
      "CREATE OR REPLACE FUNCTION afloat.sync_7_1_sync_update() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RETURN NEW; END'",
      {});
  CHECK(fixture.read(guards[3].query) == "its function was changed");
  fixture.run(fixture.writer->drop_sync(sync).statements);
  for (const Guard& guard : guards) CHECK(fixture.read(guard.query) == "missing");
  CHECK(fixture.read("SELECT count(*) FROM pg_class WHERE relnamespace = 'afloat'::regnamespace") == "0");
}

TEST_CASE("postgres: a fill gives a value where an insert left the column out") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, a text);"
                          "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS "
                          "'BEGIN NEW.a := lower(NEW.a); RETURN NEW; END';"
                          "CREATE TRIGGER tidy BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tidy()");
  const Sync sync{.kind = Sync::Kind::fill,
                  .id = "7_1",
                  .table = fixture.table("t"),
                  .old_column = "",
                  .new_column = "b",
                  .new_type = "text",
                  .up = "t.a || '!'"};
  CHECK(fixture.writer->sync_obstacle(sync).empty());
  fixture.expand(sync);
  fixture.app->script("INSERT INTO t (id, a) VALUES (1, 'X'); INSERT INTO t VALUES (2, 'X', 'own')");
  CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "1|x|x!\n2|x|own");
}

TEST_CASE("postgres: sync towards the attic never raises") {
  PostgresFixture fixture("CREATE TABLE t (id int PRIMARY KEY, hidden int, big bigint)");
  const Sync sync{.kind = Sync::Kind::attic,
                  .id = "7_1",
                  .table = fixture.table("t"),
                  .old_column = "hidden",
                  .new_column = "big",
                  .new_type = "bigint",
                  .up = "hidden",
                  .down = "big",
                  .identity = true};
  fixture.run(fixture.writer->create_sync(sync).statements);
  fixture.app->script("INSERT INTO t (id, big) VALUES (1, 3000000000), (2, 5)");
  fixture.app->script("INSERT INTO t VALUES (3, 7)");
  CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "1|NULL|3000000000\n2|5|5\n3|7|7");
  CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
}

TEST_CASE("postgres: sync works on partitioned tables and on rows that move") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int, a numeric(10,2), PRIMARY KEY (id)) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200)");
  const Sync sync = mapped(fixture.table("t"), "int", "round(a)::int", "b::numeric");
  CHECK(fixture.writer->sync_obstacle(sync).empty());
  fixture.expand(sync);
  fixture.app->script("INSERT INTO t (id, a) VALUES (1, 9.99); INSERT INTO t (id, b) VALUES (2, 10);"
                      "UPDATE t SET id = id + 100; UPDATE t2 SET b = 11 WHERE id = 102");
  CHECK(fixture.read("SELECT * FROM t ORDER BY id") == "101|9.99|10\n102|11.00|11");
  for (const Guard& guard : fixture.writer->guards(sync)) CHECK(fixture.read(guard.query) == "ok");
  CHECK(fixture.writer->sync_obstacle(mapped(fixture.table("t1"), "int", "a::int", "b"))
        == "public.t1 is a partition of t; sync on inherited tables is not supported");
}

TEST_CASE("postgres: what stands against a sync is said in a sentence") {
  PostgresFixture fixture(
      "CREATE TABLE t (id int PRIMARY KEY, a text, g text GENERATED ALWAYS AS (a) STORED);"
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
  const auto obstacle = [&](const std::string& ddl) {
    fixture.owner->script(ddl);
    return fixture.writer->sync_obstacle(mapped(fixture.table("t"), "text", "upper(a)", "lower(b)"));
  };
  CHECK(obstacle("") == "");
  CHECK(fixture.writer->sync_obstacle(mapped(fixture.table("t"), "text", "upper(g)", "lower(b)"))
        == "g is a generated column, which has no value yet when sync computes upper(g)");
  CHECK(fixture.writer->sync_obstacle(mapped(fixture.table("t"), "text", "upper(a)", ""))
        == "b needs `down`, so that what the new release writes reaches a");
  CHECK(obstacle("CREATE TRIGGER \"ü\" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()")
        == "the trigger ü on public.t has a name that sorts behind every name of afloat's, so it would run "
           "after the last "
           "sync");
}
