#include "support/postgres_server.hpp"
#include "support/rollout.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string removing(const std::string& rest) {
  return "[[operation]]\ntype = \"remove_enum_value\"\ntable = \"orders\"\ncolumn = \"state\"\n" + rest;
}

const std::string k_becoming = removing("value = \"lost\"\nbecomes = \"new\"");
const std::string k_without = removing("value = \"lost\"");

std::string schema_of(Dialect dialect) {
  return read_file(example("remove_enum_value")
                   / (dialect == Dialect::postgres ? "schema.postgres.sql" : "schema.sql"));
}

/// Writes the state, and reads it back as one of those that it may have become.
Release writing(const std::string& state, const std::string& read) {
  return {.insert =
              fmt::format("INSERT INTO orders (id, state, note) VALUES ({{key}}, '{}', '{{value}}')", state),
          .update =
              fmt::format("UPDATE orders SET state = '{}', note = '{{value}}' WHERE id = {{key}}", state),
          .erase = "DELETE FROM orders WHERE id = {key}",
          .read = fmt::format("SELECT id, CASE WHEN state IN ({}) THEN note END FROM orders", read)};
}

Rollout of_orders(Dialect dialect) {
  Rollout rollout;
  rollout.schema = schema_of(dialect) + "DELETE FROM orders; ALTER TABLE orders ADD COLUMN note text;";
  rollout.migrations = {k_becoming};
  rollout.old_release = writing("lost", "'lost', 'paid'");
  rollout.new_release = writing("paid", "'new', 'paid'");
  rollout.always = {"SELECT count(*) FROM orders WHERE NOT ((CAST(state AS text) = 'lost' AND "
                    "CAST(_afloat_new_1_state AS text) = 'new') OR CAST(state AS text) = "
                    "CAST(_afloat_new_1_state AS text))"};
  return rollout;
}

std::string states(const World& world) {
  return world.connect()
      ->query(world.dialect() == Dialect::postgres
                  ? "SELECT string_agg(id || ' ' || state, ', ' ORDER BY id) FROM orders"
                  : "SELECT group_concat(id || ' ' || state, ', ') FROM (SELECT * FROM orders ORDER BY id)")
      .scalar()
      .value_or("");
}

/// The message behind the name of the operation.
std::string rejected(Dialect dialect, const std::string& schema, const std::string& migration) {
  const auto world = make_world(dialect);
  world->prepare(schema);
  const std::string before = world->dump();
  const Project project({migration});
  const Outcome outcome = project.run(*world, {"expand"});
  CHECK(outcome.status == 3);
  CHECK(difference(before, world->dump()) == "");
  const std::size_t from = outcome.err.find("(remove_enum_value): ");
  return from == std::string::npos ? outcome.err
                                   : outcome.err.substr(from + 21, outcome.err.find('\n') - from - 21);
}
} // namespace

TEST_CASE("remove_enum_value loses no write of either release", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, of_orders(dialect));
  }
  SECTION("forward") {
    rolls_forward(dialect, of_orders(dialect));
  }
  SECTION("back behind contract") {
    Rollout rollout = of_orders(dialect);
    // The window that is open again has one column for both: what the old release writes, the new one reads.
    rollout.new_release = writing("paid", "'new', 'paid', 'lost'");
    comes_back(dialect, rollout);
  }
  SECTION("back behind contract, where no row has the value") {
    Rollout rollout = of_orders(dialect);
    rollout.migrations = {k_without};
    rollout.old_release = writing("new", "'new', 'paid'");
    if (dialect == Dialect::sqlite) rollout.always.clear(); // only the list is edited
    if (dialect == Dialect::postgres) rollout.schema += "UPDATE changes SET states = NULL;";
    comes_back(dialect, rollout);
  }
}

TEST_CASE("a revert of remove_enum_value lets the value in again, and rows have it that had it",
          "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const bool becoming = GENERATE(true, false);
  const auto world = make_world(dialect);
  world->prepare(schema_of(dialect) + (becoming ? "" : "UPDATE orders SET state = 'paid' WHERE id = 3;")
                 + (becoming || dialect == Dialect::sqlite ? "" : "UPDATE changes SET states = NULL;"));
  const auto unlike = [](std::string one, std::string other) {
    for (std::string* dump : {&one, &other}) std::erase(*dump, '"');
    const std::string found = difference(one, other);
    return found == "the same lines in another order" ? std::string() : found;
  };
  const std::string before = world->dump();
  const Project project({becoming ? k_becoming : k_without});
  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  for (int round = 1; round <= 2; ++round) {
    INFO("round " << round);
    project.succeed(*world, {"contract", "--quiet", "0"});
    const auto app = world->connect_app();
    CHECK_THROWS(app->query("INSERT INTO orders (id, state) VALUES (6, 'lost')"));
    app->query("INSERT INTO orders (id, state) VALUES (7, 'paid')");
    app->query("UPDATE orders SET state = 'paid' WHERE id = 1");
    CHECK(project.succeed(*world, {"status"}).find("can I still go back: no") == std::string::npos);
    project.succeed(*world, {"revert", "0001"});
    CHECK(states(*world) == (becoming ? "1 paid, 2 paid, 3 lost, 7 paid" : "1 paid, 2 paid, 3 paid, 7 paid"));
    app->query("INSERT INTO orders (id, state) VALUES (6, 'lost')");
    app->query("DELETE FROM orders WHERE id > 3");
    app->query("UPDATE orders SET state = 'new' WHERE id = 1");
    project.succeed(*world, {"verify"});
    REQUIRE(unlike(window, world->dump()) == "");
  }
  project.succeed(*world, {"abort"});
  REQUIRE(unlike(before, world->dump()) == "");
}

TEST_CASE("a revert takes from the new enum what contract gave it, and contract gives it again",
          "[operations][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      schema_of(Dialect::postgres)
      + "COMMENT ON TYPE order_state IS 'where it stands'; GRANT USAGE ON TYPE order_state TO app;");
  const auto given = [&](std::string_view type) {
    const auto rows =
        world->connect()
            ->query(fmt::format(
                "SELECT coalesce(obj_description(t.oid, 'pg_type'), 'nothing') || ', ' || (SELECT "
                "count(*) FROM aclexplode(t.typacl) a WHERE a.grantee = 'app'::regrole) FROM "
                "pg_type t WHERE t.typtype = 'e' AND t.typname = '{}'",
                type))
            .rows;
    return rows.empty() ? std::string("no such type") : rows.at(0).at(0).value_or("NULL");
  };
  const Project project({k_becoming});
  project.succeed(*world, {"expand"});
  CHECK(given("_afloat_new_1_order_state") == "nothing, 0");
  for (int round = 1; round <= 2; ++round) {
    project.succeed(*world, {"contract", "--quiet", "0"});
    CHECK(given("order_state") == "where it stands, 1");
    project.succeed(*world, {"revert"});
    CHECK(given("_afloat_new_1_order_state") == "nothing, 0");
    CHECK(given("order_state") == "where it stands, 1");
  }
}

TEST_CASE("remove_enum_value maps the value for the new shape and keeps it for the old", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(schema_of(dialect));
  const Project project({k_becoming});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO orders (id, state) VALUES (4, 'lost')");
  app->query("UPDATE orders SET state = 'lost' WHERE id = 2");
  app->query("INSERT INTO orders (id) VALUES (5)");
  CHECK(states(*world) == "1 new, 2 lost, 3 lost, 4 lost, 5 new");
  CHECK(project.succeed(*world, {"status"}).find("\"lost\" in ") != std::string::npos);
  CHECK(project.succeed(*world, {"status"}).find("orders.state: 2 writes by the old release")
        != std::string::npos);
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(states(*world) == "1 new, 2 new, 3 new, 4 new, 5 new");
  CHECK(world->connect()
            ->query("SELECT count(*) FROM orders WHERE CAST(_afloat_attic_1_state AS text) = 'lost'")
            .scalar()
        == "3");
  CHECK_THROWS(app->query("INSERT INTO orders (id, state) VALUES (6, 'lost')"));
  app->query("UPDATE orders SET state = 'paid' WHERE id = 2");
  app->query("INSERT INTO orders (id) VALUES (6)");
  CHECK(states(*world) == "1 new, 2 paid, 3 new, 4 new, 5 new, 6 new");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  CHECK(states(*world) == "1 new, 2 paid, 3 new, 4 new, 5 new, 6 new");
}

// Such a trigger could assign the column, whatever the statement names.
TEST_CASE("beside a trigger of the user the gate asks who writes the value, not who writes the row",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(schema_of(Dialect::postgres) + R"(
ALTER TABLE orders ADD COLUMN note text, ADD COLUMN wish text;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.note := 'touched'; NEW.state := coalesce(NEW.wish, NEW.state::text); RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();)");
  const Project project({k_becoming});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  const auto counted = [&](std::string_view statement) {
    const auto writes = [&] {
      return world->connect()
          ->query("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM afloat.writes_1_1_value")
          .scalar()
          .value_or("");
    };
    const int before = std::stoi(writes());
    app->query(std::string(statement));
    return std::stoi(writes()) - before;
  };
  CHECK(counted("UPDATE orders SET note = 'x'") == 0);
  CHECK(counted("INSERT INTO orders (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET note = 'x'") == 0);
  CHECK(counted("UPDATE orders SET state = 'paid' WHERE id = 2") == 0);
  CHECK(counted("UPDATE orders SET state = state, note = 'x'") == 1); // the one row that has it
  CHECK(counted("UPDATE orders SET state = 'lost' WHERE id = 3") == 1);
  CHECK(counted("UPDATE orders SET state = 'lost' WHERE id = 1") == 1);
  CHECK(counted("UPDATE orders SET wish = 'lost' WHERE id = 2") == 1); // the trigger writes it
  CHECK(counted("INSERT INTO orders (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET state = 'lost'") == 1);
  CHECK(counted("INSERT INTO orders (id, state) VALUES (4, 'lost')") == 1);
  CHECK(counted("UPDATE orders SET wish = 'new' WHERE state = 'lost'") == 0);
}

TEST_CASE("remove_enum_value without becomes asks for the rows that have it", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(schema_of(dialect));
  const Project project({k_without});
  const std::string before = world->dump();
  const Outcome counted = project.run(*world, {"expand"});
  CHECK(counted.status == 1);
  CHECK(counted.err.find("1 row is in the way:") != std::string::npos);
  CHECK(counted.err.find(dialect == Dialect::postgres ? "id=3: state='lost'" : "id 3: state 'lost'")
        != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
  const auto app = world->connect_app();
  app->query("UPDATE orders SET state = 'new' WHERE id = 3");
  if (dialect == Dialect::postgres) app->query("UPDATE changes SET states = '{new}' WHERE id = 2");

  project.succeed(*world, {"expand"});
  app->query("INSERT INTO orders (id, state) VALUES (4, 'lost')");
  app->query("UPDATE orders SET state = 'lost' WHERE id = 2");
  CHECK(states(*world) == "1 new, 2 lost, 3 new, 4 lost");
  CHECK(project.succeed(*world, {"status"}).find("orders.state: 2 writes") != std::string::npos);
  const Outcome refused = project.run(*world, {"contract", "--quiet", "0"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("2 rows are in the way:") != std::string::npos);
  app->query("UPDATE orders SET state = 'lost' WHERE id = 1");
  if (dialect == Dialect::postgres) app->query("UPDATE changes SET states = '{lost}' WHERE id = 1");
  CHECK(project.run(*world, {"contract", "--quiet", "0"}).status == 1);
  app->query("UPDATE orders SET state = 'paid' WHERE state = 'lost'");
  if (dialect == Dialect::postgres) {
    CHECK(project.run(*world, {"contract", "--quiet", "0"}).status == 1);
    app->query("UPDATE changes SET states = '{paid}' WHERE id = 1");
  }
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(states(*world) == "1 paid, 2 paid, 3 new, 4 paid");
  CHECK_THROWS(app->query("INSERT INTO orders (id, state) VALUES (6, 'lost')"));
}

TEST_CASE("what comes behind sees that the value is gone", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(schema_of(dialect));
  const std::string add =
      "[[operation]]\ntype = \"add_enum_value\"\ntable = \"orders\"\ncolumn = \"state\"\nvalue = \"late\"\n";
  const Project project({k_becoming, add + "after = \"lost\""});
  project.succeed(*world, {"migrate", "0001", "--quiet", "0"});
  const Outcome outcome = project.run(*world, {"plan", "0002"});
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find("\"lost\" is not one of the values") != std::string::npos);
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  const Project next({k_becoming, add + "after = \"paid\""});
  next.succeed(*world, {"migrate"});
  world->connect_app()->query("UPDATE orders SET state = 'late'");
}

TEST_CASE("remove_enum_value leaves nothing but the value different", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE SCHEMA shop;
    CREATE TYPE shop."Order State" AS ENUM ('new', 'paid', 'it''s', 'lost');
    COMMENT ON TYPE shop."Order State" IS 'where it stands';
    REVOKE ALL ON TYPE shop."Order State" FROM PUBLIC;
    GRANT USAGE ON TYPE shop."Order State" TO app WITH GRANT OPTION;
    CREATE TABLE states (words text, state shop."Order State" PRIMARY KEY);
    CREATE TABLE orders (id integer PRIMARY KEY, total integer, state shop."Order State" NOT NULL DEFAULT 'new' REFERENCES states,
      was shop."Order State"[] DEFAULT '{paid,new}', other shop."Order State" CHECK (other <> 'paid'),
      CONSTRAINT sense CHECK (state <> 'it''s' OR other IS NOT NULL), UNIQUE (state, other, total));
    COMMENT ON COLUMN orders.state IS 'now';
    COMMENT ON CONSTRAINT sense ON orders IS 'none';
    GRANT SELECT (state) ON orders TO app;
    CREATE INDEX orders_open ON orders (state, (coalesce(other, 'new'::shop."Order State"))) WHERE state <> 'paid';
    CREATE INDEX orders_was ON orders USING gin (was);
    CREATE VIEW open_orders AS SELECT id, state, state = ANY ('{new,it''s}'::shop."Order State"[]) AS fresh FROM orders WHERE state <> 'paid';
    CREATE VIEW opened AS SELECT fresh, state FROM open_orders WHERE state = 'new';
    GRANT SELECT ON open_orders TO app;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY fresh_ones ON orders USING (state = 'new' OR true) WITH CHECK (state IN ('new', 'paid'));
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
      'DECLARE s shop."Order State" := NEW.state; BEGIN IF s = NEW.state THEN NEW.total = 1; END IF; RETURN NEW; END';
    CREATE TRIGGER watching AFTER UPDATE OF state ON orders FOR EACH ROW WHEN (NEW.state <> 'new') EXECUTE FUNCTION watch();
    CREATE STATISTICS together ON state, other FROM orders;)");
  const std::string before = world->dump();
  const auto owner = world->connect();
  owner->script("INSERT INTO states VALUES ('n', 'new'), ('p', 'paid'), ('i', 'it''s');"
                "INSERT INTO orders (id, was) VALUES (1, NULL), (2, '{{paid,NULL},{it''s,new}}'), (3, "
                "'{lost,lost,new}');");
  const std::string filled = world->dump();
  const Project project({removing("value = \"lost\"\nbecomes = \"paid\"")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(filled, world->dump()) == "");
  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"verify"});
  CHECK(project.succeed(*world, {"status"}).find("can I still go back: yes, all 3 rows")
        != std::string::npos);
  project.succeed(*world, {"revert", "0001"});
  // The new type was given these at contract, and keeps them.
  owner->script("COMMENT ON TYPE shop.\"_afloat_new_1_Order State\" IS NULL;"
                "REVOKE ALL ON TYPE shop.\"_afloat_new_1_Order State\" FROM app;"
                "GRANT USAGE ON TYPE shop.\"_afloat_new_1_Order State\" TO PUBLIC");
  const std::string as_made = "{=U/migrator,migrator=U/migrator} "; // the catalog has it written out now
  const std::string again = difference(replaced(window, as_made, ""), replaced(world->dump(), as_made, ""));
  INFO(again);
  REQUIRE((again == "" || again == "the same lines in another order"));
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "this test"});
  project.succeed(*world, {"verify"});
  CHECK(owner->query("SELECT string_agg(was::text, ' ' ORDER BY id) FROM orders").scalar()
        == "{{paid,NULL},{it's,new}} {paid,paid,new}");
  CHECK(owner->query("SELECT string_agg(_afloat_attic_1_was::text, ' ' ORDER BY id) FROM orders").scalar()
        == "{{paid,NULL},{it's,new}} {lost,lost,new}");
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  owner->script("TRUNCATE orders, states");
  const std::string found = difference(before, world->dump());
  if (PostgresServer::instance().major_version() <= 15)
    CHECK(found == "-     'it''s',\n-     'lost'\n+     'it''s'\n");
  else // the catalogs themselves
    CHECK(replaced(found, ",lost}", "}").find("{new,paid,it's}") != std::string::npos);
  CHECK(split(found, '\n').size() <= 4);
}

TEST_CASE("sessions that know the old type go on behind contract", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(schema_of(Dialect::postgres) + R"(
    CREATE FUNCTION set_state(which integer, to_state text) RETURNS void LANGUAGE plpgsql AS
      'DECLARE s order_state := to_state; BEGIN UPDATE orders SET state = s WHERE id = which AND state <> s; END';)");
  const Project project({k_becoming});
  const auto app = world->connect_app();
  app->query("PREPARE put AS INSERT INTO orders (id, state) VALUES ($1, $2)");
  app->query("PREPARE change AS UPDATE orders SET state = $1 WHERE id = $2");
  app->query("PREPARE find AS SELECT id FROM orders WHERE state = $1");
  app->query("SELECT set_state(1, 'paid')");
  app->query("EXECUTE put (4, 'lost')");
  project.succeed(*world, {"expand"});
  app->query("EXECUTE put (5, 'lost')");
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->query("EXECUTE put (6, 'paid')");
  app->query("EXECUTE change ('new', 1)");
  app->query("SELECT set_state(5, 'paid')");
  CHECK_THROWS_WITH(app->query("EXECUTE find ('paid')"), Catch::Contains("operator does not exist"));
  app->query("DEALLOCATE find");
  app->query("PREPARE find AS SELECT id FROM orders WHERE state = $1");
  app->query("EXECUTE find ('paid')");
  CHECK(states(*world) == "1 new, 2 paid, 3 new, 4 new, 5 paid, 6 paid");
  app->query("PREPARE keep AS UPDATE orders SET state = $1 WHERE id = $2");
  app->query("EXECUTE keep ('new', 6)");
  project.succeed(*world, {"revert", "0001"});
  app->query("EXECUTE keep ('paid', 1)");
  app->query("EXECUTE put (7, 'lost')");
  app->query("SELECT set_state(6, 'lost')");
  CHECK(states(*world) == "1 paid, 2 paid, 3 lost, 4 lost, 5 paid, 6 lost, 7 lost");
}

TEST_CASE("remove_enum_value names what it cannot carry", "[operations][postgres]") {
  const auto [more, expected] = GENERATE(table<std::string, std::string>({
      {"CREATE FUNCTION f(order_state) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
       "function f(order_state)"},
      {"CREATE DOMAIN open_state AS order_state", "type open_state"},
      {"CREATE TYPE pair AS (a integer, b order_state)", "column b of composite type pair"},
      {"CREATE VIEW v AS SELECT 'new'::order_state AS s", "rule _RETURN on view v"},
      {"CREATE TABLE t (a text DEFAULT 'new'::order_state::text)", "default value for column a of table t"},
  }));
  INFO(more);
  CHECK(rejected(Dialect::postgres, schema_of(Dialect::postgres) + more, k_becoming)
        == expected + " uses the enum public.order_state, and cannot come to the new one");
}

TEST_CASE("remove_enum_value names what names the value", "[operations][postgres]") {
  const auto [more, expected] = GENERATE(table<std::string, std::string>({
      {"ALTER TABLE orders ALTER state SET DEFAULT 'lost'", "the default of public.orders.state"},
      {"ALTER TABLE orders ADD CONSTRAINT c CHECK (state <> 'lost' OR id > 0)",
       "constraint c of public.orders"},
      {"CREATE INDEX i ON orders (id) WHERE state = 'lost'", "index i"},
      {"CREATE VIEW v AS SELECT id FROM orders WHERE state = ANY ('{new,lost}'::order_state[])", "view v"},
  }));
  INFO(more);
  CHECK(rejected(Dialect::postgres, schema_of(Dialect::postgres) + "UPDATE orders SET state = 'new';" + more,
                 k_without)
        == expected + " names \"lost\"");
}

TEST_CASE("remove_enum_value says what it cannot do", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string schema = schema_of(dialect);
  CHECK(rejected(dialect, schema, removing("value = \"last\"")) == "\"last\" is not one of the values");
  CHECK(rejected(dialect, schema, removing("value = \"lost\"\nbecomes = \"payd\""))
        == "\"payd\" is not one of the values");
  CHECK(rejected(dialect, schema, removing("value = \"lost\"\nbecomes = \"lost\""))
        == "it is the value that goes");
  const bool postgres = dialect == Dialect::postgres;
  CHECK(rejected(dialect, "CREATE TABLE orders (id integer, state text)", k_without)
        == (postgres ? "public.orders.state is of type text, which is no enum"
                     : "orders.state has no CHECK (state IN ('…', …))"));
  CHECK(rejected(dialect,
                 postgres ? "CREATE TYPE one AS ENUM ('lost'); CREATE TABLE orders (state one)"
                          : "CREATE TABLE orders (state text CHECK (state IN ('lost')))",
                 k_without)
        == "\"lost\" is the only value");
}

TEST_CASE("remove_enum_value looks for rows that become equal", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(schema_of(Dialect::postgres)
                 + "ALTER TABLE orders ADD COLUMN number integer DEFAULT 1, "
                   "ADD UNIQUE (number, state)");
  const Project project({k_becoming});
  const Outcome outcome = project.run(*world, {"expand"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("1, new: 2 rows") != std::string::npos);
  world->connect_app()->query("UPDATE orders SET number = 2 WHERE id = 3");
  project.succeed(*world, {"expand"});
  world->connect_app()->query("UPDATE orders SET number = 1 WHERE id = 3");
  CHECK(project.run(*world, {"contract", "--quiet", "0"}).status == 1);
  world->connect_app()->query("UPDATE orders SET number = 3 WHERE id = 3");
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("what comes to use the type in the window keeps the gate closed", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(schema_of(Dialect::postgres));
  const Project project({k_becoming});
  project.succeed(*world, {"expand"});
  const auto owner = world->connect();
  owner->script("CREATE TABLE later (state order_state)");
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0", "--accept-drift", "a new table"});
  CHECK(outcome.status == 1);
  CHECK((outcome.out + outcome.err).find("public.later.state uses the enum public.order_state")
        != std::string::npos);
  owner->script("DROP TABLE later");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
}
