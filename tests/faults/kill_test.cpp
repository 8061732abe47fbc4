#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Every run is killed at every point that it reaches, once resumed and once taken back; the database must end
// as it does without the kill. The points come from the program itself, so that a step that is added is
// killed too.
using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;

constexpr std::array k_examples{"create_table", "add_column",   "rename_column", "drop_column",
                                "create_index", "sql",          "set_not_null",  "drop_not_null",
                                "set_default",  "drop_default", "drop_table",    "drop_index"};

const Words k_contract{"contract", "--quiet", "0"};
const Words k_purge{"attic", "purge", "--retention", "0", "--accept-data-loss"};

std::unique_ptr<World> start_of(Dialect dialect, std::string_view name) {
  auto world = make_world(dialect);
  world->prepare(read_file(example(name) / "schema.sql"));
  return world;
}

/// The points that a run reaches, by letting it run to its end.
int points_of(const World& world, std::string_view name, const Words& command) {
  const TempFolder folder;
  const std::string log = (folder / "points").string();
  const Outcome outcome = afloat::test::afloat(world, example(name), command, {{"AFLOAT_FAULT_LOG", log}});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string points = read_file(log);
  return static_cast<int>(std::ranges::count(points, '\n'));
}

void killed_at(int point, const World& world, std::string_view name, const Words& command) {
  const Outcome outcome =
      afloat::test::afloat(world, example(name), command, {{"AFLOAT_FAULT_AT", std::to_string(point)}});
  INFO(outcome.err);
  REQUIRE(outcome.status == 128 + 9);
}

void runs(const World& world, std::string_view name, const Words& command) {
  const Outcome outcome = afloat::test::afloat(world, example(name), command);
  INFO(join(command, " ") << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
}

/// Aborts every migration of the project that was started, newest first.
void abort_all(const World& world, std::string_view name) {
  std::vector<std::string> versions;
  for (const auto& file : std::filesystem::directory_iterator(example(name) / "migrations"))
    versions.push_back(file.path().filename().string().substr(0, 4));
  std::ranges::sort(versions, std::greater());
  for (const std::string& version : versions) {
    const Outcome outcome =
        afloat::test::afloat(world, example(name), {"abort", version, "--accept-data-loss"});
    INFO(outcome.out << outcome.err);
    const bool never_started =
        outcome.status == 1 && outcome.err.find("has not been started") != std::string::npos;
    REQUIRE((outcome.status == 0 || never_started));
  }
}

/// Kills `command` at each point; the same command then reaches the same end.
void sweep_resume(const World& before, std::string_view name, const Words& command) {
  const auto whole = before.copy();
  const int points = points_of(*whole, name, command);
  const std::string expected = whole->dump();
  for (int point = 1; point <= points; ++point) {
    INFO(name << ": " << join(command, " ") << " killed at point " << point << " of " << points);
    const auto world = before.copy();
    killed_at(point, *world, name, command);
    runs(*world, name, command);
    REQUIRE(difference(expected, world->dump()) == "");
  }
}

/// Kills `command` at each point; abort then leads back to the start.
void sweep_abort(const World& before, std::string_view name, const Words& command, const std::string& start) {
  const auto whole = before.copy();
  const int points = points_of(*whole, name, command);
  for (int point = 1; point <= points; ++point) {
    INFO(name << ": " << join(command, " ") << " killed at point " << point << " of " << points
              << " and aborted");
    const auto world = before.copy();
    killed_at(point, *world, name, command);
    abort_all(*world, name);
    REQUIRE(difference(start, world->dump()) == "");
  }
}

void sweep(Dialect dialect, std::string_view name) {
  const auto start = start_of(dialect, name);
  const std::string before = start->dump();
  sweep_resume(*start, name, {"expand"});
  sweep_abort(*start, name, {"expand"}, before);
  const auto window = start->copy();
  runs(*window, name, {"expand"});
  sweep_resume(*window, name, k_contract);
  const auto closed = window->copy();
  runs(*closed, name, k_contract);
  sweep_resume(*closed, name, k_purge);
}
} // namespace

TEST_CASE("a killed run on SQLite resumes or goes back to the same database", "[faults][sqlite]") {
  const auto* const name = GENERATE(from_range(k_examples));
  sweep(Dialect::sqlite, name);
}

TEST_CASE("a killed run on PostgreSQL resumes or goes back to the same database", "[faults][postgres]") {
  const auto* const name = GENERATE(from_range(k_examples));
  sweep(Dialect::postgres, name);
}
