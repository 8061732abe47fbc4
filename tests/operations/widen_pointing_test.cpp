// widen_key where partitioned tables point at the key, and where an identity counts in a partitioned table.
#include "support/postgres_server.hpp"
#include "support/widening.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// Orders have a column that is too narrow, far ones have one that is wide enough.
const std::string k_shop =
    "CREATE TABLE users (id serial PRIMARY KEY, name text);"
    "CREATE TABLE orders (user_id integer NOT NULL CONSTRAINT whose REFERENCES users ON DELETE CASCADE ON "
    "UPDATE CASCADE, region text DEFAULT 'eu', note text DEFAULT 'none', PRIMARY KEY (note, region)) "
    "PARTITION "
    "BY LIST (region);"
    "CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN ('eu');"
    "CREATE TABLE orders_rest PARTITION OF orders DEFAULT PARTITION BY HASH (region);"
    "CREATE TABLE orders_few PARTITION OF orders_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
    "ALTER TABLE orders_eu RENAME CONSTRAINT whose TO of_europe;"
    "ALTER TABLE orders_rest RENAME CONSTRAINT whose TO of_others;"
    "COMMENT ON CONSTRAINT whose ON orders IS 'of whom';"
    "CREATE INDEX by_user ON orders (user_id, note);"
    "CREATE TABLE calls (user_id integer CONSTRAINT caller REFERENCES users ON DELETE CASCADE, region text, "
    "PRIMARY KEY (user_id, region)) PARTITION BY LIST (region);"
    "CREATE TABLE calls_all PARTITION OF calls DEFAULT;"
    "CREATE TABLE far (user_id bigint CONSTRAINT his REFERENCES users ON DELETE CASCADE DEFERRABLE, region "
    "text) PARTITION BY LIST (region);"
    "CREATE TABLE far_all PARTITION OF far DEFAULT;";

const std::string k_rows = "INSERT INTO users (name) VALUES ('a'), ('b');"
                           "INSERT INTO orders VALUES (1, 'eu', 'x'), (2, 'us', 'y');"
                           "INSERT INTO far VALUES (1, 'eu'), (2, 'us');";

Release writing(std::string_view region) {
  return {
      .insert = fmt::format(
          "WITH u AS (INSERT INTO users (id, name) VALUES ({{key}}, '{{value}}') ON CONFLICT (id) DO UPDATE "
          "SET name = '{{value}}' RETURNING id), f AS (INSERT INTO far SELECT id, '{0}' FROM u) "
          "INSERT INTO orders (user_id, region, note) SELECT id, '{0}', '{{value}}' FROM u RETURNING user_id",
          region),
      // To another partition, too.
      .update = "WITH u AS (UPDATE users SET name = '{value}' WHERE id = {key} RETURNING id) UPDATE orders o "
                "SET user_id = u.id, region = CASE region WHEN 'us' THEN 'eu' ELSE 'us' END, note = "
                "'{value}' FROM u WHERE o.user_id = u.id",
      .erase = "DELETE FROM users WHERE id = {key}",
      .read = "SELECT u.id, CASE WHEN u.name = o.note AND f.user_id = u.id THEN o.note END FROM users u JOIN "
              "orders o ON o.user_id = u.id LEFT JOIN far f ON f.user_id = u.id"};
}

std::string foreign_keys(const World& world) {
  return world.connect()
      ->query(
          "SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, convalidated, condeferred), ', ' "
          "ORDER BY conrelid::regclass::text, conparentid) FROM pg_constraint WHERE contype = 'f'")
      .scalar()
      .value();
}

constexpr const char* k_keys_of_shop = "calls caller t f, calls_all caller t f, far his t f, far_all his t "
                                       "f, orders whose t f, orders_eu of_europe "
                                       "t f, orders_few whose t f, orders_rest of_others t f";
} // namespace

TEST_CASE("widen_key of a key that partitioned tables point at loses no write", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = k_shop;
  rollout.migrations = {k_widen_users};
  rollout.old_release = writing("eu");
  rollout.new_release = writing("us");
  rollout.always = {"SELECT count(*) FROM orders WHERE _afloat_new_1_user_id IS DISTINCT FROM user_id"};
  rolls_every_way(Dialect::postgres, rollout);
}

TEST_CASE("widen_key leaves the foreign keys of partitioned tables as they were", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_shop + k_rows);
  const Project project({k_widen_users});
  const std::string before = widened(*world, project);
  CHECK(foreign_keys(*world) == k_keys_of_shop);
  world->connect()->query("SELECT setval('users_id_seq', 2999999999)");
  const auto app = world->connect_app();
  CHECK(app->query("INSERT INTO users (name) VALUES ('c') RETURNING id").scalar() == "3000000000");
  app->script("INSERT INTO orders (user_id, region) VALUES (3000000000, 'us'); INSERT INTO far VALUES "
              "(3000000000, 'us')");
  CHECK_THROWS_WITH(app->query("INSERT INTO orders (user_id, region) VALUES (4000000000, 'eu')"),
                    Catch::Contains("of_europe"));
  CHECK_THROWS_WITH(app->query("INSERT INTO far VALUES (4000000000, 'eu')"), Catch::Contains("his"));
  app->query("DELETE FROM users WHERE id = 3000000000");
  CHECK(app->query("SELECT count(*) FROM orders").scalar() == "2");
  world->connect()->query("SELECT setval('users_id_seq', 2)");
  narrowed(*world, project, before);
  CHECK(foreign_keys(*world) == k_keys_of_shop);
}

TEST_CASE("a kill between two partitions of a foreign key loses none that is validated",
          "[operations][postgres][faults]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_shop + k_rows);
  const Project project({k_widen_users});
  project.succeed(*world, {"expand"});
  contract_killed(*world, project, "after commit",
                  "validate whose for _afloat_new_1_user_id in public.orders_eu");
  const auto owner = world->connect();
  CHECK(
      owner
          ->query(
              "SELECT string_agg(concat(conrelid::regclass, ' ', convalidated), ', ' ORDER BY conrelid) FROM "
              "pg_constraint WHERE conname LIKE 'afloat%whose' AND conrelid::regclass::text IN "
              "('orders_eu', 'orders_few')")
          .scalar()
      == "orders_eu t, orders_few f");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(foreign_keys(*world) == k_keys_of_shop);
}

TEST_CASE("a partition that came after the plan gets the new foreign key", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_shop + k_rows);
  const Project project({k_widen_users});
  project.succeed(*world, {"expand"});
  const bool in_contract = GENERATE(false, true); // then the last step of the foreign key reads it
  if (in_contract) contract_killed_at_swap(*world, project, "before statement");
  world->prepare("CREATE TABLE orders_as PARTITION OF orders FOR VALUES IN ('as')");
  world->connect()->query("INSERT INTO orders VALUES (2, 'as', 'z')");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "a partition came"});
  CHECK(world->connect()
            ->query("SELECT concat(conname, convalidated, confrelid::regclass, conparentid <> 0) FROM "
                    "pg_constraint WHERE contype = 'f' AND conrelid = 'orders_as'::regclass")
            .scalar()
        == "whosetuserst");
  CHECK_THROWS_WITH(world->connect_app()->query("INSERT INTO orders VALUES (3, 'as', 'w')"),
                    Catch::Contains("whose"));
}

TEST_CASE("widen_key of a partitioned table that partitioned ones point at is for PostgreSQL 18",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer, region text, boss integer, PRIMARY KEY (id, region), "
                 "CONSTRAINT chief FOREIGN KEY (boss, region) REFERENCES users) PARTITION BY LIST (region);"
                 "CREATE TABLE users_all PARTITION OF users DEFAULT;"
                 "CREATE TABLE orders (user_id integer, region text, PRIMARY KEY (user_id, region), "
                 "CONSTRAINT whose FOREIGN KEY (user_id, "
                 "region) REFERENCES users ON DELETE CASCADE) PARTITION BY LIST (region);"
                 "CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN ('eu');"
                 "CREATE TABLE orders_rest PARTITION OF orders DEFAULT;"
                 "INSERT INTO users VALUES (1, 'eu', 1), (2, 'us', NULL);"
                 "INSERT INTO orders VALUES (1, 'eu'), (2, 'us')");
  const std::string before = world->dump();
  const Project project({k_widen_users});
  if (PostgresServer::instance().major_version() < 18) {
    const Outcome outcome = project.run(*world, {"expand"});
    CHECK(outcome.status == 3);
    CHECK_THAT(outcome.err, Catch::Contains("leads from the partitioned table public.users to another, and "
                                            "cannot be added without reading all rows under its locks "
                                            "before PostgreSQL 18"));
    CHECK(difference(before, world->dump()) == "");
    return;
  }
  project.succeed(*world, {"expand"});
  contract_killed_at_swap(*world, project, "after commit");
  const auto app = world->connect_app();
  app->query("INSERT INTO users (id, region, boss) VALUES (3000000000, 'us', 2)");
  CHECK_THROWS_WITH(app->query("INSERT INTO orders (user_id, region) VALUES (4000000000, 'us')"),
                    Catch::Contains("whose"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->query("DELETE FROM users WHERE id = 3000000000");
  narrowed(*world, project, before);
}

TEST_CASE("widen_key of an identity of a partitioned table loses no write", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema =
      "CREATE TABLE users (id integer GENERATED BY DEFAULT AS IDENTITY, region text NOT NULL DEFAULT 'eu', "
      "name text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);"
      "CREATE TABLE users_eu PARTITION OF users FOR VALUES IN ('eu');"
      "CREATE TABLE users_rest PARTITION OF users DEFAULT;";
  rollout.migrations = {k_widen_users};
  rollout.old_release = rollout.new_release = release_writing("users", "name");
  rollout.new_release.update = "UPDATE users SET name = '{value}', region = 'us' WHERE id = {key}";
  rolls_every_way(Dialect::postgres, rollout);
}

TEST_CASE("the identity of a partitioned table goes on where it stood", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2), "
                 "region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);"
                 "CREATE TABLE users_eu PARTITION OF users FOR VALUES IN ('eu');"
                 "CREATE TABLE users_rest PARTITION OF users DEFAULT;"
                 "GRANT SELECT, USAGE ON SEQUENCE users_id_seq TO app;"
                 "INSERT INTO users (region) VALUES ('eu'), ('us')");
  const Project project({k_widen_users});
  const std::string before = widened(*world, project);
  const auto app = world->connect_app();
  const auto inserted = [&](std::string_view region) {
    return app->query(fmt::format("INSERT INTO users (region) VALUES ('{}') RETURNING id", region))
        .scalar()
        .value();
  };
  CHECK(inserted("us") == "9");
  CHECK_THROWS_WITH(app->query("INSERT INTO users (id, region) VALUES (1, 'eu')"),
                    Catch::Contains("cannot insert a non-DEFAULT value into column \"id\""));
  // A partition has the identity from PostgreSQL 17 on.
  if (PostgresServer::instance().major_version() >= 17)
    CHECK(app->query("INSERT INTO users_eu (region) VALUES ('eu') RETURNING id").scalar() == "11");
  world->connect()->query("SELECT setval('users_id_seq', 3000000001)");
  CHECK(inserted("eu") == "3000000003");
  world->connect()->script("DELETE FROM users WHERE id > 7; SELECT setval('users_id_seq', 7)");
  narrowed(*world, project, before);
}

TEST_CASE("a killed contract whose foreign key waits to be validated says so and ends the same",
          "[operations][postgres][faults]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer, region text, PRIMARY KEY (id, region)) PARTITION BY LIST "
                 "(region);"
                 "CREATE TABLE users_all PARTITION OF users DEFAULT;"
                 "CREATE TABLE orders (user_id integer, region text, PRIMARY KEY (user_id, region), "
                 "CONSTRAINT whose FOREIGN KEY (user_id, "
                 "region) REFERENCES users);"
                 "INSERT INTO users VALUES (1, 'eu'); INSERT INTO orders VALUES (1, 'eu')");
  const Project project({k_widen_users});
  project.succeed(*world, {"expand"});
  const auto whole = world->copy();
  project.succeed(*whole, {"contract", "--quiet", "0"});
  contract_killed_at_swap(*world, project, "after commit");
  CHECK(foreign_keys(*world).find("orders whose f f") == 0);
  CHECK_THAT(project.succeed(*world, {"status"}),
             Catch::Contains("contract stopped half-way") && Catch::Contains("next: `afloat contract 0001`"));
  const std::string verified = project.succeed(*world, {"verify"});
  CHECK_THAT(verified, Catch::Contains("constraint whose on orders")
                           && Catch::Contains("ALTER TABLE orders VALIDATE CONSTRAINT whose"));
  CHECK(verified.find("region_fkey") == std::string::npos); // what it has for each partition is not said
  const Outcome aborted = project.run(*world, {"abort", "1"});
  CHECK(aborted.status == 1);
  CHECK_THAT(aborted.err, Catch::Contains("has been contracted") && Catch::Contains("afloat revert 0001"));
  CHECK_THROWS_WITH(world->connect_app()->query("INSERT INTO orders VALUES (2, 'eu')"),
                    Catch::Contains("whose"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(difference(whole->dump(), world->dump()) == "");
}

TEST_CASE("widen_key says how long the swap of partitions takes, and asks where that is long",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  const auto partitions = [](std::string_view table, int count) {
    std::string sql;
    for (int i = 0; i < count; ++i)
      sql +=
          fmt::format("CREATE TABLE {0}_{1} PARTITION OF {0} FOR VALUES WITH (MODULUS {2}, REMAINDER {1});",
                      table, i, count);
    return sql;
  };
  world->prepare(
      "CREATE TABLE users (id serial, region text, PRIMARY KEY (id, region)) PARTITION BY HASH (region);"
      + partitions("users", 29)
      + "CREATE TABLE people (id serial PRIMARY KEY);"
        "CREATE TABLE orders (id serial, user_id integer REFERENCES people, region text, PRIMARY KEY (id, "
        "region)) PARTITION BY HASH (region);"
      + partitions("orders", 60));
  const Project project({k_widen_users, k_widen_users + "long_swap = true\n",
                         "[[operation]]\ntype = \"widen_key\"\ntable = \"people\"\n"});
  const Outcome refused = project.run(*world, {"plan", "0001"});
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err,
             Catch::Contains("the swap works on every partition under its locks, for about 51 ms, "
                             "and 50 ms is the most that writers are to wait")
                 && Catch::Contains("Say `long_swap = true` if they may wait that long."));
  CHECK_THAT(project.succeed(*world, {"plan", "0002"}), Catch::Contains("writers wait about 51 ms"));
  CHECK_THAT(project.succeed(*world, {"plan", "0003"}), Catch::Contains("writers wait about 50 ms"));
}
