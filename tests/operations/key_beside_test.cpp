// A key that one change renames or retypes, while others walk the table by it: one migration, two windows, or
// an attic.
#include "support/project.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_users = "CREATE TABLE users (id int PRIMARY KEY, a text, c text); INSERT INTO "
                                "users (id, a) VALUES (1, 'a1'), "
                                "(2, 'a2');";

std::string renaming(std::string_view from, std::string_view to) {
  return fmt::format(
      "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"{}\"\nto = \"{}\"\n", from, to);
}

const std::string k_key = renaming("id", "uid"), k_other = renaming("a", "b");
const std::string k_widen = "[[operation]]\ntype = \"widen_key\"\ntable = \"users\"\n";

void contract(const World& world, const Project& project, const std::string& version) {
  project.succeed(world, {"contract", version, "--quiet", "0"});
}

std::string rows(const World& world, const std::string& columns) {
  std::string text;
  for (const auto& row : world.connect_app()->query("SELECT " + columns + " FROM users ORDER BY 1").rows)
    for (const Value& value : row) text += value.value_or("NULL") + " ";
  return text;
}

void says(const Outcome& outcome, int status, std::string_view words) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == status);
  CHECK((outcome.out + outcome.err).find(words) != std::string::npos);
}

/// As somebody would who goes around the triggers and puts them back.
void around_sync(const World& world, const std::string& sql) {
  const auto owner = world.connect();
  if (world.dialect() == Dialect::postgres) return owner->script("SET afloat.backfill = 'on'; " + sql);
  std::string off = "BEGIN;", on = sql + ";";
  for (const auto& row : owner->query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").rows) {
    off += fmt::format("DROP TRIGGER \"{}\";", *row.at(0));
    on += *row.at(1) + ";";
  }
  owner->script(off + on + "COMMIT");
}

/// A row of the attic that is not in order has its name by the key as it is now.
void tells_of_row(const World& world, const Project& project, const std::string& key) {
  around_sync(world, fmt::format("UPDATE users SET b = 'x' WHERE {} = 1", key));
  says(project.run(world, {"verify"}), 1,
       fmt::format("first: {}{}1: ", key, world.dialect() == Dialect::sqlite ? " " : "="));
  around_sync(world, fmt::format("UPDATE users SET b = 'a1' WHERE {} = 1", key));
}
} // namespace

TEST_CASE("a key is renamed beside another column in one migration, and back", "[operations][keys]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const Project project({GENERATE(k_key + k_other, k_other + k_key)});
  project.succeed(*world, {"expand"});
  contract(*world, project, "1");
  project.succeed(*world, {"verify"});
  world->connect_app()->query("INSERT INTO users (uid, b) VALUES (3, 'b3')");
  tells_of_row(*world, project, "uid");
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"verify"});
  world->connect_app()->query("UPDATE users SET a = 'old' WHERE id = 2");
  CHECK(rows(*world, "uid, b").ends_with("2 old 3 b3 "));
  contract(*world, project, "1");
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  CHECK(rows(*world, "uid, b").ends_with("2 old 3 b3 "));
}

TEST_CASE("a window is closed and opened again after that of its key", "[operations][keys]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const Project project({k_key, k_other});
  project.succeed(*world, {"expand"});
  contract(*world, project, "1");
  world->connect_app()->query("INSERT INTO users (uid, a) VALUES (3, 'a3')");
  project.succeed(*world, {"verify"});
  contract(*world, project, "2");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert", "2"});
  project.succeed(*world, {"abort", "2"});
  CHECK(rows(*world, "uid, a") == "1 a1 2 a2 3 a3 ");
}

TEST_CASE("an attic is compared and comes back by a key that was renamed since", "[operations][keys]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const Project first({k_other}), both({k_other, k_key});
  first.succeed(*world, {"expand"});
  contract(*world, first, "1");
  both.succeed(*world, {"expand"});
  contract(*world, both, "2");
  both.succeed(*world, {"verify"});
  tells_of_row(*world, both, "uid");
  both.succeed(*world, {"revert", "1"});
  world->connect_app()->query("UPDATE users SET a = 'old' WHERE uid = 2");
  both.succeed(*world, {"verify"});
  CHECK(rows(*world, "uid, a, b") == "1 a1 a1 2 old old ");
}

TEST_CASE("a key is widened beside other changes, and holds more in all of them", "[operations][keys]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  const std::string grown = "INSERT INTO users (id, b) VALUES (3000000000, 'b3'), (3000000001, 'b4')";
  SECTION("an attic") {
    const Project first({k_other}), both({k_other, k_widen});
    first.succeed(*world, {"expand"});
    contract(*world, first, "1");
    both.succeed(*world, {"expand"});
    contract(*world, both, "2");
    world->connect_app()->query(grown);
    both.succeed(*world, {"verify"});
    both.succeed(*world, {"revert", "1"});
    both.succeed(*world, {"verify"});
  }
  SECTION("a window") {
    const Project project({k_other, k_widen});
    project.succeed(*world, {"expand"});
    contract(*world, project, "2");
    world->connect_app()->query(grown);
    project.succeed(*world, {"verify"});
    contract(*world, project, "1");
    project.succeed(*world, {"verify"});
    project.succeed(*world, {"revert", "1"});
  }
  SECTION("in one migration") {
    const Project project({GENERATE(k_other + k_widen, k_widen + k_other)});
    project.succeed(*world, {"expand"});
    contract(*world, project, "1");
    world->connect_app()->query(grown);
    project.succeed(*world, {"verify"});
    says(project.run(*world, {"revert", "1"}), 1, "id=3000000000");
    world->connect_app()->query("DELETE FROM users WHERE id > 2");
    project.succeed(*world, {"revert", "1"});
  }
  CHECK(rows(*world, "a").starts_with("a1 a2 "));
}

TEST_CASE("a key gets another type in the migration that renames a column", "[operations][keys]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id text PRIMARY KEY, a text); INSERT INTO users SELECT "
                 "gen_random_uuid()::text, 'a' || i FROM generate_series(1, 3) i");
  const std::string retyping =
      "[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = \"id\"\ncolumn_type = \"uuid\"\nup "
      "= \"id::uuid\"\ndown = \"id::text\"\n";
  const Project project({GENERATE_COPY(retyping + k_other, k_other + retyping)});
  project.succeed(*world, {"expand"});
  contract(*world, project, "1");
  world->connect_app()->query("INSERT INTO users (id, b) VALUES (gen_random_uuid(), 'a4')");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"verify"});
  CHECK(rows(*world, "a, b") == "a1 a1 a2 a2 a3 a3 a4 a4 ");
  contract(*world, project, "1");
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
}

TEST_CASE("a backfill goes on after its key got another type", "[operations][keys]") {
  const auto world = make_world(Dialect::postgres);
  const bool widened = GENERATE(true, false);
  world->prepare(
      fmt::format("CREATE TABLE users (id {} PRIMARY KEY, a text); INSERT INTO users SELECT {}, 'a' "
                  "FROM generate_series(1, 3000) i",
                  widened ? "integer" : "text", widened ? "i" : "gen_random_uuid()::text"));
  const std::string retyping = "[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = "
                               "\"id\"\ncolumn_type = \"uuid\"\nup = \"id::uuid\"\ndown = \"id::text\"\n";
  const Project first({widened ? k_widen : retyping}), both({widened ? k_widen : retyping, k_other});
  first.succeed(*world, {"expand"});
  const std::vector<std::string> points = both.points(*world->copy(), {"expand"});
  const auto batch = std::ranges::find(points, "before statement 1.2");
  const auto second = std::find(batch + 1, points.end(), "before statement 1.2");
  const Outcome killed =
      both.run(*world, {"expand"},
               {{"AFLOAT_FAULT", "kill"}, {"AFLOAT_FAULT_AT", std::to_string(second - points.begin() + 1)}});
  REQUIRE(killed.status == 128 + 9);
  const auto owner = world->connect();
  REQUIRE(owner->query("SELECT state FROM afloat.migrations WHERE version = 2").scalar() == "expanding");
  const std::string filled = "SELECT count(*) FROM users WHERE b IS NOT NULL";
  REQUIRE(owner->query(filled).scalar() != "0");
  REQUIRE(owner->query(filled).scalar() != "3000");
  contract(*world, both, "1");
  both.succeed(*world, {"status"});
  both.succeed(*world, {"expand"});
  CHECK(owner->query(filled).scalar() == "3000");
  both.succeed(*world, {"verify"});
}

TEST_CASE("a key that sync on SQLite finds rows by keeps its name until the purge", "[operations][keys]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(std::string(GENERATE("CREATE TABLE users (id text PRIMARY KEY, a text) WITHOUT ROWID;",
                                      "CREATE TABLE users (id integer PRIMARY KEY, a text);"))
                 + "INSERT INTO users (id, a) VALUES ('1', 'a1'), ('2', 'a2')");
  const Project first({k_other}), both({k_other, "ALTER TABLE users RENAME COLUMN id TO uid;"});
  first.succeed(*world, {"expand"});
  says(both.run(*world, {"expand"}), 1, "both touch users.id");
  contract(*world, first, "1");
  says(both.run(*world, {"expand"}), 1, "touches users.id, and so does the attic of");
  both.succeed(*world, {"attic", "purge", "--retention", "0"});
  both.succeed(*world, {"expand"});
  CHECK(rows(*world, "uid, b") == "1 a1 2 a2 ");
}

TEST_CASE("the notes of what was filled tell rows by a key that keeps its name", "[operations][keys]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const std::string filling =
      "[[operation]]\ntype = \"set_not_null\"\ntable = \"users\"\ncolumn = \"c\"\nup = \"'none'\"\n";
  says(Project({k_key + filling}).run(*world, {"expand"}), 3, "id, as an operation before it does");
  const Project project({filling, k_key});
  says(project.run(*world, {"expand"}), 1, "both touch");
  project.succeed(*world, {"abort", "1"});
  CHECK(rows(*world, "id, c") == "1 NULL 2 NULL ");
}

TEST_CASE("what sync with the attic reads is not renamed in the same migration", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, a text, b text, c text)");
  const std::string from = "type = \"change_type\"\ntable = \"users\"\ncolumn = \"c\"\ncolumn_type = "
                           "\"varchar(30)\"\nup = \"upper(c) || a\"\ndown = \"c\"\n";
  const Project together({"[[operation]]\n" + from + renaming("a", "d")});
  says(together.run(*world, {"expand"}), 3, "touches ");
  says(together.run(*world, {"plan"}), 3, "users.a, as an operation before it does");
  const Project apart({"[[operation]]\n" + from, renaming("b", "d")});
  apart.succeed(*world, {"expand"});
}
