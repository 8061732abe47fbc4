#include "support/two_tables.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Operations whose two shapes are in two tables: move_column and extract_table.
using namespace afloat;
using namespace afloat::test;

namespace {
void both_ways(const Rollout& rollout) {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
}
} // namespace

TEST_CASE("move_column to a table that refers to its own loses no write", "[operations][two_tables]") {
  both_ways(to_profile("text NOT NULL"));
}

TEST_CASE("move_column to a table that its own refers to loses no write", "[operations][two_tables]") {
  both_ways(to_parent());
}

TEST_CASE("move_column that makes the missing rows loses no write", "[operations][two_tables]") {
  Rollout rollout = to_profile("text");
  rollout.migrations.front() += "create_missing = true\n";
  rollout.old_release.insert = "INSERT INTO users (id, name, phone) VALUES ({key}, 'n', '{value}')";
  rolls_forward(GENERATE(Dialect::sqlite, Dialect::postgres), rollout);
}

TEST_CASE("extract_table loses no write", "[operations][two_tables]") {
  both_ways(to_addresses("text"));
}

TEST_CASE("extract_table of a column with a default loses no write", "[operations][two_tables]") {
  both_ways(to_addresses("text NOT NULL DEFAULT 'nowhere'"));
}

TEST_CASE("extract_table ends like a table made by hand", "[operations][two_tables]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Rollout rollout = to_addresses("text");
  const std::string rows = "INSERT INTO users VALUES (1, 'Ada', 's', 'c'), (2, 'Bert', NULL, NULL)";
  const auto world = make_world(dialect);
  world->prepare(rollout.schema + rows);
  const Project project(rollout.migrations);
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  REQUIRE(world->connect()
              ->query("SELECT count(*) FROM users NATURAL JOIN (SELECT user_id AS id, street, city FROM "
                      "addresses) a WHERE a.street = 's' AND a.city = 'c'")
              .scalar()
          == "1");
  REQUIRE(world->connect_app()->query("SELECT count(*) FROM addresses").scalar() == "1");
}
