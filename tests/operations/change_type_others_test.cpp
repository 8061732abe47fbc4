// A column whose type changes, and what others have made of it: views, statistics and publications of another
// role.
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_change =
    "[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"amount\"\n"
    "column_type = \"bigint\"\n";

struct Shop {
  Shop() {
    world->prepare(
        "CREATE TABLE items (id integer PRIMARY KEY, amount integer); INSERT INTO items VALUES (1, 5)");
    const std::string database = *world->connect()->query("SELECT current_database()").scalar();
    admin = PostgresServer::instance().connect(database, "postgres");
  }

  std::unique_ptr<World> world = make_world(Dialect::postgres);
  std::unique_ptr<Database> admin;
};
} // namespace

TEST_CASE("change_type refuses what another role has made and it could not make again",
          "[operations][postgres]") {
  const Shop shop;
  const auto& [made, words] = GENERATE(table<std::string, std::string>(
      {{"CREATE VIEW amounts AS SELECT amount FROM items",
        "view amounts, which belongs to postgres, hangs on"},
       {"CREATE STATISTICS shares ON id, amount FROM items",
        "statistics object shares, which belongs to postgres, hangs on"},
       {"CREATE PUBLICATION changes FOR TABLE items (id, amount)",
        "publication of table items in publication changes, which belongs to postgres, hangs on"}}));
  if (made.starts_with("CREATE PUBLICATION") && shop.admin->facts().server_version < 150000) return;
  shop.admin->script(made);
  const std::string before = shop.world->dump();
  const Project project({k_change});
  const Outcome outcome = project.run(*shop.world, {"expand"});
  CHECK(outcome.status == 3);
  CHECK_THAT(
      outcome.err,
      Catch::Contains(words + " public.items.amount and could not be made again by this role")
          && Catch::Contains("hint: Let this role be a member of that one (GRANT … TO …); or drop it first"));
  CHECK(difference(before, shop.world->dump()) == "");
  PostgresServer::instance().connect("postgres", "postgres")->script("GRANT postgres TO migrator");
  project.succeed(*shop.world, {"expand"});
  project.succeed(*shop.world, {"contract", "--quiet", "0"});
  PostgresServer::instance().connect("postgres", "postgres")->script("REVOKE postgres FROM migrator");
}

TEST_CASE("statistics keep their owner where the catalog is enough for a change of type",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, name varchar(10));"
                 "GRANT CREATE ON SCHEMA public TO app; CREATE STATISTICS shares ON id, name FROM items");
  const auto admin = PostgresServer::instance().connect(
      *world->connect()->query("SELECT current_database()").scalar(), "postgres");
  admin->script("GRANT app TO migrator; ALTER STATISTICS shares OWNER TO app");
  const Project project({"[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"name\"\n"
                         "column_type = \"varchar(20)\"\n"});
  const auto owner = [&] {
    return admin->query("SELECT stxowner::regrole FROM pg_statistic_ext WHERE stxname = 'shares'").scalar();
  };
  project.succeed(*world, {"expand"});
  CHECK(owner() == "app");
  admin->script("REVOKE app FROM migrator");
}

TEST_CASE("contract names what still uses the old column once, whoever it belongs to",
          "[operations][postgres]") {
  const Shop shop;
  if (shop.admin->facts().server_version < 150000) return; // publications have no column lists
  shop.admin->script(
      "CREATE VIEW amounts AS SELECT amount FROM items; CREATE VIEW more AS SELECT * FROM amounts;"
      "CREATE PUBLICATION changes FOR TABLE items (id, amount)");
  const Project project(
      {std::string(k_change) + "to = \"cents\"\nup = \"amount\"\ndown = \"cents::integer\"\n"});
  project.succeed(*shop.world, {"expand"});
  CHECK(project.run(*shop.world, {"contract", "--quiet", "0"}).out
        == "contract of 0001_change is refused, the window stays open:\n"
           "  view public.amounts reads public.items.amount: change or drop the view first\n"
           "  publication of table items in publication changes, which belongs to postgres, hangs on "
           "public.items.amount: let it use cents, or drop it\n"
           "  items.amount: no write by an old release since expand\n");
  shop.admin->script("DROP VIEW amounts CASCADE; DROP PUBLICATION changes");
  project.succeed(*shop.world,
                  {"contract", "--quiet", "0", "--accept-drift", "view and publication are gone"});
}
