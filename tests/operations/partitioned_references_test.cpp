// change_type of a column that points at a partitioned table: for each partition the server keeps foreign
// keys and triggers of its own, under names that it makes.
#include "support/project.hpp"
#include "support/rollout.hpp"
#include "support/world.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// `orders`: what comes behind their columns.
std::string shop(std::string_view partitions) {
  return fmt::format(
      "CREATE TABLE users (id integer, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);"
      "CREATE TABLE users_eu PARTITION OF users FOR VALUES IN ('eu');"
      "CREATE TABLE users_rest PARTITION OF users DEFAULT PARTITION BY HASH (region);"
      "CREATE TABLE users_few PARTITION OF users_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
      "CREATE TABLE orders (id integer, region text, user_id integer, note text, CONSTRAINT whose FOREIGN "
      "KEY "
      "(user_id, region) REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE, FOREIGN KEY (region, user_id) "
      "REFERENCES users (region, id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE, PRIMARY KEY (id, "
      "region)) {};",
      partitions);
}

constexpr std::string_view k_partitions =
    "PARTITION BY LIST (region); CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN "
    "('eu'); CREATE TABLE orders_rest PARTITION OF orders DEFAULT";

const std::string k_wider = "[[operation]]\ntype = \"change_type\"\ntable = \"orders\"\ncolumn = "
                            "\"user_id\"\ncolumn_type = \"bigint\"\n";

/// Foreign keys and the triggers that check them, with all that the server has made for partitions. Before
/// PostgreSQL 18 VALIDATE leaves what belongs to the partitions that are pointed at: nothing there is looked
/// at.
std::string keys_of(const World& world) {
  std::string all;
  for (const auto& row : world.connect()
                             ->query(R"(
               SELECT concat_ws(' ', o.conrelid::regclass, o.conname, p.conname, o.confrelid::regclass,
                 replace(pg_get_constraintdef(o.oid), CASE WHEN p.conrelid = o.conrelid THEN ' NOT VALID' ELSE '' END, ''),
                 o.convalidated OR p.conrelid = o.conrelid, o.condeferrable, o.conislocal, o.coninhcount)
               FROM pg_constraint o LEFT JOIN pg_constraint p ON p.oid = o.conparentid WHERE o.contype = 'f'
               UNION ALL
               SELECT concat_ws(' ', t.tgrelid::regclass, regexp_replace(t.tgname, '\d+$', ''), o.conname, t.tgfoid::regproc,
                 t.tgenabled, t.tgtype, t.tgdeferrable)
               FROM pg_trigger t JOIN pg_constraint o ON o.oid = t.tgconstraint ORDER BY 1)")
                             .rows)
    all += row.at(0).value() + "\n";
  return all;
}
} // namespace

TEST_CASE("change_type of a column that points at a partitioned table leaves its foreign keys as they were",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(shop(GENERATE(std::string_view(), k_partitions)));
  world->prepare(
      "INSERT INTO users VALUES (1, 'eu'), (2, 'us'); INSERT INTO orders VALUES (1, 'eu', 1), (2, 'us', 2)");
  const std::string before = keys_of(*world);
  const Project project({k_wider});
  project.succeed(*world, {"expand"});
  contract_killed_at_swap(*world, project, "before statement");
  project.succeed(*world, {"abort"});
  CHECK(difference(before, keys_of(*world)) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(difference(before, keys_of(*world)) == "");
  const auto app = world->connect_app();
  CHECK_THROWS_WITH(app->query("INSERT INTO orders VALUES (3, 'us', 3)"),
                    Catch::Contains("violates foreign key"));
  app->query("DELETE FROM users WHERE id = 2");
  CHECK(app->query("SELECT count(*) FROM orders").scalar() == "1");
  project.succeed(*world, {"revert", "1"});
  project.succeed(*world, {"abort", "1"});
  CHECK(difference(before, keys_of(*world)) == "");
}

TEST_CASE("change_type of a column that points at a partitioned table loses no write",
          "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = shop(GENERATE(std::string_view(), k_partitions));
  rollout.migrations = {k_wider};
  rollout.old_release = {
      .insert =
          "WITH u AS (INSERT INTO users VALUES ({key}, 'eu') ON CONFLICT DO NOTHING) INSERT INTO orders "
          "(id, region, user_id, note) VALUES ({key}, 'eu', {key}, '{value}')",
      .update = "UPDATE orders SET user_id = {key}, note = '{value}' WHERE id = {key}",
      .erase = "DELETE FROM users WHERE id = {key}",
      .read = "SELECT id, CASE user_id WHEN id THEN note END FROM orders"};
  rollout.new_release = rollout.old_release;
  rolls_every_way(Dialect::postgres, rollout);
}
