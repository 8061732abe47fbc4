// A column that a trigger of the user writes at each update, whatever the statement names: the backfill's
// too.
#include "support/project.hpp"
#include "support/rollout.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text, version integer NOT NULL DEFAULT 1);"
    "CREATE FUNCTION count_version() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN NEW.version := OLD.version + 1; RETURN NEW; END';"
    "CREATE TRIGGER counting BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_version();";

const std::string k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"version\"\nto = \"revision\"\n";

/// Each with a query of the rows of which the sides are not equal.
const std::pair<std::string, std::string> k_migrations[] = {
    {k_rename, "SELECT count(*) FROM users WHERE version IS DISTINCT FROM revision"},
    {"[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"version\"\ncolumn_type = "
     "\"text\"\nto = \"revision\"\nup = \"'v' || version\"\ndown = \"CAST(substr(revision, 2) AS "
     "integer)\"\n",
     "SELECT count(*) FROM users WHERE 'v' || version IS DISTINCT FROM revision"},
    {"[[operation]]\ntype = \"split_column\"\ntable = \"users\"\ncolumn = \"version\"\ndown = \"tens * 10 + "
     "ones\"\n"
     "[[operation.to]]\ncolumn = \"tens\"\ncolumn_type = \"integer\"\nup = \"version / 10\"\n"
     "[[operation.to]]\ncolumn = \"ones\"\ncolumn_type = \"integer\"\nup = \"version % 10\"\n",
     "SELECT count(*) FROM users WHERE version IS DISTINCT FROM tens * 10 + ones"}};
} // namespace

TEST_CASE("a column that a user's trigger writes in the backfill takes its new shape along",
          "[operations][backfill][postgres]") {
  const auto& [migration, different] = GENERATE(from_range(std::begin(k_migrations), std::end(k_migrations)));
  CAPTURE(migration);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema
                 + "INSERT INTO users (id, name) SELECT i, 'name ' || i FROM generate_series(1, 2500) i;");
  const Project project({migration});
  project.succeed(*world, {"expand"});
  const auto owner = world->connect();
  CHECK(owner->query(different, {}).scalar() == "0");
  CHECK(owner->query("SELECT DISTINCT version FROM users", {}).scalar() == "2"); // as the plan has said
  world->connect_app()->query("UPDATE users SET name = 'other' WHERE id = 7");
  CHECK(owner->query(different, {}).scalar() == "0");
  CHECK(owner->query("SELECT version FROM users WHERE id = 7", {}).scalar() == "3");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort", "--accept-data-loss"});
}

TEST_CASE("rename_column of a column that a user's trigger writes loses no write", "[operations]") {
  const Rollout rollout{
      .schema = k_schema,
      .migrations = {k_rename},
      .old_release = release_writing("users", "name"),
      .new_release = release_writing("users", "name", ", revision", ", 1"),
      .always = {"SELECT count(*) FROM users WHERE version <> revision OR revision IS NULL"}};
  rolls_back(Dialect::postgres, rollout); // contract would want the function changed first
}
