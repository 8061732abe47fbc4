// The names that an index gives to its own columns, which no rename of the table's column changes.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE items (id integer PRIMARY KEY, code integer NOT NULL UNIQUE, other text);"
    "INSERT INTO items SELECT g, g, 'x' FROM generate_series(1, 50) g;"
    "CREATE INDEX by_cast ON items (other, (code::text));"
    "CREATE INDEX by_sum ON items ((code + 1), code, code int4_ops) WHERE code > 3;"
    "CREATE INDEX by_other ON items (other) INCLUDE (code)";

std::string names(const World& world) {
  return world.connect()
      ->query("SELECT string_agg(t.line, '; ' ORDER BY t.line) FROM (SELECT c.relname || ': ' || "
              "string_agg(a.attname, ', ' ORDER BY a.attnum) AS line FROM pg_index i "
              "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = c.oid "
              "WHERE i.indrelid IN ('items'::regclass) GROUP BY c.relname) t")
      .scalar()
      .value_or("");
}
} // namespace

TEST_CASE("indexes of a column that gets another type keep the names of their columns",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string before = names(*world);
  REQUIRE(before
          == "by_cast: other, code; by_other: other, code; by_sum: expr, code, code1; items_code_key: code; "
             "items_pkey: id");
  const Project project({"[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"code\"\n"
                         "column_type = \"bigint\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(names(*world) == before);
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort"});
  CHECK(names(*world) == before);
}

TEST_CASE("indexes of a column that gets another type and name show no working name",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string before = names(*world);
  const Project project({"[[operation]]\ntype = \"change_type\"\ntable = \"items\"\ncolumn = \"code\"\n"
                         "column_type = \"bigint\"\nto = \"number\"\nup = \"code\"\ndown = \"number\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(names(*world)
        == "by_cast: other, number; by_other: other, number; by_sum: expr, number, number1; "
           "items_code_key: number; items_pkey: id");
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort"});
  CHECK(names(*world) == before);
}

TEST_CASE("indexes of a widened key keep the names of their columns", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string before = names(*world);
  const Project project({"[[operation]]\ntype = \"widen_key\"\ntable = \"items\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(names(*world) == before);
}
