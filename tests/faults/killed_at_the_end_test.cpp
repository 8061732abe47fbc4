#include "support/project.hpp"
#include "support/users.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// A run that is killed behind its last COMMIT has done all but say so, and record the schema. The same
// command ends well, and the schema is recorded then.
using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;

constexpr const char* k_not_null = R"(
[[operation]]
type = "set_not_null"
table = "users"
column = "user_name"
)";
const Words k_contract{"contract", "--quiet", "0"};

/// Runs the command in a copy, where it is killed at the last point that it reaches.
std::unique_ptr<World> killed_at_the_end(const World& world, const Project& project, const Words& command) {
  const std::size_t points = project.points(*world.copy(), command).size();
  auto copy = world.copy();
  const Outcome outcome = project.run(*copy, command, {{"AFLOAT_FAULT_AT", std::to_string(points)}});
  INFO(outcome.err);
  REQUIRE(outcome.status == 128 + 9);
  return copy;
}
} // namespace

TEST_CASE("a run that was killed behind its last commit ends well when it is run again", "[faults]") {
  const auto world = users(GENERATE(Dialect::sqlite, Dialect::postgres), "text");
  const Project project({k_rename});
  const auto ends = [&](const Words& command, const std::string& says) {
    const auto copy = killed_at_the_end(*world, project, command);
    const std::string there = copy->dump();
    const Outcome before = project.run(*copy, {"drift"});
    const bool recorded = before.status == 0 && before.out.find("left out") == std::string::npos;
    const Outcome again = project.run(*copy, command);
    INFO(again.out << again.err << before.out << before.err);
    CHECK(again.status == 0);
    CHECK(again.out.find(says) == 0);
    CHECK(difference(there, copy->dump()) == "");
    if (command.front() == "expand") CHECK_FALSE(recorded); // the first run: there is none yet
    const Outcome drift = project.run(*copy, {"drift"});
    INFO(drift.out << drift.err);
    CHECK(drift.status == 0);
    CHECK(drift.out.find("no difference from the schema recorded at ") == 0);
    CHECK(drift.out.find("left out") == std::string::npos);
    project.succeed(*world, command);
  };
  ends({"expand"}, "nothing to do\n");
  ends({"abort", "0001"}, "0001_change is aborted already: the schema is as it was before\n");
  project.succeed(*world, {"expand"});
  ends(k_contract, "nothing to do\n");
  ends({"revert", "0001"}, "0001_change has been reverted: its window is open\n");
  project.succeed(*world, k_contract);
  ends({"attic", "purge", "--retention", "0", "--accept-data-loss"},
       "the attic is empty: nothing to purge\n");
}

TEST_CASE("a revert that is run again does not take an older migration", "[faults]") {
  const auto world = users(GENERATE(Dialect::sqlite, Dialect::postgres), "text");
  const Project project({k_not_null, k_rename});
  project.succeed(*world, {"migrate", "--quiet", "0"});
  const auto copy = killed_at_the_end(*world, project, {"revert"});
  const std::string window = copy->dump();
  CHECK(project.succeed(*copy, {"revert"}).find("0002_change has been reverted: its window is open\n") == 0);
  CHECK(difference(window, copy->dump()) == "");
  project.succeed(*copy, {"abort", "0002"});
  project.succeed(*copy, {"revert"});
}

TEST_CASE("a contract that was killed before its purge tells what is left", "[faults]") {
  const auto world = users(GENERATE(Dialect::sqlite, Dialect::postgres), "text");
  const Project project({k_rename},
                        "\n[contract]\nretention = \"0\"\n\n[snapshot]\nbefore_purge = \"none\"\n");
  project.succeed(*world, {"expand"});
  Words contract = k_contract;
  contract.emplace_back("--accept-data-loss");
  const std::vector<std::string> points = project.points(*world->copy(), contract);
  std::vector<std::string> said;
  for (std::size_t point = 1; point <= points.size(); ++point) {
    const auto copy = world->copy();
    project.run(*copy, contract, {{"AFLOAT_FAULT_AT", std::to_string(point)}});
    const Outcome again = project.run(*copy, contract);
    INFO(points[point - 1] << "\n" << again.out << again.err);
    const std::string first = again.out.substr(0, again.out.find('\n'));
    if (said.empty() || said.back() != first) said.push_back(first);
    if (first == "nothing to do" && again.out.find("is in the attic") == std::string::npos) continue;
    if (first.find("is contracted") != std::string::npos) continue;
    CHECK((again.out == "nothing to do\n0001_change is in the attic: `afloat attic purge 0001` drops it\n"
           || again.out == "0001_change stopped half-way: run `afloat attic purge 0001` first\n"));
    project.succeed(*copy, {"attic", "purge", "0001", "--accept-data-loss"});
  }
  CHECK(said.front().starts_with("0001_change is contracted"));
  CHECK(said.back() == "nothing to do");
  CHECK(said.size() >= 2);
}
