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

TEST_CASE("what contract makes anew has the rights that it had, not those of ALTER DEFAULT PRIVILEGES",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE items (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer,"
                 " name varchar(10));"
                 "CREATE VIEW amounts AS SELECT id, amount, name FROM items;"
                 "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app;"
                 "ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO app");
  world->connect()->script("REVOKE ALL ON amounts FROM app; REVOKE ALL ON SEQUENCE items_id_seq FROM app;"
                           "GRANT INSERT ON amounts TO app");
  const std::string operation =
      GENERATE(as<std::string>(), k_change, "[[operation]]\ntype = \"widen_key\"\ntable = \"items\"\n",
               "[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"name\"\n"
               "column_type = \"varchar(20)\"\n");
  const auto rights = [&] {
    return world->connect()
        ->query("SELECT concat(has_table_privilege('app', 'amounts', 'SELECT'),"
                " has_table_privilege('app', 'amounts', 'INSERT'),"
                " has_sequence_privilege('app', 'items_id_seq', 'SELECT'))")
        .scalar()
        .value();
  };
  REQUIRE(rights() == "ftf");
  const Project project({operation});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(rights() == "ftf");
}

TEST_CASE("rules and triggers of a view that is made anew keep their comments", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE items (id integer PRIMARY KEY, amount integer);"
                 "CREATE VIEW amounts AS SELECT count(amount) AS n FROM items;"
                 "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                 "CREATE TRIGGER stays INSTEAD OF UPDATE ON amounts FOR EACH ROW EXECUTE FUNCTION stay();"
                 "CREATE RULE nothing AS ON INSERT TO amounts DO INSTEAD NOTHING;"
                 "COMMENT ON TRIGGER stays ON amounts IS 'of the trigger';"
                 "COMMENT ON RULE nothing ON amounts IS 'of the rule'");
  const Project project({k_change});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(world->connect()
            ->query("SELECT string_agg(description, ', ' ORDER BY description) FROM pg_description"
                    " WHERE description LIKE 'of the %'")
            .scalar()
        == "of the rule, of the trigger");
}

TEST_CASE("a type that the column's foreign key could not have is refused before anything is changed",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE shops (id integer PRIMARY KEY, code varchar(9) UNIQUE, head integer REFERENCES shops);"
      "CREATE TABLE items (id integer PRIMARY KEY, shop integer REFERENCES shops,"
      " code varchar(9) REFERENCES shops (code) ON DELETE CASCADE)");
  const auto change = [](const std::string& table, const std::string& column, const std::string& type) {
    return "[[operation]]\ntype = \"change_type\"\ntable = \"" + table + "\"\ncolumn = \"" + column
           + "\"\ncolumn_type = \"" + type + "\"\nup = \"CAST(" + column + " AS " + type
           + ")\"\ndown = \"CAST(" + column + " AS " + (column == "code" ? "varchar(9)" : "integer")
           + ")\"\n";
  };
  SECTION("refused") {
    const std::string operation =
        GENERATE_COPY(change("items", "shop", "numeric"), change("items", "shop", "text"),
                      change("shops", "head", "text"), change("items", "code", "integer"));
    const std::string before = world->dump();
    const Outcome outcome = Project({operation}).run(*world, {"expand"});
    CHECK(outcome.status == 3);
    CHECK_THAT(outcome.err, Catch::Contains("are of incompatible types"));
    CHECK(difference(before, world->dump()) == "");
  }
  SECTION("possible") {
    const std::string operation =
        GENERATE_COPY(change("items", "shop", "bigint"), change("shops", "head", "bigint"),
                      change("items", "code", "text"));
    const Project project({operation});
    project.succeed(*world, {"expand"});
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
}
