// Operations of one migration on one column: the later one sees what the earlier one makes, or is refused.
#include "support/rollout.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_users = "CREATE TABLE users (id integer PRIMARY KEY, name text, mail text)";

std::string operation(std::string_view type, std::string_view fields, std::string_view table = "users") {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"{}\"\n{}\n", type, table, fields);
}

const std::string k_rename = operation("rename_column", "from = \"name\"\nto = \"title\"");
const std::string k_add =
    operation("add_column", "column = \"title\"\ncolumn_type = \"text\"\nup = \"name\"");
const std::string k_retype = operation("change_type", "column = \"name\"\nto = \"title\"\ncolumn_type = "
                                                      "\"varchar(40)\"\nup = \"substr(name, 1, 40)\"\ndown = "
                                                      "\"title\"");
const std::string k_constraints = operation("set_not_null", "column = \"title\"")
                                  + operation("add_check", "name = \"some\"\ncheck = \"title <> ''\"")
                                  + operation("add_unique", "name = \"once\"\ncolumns = [\"title\"]");

bool accepts(const World& world, const std::string& statement) {
  try {
    world.connect_app()->query(statement);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// What the constraints reject is let in until contract.
void is_constrained(const World& world, bool wanted) {
  CHECK(accepts(world, "INSERT INTO users (id, title) VALUES (901, 'one')"));
  CHECK(accepts(world, "INSERT INTO users (id, title) VALUES (902, NULL)") != wanted);
  CHECK(accepts(world, "INSERT INTO users (id, title) VALUES (903, '')") != wanted);
  CHECK(accepts(world, "INSERT INTO users (id, title) VALUES (904, 'one')") != wanted);
  world.connect_app()->query("DELETE FROM users WHERE id > 900");
}
} // namespace

TEST_CASE("constraints on the new name go with a rename or a change of type in one migration",
          "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Rollout rollout{.schema = k_users,
                        .migrations = {GENERATE_COPY(k_rename, k_retype) + k_constraints},
                        .old_release = release_writing("users", "name"),
                        .new_release = release_writing("users", "title"),
                        .always = {"SELECT count(*) FROM users WHERE name <> title OR title IS NULL"}};
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
  SECTION("forward and back") {
    comes_back(dialect, rollout);
  }
}

TEST_CASE("constraints of the same migration stand on the column that stays", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string first = GENERATE_COPY(k_rename, k_add, k_retype);
  CAPTURE(first);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_users) + "; INSERT INTO users VALUES (1, 'a', 'm'), (2, 'b', NULL)");
  const std::string before = world->dump();
  const Project project({first + k_constraints});
  project.succeed(*world, {"expand"});
  if (first != k_add) is_constrained(*world, false); // there NULL is filled, from NULL
  project.succeed(*world, {"contract", "--quiet", "0"});
  is_constrained(*world, true);
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert", "1"});
  if (first != k_add) is_constrained(*world, false);
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  is_constrained(*world, true);
}

TEST_CASE("rows that a constraint of the same migration rejects are shown before anything is changed",
          "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string first = GENERATE_COPY(k_rename, k_add, k_retype);
  CAPTURE(first);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_users) + "; INSERT INTO users VALUES (1, 'a', 'm'), (7, '', NULL)");
  const std::string before = world->dump();
  const Project project({first + k_constraints});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find(
            "look for rows that some would reject, as its column will be filled): 1 row is in the way")
        != std::string::npos);
  CHECK(outcome.err.find("7") != std::string::npos);
  CHECK(outcome.err.find("nothing was changed") != std::string::npos);
  REQUIRE(difference(before, world->dump()) == "");
  world->prepare("UPDATE users SET name = 'g' WHERE id = 7");
  project.succeed(*world, {"expand"});
}

TEST_CASE("duplicates and NULLs of a renamed column are shown before anything is changed", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_users)
                 + "; INSERT INTO users VALUES (1, 'a', 'm'), (7, 'a', NULL), (8, NULL, '')");
  const std::string before = world->dump();
  const std::string constraint =
      GENERATE(as<std::string>(), "add_unique|name = \"once\"\ncolumns = [\"title\"]|duplicates",
               "set_not_null|column = \"title\"|is NULL");
  const std::size_t one = constraint.find('|'), two = constraint.rfind('|');
  const Project project(
      {k_rename + operation(constraint.substr(0, one), constraint.substr(one + 1, two - one - 1))});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find(constraint.substr(two + 1)) != std::string::npos);
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("what is looked at before it is filled needs nothing that the migration makes", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(std::string(k_users) + "; INSERT INTO users VALUES (1, 'a', 'm')");
  // The other column of the condition is not there yet, and has nothing that it will be filled from.
  const Project project({operation("add_column", "column = \"rank\"\ncolumn_type = \"integer\"") + k_rename
                         + operation("add_check", "name = \"some\"\ncheck = \"title <> '' OR rank = 1\"")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("what is looked at before it is filled has the type of its column", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  struct Case {
    std::string type, up, check;
  };
  // Each is true of what the column will hold, and false, or not possible, of what it is filled from.
  const Case one = GENERATE(Case{"text", "rank", "length(code) = 2 AND code < '5'"},
                            Case{"integer", "price", "code = 10 OR code = 0"});
  INFO(one.check);
  const auto world = make_world(dialect);
  world->prepare(fmt::format("CREATE TABLE users (id integer PRIMARY KEY, rank integer, price numeric);"
                             "INSERT INTO users VALUES (1, 10, {}), (2, 10, 0)",
                             dialect == Dialect::postgres ? "9.60" : "'1e1'"));
  const Project project(
      {operation("add_column", fmt::format("column = \"code\"\ncolumn_type = \"{}\"\n"
                                           "up = \"{}\"",
                                           one.type, one.up))
       + operation("add_check", fmt::format("name = \"some\"\ncheck = \"{}\"", one.check))});
  SECTION("rows that fit") {
    project.succeed(*world, {"expand"});
    project.succeed(*world, {"contract", "--quiet", "0"});
  }
  SECTION("rows that do not") {
    world->prepare("INSERT INTO users VALUES (7, 700, 700)");
    const Outcome outcome = project.run(*world, {"expand"});
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("as its column will be filled): 1 row is in the way") != std::string::npos);
  }
}

TEST_CASE("what cannot share a window says what to do instead", "[operations]") {
  struct Case {
    std::string operations, hint;
  };
  const std::string two =
      "Two changes of one column need two windows: put this one into a migration of its own.";
  const std::string required = operation("set_not_null", "column = \"title\"\nup = \"'x'\"");
  const Case one = GENERATE_COPY(
      Case{k_rename + required, two}, Case{k_add + required, "Give `not_null = true` to the add_column"},
      Case{k_add + operation("set_default", "column = \"title\"\ndefault = \"'q'\""),
           "Give `default = \"…\"` to the add_column"},
      Case{k_rename + operation("add_check", "name = \"some\"\ncheck = \"mail <> ''\"")
               + operation("change_type", "column = \"title\"\ncolumn_type = \"varchar(9)\"\nup = "
                                          "\"substr(title, 1, 9)\"\ndown = \"title\""),
           "Make one operation of both: change_type with `to"},
      Case{operation("change_type",
                     "column = \"name\"\ncolumn_type = \"varchar(9)\"\nup = \"substr(name, 1, 9)\"")
               + operation("add_check", "check = \"name <> ''\""),
           "Until contract the name is the old column's: give `to = \"…\"` to the change_type before it"},
      Case{k_retype + operation("add_check", "check = \"name <> ''\""), two},
      Case{k_rename + operation("rename_column", "from = \"title\"\nto = \"label\""), two},
      Case{k_rename + operation("add_check", "check = \"title <> ''\"\nenforce = \"expand\""), two},
      Case{k_rename + operation("add_check", "check = \"title <> name\""), two},
      Case{operation("set_not_null", "column = \"mail\"") + operation("set_not_null", "column = \"mail\""),
           two});
  CAPTURE(one.operations);
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_users);
  const std::string before = world->dump();
  const Project project({one.operations});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find(one.hint) != std::string::npos);
  CHECK(difference(before, world->dump()) == "");
}

TEST_CASE("NOT NULL is not set on a renamed column that is NOT NULL", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)");
  const Project project({k_rename + operation("set_not_null", "column = \"title\"")});
  CHECK(project.run(*world, {"expand"}).status == 3);
}

TEST_CASE("a change of type follows a rename or a new column in one migration, or is refused",
          "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_users);
  const std::string before = world->dump();
  const std::string change = operation("change_type", "column = \"title\"\ncolumn_type = \"varchar(9)\"");
  SECTION("beside a window") {
    const std::string index = operation("create_index", "name = \"by_mail\"\ncolumns = [\"mail\"]");
    CHECK(Project({k_rename + index + change}).run(*world, {"expand"}).status == 3);
  }
  SECTION("without one") {
    const Project project(
        {operation("add_column", "column = \"title\"\ncolumn_type = \"text\"") + change
         + operation("create_index", "name = \"by_name\"\ncolumns = [\"name\"]") // keeps the window open
         + operation("rename_column", "from = \"mail\"\nto = \"post\"")});
    project.succeed(*world, {"expand"});
    CHECK(world->dump().find("varchar(9)") != std::string::npos);
    project.succeed(*world, {"abort"});
    CHECK(difference(before, world->dump()) == "");
  }
}

TEST_CASE("on SQLite nothing is done to the copy that bears a table's new name", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_users);
  const Project project({operation("rename_table", "to = \"people\"")
                         + operation("create_index", "name = \"by_name\"\ncolumns = [\"name\"]", "people")});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK(
      outcome.err.find("operation 2 (create_index) works on people, which is only a copy of the table until "
                       "contract")
      != std::string::npos);
}
