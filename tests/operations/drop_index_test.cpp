#include "support/rollout.hpp"

#include <algorithm>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, state text);"
    "CREATE UNIQUE INDEX users_by_name ON users (name DESC) WHERE state IS NULL;";

std::string drop_index(const std::string& name) {
  return fmt::format("[[operation]]\ntype = \"drop_index\"\ntable = \"users\"\nname = \"{}\"\n", name);
}

Rollout dropping() {
  const Release plain{.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                      .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                      .erase = "DELETE FROM users WHERE id = {key}",
                      .read = "SELECT id, name FROM users"};
  return {.schema = k_schema,
          .migrations = {drop_index("users_by_name")},
          .old_release = plain,
          .new_release = plain};
}

Outcome planned(const World& world, const std::string& name) {
  return Project({drop_index(name)}).run(world, {"plan"});
}
} // namespace

TEST_CASE("drop_index beside writers loses no write", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, dropping());
  }
  SECTION("forward") {
    rolls_forward(dialect, dropping());
  }
}

TEST_CASE("drop_index keeps the index until contract and ends like a plain DROP INDEX", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const std::string before = world->dump();
  const Project project({drop_index("users_by_name")});
  project.succeed(*world, {"expand"});
  CHECK(difference(before, world->dump()) == "");
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto expected = make_world(world->dialect());
  expected->prepare(std::string(k_schema) + "DROP INDEX users_by_name");
  CHECK(difference(expected->dump(), world->dump()) == "");
  const Outcome abort = project.run(*world, {"abort", "1"});
  CHECK(abort.status == 1);
}

TEST_CASE("drop_index takes an index for dropped that somebody else has dropped", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({drop_index("users_by_name")});
  project.succeed(*world, {"expand"});
  world->connect()->script("DROP INDEX users_by_name");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "dropped by hand"});
}

TEST_CASE("a drop that was killed half-way can be taken back", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const std::string before = world->dump();
  const Project project({drop_index("users_by_name")});
  project.succeed(*world, {"expand"});
  const auto copy = world->copy();
  const auto points = project.points(*copy, {"contract", "--quiet", "0"});
  const auto after = std::ranges::find(points, "after statement 1.1") - points.begin() + 1;
  const Outcome killed =
      project.run(*world, {"contract", "--quiet", "0"}, {{"AFLOAT_FAULT_AT", std::to_string(after)}});
  REQUIRE(killed.status == 128 + 9);
  CHECK(difference(before, world->dump()) != "");
  project.succeed(*world, {"abort"});
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("indexes that cannot be dropped are refused with what to do instead", "[operations]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text CONSTRAINT once UNIQUE)");
  const Outcome constraint = planned(*world, "once");
  CHECK(constraint.status == 3);
  CHECK(constraint.err.find("\"once\" belongs to the constraint once") != std::string::npos);
  CHECK(constraint.err.find("`ALTER TABLE \"public\".\"users\" DROP CONSTRAINT \"once\"`")
        != std::string::npos);
  const Outcome unknown = planned(*world, "onec");
  CHECK(unknown.status == 3);
  CHECK(unknown.err.find("Did you mean \"once\"?") != std::string::npos);
  const auto parts = make_world(Dialect::postgres);
  parts->prepare("CREATE TABLE users (id integer, name text) PARTITION BY RANGE (id);"
                 "CREATE INDEX users_by_name ON users (name)");
  const Outcome partitioned = planned(*parts, "users_by_name");
  CHECK(partitioned.status == 3);
  CHECK(partitioned.err.find("public.users is partitioned") != std::string::npos);
}

TEST_CASE("SQLite keeps a unique index that a foreign key may need", "[operations]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name text); CREATE UNIQUE INDEX once ON users (name);"
      "CREATE TABLE logins (name text REFERENCES users (name))");
  const Outcome outcome = planned(*world, "once");
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find("\"logins\" has foreign keys to this table") != std::string::npos);
}
