// Work on partitioned tables that is killed, and goes on or is taken back.
#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits = "CREATE TABLE visits (id integer NOT NULL, region text NOT NULL, page "
                                 "varchar(40)) PARTITION BY LIST (region);"
                                 "CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');"
                                 "CREATE TABLE visits_rest PARTITION OF visits DEFAULT;"
                                 "INSERT INTO visits VALUES (1, 'eu', 'a'), (2, 'us', 'b');";

std::string operation(std::string_view type, std::string_view fields = {}) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"visits\"\n{}\n", type, fields);
}
} // namespace

TEST_CASE("contract of a partitioned table is killed and goes on, or is taken back",
          "[operations][postgres]") {
  const auto& [type, fields, more] = GENERATE(table<std::string, std::string, std::string>(
      {{"drop_table", "", ""},
       {"add_primary_key", "columns = [\"id\", \"region\"]\nname = \"once\"", ""},
       {"change_type", "column = \"page\"\ncolumn_type = \"text\"",
        "CREATE INDEX by_page ON visits (page); ALTER TABLE visits ADD PRIMARY KEY (id, region), ADD UNIQUE "
        "(page, region)"}}));
  const auto before = make_world(Dialect::postgres);
  before->prepare(k_visits);
  if (!more.empty()) before->prepare(more);
  const std::string start = before->dump();
  const Project project({operation(type, fields)});
  project.succeed(*before, {"expand"});
  const std::vector<std::string> contract{"contract", "--quiet", "0"};
  const auto whole = before->copy();
  const auto points = project.points(*whole, contract).size();
  const std::string end = whole->dump();
  const auto first = 1 + type.size() % 5;
  for (std::size_t point = first; point <= points; point += 5) {
    INFO(type << " killed at point " << point << " of " << points);
    const auto world = before->copy();
    CHECK(project.run(*world, contract, {{"AFLOAT_FAULT_AT", std::to_string(point)}}).status == 128 + 9);
    const bool back = point % 2 == 0 && project.run(*world, {"abort", "1"}).status == 0;
    if (back) {
      const std::string differs = difference(start, world->dump());
      INFO(differs);
      // From 18 on a primary key makes the partitions' NOT NULL count as their own.
      const bool stays = type == "add_primary_key" && PostgresServer::instance().major_version() >= 18;
      for (const std::string& line : split(differs, '\n'))
        if (stays)
          CHECK_THAT(line, Catch::Matches("([-+] constraint: .* NOT NULL (id|region) t [ft] 1 f -)?"));
        else
          CHECK((line == "" || line == "the same lines in another order"));
      continue;
    }
    project.succeed(*world, contract);
    CHECK(difference(end, world->dump()) == "");
  }
}

TEST_CASE("an index is whole although the last partition without its part goes between two runs",
          "[operations][postgres][partitions]") {
  const auto& [text, contract, revert] = GENERATE(table<std::string, bool, bool>(
      {{operation("create_index", "name = \"by_page\"\ncolumns = [\"page\"]"), false, false},
       {operation("add_unique", "columns = [\"id\", \"region\"]\nname = \"once\""), true, false},
       {operation("add_primary_key", "columns = [\"id\", \"region\"]\nname = \"once\"\nenforce = "
                                     "\"expand\""),
        false, false},
       {operation("drop_column", "column = \"page\""), true, true}}));
  INFO(text);
  const auto before = make_world(Dialect::postgres);
  before->prepare(k_visits);
  if (revert) before->prepare("CREATE INDEX by_page ON visits (page)");
  const Project project({text}, "\n[drift]\nignore = [\"table public.visits_*\"]\n");
  std::vector<std::string> command{"expand"};
  if (contract) project.succeed(*before, std::exchange(command, {"contract", "--quiet", "0"}));
  if (revert) project.succeed(*before, std::exchange(command, {"revert", "1"}));
  const std::vector<std::string> points = project.points(*before->copy(), command);
  // The one step that has two statements attaches two partitions.
  auto second = points.end();
  for (auto point = points.begin(); point != points.end() && second == points.end(); ++point)
    if (point->starts_with("before statement") && std::find(points.begin(), point, *point) != point)
      second = point;
  REQUIRE(second != points.end());
  const auto world = before->copy(), whole = before->copy();
  CHECK(
      project.run(*world, command, {{"AFLOAT_FAULT_AT", std::to_string(second - points.begin() + 1)}}).status
      == 128 + 9);
  for (const World* each : {world.get(), whole.get()}) {
    each->connect()->script("DROP TABLE visits_rest");
    project.succeed(*each, command);
  }
  CHECK(difference(whole->dump(), world->dump()) == "");
  CHECK(world->connect()->query("SELECT count(*) FROM pg_index WHERE NOT indisvalid").scalar() == "0");
}
