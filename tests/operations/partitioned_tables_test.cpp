// Partitioned tables as a whole, and their keys.
#include "support/client.hpp"
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits = R"(
  CREATE TABLE visits (id integer NOT NULL, region text NOT NULL DEFAULT 'eu', page text) PARTITION BY LIST (region);
  CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');
  CREATE TABLE visits_rest PARTITION OF visits DEFAULT PARTITION BY RANGE (id);
  CREATE TABLE visits_of_the_customers_who_have_not_yet_told_us_their_region_ PARTITION OF visits_rest
    FOR VALUES FROM (0) TO (100000);
  CREATE INDEX by_page ON visits (page);)";

std::string operation(std::string_view type, std::string_view fields = {}) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"visits\"\n{}\n", type, fields);
}

Rollout dropping() {
  Rollout rollout;
  rollout.schema = std::string("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);") + k_visits
                   + "ALTER TABLE visits ADD COLUMN user_id integer REFERENCES users (id);";
  rollout.migrations = {operation("drop_table")};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                         .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, name FROM users"};
  // Both releases have users, the old one writes a visit beside each; those of the new one's keys stay
  // behind.
  rollout.old_release = {
      .insert = "WITH v AS (INSERT INTO visits (id, region, page) VALUES ({key}, 'us', '{value}')) "
                "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
      .update =
          "WITH v AS (UPDATE visits SET page = '{value}', region = CASE region WHEN 'us' THEN 'eu' ELSE "
          "'us' END WHERE id = {key}) UPDATE users SET name = '{value}' WHERE id = {key}",
      .erase = "WITH v AS (DELETE FROM visits WHERE id = {key}) DELETE FROM users WHERE id = {key}",
      .read =
          "SELECT id, u.name FROM users u LEFT JOIN visits v USING (id) WHERE v.page IS NOT DISTINCT FROM "
          "u.name OR u.name NOT LIKE 'old%'"};
  return rollout;
}

std::string names(Database& database, std::string_view like) {
  return database
      .query(fmt::format("SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class WHERE "
                         "relkind IN ('r', 'p') AND relname LIKE '{}'",
                         like))
      .scalar()
      .value();
}
} // namespace

TEST_CASE("a partitioned table goes to the attic with its partitions, and comes back",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(dropping().schema);
  world->prepare("INSERT INTO users VALUES (0, 'Ada'); INSERT INTO visits VALUES (0, 'us', '/', 0)");
  const std::string start = world->dump();
  const Project project(dropping().migrations);
  project.succeed(*world, {"expand"});
  const auto owner = world->connect();
  const auto app = world->connect_app();
  CHECK(project.run(*world, {"status"}).out.find("0 writes") != std::string::npos);
  app->script("INSERT INTO visits_eu (id) VALUES (1); DELETE FROM visits WHERE id = 1");
  CHECK(project.run(*world, {"status"}).out.find("3 writes") != std::string::npos);
  // Partitions come and go while the window is open.
  world->prepare("CREATE TABLE visits_asia PARTITION OF visits FOR VALUES IN ('asia')");
  app->script("INSERT INTO visits (id, region, page) VALUES (2, 'asia', 'kyoto')");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "a partition a day"});
  CHECK(names(*owner, "visits%") == "");
  CHECK(names(*owner, "\\_afloat\\_attic%")
        == "_afloat_attic_1_7c7e81dcdf923d942ca13912 _afloat_attic_1_visits _afloat_attic_1_visits_asia "
           "_afloat_attic_1_visits_eu _afloat_attic_1_visits_rest");
  app->script("DELETE FROM users");
  const bool purges = GENERATE(true, false);
  if (purges) {
    project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
    const auto expected = make_world(world->dialect());
    expected->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)");
    CHECK(difference(expected->dump(), world->dump()) == "");
    CHECK(owner->query("SELECT count(*) FROM pg_class WHERE relname LIKE 'partitions_of%'").scalar() == "0");
    return;
  }
  app->script("INSERT INTO users VALUES (0, 'Ada')");
  project.succeed(*world, {"revert", "1"});
  app->script("INSERT INTO visits (id, region) VALUES (3, 'asia')");
  project.succeed(*world, {"abort", "1"});
  owner->script("DROP TABLE visits_asia");
  CHECK(difference(start, world->dump()) == "");
  CHECK(owner->query("SELECT count(*) FROM pg_class WHERE relname LIKE 'partitions_of%'").scalar() == "0");
}

TEST_CASE("releases write beside the drop of a partitioned table", "[operations][postgres]") {
  SECTION("back") {
    rolls_back(Dialect::postgres, dropping());
  }
  SECTION("there and back") {
    comes_back(Dialect::postgres, dropping());
  }
}

TEST_CASE("what uses a partition keeps the whole table from the attic", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(dropping().schema);
  world->prepare("CREATE TABLE notes (id integer REFERENCES users (id));"
                 "CREATE VIEW europe AS SELECT page FROM visits_eu;"
                 "ALTER TABLE visits_eu ADD CONSTRAINT known FOREIGN KEY (id) REFERENCES users (id);");
  const Project project(dropping().migrations);
  project.succeed(*world, {"expand"});
  const Outcome refused = project.run(*world, {"contract", "--quiet", "0"});
  CHECK(refused.status == 1);
  CHECK(refused.out
        == "contract of 0001_change is refused, the window stays open:\n"
           "  foreign key known of the partition visits_eu points at users, where rows could not be deleted: "
           "drop it first\n"
           "  view europe uses visits_eu: change or drop it first\n"
           "  visits: no write by an old release since expand\n");
}

TEST_CASE("a partitioned table gets a key, partition by partition", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const std::string start = world->dump();
  const auto& [type, fields] = GENERATE(table<std::string, std::string>({
      {"add_unique", "columns = [\"id\", \"region\"]\nname = \"once\""},
      {"add_unique",
       "columns = [\"region\", \"id\"]\nname = \"once\"\ndeferrable = true\ninclude = [\"page\"]"},
      {"add_primary_key", "columns = [\"id\", \"region\"]\nname = \"once\""},
      {"add_unique", "columns = [\"id\", \"region\"]\nname = \"once\"\nenforce = \"expand\""},
  }));
  INFO(type << " " << fields);
  const Project project({operation(type, fields)});
  const bool early = fields.find("expand") != std::string::npos;
  const auto app = world->connect_app();
  app->script("INSERT INTO visits VALUES (1, 'eu', 'a'), (1, 'us', 'b'), (2, 'us', 'c')");
  project.succeed(*world, {"expand"});
  const auto check = [&] {
    CHECK_THROWS(app->script("INSERT INTO visits VALUES (1, 'us', 'x')"));
    if (fields.find("deferrable") == std::string::npos)
      app->script(
          "INSERT INTO visits VALUES (1, 'us', 'x') ON CONFLICT (id, region) DO UPDATE SET page = 'b'");
    CHECK(
        app->query("SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'u') AND (conname = 'once' OR "
                   "conparentid <> 0)")
            .scalar()
        == "4");
  };
  if (!early) {
    app->script("INSERT INTO visits VALUES (1, 'us', 'x'); DELETE FROM visits WHERE page = 'x'");
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
  check();
  if (!early) project.succeed(*world, {"revert", "1"});
  if (!early) app->script("INSERT INTO visits VALUES (1, 'eu', 'x')");
  project.succeed(*world, {"abort", "1"});
  app->script("INSERT INTO visits VALUES (1, 'eu', 'x')");
  app->script("DELETE FROM visits");
  const std::string differs = difference(start, world->dump());
  if (type == "add_primary_key" && PostgresServer::instance().major_version() >= 18)
    for (const std::string& line : split(differs, '\n')) // they count as the partition's own
      CHECK_THAT(line, Catch::Matches("([-+] constraint: .* NOT NULL (id|region) t [ft] 1 f -)?"));
  else
    CHECK(differs == "");
}

TEST_CASE("a partition that came after the plan and cannot have the key keeps contract closed",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project({operation("add_primary_key", "columns = [\"id\", \"region\"]\nname = \"once\"")});
  project.succeed(*world, {"expand"});
  world->prepare(
      "CREATE TABLE visits_asia PARTITION OF visits FOR VALUES IN ('asia') PARTITION BY LIST (page)");
  const std::string before = world->dump();
  const std::vector<std::string> contract{"contract", "--quiet", "0", "--accept-drift", "a partition a day"};
  const Outcome refused = project.run(*world, contract);
  CHECK(refused.status == 1);
  CHECK(refused.out.find("the partition public.visits_asia came after the plan, and is itself partitioned by "
                         "what is not in the index: detach it: it cannot have its part of once")
        != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
  world->prepare("ALTER TABLE visits DETACH PARTITION visits_asia");
  project.succeed(*world, contract);
}

TEST_CASE("a key that could not hold across partitions is refused", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const std::string start = world->dump();
  const std::string type = GENERATE("add_unique", "add_primary_key");
  const Outcome refused =
      Project({operation(type, "columns = [\"id\"]\nname = \"once\"")}).run(*world, {"expand"});
  CHECK(refused.status == 3);
  CHECK(refused.err.find(
            "\"region\" is in the partition key of public.visits (LIST (region)), and not in the key")
        != std::string::npos);
  CHECK(refused.err.find("add \"region\" to `columns`") != std::string::npos);
  CHECK(difference(start, world->dump()) == "");
}
