#include "scenario/transcript.hpp"

#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat::test {
namespace {
const Dialect k_dialects[] = {Dialect::sqlite, Dialect::postgres};

std::string create_table(std::string_view table) {
  return fmt::format("[[operation]]\ntype = \"create_table\"\ntable = \"{}\"\n"
                     "columns = [{{ name = \"id\", type = \"integer\", primary_key = true }}]\n",
                     table);
}

std::string add_column(std::string_view table, std::string_view column) {
  return fmt::format("[[operation]]\ntype = \"add_column\"\ntable = \"{}\"\ncolumn = \"{}\"\n"
                     "column_type = \"text\"\n",
                     table, column);
}

void write_sql(const Transcript& run, const std::string& name, const std::string& text) {
  std::ofstream(run.folder() / "migrations" / (name + ".sql")) << text;
}
} // namespace

// The plans are made while the migrations before them run.
TEST_CASE("a long run plans each migration from what those before it left, and stops where one cannot be",
          "[scenario]") {
  for (const Dialect dialect : k_dialects) {
    const auto world = make_world(dialect);
    world->prepare("CREATE TABLE users (id integer PRIMARY KEY, user_name text NOT NULL);"
                   "INSERT INTO users VALUES (1, 'ada'), (2, 'bert')");
    Transcript run(*world);
    run.migration("0001_notes", create_table("notes"));
    for (int i = 2; i <= 6; ++i)
      run.migration(fmt::format("000{}_c{}", i, i), add_column("notes", fmt::format("c{}", i)));
    write_sql(run, "0007_bills", "CREATE TABLE bills (id integer PRIMARY KEY);\n");
    write_sql(run, "0008_sum", "ALTER TABLE bills ADD COLUMN total text;\n");
    write_sql(run, "0009_first", "INSERT INTO bills VALUES (1, '9');\n");
    run.migration("0010_paid", add_column("bills", "paid"));
    run.migration("0011_username", "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\n"
                                   "from = \"user_name\"\nto = \"username\"\n");
    run.migration("0012_tags", create_table("tags"));
    run.migration("0013_again", add_column("notes", "c6"));
    run.migration("0014_words", create_table("words"));
    run.afloat({"expand"});
    run.afloat({"status"});
    run.remove("migrations/0013_again.toml");
    run.migration("0013_again", add_column("notes", "c7"));
    run.afloat({"expand"});
    run.afloat({"verify"});
    run.check("long_run");
    const auto database = world->connect();
    CHECK(database->query("SELECT count(c2), count(c6), count(c7) FROM notes").rows.size() == 1);
    CHECK(database->query("SELECT total FROM bills WHERE paid IS NULL").scalar() == "9");
    CHECK(database->query("SELECT username FROM users WHERE id = 2").scalar() == "bert");
    CHECK(database->query("SELECT count(*) FROM words").scalar() == "0");
  }
}
} // namespace afloat::test
