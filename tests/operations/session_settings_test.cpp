// Settings of a role or a database that change how the server reads and writes texts.
#include "support/project.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

TEST_CASE("settings of the database do not change what afloat reads", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE users (id float8 PRIMARY KEY, name text, note text DEFAULT 'a\b');
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER of_name AFTER UPDATE OF name ON users FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION nothing();
    INSERT INTO users SELECT random(), 'n' || g FROM generate_series(1, 3000) g;)");
  const std::string before = world->dump();
  const std::string database = *world->connect()->query("SELECT current_database()").scalar();
  const std::string setting = GENERATE(
      "standard_conforming_strings = off", "quote_all_identifiers = on", "transform_null_equals = on",
      "array_nulls = off", "DateStyle = 'German'", "extra_float_digits = -10", "bytea_output = escape");
  INFO(setting);
  world->connect()->script(fmt::format("ALTER DATABASE {} SET {}", database, setting));
  const Project project({"[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\nto = "
                         "\"called\"\n",
                         "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"note\"\nto = "
                         "\"remark\"\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort", "2"});
  project.succeed(*world, {"contract", "1", "--quiet", "0"});
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort", "1"});
  project.succeed(*world, {"drift"});
  world->connect()->script(fmt::format("ALTER DATABASE {} RESET ALL", database));
  const std::string differs = difference(before, world->dump());
  CHECK((differs == "" || differs == "the same lines in another order"));
}
