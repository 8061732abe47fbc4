#include "support/widening.hpp"

#include "support/postgres_server.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {

const std::string k_widen_users = "[[operation]]\ntype = \"widen_key\"\ntable = \"users\"\ncolumn = \"id\"\n";

void same_but_for_partitions(const std::string& before, const std::string& after) {
  const std::string differs = difference(before, after);
  INFO(differs);
  const std::string own = PostgresServer::instance().major_version() < 18
                              ? ""
                              : "|[-+] constraint: \\w+_\\w+ .*(NOT NULL|PRIMARY KEY).*";
  for (const std::string& line : split(differs, '\n'))
    CHECK_THAT(line, Catch::Matches(fmt::format("(|the same lines in another order{})", own)));
}

std::string widened(World& world, const Project& project) {
  const std::string before = world.dump();
  project.succeed(world, {"expand"});
  contract_killed_at_swap(world, project, "before statement");
  project.succeed(world, {"abort"});
  same_but_for_partitions(before, world.dump());
  project.succeed(world, {"expand"});
  project.succeed(world, {"contract", "--quiet", "0"});
  return before;
}

void narrowed(World& world, const Project& project, const std::string& before) {
  project.succeed(world, {"verify"});
  project.succeed(world, {"revert", "1"});
  project.succeed(world, {"abort", "1"});
  same_but_for_partitions(before, world.dump());
}

} // namespace afloat::test
