// rename_column and change_type of one column in one migration: one sync leads to the new name and type.
#include "support/rollout.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string operation(std::string_view type, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"notes\"\n{}\n", type, fields);
}

const std::string k_rename = operation("rename_column", "from = \"note\"\nto = \"document\"");

/// To a type whose values neither release takes for the other's; `up` and `down` as the file names the
/// column.
std::string change(Dialect dialect, const std::string& column, const std::string& up,
                   const std::string& down) {
  const bool lite = dialect == Dialect::sqlite;
  return operation("change_type",
                   fmt::format("column = \"{}\"\ncolumn_type = \"{}\"\nup = \"{}\"\ndown = \"{}\"", column,
                               lite ? "blob" : "text[]",
                               fmt::format(fmt::runtime(lite ? "CAST({} AS blob)" : "ARRAY[{}]"), up),
                               fmt::format(fmt::runtime(lite ? "CAST({} AS text)" : "({})[1]"), down)));
}

Release writing(const std::string& column, std::string_view value, std::string_view read) {
  return {.insert = fmt::format("INSERT INTO notes (id, {}) VALUES ({{key}}, {})", column, value),
          .update = fmt::format("UPDATE notes SET {} = {} WHERE id = {{key}}", column, value),
          .erase = "DELETE FROM notes WHERE id = {key}",
          .read = fmt::format("SELECT id, {} FROM notes", read)};
}

Rollout both(Dialect dialect, bool rename_first) {
  Rollout rollout;
  rollout.schema = "CREATE TABLE notes (id integer PRIMARY KEY, kind text DEFAULT 'x', note text NOT NULL);"
                   "CREATE INDEX notes_by_note ON notes (note);";
  rollout.migrations = {rename_first ? k_rename + change(dialect, "document", "document", "document")
                                     : change(dialect, "note", "note", "note") + k_rename};
  rollout.old_release = writing("note", "'{value}'", "note");
  rollout.new_release = dialect == Dialect::sqlite
                            ? writing("document", "CAST('{value}' AS blob)", "CAST(document AS text)")
                            : writing("document", "ARRAY['{value}']", "document[1]");
  return rollout;
}
} // namespace

TEST_CASE("a column that is renamed and changes its type in one migration loses no write", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, both(dialect, true));
  }
  SECTION("forward") {
    rolls_forward(dialect, both(dialect, false));
  }
  SECTION("there and back") {
    comes_back(dialect, both(dialect, true));
  }
}

TEST_CASE("rename_column and change_type end as change_type with `to` does", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto one = make_world(dialect), two = make_world(dialect);
  const auto ends = [&](World& world, const Project& project) {
    world.prepare(both(dialect, true).schema + "INSERT INTO notes VALUES (1, 'a', 'first')");
    project.succeed(world, {"expand"});
    project.succeed(world, {"contract", "--quiet", "0"});
    project.succeed(world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
    return world.dump();
  };
  const bool rename_first = GENERATE(true, false);
  const std::string apart = ends(*two, Project(both(dialect, rename_first).migrations));
  const std::string together =
      ends(*one, Project({change(dialect, "note", "note", "document") + "to = \"document\"\n"}));
  CHECK(difference(together, apart) == "");
}

TEST_CASE("a mistake in one of two operations that are one is shown where it stands", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(both(world->dialect(), true).schema);
  const Project project({operation("rename_column", "from = \"none\"\nto = \"document\"")
                         + change(world->dialect(), "document", "document", "document")});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find("has no column \"none\"") != std::string::npos);
  CHECK(outcome.err.find("from = \"none\"") != std::string::npos);
}
