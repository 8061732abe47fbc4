#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, a text NOT NULL UNIQUE, b text NOT NULL)";

std::string renaming(const std::string& from, const std::string& to) {
  return fmt::format(
      "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"{}\"\nto = \"{}\"\n", from, to);
}

Release writing(const std::string& a, const std::string& b) {
  return {
      .insert =
          fmt::format("INSERT INTO users (id, {}, {}) VALUES ({{key}}, '{{value}}', '{{value}}')", a, b),
      .update = fmt::format("UPDATE users SET {} = '{{value}}', {} = '{{value}}' WHERE id = {{key}}", a, b),
      .erase = "DELETE FROM users WHERE id = {key}",
      .read = fmt::format("SELECT id, CASE WHEN {0} = {1} THEN {0} ELSE {0} || ' but ' || {1} END FROM users",
                          a, b)};
}

Rollout two_renames() {
  return {.schema = k_schema,
          .migrations = {renaming("a", "a2"), renaming("b", "b2")},
          .old_release = writing("a", "b"),
          .new_release = writing("a2", "b2")};
}

/// Both windows are open; they are closed in the given order, and the table ends as after plain renames.
void closes(Dialect dialect, const std::vector<std::string>& order) {
  const auto expected = make_world(dialect), world = make_world(dialect);
  for (const auto& each : {expected.get(), world.get()})
    each->prepare(std::string(k_schema) + "; INSERT INTO users VALUES (1, 'x', 'y'), (2, 'z', 'w')");
  const Rollout rollout = two_renames();
  const Project project(rollout.migrations);
  project.succeed(*world, {"expand"});
  std::string sql;
  for (const std::string& version : order) {
    project.succeed(*world, {"contract", version, "--quiet", "0"});
    const bool first = version == "0001";
    const auto app = world->connect_app();
    const std::string statement = fmt::format("INSERT INTO users (id, {}) VALUES ({}, 'v{}', 'w{}')",
                                              version == order[0] ? (first ? "a2, b" : "a, b2") : "a2, b2",
                                              first ? 3 : 4, first ? 3 : 4, first ? 3 : 4);
    app->query(statement);
  }
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  const std::string versions =
      order[0] == "0001" ? "(3, 'v3', 'w3'), (4, 'v4', 'w4')" : "(4, 'v4', 'w4'), (3, 'v3', 'w3')";
  expected->connect()->script("INSERT INTO users VALUES " + versions);
  expected->connect()->script(
      "ALTER TABLE users RENAME COLUMN a TO \"a2\"; ALTER TABLE users RENAME COLUMN b TO \"b2\"");
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}
} // namespace

TEST_CASE("two windows on one table lose no write", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, two_renames());
  }
  SECTION("forward") {
    rolls_forward(dialect, two_renames());
  }
}

TEST_CASE("two windows on one table close in either order", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("the first one first") {
    closes(dialect, {"0001", "0002"});
  }
  SECTION("the second one first") {
    closes(dialect, {"0002", "0001"});
  }
}

TEST_CASE("the older of two windows can be aborted first", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_schema) + "; INSERT INTO users VALUES (1, 'x', 'y'), (2, 'z', 'w')");
  const std::string before = world->dump();
  const Project project(two_renames().migrations);
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "0001"});
  project.succeed(*world, {"abort", "0002"});
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("a second window on the same column waits for the first", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const Project project({renaming("a", "a2"), renaming("a2", "a3")});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 1);
  REQUIRE(outcome.out.find("waits until the window of") != std::string::npos);
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(project.run(*world, {"expand"}).status
          == 1); // the sync towards the attic still lives on the column
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  project.succeed(*world, {"expand"});
}

TEST_CASE("own statements wait for the window on what they take away", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const std::string statement = GENERATE("ALTER TABLE users RENAME COLUMN a TO z",
                                         "ALTER TABLE users RENAME TO people", "DROP TABLE users");
  const Project project(
      {renaming("a", "a2"), "[[operation]]\ntype = \"sql\"\nexpand = \"" + statement + "\"\n"});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 1);
  REQUIRE(outcome.out.find("waits until the window of") != std::string::npos);
  world->connect_app()->query("INSERT INTO users (id, a2, b) VALUES (1, 'p', 'q')");
  REQUIRE(world->connect_app()->query("SELECT a FROM users").scalar() == "p");
}

TEST_CASE("own statements on another column need not wait", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const Project project({renaming("a", "a2"), "[[operation]]\ntype = \"sql\"\nexpand = \"ALTER TABLE users "
                                              "RENAME COLUMN b TO z\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("the attic of one window can be purged while another is open", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(std::string(k_schema) + "; INSERT INTO users VALUES (1, 'x', 'y'), (2, 'z', 'w')");
  const Project project(two_renames().migrations);
  project.succeed(*world, {"expand"});
  const bool first = GENERATE(true, false);
  project.succeed(*world, {"contract", first ? "0001" : "0002", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  const auto app = world->connect_app();
  app->query(first ? "UPDATE users SET a2 = 'p', b = 'q' WHERE id = 1"
                   : "UPDATE users SET a = 'p', b2 = 'q' WHERE id = 1");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
  REQUIRE(app->query("SELECT a2 || b2 FROM users WHERE id = 1").scalar() == "pq");
}

TEST_CASE("a column that was added goes while another window is open", "[operations]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(k_schema);
  const std::string before = world->dump();
  const Project project(
      {"[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"c\"\ncolumn_type = \"text\"\n",
       renaming("a", "a2")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "0001"});
  world->connect_app()->query("INSERT INTO users (id, a2, b) VALUES (1, 'x', 'y')");
  world->connect_app()->query("UPDATE users SET a = 'z'");
  world->connect_app()->query("DELETE FROM users");
  project.succeed(*world, {"abort", "0002"});
  REQUIRE(difference(before, world->dump()) == "");
}
