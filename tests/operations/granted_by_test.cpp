// Rights on columns that another role than the owner has given.
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::unique_ptr<Database> admin_of(const World& world) {
  return PostgresServer::instance().connect(
      world.connect()->query("SELECT current_database()").scalar().value(), "postgres");
}

/// The owner lets `head` grant, who lets `granted_deputy` grant, who lets a reader read.
std::unique_ptr<World> world_of(const std::string& head) {
  auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name varchar(20)); INSERT INTO users VALUES (1, "
      "'ada king')");
  const auto admin = admin_of(*world);
  for (const char* role : {"granted_head", "granted_stranger", "granted_deputy", "granted_reader"})
    admin->script(
        fmt::format("DO $$BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN NULL; END$$", role));
  admin->script(
      fmt::format("GRANT granted_head, granted_deputy TO migrator;"
                  "SET ROLE migrator; GRANT SELECT (name), UPDATE (name) ON users TO {0} WITH GRANT OPTION;"
                  "SET ROLE {0}; GRANT SELECT (name) ON users TO granted_deputy WITH GRANT OPTION;"
                  "SET ROLE granted_deputy; GRANT SELECT (name) ON users TO granted_reader",
                  head));
  return world;
}

std::string rights_on(const World& world, const std::string& column) {
  return world.connect()
      ->query(
          fmt::format("SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM pg_attribute, unnest(attacl) a "
                      "WHERE attrelid = 'users'::regclass AND attname = '{}'",
                      column))
      .scalar()
      .value_or("");
}

struct Case {
  std::string operation, column; ///< that both releases use in the window
};
const Case k_cases[] = {
    {"type = \"change_type\"\ntable = \"users\"\ncolumn = \"name\"\ncolumn_type = \"varchar(10)\"\nup = "
     "\"left(name, "
     "10)\"",
     "name"},
    {"type = \"change_type\"\ntable = \"users\"\ncolumn = \"name\"\nto = \"label\"\ncolumn_type = "
     "\"varchar(10)\"\nup = "
     "\"left(name, 10)\"",
     "label"},
    {"type = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = \"label\"", "label"},
    {"type = \"split_column\"\ntable = \"users\"\ncolumn = \"name\"\ndown = \"label || ' ' || "
     "rest\"\n[[operation.to]]\ncolumn = \"label\"\ncolumn_type = \"text\"\nup = \"split_part(name, ' ', "
     "1)\"\n[[operation.to]]\ncolumn = \"rest\"\ncolumn_type = \"text\"\nup = \"split_part(name, ' ', 2)\"",
     "label"},
};
} // namespace

TEST_CASE("who gave a right on a column stays the same", "[operations][postgres]") {
  const Case& one = k_cases[GENERATE(range<std::size_t>(0, std::size(k_cases)))];
  INFO(one.operation);
  const auto world = world_of("granted_head");
  const std::string rights = rights_on(*world, "name");
  REQUIRE(rights
          == "granted_deputy=r*/granted_head granted_head=r*w*/migrator granted_reader=r/granted_deputy");
  const Project project({"[[operation]]\n" + one.operation + "\n"});
  CHECK(project.succeed(*world, {"plan", "--output", "json"}).find("given by the owner")
        == std::string::npos);
  project.succeed(*world, {"expand"});
  CHECK(rights_on(*world, one.column) == rights);
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(rights_on(*world, one.column) == rights);
  project.succeed(*world, {"revert", "--accept-data-loss"});
  CHECK(rights_on(*world, "name") == rights);
  CHECK(rights_on(*world, one.column) == rights);
}

TEST_CASE(
    "a right that was given by a role which nobody may become is given by the owner, and the plan says so",
    "[operations][postgres]") {
  const auto world = world_of("granted_stranger");
  const Project project({"[[operation]]\n" + k_cases[0].operation + "\n"});
  const std::string plan = project.succeed(*world, {"plan", "--output", "json"});
  CHECK(plan.find("SELECT on public.users.name for granted_deputy, which granted_stranger has given")
        != std::string::npos);
  CHECK(plan.find("granted_deputy has given") == std::string::npos);
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(rights_on(*world, "name")
        == "granted_deputy=r*/migrator granted_reader=r/granted_deputy granted_stranger=r*w*/migrator");
}

TEST_CASE("a right on all columns that are merged is kept, whoever has given it", "[operations][postgres]") {
  const auto world = world_of("granted_head");
  world->connect()->script(
      "ALTER TABLE users ADD last varchar(20) DEFAULT 'x'; GRANT SELECT (last) ON users TO "
      "granted_reader");
  const Project project(
      {"[[operation]]\ntype = \"merge_columns\"\ntable = \"users\"\nto = \"whole\"\ncolumn_type = "
       "\"text\"\nup = "
       "\"name || ' ' || last\"\n[[operation.from]]\ncolumn = \"name\"\ndown = \"split_part(whole, ' ', "
       "1)\"\n[[operation.from]]\ncolumn = \"last\"\ndown = \"split_part(whole, ' ', 2)\"\n"});
  project.succeed(*world, {"expand"});
  CHECK(rights_on(*world, "whole") == "granted_reader=r/migrator");
}
