// Triggers of the user with a column list (UPDATE OF) on a column that a window works on.
#include "support/rollout.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = \"title\"\n";

const std::string k_change = "[[operation]]\ntype = \"change_type\"\ntable = \"users\"\ncolumn = "
                             "\"name\"\ncolumn_type = \"varchar(99)\"\n"
                             "to = \"title\"\nup = \"name\"\ndown = \"title\"\n";

const std::string k_split =
    "[[operation]]\ntype = \"split_column\"\ntable = \"users\"\ncolumn = \"name\"\ndown = \"title\"\n"
    "[[operation.to]]\ncolumn = \"title\"\ncolumn_type = \"text\"\nup = \"name\"\n"
    "[[operation.to]]\ncolumn = \"letter\"\ncolumn_type = \"text\"\nup = \"substr(name, 1, 1)\"\n";

const std::string k_table = "CREATE TABLE users (id integer PRIMARY KEY, \"name\" text NOT NULL, mail text, "
                            "changes integer NOT NULL DEFAULT 0);";

// SQLite's RENAME COLUMN puts quotes around the name.

/// `changes` counts the statements that set the name or the mail.
std::string counting(Dialect dialect, const std::string& list = "\"name\", mail") {
  if (dialect == Dialect::sqlite)
    return k_table + "CREATE TRIGGER counting AFTER UPDATE OF " + list
           + " ON users BEGIN UPDATE users SET changes = changes + 1 WHERE id = NEW.id; END;";
  return k_table + "CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS "
         + "'BEGIN NEW.changes := NEW.changes + 1; RETURN NEW; END';"
           "CREATE TRIGGER counting BEFORE UPDATE OF "
         + list + " ON users FOR EACH ROW EXECUTE FUNCTION count_change();";
}

Release writing(const std::string& column) {
  return {.insert = fmt::format("INSERT INTO users (id, {}) VALUES ({{key}}, '{{value}}')", column),
          .update = fmt::format("UPDATE users SET {} = '{{value}}' WHERE id = {{key}}", column),
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = fmt::format("SELECT id, {} FROM users", column)};
}

std::string changes(const World& world) {
  return world.connect_app()->query("SELECT changes FROM users WHERE id = 1").scalar().value_or("NULL");
}
} // namespace

TEST_CASE("rename_column beside triggers with column lists loses no write", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const Rollout rollout{.schema = counting(dialect),
                        .migrations = {k_rename},
                        .old_release = writing("name"),
                        .new_release = writing("title"),
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

TEST_CASE("a trigger with a column list fires once in the window, whoever writes", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string list = GENERATE("name", "mail, name");
  const std::string migration = GENERATE_COPY(k_rename, k_change, k_split);
  CAPTURE(migration, list);
  const auto world = make_world(dialect);
  world->prepare(counting(dialect, list) + "INSERT INTO users (id, name) VALUES (1, 'a')");
  const std::string before = world->dump();
  const Project project({migration});
  project.succeed(*world, {"expand"});
  REQUIRE(changes(*world) == "0");
  const auto app = world->connect_app();
  app->query("UPDATE users SET title = 'b' WHERE id = 1");
  REQUIRE(changes(*world) == "1");
  app->query("UPDATE users SET name = 'c' WHERE id = 1");
  REQUIRE(changes(*world) == "2");
  app->query("UPDATE users SET changes = 0, name = 'a' WHERE id = 1");
  app->query("UPDATE users SET changes = 0 WHERE id = 1");
  REQUIRE(changes(*world) == "0");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("contract of a rename gives a column list the new name, and revert the old one", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(counting(dialect) + "INSERT INTO users (id, name) VALUES (1, 'a')");
  const std::string before = world->dump();
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect_app()->query("UPDATE users SET title = 'b' WHERE id = 1");
  REQUIRE(changes(*world) == "1");
  project.succeed(*world, {"revert", "1"});
  world->connect_app()->query("UPDATE users SET title = 'c' WHERE id = 1");
  world->connect_app()->query("UPDATE users SET name = 'd' WHERE id = 1");
  REQUIRE(changes(*world) == "3");
  world->connect_app()->query("UPDATE users SET changes = 0, name = 'a' WHERE id = 1");
  world->connect_app()->query("UPDATE users SET changes = 0 WHERE id = 1");
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("contract waits while a column list names a column that goes", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const std::string migration = GENERATE_COPY(k_change, k_split);
  CAPTURE(migration);
  const auto world = make_world(dialect);
  world->prepare(counting(dialect) + "INSERT INTO users (id, name) VALUES (1, 'a')");
  const Project project({migration});
  project.succeed(*world, {"expand"});
  const Outcome closed = project.run(*world, {"contract", "--quiet", "0"});
  INFO(closed.out << closed.err);
  REQUIRE(closed.status == 1);
  REQUIRE((closed.out + closed.err).find("trigger counting") != std::string::npos);
  const std::string made = counting(dialect, "title, mail");
  world->connect()->script("DROP TRIGGER counting"
                           + std::string(dialect == Dialect::postgres ? " ON users;" : ";")
                           + made.substr(made.find("CREATE TRIGGER")));
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  world->connect_app()->query("UPDATE users SET title = 'b' WHERE id = 1");
  REQUIRE(changes(*world) == "1");
}
