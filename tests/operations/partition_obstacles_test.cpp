// What stands in the way of work on partitions is named before anything is changed.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_visits =
    "CREATE TABLE visits (id integer NOT NULL, region text NOT NULL, page text) "
    "PARTITION BY LIST (region);"
    "CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');"
    "CREATE TABLE visits_us PARTITION OF visits FOR VALUES IN ('us') PARTITION BY "
    "RANGE (id);"
    "CREATE TABLE visits_us1 PARTITION OF visits_us DEFAULT;"
    "INSERT INTO visits VALUES (1, 'eu', 'a'), (2, 'us', 'b');";
constexpr const char* k_ignore = "\n[drift]\nignore = [\"table public.visits_*\"]\n";
const std::vector<std::string> k_contract{"contract", "--quiet", "0", "--accept-drift", "a partition a day"};

std::string operation(std::string_view type, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"visits\"\n{}\n", type, fields);
}

/// The command is refused with these words, and nothing is changed.
void refuses(const Project& project, World& world, const std::vector<std::string>& command,
             const std::string& words) {
  const std::string before = world.dump();
  const Outcome refused = project.run(world, command);
  INFO(refused.out << refused.err);
  CHECK(refused.status == 1);
  CHECK_THAT(refused.out + refused.err, Catch::Contains(words));
  CHECK(difference(before, world.dump()) == "");
}
} // namespace

TEST_CASE("a name that the index of a partition would get is taken", "[operations][postgres][partitions]") {
  const auto& [type, fields, name] = GENERATE(table<std::string, std::string, std::string>({
      {"create_index", "name = \"late\"\ncolumns = [\"page\"]", "late"},
      {"add_unique", "name = \"late\"\ncolumns = [\"id\", \"region\"]\nenforce = \"expand\"", "late"},
      {"add_unique", "name = \"late\"\ncolumns = [\"id\", \"region\"]", "late"},
      {"add_primary_key", "name = \"late\"\ncolumns = [\"id\", \"region\"]", "late"},
      {"drop_column", "column = \"page\"", "by_page"},
  }));
  INFO(type << " " << fields);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project({operation(type, fields)}, k_ignore);
  std::vector<std::string> command{"expand"};
  if (type == "drop_column") {
    world->prepare("CREATE INDEX by_page ON visits (page)");
    project.succeed(*world, {"expand"});
    project.succeed(*world, k_contract);
    command = {"revert", "1"};
  } else if (type != "create_index" && fields.find("enforce") == std::string::npos) {
    project.succeed(*world, {"expand"});
    command = k_contract;
  }
  const auto taken = [&](std::string_view object, std::string_view stem, std::string_view behind,
                         std::string_view place) {
    const std::string other = std::string(stem) + name;
    world->prepare(fmt::format("CREATE {} {} {}", object, other, behind));
    refuses(project, *world, command,
            fmt::format("public.{} has the name that {} gets{}: give it another name", other, name, place));
    world->prepare(fmt::format("DROP {} {}", object, other));
  };
  taken("INDEX", "visits_eu_", "ON visits_eu (id)", " for the partition public.visits_eu");
  taken("INDEX", "visits_us_", "ON visits_us (id)", " for the partition public.visits_us");
  taken("VIEW", "visits_us1_", "AS SELECT 1", " for the partition public.visits_us1");
  taken("TABLE", "", "(id integer)", "");
  project.succeed(*world, command);
}

TEST_CASE("a new partition that is partitioned by the changed column keeps revert from beginning",
          "[operations][postgres][partitions]") {
  const auto& [type, fields, column] = GENERATE(table<std::string, std::string, std::string>({
      {"change_type", "column = \"page\"\ncolumn_type = \"varchar(200)\"\nup = \"page\"", "page"},
      {"rename_column", "from = \"page\"\nto = \"path\"", "path"},
      {"widen_key", "column = \"id\"\nlong_swap = true", "id"},
  }));
  INFO(type);
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE visits (id integer, region text, page text, PRIMARY KEY (id, region, page)) "
                 "PARTITION BY LIST (region);"
                 "CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('eu');"
                 "INSERT INTO visits VALUES (1, 'eu', 'a')");
  const Project project({operation(type, fields)}, k_ignore);
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->prepare(fmt::format(
      "CREATE TABLE visits_us PARTITION OF visits FOR VALUES IN ('us') PARTITION BY LIST ({})", column));
  refuses(project, *world, {"revert", "1"}, "the partition public.visits_us");
  world->connect()->script("ALTER TABLE visits DETACH PARTITION visits_us");
  project.succeed(*world, {"revert", "1"});
}

TEST_CASE("a new partition that is partitioned by a column that goes keeps contract closed",
          "[operations][postgres][partitions]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_visits);
  const Project project({operation("drop_column", "column = \"page\"")}, k_ignore);
  project.succeed(*world, {"expand"});
  world->prepare(
      "CREATE TABLE visits_asia PARTITION OF visits FOR VALUES IN ('asia') PARTITION BY LIST (page)");
  refuses(
      project, *world, k_contract,
      "the partition public.visits_asia is itself partitioned by LIST (page): page stays as long as it does");
  world->connect()->script("ALTER TABLE visits DETACH PARTITION visits_asia");
  project.succeed(*world, k_contract);
}
