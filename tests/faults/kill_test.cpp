#include "support/project.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <numeric>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Every run is killed at every point that it reaches, once resumed and (but a revert) once taken back; the
// database must end as it does without the kill. The points come from the program itself, so that a step that
// is added is killed too.
using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;
using Folder = std::filesystem::path;

constexpr std::array k_examples{"create_table",  "add_column",   "rename_column",   "drop_column",
                                "create_index",  "sql",          "set_not_null",    "drop_not_null",
                                "set_default",   "drop_default", "drop_table",      "drop_index",
                                "add_check",     "add_unique",   "add_foreign_key", "drop_constraint",
                                "change_type",   "widen_key",    "rename_table",    "split_column",
                                "merge_columns", "move_column",  "extract_table",   "add_primary_key"};

const Words k_contract{"contract", "--quiet", "0"};
const Words k_purge{"attic", "purge", "--retention", "0", "--accept-data-loss"};

/// The points that a run reaches, by letting it run to its end.
int points_of(const World& world, const Folder& project, const Words& command) {
  const TempFolder folder;
  const std::string log = (folder / "points").string();
  const Outcome outcome = afloat::test::afloat(world, project, command, {{"AFLOAT_FAULT_LOG", log}});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string points = read_file(log);
  return static_cast<int>(std::ranges::count(points, '\n'));
}

void killed_at(int point, const World& world, const Folder& project, const Words& command) {
  const Outcome outcome =
      afloat::test::afloat(world, project, command, {{"AFLOAT_FAULT_AT", std::to_string(point)}});
  INFO(outcome.err);
  REQUIRE(outcome.status == 128 + 9);
}

void runs(const World& world, const Folder& project, const Words& command) {
  const Outcome outcome = afloat::test::afloat(world, project, command);
  INFO(join(command, " ") << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
}

/// Newest first.
Words versions_of(const Folder& project) {
  Words versions;
  for (const auto& file : std::filesystem::directory_iterator(project / "migrations"))
    versions.push_back(file.path().filename().string().substr(0, 4));
  std::ranges::sort(versions, std::greater());
  return versions;
}

Words abort_of(const std::string& version) {
  return {"abort", version, "--accept-data-loss"};
}

/// Aborts every migration of the project that was started, newest first.
void abort_all(const World& world, const Folder& project) {
  for (const std::string& version : versions_of(project)) {
    const Outcome outcome = afloat::test::afloat(world, project, abort_of(version));
    INFO(outcome.out << outcome.err);
    const bool never_started =
        outcome.status == 1 && outcome.err.find("has not been started") != std::string::npos;
    REQUIRE((outcome.status == 0 || never_started));
  }
}

/// Where to kill `command`. On PostgreSQL each point takes a database of its own: every third is tried, from
/// another one on for each example and command, and about ten of a run that has many, unless AFLOAT_SWEEP=all
/// asks for all of them.
std::vector<int> chosen_points(const World& world, const Folder& project, const Words& command) {
  const int points = points_of(world, project, command);
  const char* const sweep = std::getenv("AFLOAT_SWEEP");
  const bool all =
      world.dialect() == Dialect::sqlite || (sweep != nullptr && std::string_view(sweep) == "all");
  const std::string name = project.filename().string() + command.front();
  const int apart = all ? 1 : std::max(3, points / 10);
  const int first = std::accumulate(name.begin(), name.end(), 0) % apart;
  std::vector<int> chosen;
  for (int point = 1 + first; point <= points; point += apart) chosen.push_back(point);
  return chosen;
}

/// Kills `command` at each point; the same command then reaches the same end.
void sweep_resume(const World& before, const Folder& project, const Words& command) {
  const auto whole = before.copy();
  const std::vector<int> points = chosen_points(*whole, project, command);
  const std::string expected = whole->dump();
  for (const int point : points) {
    INFO(project.filename().string() << ": " << join(command, " ") << " killed at point " << point);
    const auto world = before.copy();
    killed_at(point, *world, project, command);
    runs(*world, project, command);
    REQUIRE(difference(expected, world->dump()) == "");
  }
}

/// What an abort leaves may differ in the order of rows: PostgreSQL puts a row that was updated elsewhere.
std::string differs(const std::string& start, const std::string& end) {
  const std::string found = difference(start, end);
  return found == "the same lines in another order" ? "" : found;
}

/// Kills `command` at each point; abort then leads back to the start.
void sweep_abort(const World& before, const Folder& project, const Words& command, const std::string& start) {
  const auto whole = before.copy();
  for (const int point : chosen_points(*whole, project, command)) {
    INFO(project.filename().string() << ": " << join(command, " ") << " killed at point " << point
                                     << " and aborted");
    const auto world = before.copy();
    killed_at(point, *world, project, command);
    abort_all(*world, project);
    REQUIRE(differs(start, world->dump()) == "");
  }
}

/// Kills an abort in the open window at each point; the same abort then ends it.
void sweep_abort_of_window(const World& window, const Folder& project, const std::string& start) {
  sweep_abort(window, project, abort_of(versions_of(project).front()), start);
}

/// The newest migration, where contract has taken something away and there is a way back.
void sweep_revert(const World& closed, const Folder& project) {
  const Words command{"revert", versions_of(project).front()};
  const Outcome tried = afloat::test::afloat(*closed.copy(), project, command);
  INFO(tried.err);
  const bool no_way = tried.status == 1
                      && (tried.err.find("complete after expand") != std::string::npos
                          || tried.err.find("there is no way back") != std::string::npos);
  REQUIRE((tried.status == 0 || no_way));
  if (!no_way) sweep_resume(closed, project, command);
}

void sweep(Dialect dialect, const std::string& schema, const Folder& project) {
  const auto start = make_world(dialect);
  start->prepare(schema);
  const std::string before = start->dump();
  sweep_resume(*start, project, {"expand"});
  sweep_abort(*start, project, {"expand"}, before);
  const auto window = start->copy();
  runs(*window, project, {"expand"});
  sweep_abort_of_window(*window, project, before);
  sweep_resume(*window, project, k_contract);
  const auto closed = window->copy();
  runs(*closed, project, k_contract);
  sweep_revert(*closed, project);
  sweep_resume(*closed, project, k_purge);
}

void sweep_example(Dialect dialect, std::string_view name) {
  const Folder folder = example(name), own = folder / "schema.postgres.sql";
  const bool has_own = dialect == Dialect::postgres && std::filesystem::exists(own);
  sweep(dialect, read_file(has_own ? own : folder / "schema.sql"), folder);
}

constexpr std::string_view k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);"
    "CREATE INDEX users_name ON users (name);"
    "CREATE VIEW names AS SELECT name FROM users;"
    "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bert'), (3, 'Cleo'), (4, 'Dora'), (5, 'Emil')";

// A migration in SQL with every kind of block; {…} differs between the databases.
constexpr std::string_view k_blocks = R"(
-- afloat:expand
ALTER TABLE users ADD COLUMN phone text;
CREATE TABLE calls (id integer PRIMARY KEY, user_id integer NOT NULL);
INSERT INTO calls (id, user_id) SELECT id, id FROM users;
-- afloat:expand
-- afloat:no-transaction
{index};
CREATE VIEW callers AS SELECT user_id FROM calls;
{vacuum};
-- afloat:backfill table=users batch=2
UPDATE users SET phone = '0-' || id WHERE phone IS NULL AND {batch};
-- afloat:contract
DROP VIEW names;
CREATE VIEW phones AS SELECT phone FROM users;
-- afloat:contract
-- afloat:no-transaction
{drop_old};
DELETE FROM calls WHERE id = 3;
-- afloat:abort
DROP VIEW IF EXISTS callers;
DROP TABLE calls;
-- afloat:abort
-- afloat:no-transaction
{drop_new};
ALTER TABLE users DROP COLUMN phone;
)";

std::string blocks(Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"{index}", postgres ? "CREATE INDEX CONCURRENTLY users_phone ON users (phone)"
                           : "CREATE INDEX users_phone ON users (phone)"},
      {"{vacuum}", postgres ? "VACUUM users" : "VACUUM"},
      {"{drop_old}", postgres ? "DROP INDEX CONCURRENTLY users_name" : "DROP INDEX users_name"},
      {"{drop_new}", postgres ? "DROP INDEX CONCURRENTLY users_phone" : "DROP INDEX IF EXISTS users_phone"}};
  std::string text(k_blocks);
  for (const auto& [word, by] : parts) text.replace(text.find(word), word.size(), by);
  return text;
}
} // namespace

TEST_CASE("a killed run on SQLite resumes or goes back to the same database", "[faults][sweep][sqlite]") {
  const auto* const name = GENERATE(from_range(k_examples));
  DYNAMIC_SECTION(name) {
    sweep_example(Dialect::sqlite, name);
  }
}

TEST_CASE("a killed run on PostgreSQL resumes or goes back to the same database",
          "[faults][sweep][postgres]") {
  const auto* const name = GENERATE(from_range(k_examples));
  DYNAMIC_SECTION(name) {
    sweep_example(Dialect::postgres, name);
  }
}

TEST_CASE("a killed migration in SQL resumes or goes back to the same database", "[faults][sweep]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Project project({blocks(dialect)});
  sweep(dialect, std::string(k_users), project.path());
}

TEST_CASE("a killed add_enum_value resumes, and goes back where it can", "[faults][sweep]") {
  sweep_example(Dialect::sqlite, "add_enum_value");
  // PostgreSQL keeps the value for ever.
  const auto world = make_world(Dialect::postgres);
  world->prepare(read_file(example("add_enum_value") / "schema.postgres.sql"));
  sweep_resume(*world, example("add_enum_value"), {"expand"});
}

TEST_CASE("a killed add_column of an identity resumes or goes back to the same database",
          "[faults][sweep][postgres]") {
  // Without rows, because a number that was drawn is not drawn again.
  const Project project({"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"number\"\n"
                         "column_type = \"integer\"\nidentity = \"always\"\n"});
  sweep(Dialect::postgres, "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);",
        project.path());
}

TEST_CASE("a killed migration that keeps nothing in the table resumes or goes back", "[faults][sweep]") {
  sweep_example(GENERATE(Dialect::sqlite, Dialect::postgres), "attic_aside");
}

TEST_CASE("a killed migration that keeps aside what down does not give back resumes or goes back",
          "[faults][sweep]") {
  // One at a time: runs and the points at which they are killed both grow with the migrations.
  const Folder folder = example("attic_aside_sides");
  const auto sweep_one = [&](Dialect dialect, const std::string& file) {
    const Project project({read_file(folder / "migrations" / file)});
    sweep(dialect, read_file(folder / "schema.sql"), project.path());
  };
  sweep_one(GENERATE(Dialect::sqlite, Dialect::postgres), "0001_age.toml");
}

TEST_CASE("a killed migration that leaves its columns to another table resumes or goes back",
          "[faults][sweep]") {
  const Folder folder = example("attic_aside_tables");
  const std::string file = GENERATE(as<std::string>(), "0001_phone.toml", "0002_addresses.toml");
  const Project project({read_file(folder / "migrations" / file)});
  sweep(GENERATE(Dialect::sqlite, Dialect::postgres), read_file(folder / "schema.sql"), project.path());
}

TEST_CASE("a killed remove_enum_value resumes or goes back", "[faults][sweep]") {
  sweep_example(GENERATE(Dialect::sqlite, Dialect::postgres), "remove_enum_value");
}

TEST_CASE("a killed abort or purge in batches on SQLite resumes", "[faults][sweep][sqlite]") {
  const auto* const operation = GENERATE("type = \"change_type\"\ntable = \"users\"\ncolumn = "
                                         "\"name\"\ncolumn_type = \"blob\"\nto = \"title\"\n",
                                         "type = \"rename_table\"\ntable = \"users\"\nto = \"people\"\n",
                                         "type = \"drop_table\"\ntable = \"users\"\n");
  const Project project({std::string("[[operation]]\n") + operation});
  const auto start = make_world(Dialect::sqlite);
  // The fewest whose number is not counted, and what the statistics say of it.
  start->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL); INSERT INTO users WITH "
                 "RECURSIVE n(i) AS "
                 "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT i, 'x' FROM n; ANALYZE; "
                 "UPDATE sqlite_stat1 SET stat = '100001'");
  const std::string before = start->dump();
  const auto window = start->copy();
  runs(*window, project.path(), {"expand", "--full-speed"});
  sweep_abort_of_window(*window, project.path(), before);
  const auto closed = window->copy();
  runs(*closed, project.path(), k_contract);
  if (std::string_view(operation).find("rename_table") == std::string_view::npos)
    sweep_resume(*closed, project.path(), k_purge);
  // Killed half-way, expand has not come to all that abort takes back.
  sweep_abort(*start, project.path(), {"expand", "--full-speed"}, before);
}
