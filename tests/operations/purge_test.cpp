#include "support/around_sync.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// An example whose attic is kept beside what took its place.
struct Kept {
  std::string_view name;
  std::string_view honest;  ///< what the new release writes that the old shape holds only in part, or not
  std::string_view damage;  ///< what nobody who goes through sync can do; meant for the row with key 2
  std::string_view correct; ///< by the new release, so that sync carries it
  bool postgres_only = false;
};

constexpr Kept k_kept[] = {
    {"rename_column", "UPDATE users SET username = 'Ada' WHERE id = 1",
     "UPDATE users SET username = 'damaged' WHERE id = 2",
     "UPDATE users SET username = 'mended' WHERE id = 2"},
    {"split_column", "UPDATE users SET first_name = 'Ada B', last_name = 'C D' WHERE id = 1",
     "UPDATE users SET last_name = 'damaged' WHERE id = 2",
     "UPDATE users SET last_name = 'mended' WHERE id = 2"},
    {"merge_columns", "UPDATE users SET full_name = 'Ada ' WHERE id = 1",
     "UPDATE users SET full_name = 'damaged' WHERE id = 2",
     "UPDATE users SET full_name = 'mended' WHERE id = 2"},
    {"move_column", "UPDATE profiles SET phone = '1' WHERE user_id = 1",
     "UPDATE profiles SET phone = 'damaged' WHERE user_id = 2",
     "UPDATE profiles SET phone = 'mended' WHERE user_id = 2"},
    {"extract_table", "DELETE FROM addresses WHERE user_id = 1",
     "INSERT INTO addresses (user_id, street) VALUES (2, 'damaged')",
     "UPDATE addresses SET street = 'mended' WHERE user_id = 2"},
    {"remove_enum_value", "UPDATE orders SET state = 'paid' WHERE id = 1",
     "UPDATE orders SET state = 'new' WHERE id = 2", "UPDATE orders SET state = 'paid' WHERE id = 2"},
    {"widen_key", "INSERT INTO users (id, name) VALUES (3000000000, 'many')",
     "UPDATE orders SET user_id = 1 WHERE id = 2",
     "UPDATE orders SET user_id = 2 WHERE id = 2; UPDATE orders SET user_id = 1 WHERE id = 2", true},
};

void has(const std::string& text, std::string_view words) {
  INFO(text);
  REQUIRE(text.find(words) != std::string::npos);
}

const std::vector<std::string> k_purge_anyway{"attic", "purge", "--retention", "0", "--accept-data-loss"};

/// Contract, honest writes, and no difference; then damage, which is named and stops the purge.
void stops_at_damage(Dialect dialect, const Kept& kept) {
  const std::filesystem::path project = example(kept.name);
  const auto world = make_world(dialect);
  const std::filesystem::path own = project / "schema.postgres.sql";
  const bool has_own = dialect == Dialect::postgres && std::filesystem::exists(own);
  world->prepare(read_file(has_own ? own : project / "schema.sql"));
  const auto run = [&](std::vector<std::string> command) {
    return afloat::test::afloat(*world, project, std::move(command));
  };
  const auto succeeds = [&](std::vector<std::string> command) {
    const Outcome outcome = run(std::move(command));
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
  };
  succeeds({"expand"});
  succeeds({"contract", "--quiet", "0"});
  if (!kept.honest.empty()) world->connect_app()->script(kept.honest);
  succeeds({"verify"});

  around_sync(*world, kept.damage);
  const Outcome verified = run({"verify"});
  REQUIRE(verified.status == 1);
  has(verified.out, "every row: 1 row differs; first: ");
  has(verified.out, "correct these rows before `afloat attic purge`");

  world->connect_app()->script(kept.correct);
  succeeds({"verify"});
  succeeds(k_purge_anyway);
}

const std::string k_price = R"toml(
[[operation]]
type = "change_type"
table = "goods"
column = "price"
column_type = "integer"
up = "CAST(round(price) AS integer)"
down = "CASE WHEN price < 1000 THEN price END"
)toml";
const std::string k_goods = "CREATE TABLE goods (id integer PRIMARY KEY, price numeric(8, 2));"
                            "INSERT INTO goods VALUES (1, 9.99), (2, 5.25), (3, NULL)";
} // namespace

TEST_CASE("an attic that is not equal to what took its place is named by verify", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  for (const Kept& kept : k_kept)
    if (!(kept.postgres_only && dialect == Dialect::sqlite))
      DYNAMIC_SECTION(kept.name << (dialect == Dialect::sqlite ? " on SQLite" : " on PostgreSQL")) {
        stops_at_damage(dialect, kept);
      }
}

TEST_CASE("purge stops where a row of the attic differs, not at what a mapping leaves out",
          "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(k_goods);
  const Project project({k_price});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto app = world->connect_app();
  app->query("UPDATE goods SET price = 7 WHERE id = 2");    // the attic has 7
  app->query("UPDATE goods SET price = 5000 WHERE id = 3"); // and NULL, for `down` has no value
  project.succeed(*world, {"verify"});
  around_sync(*world, "UPDATE goods SET price = 99 WHERE id = 1");

  const std::string before = world->dump();
  const Outcome refused = project.run(*world, k_purge_anyway);
  REQUIRE(refused.status == 1);
  has(refused.err, fmt::format("the attic of 0001_change is not in order: compare {0}goods._afloat_attic_1_"
                               "price and price in every row: 1 row differs; first: {1}",
                               dialect == Dialect::postgres ? "public." : "",
                               dialect == Dialect::postgres ? "id=1: _afloat_attic_1_price='9.99', price='99'"
                                                            : "id 1: "));
  has(refused.err, "Nothing was purged.");
  REQUIRE(difference(before, world->dump()) == "");
  SECTION("corrected, it goes on") {
    app->query("UPDATE goods SET price = 11 WHERE id = 1");
    project.succeed(*world, k_purge_anyway);
  }
  SECTION("accepted, it goes on") {
    std::vector<std::string> accepted = k_purge_anyway;
    accepted.emplace_back("--accept-difference");
    project.succeed(*world, accepted);
    REQUIRE(app->query("SELECT price FROM goods WHERE id = 1").scalar() == "99");
  }
  SECTION("the way back is still there") {
    project.succeed(*world, {"revert", "0001", "--accept-data-loss"});
  }
}

namespace {
constexpr const char* k_rename_nick = "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                                      "from = \"nick\"\nto = \"nickname\"\n";

std::string drop(std::string_view column) {
  return fmt::format("[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"{}\"\n", column);
}
} // namespace

// From 100,001 rows on the table is rebuilt, and for a column in a constraint always.
TEST_CASE("each of several rebuilds of one table begins with what the one before has left",
          "[operations][sqlite]") {
  struct Case {
    const char* name;
    int rows;
    std::string operations;
    const char* left;
  };
  const Case one = GENERATE(
      Case{"renamed, dropped", 100'001, k_rename_nick + drop("age"), "id,nickname,name,code"},
      Case{"dropped, dropped", 100'001, drop("nick") + drop("age"), "id,name,code"},
      Case{"in place, in a constraint", 10, drop("age") + drop("code"), "id,nick,name"},
      Case{"in a constraint, in place", 10, drop("code") + drop("age"), "id,nick,name"},
      Case{"all", 100'001, drop("code") + k_rename_nick + drop("age") + drop("name"), "id,nickname"});
  DYNAMIC_SECTION(one.name) {
    const auto world = make_world(Dialect::sqlite);
    world->prepare(
        fmt::format("CREATE TABLE users (id integer PRIMARY KEY, nick text, age integer, name text, "
                    "code integer, CHECK (code > 0));"
                    "INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    "WHERE i < {}) SELECT i, 'n', i, 'x', i FROM n",
                    one.rows));
    const Project project({one.operations});
    project.succeed(*world, {"expand", "--full-speed"});
    project.succeed(*world, {"contract", "--quiet", "0"});
    SECTION("purged") {}
    SECTION("reverted, contracted and purged") {
      project.succeed(*world, {"revert", "--accept-data-loss"});
      project.succeed(*world, {"contract", "--quiet", "0"});
    }
    project.succeed(*world, k_purge_anyway);
    const Value left =
        world->connect()->query("SELECT group_concat(name) FROM pragma_table_info('users')").scalar();
    CHECK(left.value_or("") == one.left);
  }
}

TEST_CASE("purge asks of a table whose key was renamed with it", "[operations][postgres][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE goods (id integer PRIMARY KEY, name text); INSERT INTO goods VALUES (1, 'a')");
  const Project project(
      {"[[operation]]\ntype = \"rename_column\"\ntable = \"goods\"\nfrom = \"id\"\nto = \"number\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"revert", "0001"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"attic", "purge", "--retention", "0"});
}
