#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string adding(const std::string& rest) {
  return "[[operation]]\ntype = \"add_enum_value\"\ntable = \"orders\"\ncolumn = \"state\"\n" + rest;
}

std::string schema_of(Dialect dialect) {
  return read_file(example("add_enum_value")
                   / (dialect == Dialect::postgres ? "schema.postgres.sql" : "schema.sql"));
}

Release changing(const std::string& state) {
  return {.insert =
              fmt::format("INSERT INTO orders (id, state, note) VALUES ({{key}}, '{}', '{{value}}')", state),
          .update =
              fmt::format("UPDATE orders SET state = '{}', note = '{{value}}' WHERE id = {{key}}", state),
          .erase = "DELETE FROM orders WHERE id = {key}",
          .read = "SELECT id, note FROM orders"};
}
} // namespace

TEST_CASE("add_enum_value lets the new release write the value beside the old one", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  rolls_forward(
      dialect, {.schema = schema_of(dialect) + "DELETE FROM orders; ALTER TABLE orders ADD COLUMN note text;",
                .migrations = {adding("value = \"shipped\"\nafter = \"new\"")},
                .old_release = changing("paid"),
                .new_release = changing("shipped"),
                .window = false});
}

TEST_CASE("add_enum_value puts the value in its place", "[operations]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = make_world(dialect);
  world->prepare(schema_of(dialect));
  const Project project({adding("value = \"shipped\"\nafter = \"new\""),
                         adding("value = \"it's\"\nbefore = \"new\""), adding("value = \"lost\"")});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  const auto app = world->connect();
  const std::string sql = dialect == Dialect::postgres
                              ? "SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum"
                              : "SELECT sql FROM sqlite_schema WHERE name = 'orders'";
  CHECK(app->query(sql).scalar()
        == (dialect == Dialect::postgres ? "it's,new,shipped,paid,lost"
                                         : "CREATE TABLE orders (id integer PRIMARY KEY, state text NOT NULL "
                                           "CHECK (state IN ('it''s', 'new', "
                                           "'shipped', 'paid', 'lost')))"));
  if (dialect == Dialect::sqlite) {
    CHECK_THROWS(app->query("INSERT INTO orders VALUES (9, 'other')"));
    app->query("INSERT INTO orders VALUES (10, 'lost')");
    const Outcome refused = project.run(*world, {"abort", "0003", "--accept-data-loss"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("id 10") != std::string::npos);
    app->query("DELETE FROM orders WHERE id = 10");
  }
  for (const char* version : {"0003", "0002", "0001"}) project.succeed(*world, {"abort", version});
  if (dialect == Dialect::sqlite) CHECK(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
}

TEST_CASE("add_enum_value says what it cannot do", "[operations]") {
  const auto err = [](Dialect dialect, const std::string& schema, const std::string& rest) {
    const auto world = make_world(dialect);
    world->prepare(schema);
    const Outcome outcome = Project({adding(rest)}).run(*world, {"plan"});
    CHECK(outcome.status == 3);
    return outcome.err;
  };
  CHECK(err(Dialect::postgres, schema_of(Dialect::postgres), "value = \"lost\"\nafter = \"payd\"")
            .find("Did you mean \"paid\"?")
        != std::string::npos);
  CHECK(err(Dialect::postgres, "CREATE TABLE orders (id integer, state text)", "value = \"lost\"")
            .find("public.orders.state is of type text, which is no enum")
        != std::string::npos);
  const std::string check =
      GENERATE("", "CHECK (state NOT IN ('a'))", "CHECK (NOT state IN ('a'))",
               "CHECK (state IN ('a', 'b') AND id > 0)", "CHECK (lower(state) IN ('a'))");
  CHECK(err(Dialect::sqlite, "CREATE TABLE orders (id integer, state text " + check + ")", "value = \"lost\"")
            .find("orders.state has no CHECK (state IN ('…', …))")
        != std::string::npos);
}
