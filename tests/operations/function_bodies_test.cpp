// Functions are text: what the plan says of those that may use a column which contract takes away.
#include "support/project.hpp"
#include "support/world.hpp"

#include <regex>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_people = R"(
  CREATE TABLE people (id integer PRIMARY KEY, user_name text, name text);
  CREATE VIEW shown AS SELECT id, user_name AS n FROM people;
  CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN UPDATE people SET user_name = NEW.n WHERE id = NEW.id; RETURN NEW; END';
  CREATE TRIGGER put INSTEAD OF UPDATE ON shown FOR EACH ROW EXECUTE FUNCTION put();
  CREATE TRIGGER put_more INSTEAD OF INSERT ON shown FOR EACH ROW EXECUTE FUNCTION put();
  CREATE FUNCTION longest() RETURNS integer LANGUAGE sql AS 'SELECT max(length(User_Name)) FROM People';
  CREATE FUNCTION names_no_table() RETURNS integer LANGUAGE sql AS 'SELECT length(''user_name'')';
  CREATE FUNCTION names_another() RETURNS text LANGUAGE sql AS 'SELECT name AS user_names FROM people';)";

/// Without the places where the plan's lines end.
std::string in_one_line(const std::string& text) {
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

std::string note(std::string_view function) {
  return fmt::format(
      " - The function {} may use public.people.user_name: its body is text, which does not follow. "
      "If it does, change it before contract. ",
      function);
}
} // namespace

TEST_CASE("the plan names functions whose text may use a column that goes", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_people);
  const Project project(
      {GENERATE("[[operation]]\ntype = \"rename_column\"\ntable = \"people\"\nfrom = \"user_name\"\nto = "
                "\"full_name\"\n",
                "[[operation]]\ntype = \"change_type\"\ntable = \"people\"\ncolumn = \"user_name\"\nto = "
                "\"full_name\"\n"
                "column_type = \"varchar\"\nup = \"user_name\"\ndown = \"full_name\"\n",
                "[[operation]]\ntype = \"drop_column\"\ntable = \"people\"\ncolumn = \"user_name\"\n")});
  const std::string plan = in_one_line(project.succeed(*world, {"plan"}));
  CHECK_THAT(plan, Catch::Contains(note("longest()")));
  CHECK_THAT(plan, Catch::Contains(note("put() of trigger put on shown, of trigger put_more on shown")));
  CHECK(plan.find("names_") == std::string::npos);
}

TEST_CASE("the plan names no function where the column keeps its name", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_people);
  const Project project(
      {"[[operation]]\ntype = \"change_type\"\ntable = \"people\"\ncolumn = \"user_name\"\n"
       "column_type = \"varchar(5)\"\nup = \"left(user_name, 5)\"\ndown = \"user_name\"\n"});
  CHECK(project.succeed(*world, {"plan"}).find("The function") == std::string::npos);
}
