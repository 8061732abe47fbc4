#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

// What would stop a later phase, refused before anything is changed.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr std::string_view k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"u\"\nfrom = \"b\"\nto = \"z\"\n";
constexpr std::string_view k_drop = "[[operation]]\ntype = \"drop_column\"\ntable = \"u\"\ncolumn = \"b\"\n";
constexpr std::string_view k_rename_table =
    "[[operation]]\ntype = \"rename_table\"\ntable = \"u\"\nto = \"users\"\n";
constexpr std::string_view k_change =
    "[[operation]]\ntype = \"change_type\"\ntable = \"u\"\ncolumn = \"b\"\ncolumn_type = \"integer\"\n"
    "up = \"CAST(b AS integer)\"\ndown = \"CAST(b AS text)\"\n";

/// What every connection can read, whatever collations it has.
std::string texts(const World& world) {
  return world.connect()
      ->query(
          "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE name NOT LIKE 'afloat%' AND name NOT LIKE "
          "'sqlite%'")
      .scalar()
      .value_or("");
}

void is_refused(const World& world, const std::string& migration, const std::string& reason) {
  const std::string before = texts(world);
  const Project project({migration});
  const Outcome outcome = project.run(world, {"expand"});
  INFO(migration << outcome.out << outcome.err);
  CHECK(outcome.status == 3);
  CHECK(outcome.err.find(reason) != std::string::npos);
  CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
  CHECK(texts(world) == before);
}

/// An application's own collation and function.
void with_application(const World& world, const std::string& sql) {
  sqlite3* connection = nullptr;
  const std::string path = world.url().substr(std::string_view("sqlite:").size());
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  sqlite3_create_collation(
      connection, "mycoll", SQLITE_UTF8, nullptr,
      [](void*, int a, const void*, int b, const void*) { return a < b ? -1 : (a > b ? 1 : 0); });
  sqlite3_create_function(
      connection, "myfn", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
      [](sqlite3_context* context, int, sqlite3_value**) { sqlite3_result_int(context, 1); }, nullptr,
      nullptr);
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(connection);
  REQUIRE(code == SQLITE_OK);
}
} // namespace

TEST_CASE("a broken view or trigger is found before a window opens", "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE u (id integer PRIMARY KEY, b text); CREATE TABLE other (x); CREATE TABLE gone (x);");
  const auto [broken, named] = GENERATE(table<std::string, std::string>(
      {{"CREATE VIEW broken AS SELECT * FROM gone", "error in view broken"},
       {"CREATE TRIGGER hurt AFTER INSERT ON other BEGIN INSERT INTO gone VALUES (1); END",
        "error in trigger hurt"}}));
  world->connect()->script(broken + "; DROP TABLE gone");
  for (const std::string_view migration : {k_rename, k_drop, k_rename_table, k_change})
    is_refused(*world, std::string(migration), named);
  const Project mends(
      {"DROP VIEW IF EXISTS broken; DROP TRIGGER IF EXISTS hurt; ALTER TABLE u RENAME b TO c;"});
  mends.succeed(*world, {"expand"});
}

TEST_CASE("a broken view does not stop what alters nothing later", "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE u (id integer PRIMARY KEY, b text); CREATE VIEW broken AS SELECT * FROM gone;");
  const Project project(
      {"[[operation]]\ntype = \"add_column\"\ntable = \"u\"\ncolumn = \"c\"\ncolumn_type = \"text\"\n"});
  project.succeed(*world, {"expand"});
}

TEST_CASE("an index that only the application can make is found before a window opens",
          "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, a text, b text);");
  const auto [index, why] = GENERATE(table<std::string, std::string>(
      {{"CREATE INDEX ui ON u (b COLLATE mycoll)", "index \"{}\": no such collation sequence: mycoll"},
       {"CREATE INDEX ui ON u (b) WHERE myfn(b) = 1", "index \"{}\": no such function: myfn"},
       {"CREATE INDEX ui ON u (a, myfn(b))", "index \"{}\": no such function: myfn"}}));
  with_application(*world, index);
  INFO(index);
  is_refused(*world, std::string(k_drop), fmt::format(fmt::runtime(why), "ui"));
  is_refused(*world, std::string(k_rename), fmt::format(fmt::runtime(why), "ui"));
  is_refused(*world, std::string(k_change), why.substr(why.find(": ") + 2));
}

TEST_CASE("an application's index on another column is no obstacle", "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, a text, b text);");
  with_application(*world, "CREATE INDEX ui ON u (a) WHERE myfn(a) = 1");
  const Project project({std::string(k_drop)});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert", "1"});
}

TEST_CASE("ALTER TABLE reads a collation of the application's on any table", "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, b text); CREATE TABLE other (x);");
  with_application(*world, "CREATE INDEX ui ON other (x COLLATE mycoll)");
  for (const std::string_view migration : {k_rename, k_drop, k_rename_table})
    is_refused(*world, std::string(migration), "error in index ui: no such collation sequence: mycoll");
}

TEST_CASE("what breaks while the window is open stops the next phase before it begins",
          "[operations][later]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare("CREATE TABLE u (id integer PRIMARY KEY, b text); INSERT INTO u VALUES (1, 'x');");
  const Project project({std::string(GENERATE(k_rename, k_drop, k_rename_table))});
  const auto is_refused_until_mended = [&](const std::vector<std::string>& command) {
    world->connect()->script("CREATE VIEW broken AS SELECT * FROM gone");
    const Outcome outcome = project.run(*world, command);
    INFO(command[0] << outcome.out << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("error in view broken") != std::string::npos);
    CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
    world->connect()->script("DROP VIEW broken");
    project.succeed(*world, command);
  };
  project.succeed(*world, {"expand"});
  if (project.run(*world, {"plan", "1", "--abort"}).out.find("ALTER TABLE") != std::string::npos)
    is_refused_until_mended({"abort", "1", "--accept-data-loss"});
  else
    project.succeed(*world, {"abort", "1", "--accept-data-loss"});
  project.succeed(*world, {"expand"});
  is_refused_until_mended({"contract", "--quiet", "0", "--accept-drift", "a view"});
  is_refused_until_mended({"revert", "1", "--accept-data-loss"});
}
