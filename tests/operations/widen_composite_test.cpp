// widen_key of a column that is one of several in its key, as always where the table is partitioned.
#include "support/widening.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// Orders point at users, and far ones do with a column that is wide enough.
std::string shop(bool partitioned) {
  return fmt::format(
      "CREATE TABLE users (id serial, region text NOT NULL DEFAULT 'eu', name text, CONSTRAINT one PRIMARY "
      "KEY "
      "(region, id)) {}"
      "CREATE TABLE orders (id serial PRIMARY KEY, user_id integer, region text, note text, CONSTRAINT whose "
      "FOREIGN KEY (region, user_id) REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE);"
      "CREATE TABLE far (user_id bigint, region text, CONSTRAINT his FOREIGN KEY (user_id, region) "
      "REFERENCES "
      "users (id, region) ON DELETE CASCADE DEFERRABLE);"
      "COMMENT ON CONSTRAINT whose ON orders IS 'of whom';"
      "CREATE INDEX by_name ON users (name, id);",
      partitioned
          ? "PARTITION BY LIST (region); CREATE TABLE users_eu PARTITION OF users FOR VALUES IN ('eu');"
            "CREATE TABLE users_rest PARTITION OF users DEFAULT PARTITION BY HASH (region);"
            "CREATE TABLE users_few PARTITION OF users_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
          : ";");
}

Release writing(std::string_view region) {
  return {
      .insert = fmt::format(
          "WITH u AS (INSERT INTO users (id, region, name) VALUES ({{key}}, '{}', '{{value}}') ON CONFLICT "
          "(region, id) DO UPDATE SET name = '{{value}}' RETURNING id, region), f AS (INSERT INTO far "
          "SELECT id, region FROM u) INSERT INTO orders (user_id, region, note) SELECT id, region, "
          "'{{value}}' FROM u RETURNING id",
          region),
      .update = "WITH u AS (UPDATE users SET name = '{value}' WHERE id = {key} RETURNING id, region) UPDATE "
                "orders o SET user_id = u.id, region = u.region, note = '{value}' FROM u WHERE o.user_id = "
                "u.id",
      .erase = "DELETE FROM users WHERE id = {key}",
      .read = "SELECT u.id, CASE WHEN u.name = o.note AND f.user_id = u.id THEN o.note END FROM users u JOIN "
              "orders o ON o.user_id = u.id AND o.region = u.region LEFT JOIN far f ON f.user_id = u.id"};
}
} // namespace

TEST_CASE("widen_key of a key of several columns loses no write", "[operations][postgres]") {
  Rollout rollout;
  const bool partitioned = GENERATE(false, true);
  CAPTURE(partitioned);
  rollout.schema = shop(partitioned);
  rollout.migrations = {k_widen_users};
  rollout.old_release = writing("eu");
  rollout.new_release = writing("us");
  rolls_every_way(Dialect::postgres, rollout);
}

TEST_CASE("widen_key of a key of several columns leaves nothing but the types different",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(shop(GENERATE(false, true)));
  world->prepare("INSERT INTO users (region, name) VALUES ('eu', 'a'), ('us', 'b');"
                 "INSERT INTO orders (user_id, region) VALUES (1, 'eu'); INSERT INTO far VALUES (2, 'us')");
  const Project project({k_widen_users});
  const std::string before = widened(*world, project);
  CHECK(world->connect()
            ->query("SELECT string_agg(concat_ws(' ', conname, condeferrable, convalidated, "
                    "obj_description(oid, 'pg_constraint')), ', ' ORDER BY conname) FROM pg_constraint WHERE "
                    "conname IN ('one', 'whose', 'his') AND conparentid = 0")
            .scalar()
        == "his t t, one f t, whose f t of whom");
  world->connect()->query("SELECT setval('users_id_seq', 2999999999)");
  const auto app = world->connect_app();
  CHECK(app->query("INSERT INTO users (region, name) VALUES ('us', 'c') RETURNING id").scalar()
        == "3000000000");
  app->query("INSERT INTO orders (user_id, region) VALUES (3000000000, 'us')");
  CHECK_THROWS_WITH(app->query("INSERT INTO orders (user_id, region) VALUES (3000000000, 'eu')"),
                    Catch::Contains("whose"));
  CHECK_THROWS_WITH(app->query("INSERT INTO far VALUES (4000000000, 'eu')"), Catch::Contains("his"));
  CHECK_THROWS_WITH(app->query("INSERT INTO users (id, region) VALUES (3000000000, 'us')"),
                    Catch::Contains("duplicate key"));
  app->query("DELETE FROM users WHERE id = 3000000000");
  CHECK(app->query("SELECT count(*) FROM orders").scalar() == "1");
  world->connect()->query("SELECT setval('users_id_seq', 2), setval('orders_id_seq', 1)");
  narrowed(*world, project, before);
}

TEST_CASE("the swap of a partitioned table builds no index where one has gone", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(shop(true));
  const Project project({k_widen_users});
  project.succeed(*world, {"expand"});
  contract_killed_at_swap(*world, project, "before statement");
  world->prepare("DROP INDEX afloat_1_1_one_users_eu");
  const Outcome outcome = project.run(*world, {"contract", "--quiet", "0"});
  CHECK(outcome.status != 0);
  CHECK_THAT(outcome.err, Catch::Contains("none that fits"));
  CHECK(world->connect()->query("SELECT count(*) FROM pg_indexes WHERE tablename = 'users_eu'").scalar()
        == "3");
}
