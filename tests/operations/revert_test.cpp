#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;

constexpr std::array k_examples{
    "rename_column", "drop_column",   "set_not_null", "drop_default",  "drop_table",      "drop_index",
    "add_check",     "add_unique",    "change_type",  "widen_key",     "add_foreign_key", "rename_table",
    "split_column",  "merge_columns", "move_column",  "extract_table", "add_column"};

void run(const World& world, const std::filesystem::path& project, const Words& command) {
  const Outcome outcome = afloat::test::afloat(world, project, command);
  INFO(join(command, " ") << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
}

/// What is the same but for the order of rows is the same: PostgreSQL puts a row that was updated elsewhere.
/// SQLite's RENAME COLUMN puts a name into quotes wherever it stands.
std::string differs(std::string start, std::string end) {
  for (std::string* dump : {&start, &end}) std::erase(*dump, '"');
  const std::string found = difference(start, end);
  return found == "the same lines in another order" ? "" : found;
}

void goes_round(Dialect dialect, std::string_view name) {
  const std::filesystem::path project = example(name);
  const auto world = make_world(dialect);
  world->prepare(read_file(project / "schema.sql"));
  const std::string start = world->dump();
  run(*world, project, {"expand"});
  const std::string window = world->dump();
  for (int round = 1; round <= 2; ++round) {
    INFO("round " << round);
    run(*world, project, {"contract", "--quiet", "0"});
    run(*world, project, {"revert", "0001"});
    REQUIRE(differs(window, world->dump()) == "");
    run(*world, project, {"verify"});
  }
  run(*world, project, {"abort", "--accept-data-loss"});
  REQUIRE(differs(start, world->dump()) == "");
}
} // namespace

TEST_CASE("contract and revert lead to the same window, and abort to the start", "[operations][revert]") {
  const auto* const name = GENERATE(from_range(k_examples));
  DYNAMIC_SECTION(name << " on SQLite") {
    goes_round(Dialect::sqlite, name);
  }
  DYNAMIC_SECTION(name << " on PostgreSQL") {
    goes_round(Dialect::postgres, name);
  }
}
