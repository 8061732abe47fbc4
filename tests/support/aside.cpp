#include "support/aside.hpp"

#include "support/project.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
std::string lines(Database& database, const std::string& query) {
  std::string text;
  for (const auto& row : database.query(query).rows) {
    for (const auto& value : row) text += value.value_or("NULL") + " ";
    text += "\n";
  }
  return text;
}
} // namespace

Dialect both() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}

void every_way(Dialect dialect, const Rollout& rollout) {
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
  SECTION("back behind contract") {
    comes_back(dialect, rollout);
  }
}

Release writing_notes(const std::string& column, const std::string& value, const std::string& read) {
  return {.insert = fmt::format("INSERT INTO notes (id, {}) VALUES ({{key}}, {})", column, value),
          .update = fmt::format("UPDATE notes SET {} = {} WHERE id = {{key}}", column, value),
          .erase = "DELETE FROM notes WHERE id = {key}",
          .read = fmt::format("SELECT id, {} FROM notes", read)};
}

std::string rows_of(const World& world, const std::string& query) {
  return lines(*world.connect_app(), query);
}

std::string owners_rows(const World& world, const std::string& query) {
  return lines(*world.connect(), query);
}

std::string columns_of(const World& world, const std::string& table) {
  return owners_rows(
      world, world.dialect() == Dialect::sqlite
                 ? fmt::format("SELECT group_concat(name, ' ') FROM pragma_table_info('{}')", table)
                 : fmt::format("SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE "
                               "attrelid = '{}'::regclass AND attnum > 0 AND NOT attisdropped",
                               table));
}

std::string kept(const World& world) {
  return world.dialect() == Dialect::sqlite ? "afloat_aside_1_1" : "afloat.aside_1_1";
}

std::string differs(std::string start, std::string end) {
  for (std::string* dump : {&start, &end}) std::erase(*dump, '"');
  const std::string found = difference(start, end);
  return found == "the same lines in another order" ? "" : found;
}

std::unique_ptr<World> contracted(Dialect dialect, const std::string& schema, const Project& project) {
  auto world = make_world(dialect);
  world->prepare(schema);
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  return world;
}

std::unique_ptr<World> contracted_after_abort(Dialect dialect, const std::string& schema,
                                              const Project& project) {
  auto world = make_world(dialect);
  world->prepare(schema);
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  REQUIRE(differs(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, k_contract);
  return world;
}

void refuses(const World& world, const Project& project, const std::vector<std::string>& command, int status,
             const std::string& words) {
  const Outcome outcome = project.run(world, command);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == status);
  REQUIRE(outcome.err.find(words) != std::string::npos);
}

} // namespace afloat::test
