// Columns of partitioned tables, with what hangs on them.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits = R"(
  CREATE TABLE visits (id integer, region text NOT NULL, page text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');
  CREATE TABLE visits_rest PARTITION OF visits DEFAULT PARTITION BY RANGE (id);
  CREATE TABLE visits_few PARTITION OF visits_rest FOR VALUES FROM (0) TO (100);
  CREATE INDEX by_page ON visits (page);
  CREATE UNIQUE INDEX once ON visits (id, region, page);
  INSERT INTO visits VALUES (1, 'eu', 'a'), (2, 'us', 'b'), (3, 'us', 'c');)";

std::string operation(std::string_view type, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"visits\"\n{}\n", type, fields);
}
} // namespace

TEST_CASE("an indexed column of a partitioned table is renamed and dropped", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const std::string start = world->dump();
  const bool renames = GENERATE(true, false);
  const Project project({renames ? operation("rename_column", "from = \"page\"\nto = \"path\"")
                                 : operation("drop_column", "column = \"page\"")});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO visits VALUES (4, 'eu', 'd')");
  if (renames) {
    app->query("INSERT INTO visits (id, region, path) VALUES (5, 'us', 'e') ON CONFLICT (id, region, path) "
               "DO NOTHING");
    app->query("UPDATE visits SET region = 'eu', path = 'f' WHERE id = 5");
    REQUIRE(app->query("SELECT page FROM visits WHERE id = 5").scalar() == "f");
    REQUIRE(
        app->query("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%afloat\\_1\\_1%'").scalar().value()
        == "8");
  }
  project.succeed(*world, {"contract", "--quiet", "0"});
  if (renames)
    REQUIRE(
        app->query("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%afloat\\_1\\_1%'").scalar().value()
        == "0");
  project.succeed(*world, {"revert", "1"});
  world->connect_app()->query("UPDATE visits SET page = 'z' WHERE id = 2");
  project.succeed(*world, {"abort", "1"});
  world->connect()->script("DELETE FROM visits WHERE id > 3; UPDATE visits SET page = 'b' WHERE id = 2");
  if (!renames) return; // the indexes of its partitions have other names
  const std::string differs = difference(start, world->dump());
  REQUIRE((differs == "" || differs == "the same lines in another order"));
}

TEST_CASE("a column that says which partition a row goes to is refused", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE visits (id integer, year integer, page text) PARTITION BY RANGE ((year + 1));"
                 "CREATE TABLE visits_all PARTITION OF visits DEFAULT");
  const std::string start = world->dump();
  const auto& [type, fields] = GENERATE(table<std::string, std::string>(
      {{"drop_column", "column = \"year\""}, {"rename_column", "from = \"year\"\nto = \"made\""}}));
  const Project project({operation(type, fields)});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK((outcome.out + outcome.err).find("partition key of public.visits (RANGE (((year + 1))))")
        != std::string::npos);
  CHECK(difference(start, world->dump()) == "");
}

TEST_CASE("a revert gives a constraint its comment back", "[operations][postgres][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE visits (id integer PRIMARY KEY, during tsrange, page text,"
      " CONSTRAINT apart EXCLUDE USING gist (during WITH &&), CONSTRAINT asked CHECK (during IS NOT NULL),"
      " CONSTRAINT one UNIQUE (during));"
      "COMMENT ON CONSTRAINT apart ON visits IS 'a'; COMMENT ON CONSTRAINT asked ON visits IS 'b';"
      "COMMENT ON CONSTRAINT one ON visits IS 'c'");
  const std::string start = world->dump();
  const Project project({operation("drop_column", "column = \"during\"\ndown = \"tsrange(NULL, NULL)\"")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort", "1"});
  REQUIRE(difference(start, world->dump()) == "");
}
