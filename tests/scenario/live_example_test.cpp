#include "support/program.hpp"

#include <catch2/catch.hpp>

// The examples with a live application prove by themselves that nothing was lost; here they run small.
using namespace afloat::test;

namespace {
void proves(const std::string& example, const std::vector<std::string>& arguments) {
  const std::string folder = (source_folder() / "migrations-examples" / example).string();
  const Outcome outcome = run({folder + "/run", arguments, folder, {{"AFLOAT", afloat_program()}}});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  REQUIRE(outcome.out.find("\nProven: ") != std::string::npos);
}
} // namespace

TEST_CASE("a rename by hand loses what the old release writes, afloat does not",
          "[scenario][postgres][live]") {
  proves("recipe", {"--users", "2000", "--seconds", "1"});
}

TEST_CASE("pgbench goes on beside two migrations", "[scenario][postgres][live]") {
  proves("pgbench", {"--scale", "1", "--seconds", "1"});
}
