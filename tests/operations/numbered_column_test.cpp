#include "support/postgres_server.hpp"
#include "support/rollout.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string adding(const std::string& fields) {
  return "[[operation]]\ntype = \"add_column\"\ntable = \"users\"\ncolumn = \"number\"\n" + fields;
}

const std::string k_users = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);";
const std::string k_identity = "column_type = \"integer\"\nidentity = \"always\"\n";
const std::string k_by_default = "column_type = \"integer\"\nidentity = \"by default\"\n";
const std::string k_serial = "column_type = \"bigserial\"\n";

Release naming() {
  return {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
          .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
          .erase = "DELETE FROM users WHERE id = {key}",
          .read = "SELECT id, name FROM users"};
}

std::string refused(const std::string& fields, const std::string& schema = k_users,
                    Dialect dialect = Dialect::postgres) {
  const auto world = make_world(dialect);
  world->prepare(schema);
  const Outcome outcome = Project({adding(fields)}).run(*world, {"expand"});
  CHECK(outcome.status == 3);
  const std::size_t from = outcome.err.find("(add_column): ");
  return from == std::string::npos ? outcome.err
                                   : outcome.err.substr(from + 14, outcome.err.find('\n') - from - 14);
}
} // namespace

TEST_CASE("add_column of a column that numbers the rows loses no write", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = k_users;
  rollout.migrations = {adding(GENERATE(k_identity, k_serial))};
  rollout.old_release = rollout.new_release = naming();
  rollout.always = {"SELECT count(*) FROM users WHERE number IS NULL",
                    "SELECT count(*) - count(DISTINCT number) FROM users"};
  SECTION("back") {
    rolls_back(Dialect::postgres, rollout);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, rollout);
  }
  SECTION("back behind contract") {
    comes_back(Dialect::postgres, rollout);
  }
}

TEST_CASE("add_column gives numbers on through contract and revert, again and again",
          "[operations][postgres][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users + "INSERT INTO users SELECT g, 'u' FROM generate_series(1, 300) g;");
  const std::string before = world->dump();
  const Project project({adding(GENERATE(k_identity, k_by_default, k_serial))});
  project.succeed(*world, {"expand"});
  const std::string window = world->dump();
  Client client(*world, naming(), "inserting", 1001, 40);
  const auto unlike = [](const std::string& one, const std::string& other) {
    const std::string found = difference(one, other);
    return found == "the same lines in another order" ? std::string() : found;
  };
  const auto owner = world->connect();
  for (int round = 1; round <= 2; ++round) {
    INFO("round " << round);
    client.write_more(100);
    project.succeed(*world, {"contract", "--quiet", "0"});
    client.write_more(100);
    project.succeed(*world, {"revert", "0001"});
    client.write_more(100);
    REQUIRE(client.failure() == "");
    REQUIRE(owner->query("SELECT count(*) - count(DISTINCT number) FROM users").scalar() == "0");
  }
  client.stop();
  REQUIRE(client.failure() == "");
  REQUIRE(lost_writes(*world, naming(), client.journal()) == "");
  owner->query("DELETE FROM users WHERE id > 1000");
  REQUIRE(owner->query("SELECT nextval('users_number_seq') > 300 + 100").scalar() == "t");
  owner->query("SELECT setval('users_number_seq', 300)");
  REQUIRE(unlike(window, world->dump()) == "");
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort", "--accept-data-loss"});
  REQUIRE(unlike(before, world->dump()) == "");
}

TEST_CASE("add_column goes on counting behind a number drawn before a revert",
          "[operations][postgres][revert]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users + "INSERT INTO users VALUES (1, 'a');");
  const Project project({adding(k_identity)});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  const auto app = world->connect_app();
  app->query("INSERT INTO users (id, name) VALUES (2, 'b')");
  world->connect()->query("SELECT nextval('users_number_seq')");
  project.succeed(*world, {"revert", "0001"});
  CHECK(app->query("INSERT INTO users (id, name) VALUES (4, 'd') RETURNING number").scalar() == "4");
}

TEST_CASE("add_column numbers the rows without writing the table anew", "[operations][postgres]") {
  const bool identity = GENERATE(true, false);
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users + "INSERT INTO users SELECT g, 'u' FROM generate_series(1, 3000) g;");
  const auto owner = world->connect();
  const auto file = owner->query("SELECT pg_relation_filenode('users')").scalar();
  const std::string before = world->dump();
  const Project project({adding(identity ? k_identity : k_serial)});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"abort"});
  const std::string left = difference(before, world->dump()); // rows that were updated stand elsewhere
  REQUIRE((left == "" || left == "the same lines in another order"));
  project.succeed(*world, {"expand"});
  // Nobody granted the sequence to the application, which may insert.
  const auto app = world->connect_app();
  app->query("INSERT INTO users (id, name) VALUES (3001, 'new')");
  CHECK(app->query("SELECT number FROM users WHERE id = 3001").scalar() == "3001");
  project.succeed(*world, {"contract", "--quiet", "0"});
  app->query("INSERT INTO users (id, name) VALUES (3002, 'newer')");
  CHECK(app->query("SELECT number FROM users WHERE id = 3002").scalar() == "3002");
  CHECK(owner->query("SELECT count(DISTINCT number) || ' ' || max(number) FROM users").scalar()
        == "3002 3002");
  CHECK(owner->query("SELECT pg_relation_filenode('users')").scalar() == file);
  CHECK(owner
            ->query("SELECT concat_ws(' ', attnotnull, attidentity, format_type(atttypid, NULL),"
                    " pg_get_serial_sequence('users', 'number')) FROM pg_attribute"
                    " WHERE attrelid = 'users'::regclass AND attname = 'number'")
            .scalar()
        == (identity ? "t a integer public.users_number_seq" : "t  bigint public.users_number_seq"));
  REQUIRE_THROWS_AS(app->query("UPDATE users SET number = NULL"), Error);
  if (identity)
    REQUIRE_THROWS_WITH(app->query("INSERT INTO users VALUES (3003, 'x', 9)"), Catch::Contains("number"));
}

TEST_CASE("add_column goes on counting behind a number drawn in a transaction that contract waited for",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users + "INSERT INTO users VALUES (1, 'a');");
  const Project project({adding(k_identity)});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO users (id, name) VALUES (2, 'b')");
  world->connect()->query("SELECT nextval('users_number_seq')");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(app->query("INSERT INTO users (id, name) VALUES (4, 'd') RETURNING number").scalar() == "4");
}

TEST_CASE("add_column refuses numbers that it cannot give", "[operations]") {
  CHECK(refused(k_identity, k_users, Dialect::sqlite) == "SQLite numbers rows by INTEGER PRIMARY KEY alone");
  CHECK(refused(k_serial, k_users, Dialect::sqlite) == "SQLite numbers rows by INTEGER PRIMARY KEY alone");
  CHECK(refused("column_type = \"integer\"\nidentity = \"sometimes\"\n")
        == "\"sometimes\" is no kind of identity");
  CHECK(refused("column_type = \"serial\"\nidentity = \"always\"\n")
        == "a serial type and `identity` are two ways for one thing");
  CHECK(refused(k_serial + "default = \"7\"\n") == "a column that numbers the rows takes no `default`");
  CHECK(refused("column_type = \"text\"\nidentity = \"always\"\n") == "\"text\" cannot count rows");
  CHECK(refused("column_type = \"smallserial\"\n",
                k_users + "INSERT INTO users SELECT g, 'u' FROM generate_series(1, 40000) g; ANALYZE users;")
        == "public.users has about 40000 rows, and smallint counts to 32767");
  CHECK(refused(k_serial, k_users + "CREATE SEQUENCE users_number_seq;")
        == "there is a public.users_number_seq already");
  CHECK(refused(k_identity, "CREATE TABLE users (id integer PRIMARY KEY) PARTITION BY RANGE (id);")
        == "public.users is partitioned, and before PostgreSQL 17 a partition's own inserts would draw no "
           "number");
}

TEST_CASE("add_column of a VIRTUAL generated column", "[operations]") {
  const std::string twice = "column_type = \"integer\"\ngenerated = \"id * 2\"\n";
  CHECK(refused(twice + "stored = true\n", k_users, Dialect::sqlite)
        == "SQLite adds a STORED generated column only as it makes the table");
  CHECK(refused(twice + "stored = true\n")
        == "PostgreSQL would write every row anew while it keeps all others out");
  if (PostgresServer::instance().major_version() < 18) {
    CHECK(refused(twice).starts_with("PostgreSQL 1"));
    return;
  }
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_users + "INSERT INTO users VALUES (21, 'a');");
  const std::string before = world->dump();
  const auto owner = world->connect();
  const auto file = owner->query("SELECT pg_relation_filenode('users')").scalar();
  const Project project({adding(twice)});
  project.succeed(*world, {"expand"});
  CHECK(owner->query("SELECT number FROM users").scalar() == "42");
  CHECK(owner->query("SELECT pg_relation_filenode('users')").scalar() == file);
  project.succeed(*world, {"abort", "0001"});
  CHECK(difference(before, world->dump()) == "");
}
