#include "commands/way_back.hpp"
#include "ledger/ledger.hpp"
#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
using Words = std::vector<std::string>;

/// An example with a window, and what its releases do. {extra} stands for what only one of the databases has.
struct Example {
  std::string_view name;
  std::string_view migration; ///< one of the example's files, or a text of its own
  Release old_release, new_release;
  bool postgres_only = false;
};

const Release k_names = release_writing("users", "name");
const Release k_whole{.insert = "INSERT INTO users (id, full_name) VALUES ({key}, '{value} Dyk')",
                      .update = "UPDATE users SET full_name = '{value} Dyk' WHERE id = {key}",
                      .erase = "DELETE FROM users WHERE id = {key}",
                      .read = "SELECT id, substr(full_name, 1, length(full_name) - 4) FROM users"};
const Release k_parts = release_writing("users", "first_name", ", last_name", ", 'Dyk'");
const std::string k_erase_both =
    "DELETE FROM profiles WHERE user_id = {key};; DELETE FROM users WHERE id = {key}";

const std::vector<Example>& examples() {
  static const std::vector<Example> all{
      {"rename_column", "", release_writing("users", "user_name"), release_writing("users", "username")},
      {"drop_column", "", release_writing("users", "name", ", nickname", ", 'x'"), k_names},
      {"drop_column", "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"badge\"\n",
       release_writing("users", "name", ", nickname, badge", ", 'x', 'B{key}'"),
       release_writing("users", "name", ", nickname", ", 'x'")},
      {"change_type",
       "[[operation]]\ntype = \"change_type\"\ntable = \"products\"\ncolumn = \"stock\"\ncolumn_type = "
       "\"varchar(90)\"\nup = \"substr(stock, 1, 90)\"\ndown = \"CAST(stock AS text)\"\n",
       release_writing("products", "stock", ", name", ", 'n'"),
       release_writing("products", "stock", ", name", ", 'n'")},
      {"change_type",
       "[[operation]]\ntype = \"change_type\"\ntable = \"products\"\ncolumn = \"stock\"\ncolumn_type = "
       "\"varchar(90)\"\nto = \"in_stock\"\nup = \"substr(stock, 1, 90)\"\ndown = \"CAST(in_stock AS "
       "text)\"\n",
       release_writing("products", "stock", ", name", ", 'n'"),
       release_writing("products", "in_stock", ", name", ", 'n'")},
      {"widen_key", "", k_names, k_names, true},
      {"split_column", "", k_whole, k_parts},
      {"merge_columns", "", k_parts, k_whole},
      {"move_column",
       "",
       {.insert = "INSERT INTO users (id, name, phone) VALUES ({key}, 'n', '{value}');; INSERT INTO profiles "
                  "(user_id, bio) VALUES ({key}, 'b')",
        .update = "UPDATE users SET phone = '{value}' WHERE id = {key}",
        .erase = k_erase_both,
        .read = "SELECT id, phone FROM users"},
       {.insert = "INSERT INTO users (id, name) VALUES ({key}, 'n');; INSERT INTO profiles (user_id, phone) "
                  "VALUES ({key}, '{value}')",
        .update = "UPDATE profiles SET phone = '{value}' WHERE user_id = {key}",
        .erase = k_erase_both,
        .read = "SELECT user_id, phone FROM profiles"}},
      {"extract_table",
       "",
       release_writing("users", "street", ", name", ", 'n'"),
       {.insert =
            "INSERT INTO users (id, name) VALUES ({key}, 'n');; INSERT INTO addresses (user_id, street) "
            "VALUES ({key}, '{value}')",
        .update = "UPDATE addresses SET street = '{value}' WHERE user_id = {key}",
        .erase = "DELETE FROM users WHERE id = {key}",
        .read = "SELECT user_id, street FROM addresses"}},
      {"rename_table", "", k_names, release_writing("people", "name")},
      {"drop_table", "", k_names, k_names},
      {"set_not_null", "", k_names, release_writing("users", "name", ", email", ", 'e'")},
      {"add_check", "", release_writing("users", "name", ", country", ", 'UK'"),
       release_writing("users", "name", ", country, age", ", 'UK', 7")},
      {"add_unique", "", k_names, release_writing("users", "name", ", email", ", 'e{key}'")},
      {"add_foreign_key", "", k_names, k_names},
      {"drop_default", "[[operation]]\ntype = \"drop_default\"\ntable = \"orders\"\ncolumn = \"source\"\n",
       release_writing("orders", "note"), release_writing("orders", "note", ", source", ", 'web'")},
      {"drop_index", "", release_writing("orders", "state", ", user_id", ", 7"),
       release_writing("orders", "state", ", user_id", ", 7")},
      {"add_column",
       "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"state\"\ncolumn_type = "
       "\"text\"\nnot_null = true\nup = \"'active'\"\n",
       k_parts, release_writing("users", "first_name", ", last_name, state", ", 'Dyk', 'new'")},
      {"add_primary_key", "", release_writing("events", "happened"), release_writing("events", "happened"),
       true},
  };
  return all;
}

std::string schema_of(std::string_view name) {
  return read_file(example(name) / "schema.sql");
}

/// Without the rows of the example: the clients bring their own.
Rollout rollout_of(const Example& one) {
  Rollout rollout;
  for (const std::string& statement : split(schema_of(one.name), ';'))
    if (statement.find("INSERT INTO") == std::string::npos && !trimmed(statement).empty())
      rollout.schema += statement + ";";
  std::filesystem::path first;
  for (const auto& file : std::filesystem::directory_iterator(example(one.name) / "migrations"))
    if (first.empty() || file.path() < first) first = file.path();
  rollout.migrations = {one.migration.empty() ? read_file(first) : std::string(one.migration)};
  rollout.old_release = one.old_release;
  rollout.new_release = one.new_release;
  return rollout;
}

void run(const World& world, const std::filesystem::path& project, const Words& command) {
  const Outcome outcome = afloat::test::afloat(world, project, command);
  INFO(join(command, " ") << "\n" << outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
}

/// Newest first.
Words versions_of(const std::filesystem::path& project) {
  Words versions;
  for (const auto& file : std::filesystem::directory_iterator(project / "migrations"))
    versions.push_back(file.path().filename().string().substr(0, 4));
  std::ranges::sort(versions, std::greater());
  return versions;
}

/// What is the same but for the order of rows is the same: PostgreSQL puts a row that was updated elsewhere.
/// SQLite's RENAME puts a name into quotes wherever it stands.
std::string differs(std::string start, std::string end) {
  for (std::string* dump : {&start, &end}) std::erase(*dump, '"');
  const std::string found = difference(start, end);
  return found == "the same lines in another order" ? "" : found;
}

void revert_all(const World& world, const std::filesystem::path& project) {
  for (const std::string& version : versions_of(project)) {
    const Outcome outcome = afloat::test::afloat(world, project, {"revert", version});
    INFO("revert " << version << "\n" << outcome.out << outcome.err);
    REQUIRE((outcome.status == 0 || outcome.err.find("complete after expand") != std::string::npos));
  }
}

void goes_round(Dialect dialect, std::string_view name) {
  const std::filesystem::path project = example(name);
  const auto world = make_world(dialect);
  world->prepare(schema_of(name));
  const std::string start = world->dump();
  run(*world, project, {"expand"});
  const std::string window = world->dump();
  for (int round = 1; round <= 2; ++round) {
    INFO("round " << round);
    run(*world, project, {"contract", "--quiet", "0"});
    revert_all(*world, project);
    REQUIRE(differs(window, world->dump()) == "");
    run(*world, project, {"verify"});
  }
  for (const std::string& version : versions_of(project))
    run(*world, project, {"abort", version, "--accept-data-loss"});
  if (name != "set_not_null") // what its backfill has filled stays filled
    REQUIRE(differs(start, world->dump()) == "");
}
} // namespace

TEST_CASE("contract and revert lead to the same window, and abort to the start", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  std::string last;
  for (const Example& one : examples())
    if (one.name != std::exchange(last, one.name) && !(one.postgres_only && dialect == Dialect::sqlite))
      DYNAMIC_SECTION(one.name << (dialect == Dialect::sqlite ? " on SQLite" : " on PostgreSQL")) {
        goes_round(dialect, one.name);
      }
}

TEST_CASE("the old release finds after a revert all that the new one wrote", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  int number = 0;
  const char* const only = std::getenv("AFLOAT_REVERT_CASE");
  for (const Example& one : examples()) {
    ++number;
    if (only && one.name.find(only) == std::string_view::npos) continue;
    if (!(one.postgres_only && dialect == Dialect::sqlite))
      DYNAMIC_SECTION(number << " " << one.name
                             << (dialect == Dialect::sqlite ? " on SQLite" : " on PostgreSQL")) {
        comes_back(dialect, rollout_of(one));
      }
  }
}

namespace {
Outcome tried(const World& world, const Project& project, const Words& command) {
  return afloat::test::afloat(world, project.path(), command);
}

bool says(const Outcome& outcome, std::string_view words) {
  INFO(outcome.out << outcome.err);
  CHECK((outcome.out + outcome.err).find(words) != std::string::npos);
  return (outcome.out + outcome.err).find(words) != std::string::npos;
}

const std::string k_shorter = R"toml(
[[operation]]
type = "change_type"
table = "goods"
column = "code"
column_type = "varchar(80)"
up = "substr(code, 1, 80)"
down = "CASE WHEN code <> 'odd' THEN code END"
)toml";
const std::string k_goods = "CREATE TABLE goods (id integer PRIMARY KEY, code varchar(90));"
                            "INSERT INTO goods (id, code) VALUES (1, 'a'), (2, 'b'), (3, NULL)";
} // namespace

TEST_CASE("rows that down cannot map are shown by status and stop a revert", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(k_goods);
  const Project project({k_shorter});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(says(tried(*world, project, {"status"}), "can I still go back: yes, all 3 rows\n"));
  world->connect_app()->query("UPDATE goods SET code = 'odd' WHERE id = 2");
  REQUIRE(says(tried(*world, project, {"status"}), "can I still go back: 1 row cannot (the old shape of"));
  REQUIRE(says(tried(*world, project, {"plan", "0001", "--revert"}), "Can I still go back: 1 row cannot"));
  const std::string before = world->dump();
  const Outcome refused = tried(*world, project, {"revert"});
  REQUIRE(refused.status == 1);
  REQUIRE(says(refused, "1 row is in the way of the old shape of"));
  REQUIRE(says(refused, dialect == Dialect::sqlite ? "id 2" : "id=2"));
  REQUIRE(difference(before, world->dump()) == "");

  SECTION("accepted, the old release reads NULL") {
    project.succeed(*world, {"revert", "--accept-data-loss"});
    REQUIRE(world->connect_app()->query("SELECT code FROM goods WHERE id = 2").rows[0][0] == std::nullopt);
    REQUIRE(world->connect_app()->query("SELECT code FROM goods WHERE id = 1").scalar() == "a");
  }
  SECTION("corrected, it goes back") {
    world->connect_app()->query("UPDATE goods SET code = 'c' WHERE id = 2");
    REQUIRE(says(tried(*world, project, {"status"}), "can I still go back: yes, all 3 rows\n"));
    project.succeed(*world, {"revert"});
    REQUIRE(world->connect_app()->query("SELECT code FROM goods WHERE id = 2").scalar() == "c");
  }
}

TEST_CASE("rows that cannot go back are told also where there was no time to look at all",
          "[operations][revert]") {
  const auto world = make_world(GENERATE(Dialect::sqlite, Dialect::postgres));
  world->prepare(
      std::string("CREATE TABLE goods (id integer PRIMARY KEY, code varchar(90));"
                  "INSERT INTO goods WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                  "WHERE i < 30000) SELECT i, 'a' FROM n"));
  const Project project({k_shorter});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto database = world->connect();
  const Plan plan = Ledger(*database).plan(1);
  const auto told = [&](std::optional<double> most) {
    return outlook_text(revert_outlook(*database, plan, most));
  };
  CHECK(told(0) == "yes, as far as the first 20,000 rows go; `afloat plan --revert` looks at all");
  database->script("UPDATE goods SET code = 'odd' WHERE id IN (2, 29000)");
  CHECK(told(0).starts_with("at least 1 row cannot (the old shape of"));
  CHECK(told(std::nullopt).starts_with("2 rows cannot (the old shape of"));
}

TEST_CASE("rows that would break what comes back stop a revert", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(schema_of("drop_column"));
  const Project project({"[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"team\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect()->query("DELETE FROM teams WHERE id = 1");
  REQUIRE(says(tried(*world, project, {"status"}), "can I still go back: 2 rows cannot ("));
  const Outcome refused = tried(*world, project, {"revert", "--accept-data-loss"});
  REQUIRE(refused.status == 1);
  REQUIRE(says(refused, "2 rows are in the way of"));
  world->connect()->query("INSERT INTO teams (id) VALUES (1)");
  project.succeed(*world, {"revert"});
}

TEST_CASE("a revert says when it is not what is needed", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(k_goods);
  const Project project(
      {k_shorter,
       "-- afloat:expand\nCREATE TABLE notes (id integer);\n-- afloat:contract\nDROP TABLE notes;\n"});
  REQUIRE(says(tried(*world, project, {"revert", "0001"}), "has not been started"));
  REQUIRE(
      says(tried(*world, project, {"plan", "0002"}), "There is no way back after contract: Operation 1 is"));
  project.succeed(*world, {"expand"});
  REQUIRE(says(tried(*world, project, {"revert", "0001"}), "has not been contracted"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(says(tried(*world, project, {"abort", "0001"}), "going back needs a revert"));
  const Outcome no_way = tried(*world, project, {"revert", "0002"});
  REQUIRE(no_way.status == 1);
  REQUIRE(says(no_way, "there is no way back from 0002"));
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  const Outcome over = tried(*world, project, {"revert", "0001"});
  REQUIRE(over.status == 1);
  REQUIRE(says(over, "that was the point of no return"));
}

TEST_CASE("a plan that an older afloat has frozen says that it cannot be reverted", "[operations][revert]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_goods);
  const Project project({k_shorter});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  // As it was frozen before there were steps of revert.
  world->connect()->script(
      "UPDATE afloat_migrations SET plan = replace(plan, '\"phase\":\"revert\"', '\"phase\":\"purge\"')");
  const Outcome refused = tried(*world, project, {"revert"});
  REQUIRE(refused.status == 1);
  REQUIRE(says(refused, "it was frozen by an afloat that could not revert yet"));
  REQUIRE(says(tried(*world, project, {"status"}), "can I still go back: no: step"));
}

TEST_CASE("a contract that stopped behind its first swap is reverted", "[operations][revert]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare("CREATE TABLE goods (id integer PRIMARY KEY, code text, price integer)");
  const Project project(
      {"[[operation]]\ntype = \"rename_column\"\ntable = \"goods\"\nfrom = \"code\"\nto = \"sku\"\n"
       "[[operation]]\ntype = \"add_check\"\ntable = \"goods\"\ncheck = \"price > 0\"\nname = \"paid\"\n"});
  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  world->connect()->query("INSERT INTO goods (id, code, price) VALUES (1, 'a', -1)");
  const Outcome stopped = tried(*world, project, {"contract", "--quiet", "0"});
  REQUIRE(stopped.status != 0);
  Words revert{"revert"}; // what stopped behind a swap is meant without its version, too
  if (GENERATE(false, true)) revert.emplace_back("0001");
  project.succeed(*world, revert);
  world->connect()->query("DELETE FROM goods");
  REQUIRE(differs(window, world->dump()) == "");
}

TEST_CASE("a revert says again what was said of an index", "[operations][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE notes (id integer PRIMARY KEY, kind text NOT NULL, note text);"
                 "CREATE UNIQUE INDEX by_kind ON notes (kind); COMMENT ON INDEX by_kind IS 'of the index';"
                 "ALTER TABLE notes REPLICA IDENTITY USING INDEX by_kind, CLUSTER ON by_kind;"
                 "CREATE INDEX by_lower ON notes (lower(kind)); ALTER INDEX by_lower ALTER COLUMN 1 SET "
                 "STATISTICS 77;");
  const std::string start = world->dump();
  const Project project(
      {"[[operation]]\ntype = \"drop_column\"\ntable = \"notes\"\ncolumn = \"kind\"\ndown = "
       "\"id::text\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert"});
  project.succeed(*world, {"abort"});
  CHECK(world->dump() == start);
}
