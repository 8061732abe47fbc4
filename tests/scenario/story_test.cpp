#include "operations/operation.hpp"
#include "scenario/transcript.hpp"
#include "support/golden.hpp"
#include "support/postgres_server.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr std::string_view k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL, email text);"
    "INSERT INTO users VALUES (1, 'ada', 'a@x'), (2, 'bert', NULL), (3, 'cleo', 'c@x')";
constexpr std::string_view k_rename = "description = \"user_name becomes username\"\n"
                                      "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                                      "from = \"user_name\"\nto = \"username\"\n";

const Dialect k_dialects[] = {Dialect::sqlite, Dialect::postgres};

TEST_CASE("the quick tour prints what it should at every stop", "[scenario]") {
  for (const Dialect dialect : k_dialects) {
    const auto world = make_world(dialect);
    world->prepare(k_users);
    Transcript tour(*world);
    tour.remove("afloat.toml");
    tour.remove("migrations");
    tour.note("a project");
    tour.afloat_at("", {"init"});
    tour.afloat_at("", {"new", "rename_user_name"});
    tour.migration("0001_rename_user_name", std::string(k_rename));
    tour.note("before");
    tour.afloat({"status"});
    tour.afloat({"status", "--check"});
    tour.afloat({"history"});
    tour.afloat({"plan"});
    tour.note("the window opens");
    tour.afloat({"expand"});
    tour.afloat({"expand"});
    tour.afloat({"status", "--check"});
    tour.afloat({"verify"});
    tour.note("an old and a new release write");
    world->connect_app()->script("INSERT INTO users (id, user_name) VALUES (4, 'dora')");
    world->connect_app()->script("UPDATE users SET username = 'Ada' WHERE id = 1");
    tour.afloat({"status"});
    tour.note("the window closes");
    tour.afloat({"contract", "--quiet", "0"});
    tour.afloat({"contract"});
    tour.afloat({"status"});
    tour.afloat({"attic", "list"});
    tour.afloat({"abort", "1"});
    tour.afloat({"attic", "purge"});
    tour.afloat({"attic", "purge", "--retention", "0"});
    tour.afloat({"attic", "list"});
    tour.afloat({"verify"});
    tour.afloat({"history"});
    tour.check("quick_tour");
    const auto rows = world->connect()->query("SELECT username FROM users ORDER BY id").rows;
    REQUIRE(rows.size() == 4);
    CHECK(rows[0][0] == "Ada");
    CHECK(rows[3][0] == "dora");
  }
}

TEST_CASE("every command has a JSON document, on success and on failure", "[scenario]") {
  for (const Dialect dialect : k_dialects) {
    const auto world = make_world(dialect);
    world->prepare(k_users);
    Transcript tour(*world);
    tour.migration("0001_rename_user_name", std::string(k_rename));
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"status"},
                                                                                       {"expand"},
                                                                                       {"status"},
                                                                                       {"verify"},
                                                                                       {"contract"},
                                                                                       {"attic", "list"},
                                                                                       {"attic", "purge"},
                                                                                       {"abort"},
                                                                                       {"history"},
                                                                                       {"migrate"},
                                                                                       {"expand", "9"},
                                                                                       {"frobnicate"}}) {
      std::vector<std::string> all{"--output", "json", "-q"};
      all.insert(all.end(), words.begin(), words.end());
      const Outcome outcome = tour.afloat(all);
      CHECK(outcome.out.starts_with("{\n  \"format\": 1,\n"));
      CHECK(outcome.out.ends_with("\n}\n"));
    }
    tour.check("json");
  }
}

TEST_CASE("abort brings the old schema back with what both releases wrote", "[scenario]") {
  for (const Dialect dialect : k_dialects) {
    const auto world = make_world(dialect);
    world->prepare(k_users);
    Transcript tour(*world);
    tour.migration("0001_rename_user_name", std::string(k_rename));
    tour.afloat({"expand"});
    world->connect_app()->script("INSERT INTO users (id, username) VALUES (4, 'dora')");
    tour.afloat({"abort"});
    tour.afloat({"abort"});
    tour.afloat({"status"});
    tour.check("abort");
    CHECK(world->connect()->query("SELECT user_name FROM users WHERE id = 4").scalar() == "dora");
  }
}

void goes_through(const std::string& name, Dialect dialect) {
  const auto world = make_world(dialect);
  const std::filesystem::path own = example(name) / fmt::format("schema.{}.sql", name_of(world->dialect()));
  world->prepare(read_file(std::filesystem::exists(own) ? own : example(name) / "schema.sql"));
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"migrate", "--quiet", "0", "-q"},
           {"verify", "-q"},
           {"attic", "purge", "--retention", "0", "--accept-data-loss", "-q"},
           {"verify", "-q"},
           {"status", "--check"}}) {
    const Outcome outcome = afloat(*world, example(name), command);
    INFO(name << " on " << name_of(dialect) << ": " << command[0] << "\n" << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
  }
  // The catalogs' text of a newer server is not pg_dump's.
  if (dialect == Dialect::postgres && !PostgresServer::instance().has_pg_dump()) return;
  check_golden("scenario/expected/example_" + name + "_" + std::string(name_of(dialect)) + ".txt",
               world->dump());
}

TEST_CASE("every example goes through expand, contract and purge to the schema it promises",
          "[scenario][examples]") {
  std::vector<std::string> names{"sql_files"};
  for (const OperationRow& row : operation_rows()) names.emplace_back(row.name);
  for (const std::string& name : names)
    for (const Dialect dialect : k_dialects) goes_through(name, dialect);
}
} // namespace
} // namespace afloat::test
