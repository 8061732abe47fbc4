// What a backfill finds out about the rows that it has before it.
#include "dialect/inspector.hpp"
#include "dialect/sql_writer.hpp"
#include "execution/survey.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// So many rows, whose keys have gaps: 1, 4, 9, …
std::string with_rows(int count) {
  return fmt::format(
      "CREATE TABLE users (id integer PRIMARY KEY, name text);"
      "INSERT INTO users WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {}) "
      "SELECT n * n, 'u' || n FROM g",
      count);
}

std::string key(Dialect dialect, int number) {
  return dialect == Dialect::sqlite ? std::to_string(number * number)
                                    : fmt::format("'{}'::integer", number * number);
}

struct Surveyed {
  std::vector<Way> ways;
  Dialect dialect;
};

/// By ranges that end behind these rows, and begin behind those before them.
Surveyed survey(int count, std::int64_t keys_at_once, const std::vector<int>& ends) {
  const Dialect dialect = GENERATE(Dialect::postgres, Dialect::sqlite);
  const auto world = make_world(dialect);
  world->prepare(with_rows(count));
  const auto database = world->connect();
  const Schema schema = inspect(*database, std::vector<RelationName>{{"", "users"}});
  const RangeWork work =
      make_sql_writer(dialect, database->facts().server_version)->nulls(schema.tables.at(0), "name");
  std::vector<WorkerRange> ranges;
  std::optional<std::string> position;
  for (const int end : ends) {
    ranges.push_back({static_cast<std::int64_t>(ranges.size()) + 1, position, key(dialect, end)});
    position = ranges.back().upto;
  }
  Survey all(work, ranges, keys_at_once);
  while (all.read_on(*database)) continue;
  return {all.ways(), dialect};
}
} // namespace

TEST_CASE("a survey counts rows and knows where each part of them begins", "[operations][backfill]") {
  const Surveyed found = survey(250, 100, {250});
  REQUIRE(found.ways.size() == 1);
  CHECK(found.ways[0].parts
        == std::vector<Part>{
            {std::nullopt, 100}, {key(found.dialect, 100), 100}, {key(found.dialect, 200), 50}});
}

TEST_CASE("a survey goes the way of each worker", "[operations][backfill]") {
  const Surveyed found = survey(250, 100, {130, 250});
  REQUIRE(found.ways.size() == 2);
  CHECK(found.ways[0].parts == std::vector<Part>{{std::nullopt, 100}, {key(found.dialect, 100), 30}});
  CHECK(found.ways[1].parts
        == std::vector<Part>{{key(found.dialect, 130), 100}, {key(found.dialect, 230), 20}});
}

TEST_CASE("a survey of a large table keeps few parts", "[operations][backfill]") {
  const Surveyed found = survey(2005, 10, {2005}); // 201 reads
  const std::vector<Part>& parts = found.ways.at(0).parts;
  REQUIRE(parts.size() == 51);
  for (std::size_t i = 0; i < 50; ++i) CHECK(parts[i].rows == 40);
  CHECK(parts[49].after == key(found.dialect, 1960));
  CHECK(parts[50] == Part{key(found.dialect, 2000), 5});
}

TEST_CASE("a backfill that fills some rows ahead of the others fills all of them", "[operations][backfill]") {
  const Dialect dialect = GENERATE(Dialect::postgres, Dialect::sqlite);
  const auto world = make_world(dialect);
  world->prepare(with_rows(30'000));
  const Project project(
      {"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = \"nick\"\n"});
  project.succeed(*world, {"expand", "--rate", "10000"});
  CHECK(world->connect()->query("SELECT count(*) FROM users WHERE nick = name").scalar() == "30000");
  project.succeed(*world, {"contract", "--quiet", "0"});
}
