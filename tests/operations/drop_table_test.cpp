#include "support/postgres_server.hpp"
#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);"
                                 "CREATE TABLE visits (id integer PRIMARY KEY, user_id integer REFERENCES "
                                 "users (id), page text DEFAULT '/', "
                                 "before integer REFERENCES visits (id));"
                                 "CREATE INDEX visits_by_page ON visits (page);";
const std::string k_drop_visits = "[[operation]]\ntype = \"drop_table\"\ntable = \"visits\"\n";

Rollout dropping() {
  Rollout rollout;
  rollout.schema = k_schema;
  rollout.migrations = {k_drop_visits};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  rollout.old_release = {.insert = "INSERT INTO visits (id, page) VALUES ({key}, '{value}')",
                         .update = "UPDATE visits SET page = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM visits WHERE id = {key}",
                         .read = "SELECT id, page FROM visits"};
  return rollout;
}

std::string refusal(const Outcome& outcome) {
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 1);
  return outcome.out;
}
} // namespace

TEST_CASE("drop_table leaves the old release its table until contract, and back after an abort",
          "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(dropping().schema + "INSERT INTO users VALUES (0, 'Ada')");
  const std::string before = world->dump();
  const Project project({k_drop_visits});
  Client old_client(*world, dropping().old_release, "old", 1, 40);
  Client new_client(*world, dropping().new_release, "new", 1, 40);
  old_client.write_more(30);
  project.succeed(*world, {"expand"});
  old_client.write_more(40);
  new_client.write_more(40);
  const std::string closed = refusal(project.run(*world, {"contract", "--quiet", "1s"}));
  CHECK(closed.find("an old release is still at work") != std::string::npos);
  SECTION("back") {
    project.succeed(*world, {"abort"});
    old_client.write_more(30);
    old_client.stop();
    CHECK(old_client.failure() == "");
    CHECK(lost_writes(*world, dropping().old_release, old_client.journal()) == "");
    new_client.stop();
    world->connect()->script("DELETE FROM visits; DELETE FROM users WHERE id > 0");
    CHECK(difference(before, world->dump()) == "");
  }
  SECTION("forward") {
    old_client.stop();
    CHECK(old_client.failure() == "");
    project.succeed(*world, {"contract", "--quiet", "0"});
    CHECK_THROWS(world->connect_app()->query("SELECT * FROM visits"));
    new_client.write_more(30);
    Release hidden = dropping().old_release;
    hidden.read = "SELECT id, page FROM _afloat_attic_1_visits";
    if (world->dialect() == Dialect::sqlite) CHECK(lost_writes(*world, hidden, old_client.journal()) == "");
    project.succeed(*world, {"verify"});
    CHECK(project.succeed(*world, {"attic", "list"}).find("visits  _afloat_attic_1_visits")
          != std::string::npos);
    const Outcome purge = project.run(*world, {"attic", "purge", "--retention", "0"});
    CHECK(purge.status == 1);
    CHECK(purge.err.find("--accept-data-loss") != std::string::npos);
    project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
    new_client.write_more(30);
    new_client.stop();
    CHECK(new_client.failure() == "");
    CHECK(lost_writes(*world, dropping().new_release, new_client.journal()) == "");
  }
}

TEST_CASE("a table in the attic rejects nothing that the new release does", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_schema)
                 + "INSERT INTO users VALUES (1, 'Ada'); INSERT INTO visits VALUES (1, 1, '/', NULL)");
  const Project project({k_drop_visits});
  project.succeed(*world, {"expand"});
  CHECK_THROWS(world->connect_app()->script("DELETE FROM users"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect_app()->script("DELETE FROM users");
  CHECK(project.run(*world, {"abort", "1"}).status == 1);
  const auto expected = make_world(world->dialect());
  expected->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)");
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  CHECK(difference(expected->dump(), world->dump()) == "");
}

TEST_CASE("contract of drop_table names what else uses the table", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_schema)
                 + "CREATE TABLE clicks (id integer, visit_id integer REFERENCES visits (id));"
                   "CREATE VIEW pages AS SELECT page FROM visits;"
                   "CREATE VIEW top_pages AS SELECT page FROM pages;");
  if (dialect == Dialect::sqlite)
    world->prepare(
        "CREATE TRIGGER visit AFTER INSERT ON users BEGIN INSERT INTO visits (user_id) VALUES (NEW.id); "
        "END");
  else
    world->prepare(
        "CREATE FUNCTION visit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO visits (user_id) "
        "VALUES (NEW.id); RETURN NEW; END';"
        "CREATE TRIGGER visit AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION visit()");
  const Project project({k_drop_visits});
  CHECK(project.succeed(*world, {"plan"}).find("view") != std::string::npos);
  project.succeed(*world, {"expand"});
  const std::string named = refusal(project.run(*world, {"contract", "--quiet", "0"}));
  if (dialect == Dialect::sqlite)
    CHECK(named
          == "contract of 0001_change is refused, the window stays open:\n"
             "  a foreign key of clicks points at visits: drop it first\n"
             "  trigger visit uses visits: change or drop it first\n"
             "  view pages uses visits: change or drop it first\n"
             "  visits: no write by an old release since expand\n");
  else
    CHECK(named
          == "contract of 0001_change is refused, the window stays open:\n"
             "  constraint clicks_visit_id_fkey on table clicks uses visits: change or drop it first\n"
             "  trigger visit on users names visits in its function: change that first\n"
             "  view pages uses visits: change or drop it first\n"
             "  visits: no write by an old release since expand\n");
  world->connect()->script("DROP VIEW top_pages; DROP VIEW pages; DROP TABLE clicks;");
  world->connect()->script(dialect == Dialect::sqlite ? "DROP TRIGGER visit" : "DROP TRIGGER visit ON users");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
}

TEST_CASE("tables that cannot be dropped are refused with the reason and a way out", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE visits (id integer PRIMARY KEY) PARTITION BY RANGE (id);"
                 "CREATE TABLE first_visits PARTITION OF visits FOR VALUES FROM (0) TO (10);"
                 "CREATE TABLE pages (id integer); CREATE TABLE old_pages () INHERITS (pages);");
  const auto& [table, reason, way] = GENERATE(Catch::Generators::table<std::string, std::string, std::string>(
      {{"first_visits", "\"public.first_visits\" is a partition of visits",
        "ALTER TABLE <parent> DETACH PARTITION public.first_visits CONCURRENTLY"},
       {"pages", "\"public.pages\" is a parent of old_pages", "ALTER TABLE <child> NO INHERIT public.pages"},
       {"old_pages", "\"public.old_pages\" is a child of pages",
        "ALTER TABLE public.old_pages NO INHERIT <parent>"}}));
  const Outcome refused =
      Project({fmt::format("[[operation]]\ntype = \"drop_table\"\ntable = \"{}\"\n", table)})
          .run(*world, {"expand"});
  INFO(refused.err);
  CHECK(refused.status == 3);
  CHECK(refused.err.find(reason) != std::string::npos);
  CHECK(refused.err.find(way) != std::string::npos);
}

TEST_CASE("no other window opens on a table that goes", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const Project project({k_drop_visits, "[[operation]]\ntype = \"add_column\"\ntable = \"visits\"\ncolumn = "
                                        "\"note\"\ncolumn_type = \"text\"\n"});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.out.find("0002_change waits until the window of 0001_change is closed") != std::string::npos);
}

TEST_CASE("a whole table's writes are counted on every way that a row takes", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({k_drop_visits});
  project.succeed(*world, {"expand"});
  const auto app = world->connect();
  app->script(
      "INSERT INTO visits (id) VALUES (1), (2); UPDATE visits SET page = 'x'; DELETE FROM visits WHERE id = "
      "1; TRUNCATE visits");
  CHECK(project.run(*world, {"status"}).out.find("4 writes") != std::string::npos);
  // As a subscriber applies them: each row; here the statement is counted too.
  const std::string database = app->query("SELECT current_database()").scalar().value();
  PostgresServer::instance()
      .connect(database, "postgres")
      ->script("SET session_replication_role = replica; INSERT INTO visits (id) VALUES (3), (4)");
  CHECK(project.run(*world, {"status"}).out.find("7 writes") != std::string::npos);
  PostgresServer::instance()
      .connect(database, "postgres")
      ->script("SET session_replication_role = replica; DELETE FROM visits");
  CHECK(app->query("SELECT count(*) FROM visits").scalar() == "0");
}
