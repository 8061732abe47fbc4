#include "support/project.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// PostgreSQL rewrites statements by the rules of their tables, also those of a backfill and of sync.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_users =
    "CREATE TABLE users (id integer PRIMARY KEY, name text, email text); "
    "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users); CREATE TABLE log (id integer);"
    "INSERT INTO users VALUES (1, 'Ada', NULL), (2, 'Bert', 'b'); INSERT INTO profiles VALUES (1), (2);";
constexpr const char* k_also =
    "CREATE RULE log_it AS ON UPDATE TO users DO ALSO INSERT INTO log VALUES (NEW.id);";
constexpr const char* k_instead =
    "CREATE RULE deny AS ON UPDATE TO users WHERE OLD.id = 2 DO INSTEAD NOTHING;";

std::string operation(std::string_view type, std::string_view fields) {
  return fmt::format("[[operation]]\ntype = \"{}\"\ntable = \"users\"\n{}\n", type, fields);
}
const std::string k_fill = operation("set_not_null", "column = \"email\"\nup = \"'none'\"");
const std::string k_add =
    operation("add_column", "column = \"shouted\"\ncolumn_type = \"text\"\nup = \"upper(name)\"");

struct Case {
  const char* rule;
  std::string migration;
  const char* why;
};
} // namespace

TEST_CASE("a rule that would stop a backfill is named before anything is changed", "[operations][postgres]") {
  const Case one = GENERATE(
      Case{k_also, k_fill,
           "rule log_it on public.users (ON UPDATE DO ALSO) cannot be had where the backfill notes"},
      Case{k_instead, k_fill, "rule deny on public.users (ON UPDATE DO INSTEAD) would take the place"},
      Case{k_instead, k_add, "rule deny on public.users (ON UPDATE DO INSTEAD) would take the place"},
      Case{k_instead, operation("rename_column", "from = \"name\"\nto = \"title\""),
           "rule deny on public.users (ON UPDATE DO INSTEAD) would take the place"},
      Case{k_instead, operation("move_column", "column = \"name\"\nto_table = \"profiles\""),
           "rule deny on public.users (ON UPDATE DO INSTEAD) would take the place"},
      Case{"CREATE RULE deny AS ON UPDATE TO profiles DO INSTEAD NOTHING;",
           operation("move_column", "column = \"name\"\nto_table = \"profiles\""),
           "rule deny on public.profiles (ON UPDATE DO INSTEAD) would take the place"});
  CAPTURE(one.migration);
  const auto world = make_world(Dialect::postgres);
  world->prepare(std::string(k_users) + one.rule);
  const std::string before = world->dump();
  const Project project({one.migration});
  const Outcome refused = project.run(*world, {"expand"});
  INFO(refused.err);
  CHECK(refused.status == 3);
  CHECK(refused.err.find(one.why) != std::string::npos);
  CHECK(refused.err.find("`DROP RULE ") != std::string::npos);
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("a rule beside a backfill fires, as the plan says", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(std::string(k_users) + k_also);
  const Project project({k_add});
  const std::string plan = project.succeed(*world, {"plan"});
  CAPTURE(plan);
  CHECK(plan.find("rule log_it on public.users (ON UPDATE DO ALSO)") != std::string::npos);
  project.succeed(*world, {"expand"});
  CHECK(world->connect()->query("SELECT count(*) FROM log").scalar() == "2");
  CHECK(world->connect()->query("SELECT count(*) FROM users WHERE shouted = upper(name)").scalar() == "2");
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("a rule that does not fire for a backfill is in nobody's way", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      std::string(k_users)
      + GENERATE(
          as<std::string>(),
          "CREATE RULE deny AS ON UPDATE TO users DO INSTEAD NOTHING; ALTER TABLE users DISABLE RULE deny;",
          "CREATE RULE deny AS ON DELETE TO users DO INSTEAD NOTHING;",
          "CREATE RULE deny AS ON INSERT TO users DO ALSO INSERT INTO log VALUES (NEW.id);"));
  const Project project({k_fill + k_add});
  project.succeed(*world, {"expand"});
  CHECK(world->connect()
            ->query("SELECT count(*) FROM users WHERE shouted = upper(name) AND email <> ''")
            .scalar()
        == "2");
  project.succeed(*world, {"contract", "--quiet", "0"});
}

TEST_CASE("a rule is in the way behind other statements of the migration, and not when they drop it",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(std::string(k_users) + k_instead);
  const std::string before = world->dump();
  const auto behind = [](std::string_view expand, std::string_view abort) {
    return fmt::format("[[operation]]\ntype = \"sql\"\nexpand = \"{}\"\nabort = \"{}\"\n", expand, abort)
           + k_fill;
  };
  const Project refuses({behind("CREATE TABLE other (id integer)", "DROP TABLE other")});
  const Outcome refused = refuses.run(*world, {"expand"});
  INFO(refused.err);
  CHECK(refused.status == 3);
  CHECK(refused.err.find("rule deny on public.users (ON UPDATE DO INSTEAD) would take the place")
        != std::string::npos);
  REQUIRE(difference(before, world->dump()) == "");
  const Project drops({behind("DROP RULE deny ON users", "SELECT 1")});
  drops.succeed(*world, {"expand"});
}
