#include "support/project.hpp"
#include "support/text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// On SQLite, from 100,001 rows on: what abort and purge drop goes in batches, and leaves what it leaves when
// it is dropped at once.
using namespace afloat;
using namespace afloat::test;

namespace {
/// 10,001 rows are the fewest whose number is not counted, but taken from the statistics.
constexpr std::string_view k_tables =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, visits integer NOT NULL DEFAULT 0, "
    "first text, last text, email text, note text DEFAULT 'x');"
    "INSERT INTO users (name, first, last, email) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
    "FROM n "
    "WHERE i < 10001) SELECT 'user ' || i, 'Ada', 'King', 'user' || i || '@example.org' FROM n;"
    "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users ON DELETE CASCADE);"
    "INSERT INTO profiles SELECT id FROM users;"
    "CREATE INDEX users_name ON users (name);"
    "CREATE VIEW visitors AS SELECT id, visits FROM users WHERE visits > 0;"
    "CREATE TABLE changes (id integer);"
    "CREATE TRIGGER users_visited AFTER UPDATE OF visits ON users BEGIN INSERT INTO changes VALUES (NEW.id); "
    "END;"
    "ANALYZE;";
constexpr std::string_view k_many =
    "UPDATE sqlite_stat1 SET stat = '100001 1' WHERE tbl IN ('users', 'profiles')";

struct Case {
  std::string_view type, fields;
  std::string_view abort, purge; ///< titles of what goes in batches; empty: nothing has to
};
constexpr Case k_cases[] = {
    {"add_column", "table = \"users\"\ncolumn = \"shouted\"\ncolumn_type = \"text\"\nup = \"upper(name)\"\n",
     "copy the rows of users", ""},
    {"add_column", "table = \"users\"\ncolumn = \"phone\"\ncolumn_type = \"text\"\n",
     "copy the rows of users", ""},
    {"drop_column", "table = \"users\"\ncolumn = \"note\"\ndown = \"name\"\n", "", "copy the rows of users"},
    {"rename_column", "table = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n", "copy the rows of users",
     "copy the rows of users"},
    {"change_type", "table = \"users\"\ncolumn = \"email\"\ncolumn_type = \"blob\"\nto = \"mail\"\n",
     "copy the rows of users", "copy the rows of users"},
    {"split_column",
     "table = \"users\"\ncolumn = \"email\"\ndown = \"box || '@' || host\"\n[[operation.to]]\ncolumn = "
     "\"box\"\n"
     "column_type = \"text\"\nup = \"replace(email, '@example.org', '')\"\n[[operation.to]]\ncolumn = "
     "\"host\"\n"
     "column_type = \"text\"\nup = \"substr(email, length(email) - 10)\"\n",
     "copy the rows of users", "copy the rows of users"},
    {"merge_columns",
     "table = \"users\"\nto = \"whole\"\ncolumn_type = \"text\"\nup = \"first || ' ' || last\"\n"
     "[[operation.from]]\ncolumn = \"first\"\ndown = \"substr(whole, 1, 3)\"\n[[operation.from]]\n"
     "column = \"last\"\ndown = \"substr(whole, 5)\"\n",
     "copy the rows of users", "copy the rows of users"},
    {"move_column", "table = \"users\"\ncolumn = \"note\"\nto_table = \"profiles\"\n",
     "copy the rows of profiles", "copy the rows of users"},
    {"extract_table",
     "table = \"users\"\ncolumns = [\"first\", \"last\"]\nto_table = \"names\"\nkey = [\"user_id\"]\n",
     "empty what was names", "copy the rows of users"},
    {"rename_table", "table = \"users\"\nto = \"people\"\n", "empty what was people", ""},
    {"drop_table", "table = \"profiles\"\n", "", "empty what was profiles"},
};

std::unique_ptr<World> world_of(bool many) {
  auto world = make_world(Dialect::sqlite);
  world->prepare(k_tables);
  if (many) world->prepare(k_many);
  return world;
}

void says(const std::string& text, std::string_view title) {
  INFO(text);
  CHECK(text.find("DROP COLUMN") == std::string::npos);
  CHECK((title.empty() || text.find(title) != std::string::npos));
}

const std::vector<std::string> k_purge{"attic", "purge", "--retention", "0", "--accept-data-loss"};
} // namespace

TEST_CASE("abort of a SQLite table with many rows drops in batches, and leaves what was there before",
          "[operations][sqlite]") {
  const Case& one = k_cases[GENERATE(range(0, static_cast<int>(std::size(k_cases))))];
  DYNAMIC_SECTION(one.type << " " << one.fields) {
    const Project project({fmt::format("[[operation]]\ntype = \"{}\"\n{}", one.type, one.fields)});
    const auto world = world_of(true);
    const std::string before = world->dump();
    project.succeed(*world, {"expand", "--full-speed"});
    says(project.succeed(*world, {"plan", "--abort", "0001"}), one.abort);
    const auto app = world->connect_app();
    app->query("UPDATE users SET visits = 1 WHERE id = 7");
    app->query("UPDATE users SET visits = 0 WHERE id = 7");
    app->query("DELETE FROM changes");
    project.succeed(*world, {"abort", "0001", "--accept-data-loss"});
    REQUIRE(difference(before, world->dump()) == "");
    // And there is nothing left in the way of another try.
    project.succeed(*world, {"expand", "--full-speed"});
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
}

TEST_CASE("purge of a SQLite table with many rows drops in batches, and leaves what it leaves of few",
          "[operations][sqlite]") {
  const Case& one = k_cases[GENERATE(range(0, static_cast<int>(std::size(k_cases))))];
  if (one.purge.empty()) return;
  DYNAMIC_SECTION(one.type << " " << one.fields) {
    const Project project({fmt::format("[[operation]]\ntype = \"{}\"\n{}", one.type, one.fields)});
    std::string few;
    for (const bool many : {false, true}) {
      const auto world = world_of(many);
      project.succeed(*world, {"expand", "--full-speed"});
      project.succeed(*world, {"contract", "--quiet", "0"});
      if (many) says(project.succeed(*world, {"plan", "--purge", "0001"}), one.purge);
      project.succeed(*world, k_purge);
      world->prepare(k_many); // the statistics, which were made to differ
      if (many) REQUIRE(difference(few, world->dump()) == "");
      few = world->dump();
    }
  }
}

TEST_CASE("purge of a SQLite table with many rows asks neither its triggers nor its keys",
          "[operations][sqlite]") {
  const Project project({"[[operation]]\ntype = \"drop_table\"\ntable = \"parts\"\n"});
  const auto world = world_of(false);
  world->prepare(
      "CREATE TABLE parts (id integer PRIMARY KEY, of_part integer REFERENCES parts);"
      "INSERT INTO parts SELECT id, (id + 5000) % 10001 + 1 FROM users;"
      "CREATE TRIGGER parts_gone AFTER DELETE ON parts BEGIN INSERT INTO changes VALUES (OLD.id); END;"
      "ANALYZE; UPDATE sqlite_stat1 SET stat = '100001 1' WHERE tbl = 'parts'");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const std::vector<std::string> points = project.points(*world->copy(), k_purge);
  const auto world_killed = world->copy();
  const auto killed =
      project.run(*world_killed, k_purge, {{"AFLOAT_FAULT_AT", std::to_string(points.size() / 2)}});
  CHECK(killed.status == 128 + 9);
  for (World* each : {world.get(), world_killed.get()}) {
    const std::string said = project.succeed(*each, k_purge);
    INFO(said);
    const auto database = each->connect();
    CHECK(database->query("SELECT count(*) FROM changes").scalar() == "0");
    CHECK(database->query("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%parts%'").scalar() == "0");
  }
  CHECK(difference(world->dump(), world_killed->dump()) == "");
}

TEST_CASE("abort of a SQLite table with many rows goes on as the table is now", "[operations][sqlite]") {
  const Project project({"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"phone\"\n"
                         "column_type = \"text\"\nup = \"name\"\n"});
  const auto world = world_of(true);
  const std::string before = world->dump();
  project.succeed(*world, {"expand", "--full-speed"});
  const auto points = [&] {
    const auto copy = world->copy();
    return project.points(*copy, {"abort", "--accept-data-loss"});
  }();
  // Killed behind the first batch of the copy, when the table is given another index.
  const auto copying = std::ranges::find_if(
      points, [](const std::string& point) { return point.starts_with("after commit 1.1.3"); });
  REQUIRE(copying != points.end());
  const Outcome killed = project.run(*world, {"abort", "--accept-data-loss"},
                                     {{"AFLOAT_FAULT_AT", std::to_string(copying - points.begin() + 1)}});
  REQUIRE(killed.status == 128 + 9);
  world->prepare("CREATE INDEX users_first ON users (first)");
  const auto app = world->connect_app();
  app->query("UPDATE users SET first = 'Bert' WHERE id = 7");
  app->query("INSERT INTO users (id, name) VALUES (20000, 'x')");
  // What the new release would write now would be lost.
  for (const char* sql : {"UPDATE users SET phone = '1' WHERE id = 7",
                          "INSERT OR IGNORE INTO users (id, name, phone) VALUES (20001, 'x', '1')"})
    REQUIRE_THROWS_WITH(app->query(sql), Catch::Contains("users.phone is about to go"));
  app->query("UPDATE users SET first = 'Ada' WHERE id = 7");
  app->query("DELETE FROM users WHERE id = 20000");
  project.succeed(*world, {"abort", "--accept-data-loss"});
  world->prepare("DROP INDEX users_first");
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("abort of a SQLite table with many rows lets nobody write the name that goes",
          "[operations][sqlite]") {
  const Project project({"[[operation]]\ntype = \"rename_table\"\ntable = \"users\"\nto = \"people\"\n"});
  const auto world = world_of(true);
  project.succeed(*world, {"expand", "--full-speed"});
  const std::vector<std::string> points = project.points(*world->copy(), {"abort"});
  const auto emptying = std::ranges::find_if(
      points, [](const std::string& point) { return point.starts_with("after commit 1.1.2"); });
  REQUIRE(emptying != points.end());
  const Outcome killed =
      project.run(*world, {"abort"}, {{"AFLOAT_FAULT_AT", std::to_string(emptying - points.begin() + 1)}});
  REQUIRE(killed.status == 128 + 9);
  const auto app = world->connect_app();
  REQUIRE_THROWS_WITH(app->query("DELETE FROM people WHERE id = 7"), Catch::Contains("no such table"));
  REQUIRE(app->query("SELECT count(*) FROM users").scalar() == "10001");
  project.succeed(*world, {"abort"});
  REQUIRE(app->query("SELECT count(*) FROM users").scalar() == "10001");
}

TEST_CASE("abort of a SQLite table with many rows goes on beside the inserts of the old release",
          "[operations][sqlite]") {
  // The column keeps what the default becomes when it is stored.
  const auto* const column = GENERATE(
      "column_type = \"text\"\ndefault = \"5\"", "column_type = \"integer\"\ndefault = \"'7'\"",
      "column_type = \"real\"\ndefault = \"'1e3'\"", "column_type = \"numeric\"\ndefault = \"'1.50'\"",
      "column_type = \"text\"", "column_type = \"text\"\ngenerated = \"upper(name)\"");
  INFO(column);
  const Project project(
      {fmt::format("[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"code\"\n{}\n"
                   "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"more\"\n"
                   "column_type = \"text\"\n",
                   column)});
  const auto world = world_of(true);
  project.succeed(*world, {"expand", "--full-speed"});
  const std::vector<std::string> abort{"abort", "0001", "--accept-data-loss"};
  const std::vector<std::string> points = project.points(*world->copy(), abort);
  const auto more = std::ranges::find(points, "after commit 2.1.1"),
             code = std::ranges::find(points, "after commit 1.1.1");
  REQUIRE(more != points.end());
  for (const auto& point : {more, code}) {
    if (point == points.end()) continue; // a generated column has nothing in the rows
    const auto copy = world->copy();
    const Outcome killed =
        project.run(*copy, abort, {{"AFLOAT_FAULT_AT", std::to_string(point - points.begin() + 1)}});
    REQUIRE(killed.status == 128 + 9);
    const auto app = copy->connect_app();
    app->query("INSERT INTO users (id, name) VALUES (30000, 'old')");
    app->query("UPDATE users SET visits = 1 WHERE id = 30000");
    project.succeed(*copy, abort);
    REQUIRE(app->query("SELECT name FROM users WHERE id = 30000").scalar() == "old");
  }
}
