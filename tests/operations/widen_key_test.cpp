#include "support/postgres_server.hpp"
#include "support/rollout.hpp"
#include "support/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
std::string widen(const std::string& table, const std::string& more = "") {
  return fmt::format("[[operation]]\ntype = \"widen_key\"\ntable = \"{}\"\n{}", table, more);
}

/// Users who invite users, their orders and their visits.
const std::string k_users =
    "CREATE TABLE users (id serial PRIMARY KEY, invited_by integer REFERENCES users ON DELETE SET NULL, name "
    "text);"
    "CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE "
    "CASCADE ON UPDATE CASCADE, note text);"
    "CREATE TABLE visits (user_id integer REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, "
    "page "
    "text, PRIMARY KEY (user_id, page));"
    "CREATE INDEX orders_by_user ON orders (user_id, note);";

/// Each write is of several tables, in one statement. `by`: what users point at.
Release using_ids() {
  return {.insert = "WITH u AS (INSERT INTO users (id, invited_by, name) VALUES ({key}, {key}, '{value}') "
                    "ON CONFLICT (id) DO UPDATE SET name = '{value}' RETURNING id), "
                    "v AS (INSERT INTO visits (user_id, page) SELECT id, 'start' FROM u ON CONFLICT "
                    "(user_id, page) DO NOTHING) "
                    "INSERT INTO orders (user_id, note) SELECT id, '{value}' FROM u RETURNING id",
          .update =
              "WITH u AS (UPDATE users SET invited_by = id, name = '{value}' WHERE id = {key} RETURNING id) "
              "UPDATE orders SET user_id = {key}, note = '{value}' WHERE user_id = (SELECT id FROM u)",
          .erase = "DELETE FROM users WHERE id = {key}",
          .read =
              "SELECT u.id, CASE WHEN u.name = o.note AND v.page = 'start' THEN o.note END FROM users u JOIN "
              "orders o ON o.user_id = u.id LEFT JOIN visits v ON v.user_id = u.id"};
}

std::string rejected(const World& world, const std::vector<std::string>& schema, const std::string& fields) {
  for (const std::string& sql : schema) world.connect()->script(sql);
  const Project project({"[[operation]]\ntype = \"widen_key\"\n" + fields});
  const Outcome outcome = project.run(world, {"expand"});
  CHECK(outcome.status == 3);
  CHECK(world.connect()->query("SELECT count(*) FROM pg_attribute WHERE attname LIKE '%afloat%'").scalar()
        == "0");
  const std::size_t from = outcome.err.find("(widen_key): ");
  return from == std::string::npos ? outcome.err
                                   : outcome.err.substr(from + 13, outcome.err.find('\n') - from - 13);
}
} // namespace

TEST_CASE("widen_key loses no write of either release", "[operations][postgres]") {
  Rollout rollout;
  rollout.schema = k_users;
  rollout.migrations = {widen("users")};
  rollout.old_release = rollout.new_release = using_ids();
  rollout.always = {"SELECT count(*) FROM users WHERE _afloat_new_1_id IS DISTINCT FROM id OR "
                    "_afloat_new_1_invited_by IS DISTINCT FROM invited_by",
                    "SELECT count(*) FROM orders WHERE _afloat_new_1_user_id IS DISTINCT FROM user_id",
                    "SELECT count(*) FROM visits WHERE _afloat_new_1_user_id IS DISTINCT FROM user_id"};
  SECTION("back") {
    rolls_back(Dialect::postgres, rollout);
  }
  SECTION("forward") {
    rolls_forward(Dialect::postgres, rollout);
  }
}

TEST_CASE("widen_key leaves nothing but the types different", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE people (name text, id integer GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2 CACHE 1),
      boss integer, CONSTRAINT people_key PRIMARY KEY (id) INCLUDE (name),
      CONSTRAINT chief FOREIGN KEY (boss) REFERENCES people ON DELETE SET NULL DEFERRABLE);
    COMMENT ON SEQUENCE people_id_seq IS 'numbers';
    GRANT SELECT, USAGE ON SEQUENCE people_id_seq TO app;
    CREATE TABLE staff (room text, id smallint PRIMARY KEY DEFAULT 1 REFERENCES people ON UPDATE CASCADE);
    CREATE TABLE desks (number serial PRIMARY KEY, third bigint CONSTRAINT far REFERENCES people (id) ON DELETE CASCADE,
      second integer NOT NULL REFERENCES people, staff integer REFERENCES staff, CHECK (staff < second), UNIQUE (second, staff));
    CREATE INDEX desks_both ON desks (staff, (second + 1)) WHERE staff > 0;
    ALTER TABLE desks ADD CONSTRAINT unread FOREIGN KEY (second) REFERENCES people NOT VALID;
    COMMENT ON CONSTRAINT chief ON people IS 'a key';
    COMMENT ON INDEX people_key IS 'an index';
    COMMENT ON COLUMN people.id IS 'a number';
    GRANT SELECT (id, boss) ON people TO app;
    CREATE VIEW seats AS SELECT p.id, d.number, s.room FROM people p JOIN desks d ON d.second = p.id JOIN staff s ON s.id = d.staff;
    CREATE VIEW rooms AS SELECT seats.room, people.boss FROM seats JOIN people USING (id);
    GRANT SELECT ON seats TO app;
    ALTER TABLE desks ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON desks USING (second IN (SELECT id FROM people WHERE boss IS NULL));
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watching AFTER UPDATE OF staff, second ON desks FOR EACH ROW EXECUTE FUNCTION watch();
    CREATE STATISTICS together ON second, staff FROM desks;
    ALTER TABLE people REPLICA IDENTITY FULL, CLUSTER ON people_key;
    INSERT INTO people (name) VALUES ('a'), ('b'), ('c');
    UPDATE people SET boss = 5 WHERE id > 5;
    INSERT INTO staff VALUES ('x', 5), ('y', 7);
    INSERT INTO desks (staff, second, third) VALUES (5, 7, 9);)");
  if (PostgresServer::instance().major_version() >= 15)
    world->connect()->script(
        "ALTER TABLE people DROP CONSTRAINT chief, ADD CONSTRAINT chief FOREIGN KEY (boss) "
        "REFERENCES people ON DELETE SET NULL (boss) DEFERRABLE;"
        "COMMENT ON CONSTRAINT chief ON people IS 'a key'");
  const Project project({widen("people")});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  contract_killed_at_swap(*world, project, "before statement");
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"verify"});
  REQUIRE(world->connect()->query("INSERT INTO people (name) VALUES ('d') RETURNING id").scalar() == "11");
  world->connect()->query("DELETE FROM people WHERE id = 11");
  world->connect()->query("SELECT setval('people_id_seq', 9)");
  project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
  const std::string found = difference(before, world->dump());
  if (PostgresServer::instance().major_version() <= 15)
    REQUIRE(found
            == "-     second integer NOT NULL,\n-     staff integer,\n-     id integer NOT NULL,\n-     boss "
               "integer\n"
               "-     id smallint DEFAULT 1 NOT NULL\n"
               "+     second bigint NOT NULL,\n+     staff bigint,\n+     id bigint NOT NULL,\n+     boss "
               "bigint\n"
               "+     id bigint DEFAULT 1 NOT NULL\n");
  else // the catalogs themselves: columns, those of views among them, and the sequence
    for (const std::string& line : split(found, '\n'))
      CHECK_THAT(line, Catch::Matches("([-+] (column|sequence): .*(smallint|integer|bigint).*)?"));
}

TEST_CASE("widen_key takes numbers that the old type does not hold", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      k_users
      + "INSERT INTO users (name) VALUES ('a'), ('b'); INSERT INTO orders (user_id) VALUES (1), (2);");
  const Project project({widen("users")});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  world->connect()->query("SELECT setval('users_id_seq', 2999999999)");
  const auto app = world->connect_app();
  REQUIRE(app->query("INSERT INTO users (name) VALUES ('c') RETURNING id").scalar() == "3000000000");
  app->query("INSERT INTO orders (user_id) VALUES (3000000000)");
  app->query("UPDATE users SET invited_by = 3000000000 WHERE id = 1");
  app->query("UPDATE users SET invited_by = 1 WHERE id = 3000000000");
  REQUIRE_THROWS_WITH(app->query("INSERT INTO orders (user_id) VALUES (4000000000)"),
                      Catch::Contains("orders_user_id_fkey"));
  REQUIRE_THROWS_WITH(app->query("INSERT INTO users (id) VALUES (3000000000)"),
                      Catch::Contains("users_pkey"));
  const auto all = [&](const std::string& columns, const std::string& table) {
    return app
        ->query(fmt::format("SELECT string_agg(concat_ws('/', {}), ' ' ORDER BY id) FROM {}", columns, table))
        .scalar();
  };
  REQUIRE(all("id, coalesce(_afloat_attic_1_id, -1), coalesce(invited_by, -1), "
              "coalesce(_afloat_attic_1_invited_by, -1)",
              "users")
          == "1/1/3000000000/-1 2/2/-1/-1 3000000000/-1/1/1");
  REQUIRE(all("user_id, coalesce(_afloat_attic_1_user_id, -1)", "orders") == "1/1 2/2 3000000000/-1");
  app->query("DELETE FROM users WHERE id = 3000000000");
  REQUIRE(all("user_id", "orders") == "1 2");
  project.succeed(*world, {"verify"});
}

TEST_CASE("widen_key lets the old keys work while contract builds the new ones", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(R"(
    CREATE TABLE users (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
    CREATE TABLE moves (id serial PRIMARY KEY, user_id integer REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL);
    CREATE TABLE later (id serial PRIMARY KEY, user_id integer CONSTRAINT late REFERENCES users DEFERRABLE);
    INSERT INTO users (name) VALUES ('a'), ('b');
    INSERT INTO moves (user_id) VALUES (1), (2);)");
  const Project project({widen("users")});
  project.succeed(*world, {"expand"});
  const bool built = GENERATE(false, true);
  if (built) contract_killed_at_swap(*world, project, "before statement");
  const auto app = world->connect_app();
  const auto moves = [&] {
    return app
        ->query("SELECT string_agg(concat(user_id, '/', _afloat_new_1_user_id), ' ' ORDER BY id) FROM moves")
        .scalar();
  };
  REQUIRE(app->query("INSERT INTO users (name) VALUES ('c') RETURNING id").scalar() == "3");
  app->query(
      "INSERT INTO users (id, name) OVERRIDING SYSTEM VALUE VALUES (3, 'd') ON CONFLICT (id) DO UPDATE SET "
      "name = 'e'");
  app->query("UPDATE users SET name = 'f' WHERE id = 3");
  app->query("INSERT INTO moves (user_id) VALUES (3)");
  world->connect()->query("UPDATE users SET id = DEFAULT WHERE id = 2");
  REQUIRE(moves() == "1/1 4/4 3/3");
  app->query("DELETE FROM users WHERE id = 3");
  REQUIRE(moves() == "1/1 4/4 /");
  app->script("BEGIN; SET CONSTRAINTS late DEFERRED; INSERT INTO later (user_id) VALUES (5);"
              "INSERT INTO users (name) VALUES ('g'); COMMIT");
  REQUIRE_THROWS_WITH(app->query("INSERT INTO later (user_id) VALUES (50)"), Catch::Contains("late"));
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(world->connect()
              ->query("SELECT string_agg(concat(conname, ' ', condeferrable, condeferred, convalidated), ', "
                      "' ORDER BY "
                      "conname) FROM pg_constraint WHERE contype = 'f'")
              .scalar()
          == "late tft, moves_user_id_fkey fft");
  REQUIRE(app->query("INSERT INTO users (name) VALUES ('h') RETURNING id").scalar() == "6");
  app->query("DELETE FROM users WHERE id = 4");
}

TEST_CASE("widen_key has nothing to do on SQLite", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(
      "CREATE TABLE users (id integer PRIMARY KEY, name text); CREATE TABLE others (id INT PRIMARY KEY)");
  const std::string before = world->dump();
  const Project project({widen("users"), widen("others")});
  CHECK_THAT(project.succeed(*world, {"plan", "0001"}),
             Catch::Contains("Nothing to do: SQLite stores users.id in up to 64 bits already."));
  project.succeed(*world, {"expand", "0001"});
  CHECK_THAT(project.succeed(*world, {"status"}), Catch::Contains("1 migration, newest"));
  const Outcome outcome = project.run(*world, {"expand", "0002"});
  CHECK(outcome.status == 3);
  CHECK_THAT(outcome.err,
             Catch::Contains("\"id\" is declared \"INT\", and SQLite stores integers of 64 bits in it"));
  REQUIRE(difference(before, world->dump()) == "");
}

TEST_CASE("widen_key refuses what it cannot do", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  const auto refused = [&](const std::string& schema, const std::string& fields) {
    return rejected(*world, {schema}, fields);
  };
  CHECK(refused("CREATE TABLE a (x integer, y integer, z integer, PRIMARY KEY (x, y)); CREATE TABLE b (x "
                "integer, y "
                "integer, FOREIGN KEY (x, y) REFERENCES a)",
                "table = \"a\"\n")
        == "the primary key of public.a has several columns (x, y)");
  CHECK(refused("", "table = \"a\"\ncolumn = \"z\"\n") == "\"z\" is part of no key");
  CHECK(refused("", "table = \"b\"\n") == "public.b has no primary key");
  CHECK(refused("CREATE TABLE c (id bigint PRIMARY KEY)", "table = \"c\"\n")
        == "\"id\" is of type bigint, which bigint does not widen");
  CHECK(refused("CREATE TABLE d (id integer PRIMARY KEY)", "table = \"d\"\ncolumn_type = \"numeric\"\n")
        == "\"numeric\" is no wider integer");
  CHECK(refused("CREATE TABLE e (id integer REFERENCES d) PARTITION BY LIST (id)", "table = \"d\"\n")
        == "public.e.id is in the partition key of public.e (LIST (id)), which the server lets no other "
           "column take");
  CHECK(refused("CREATE TABLE f (id integer PRIMARY KEY) PARTITION BY LIST (id)", "table = \"f\"\n")
        == "public.f.id is in the partition key of public.f (LIST (id)), which the server lets no other "
           "column take");
  CHECK(refused("CREATE TABLE g (id integer PRIMARY KEY); CREATE TABLE h (id integer DEFAULT 1 REFERENCES g "
                "ON DELETE "
                "SET DEFAULT)",
                "table = \"g\"\n")
        == "foreign key h_id_fkey of public.h sets a default, which the successor of id has only from "
           "contract on");
  CHECK(refused("CREATE TABLE i (id integer PRIMARY KEY DEFERRABLE)", "table = \"i\"\n")
        == "constraint i_pkey of public.i (PRIMARY KEY (id) DEFERRABLE) cannot be built beside its writers");
}

TEST_CASE("widen_key keeps the order in which foreign keys act", "[operations][postgres]") {
  // A CASCADE that comes first takes away what NO ACTION would find; the names say the opposite.
  const auto& [type, other] = GENERATE(table<std::string, std::string>(
      {{"integer", "integer"}, {"bigint", "bigint"}, {"integer", "bigint"}, {"bigint", "integer"}}));
  const bool cascade_first = GENERATE(true, false), two_tables = GENERATE(false, true);
  const auto world = make_world(Dialect::postgres);
  world->prepare(fmt::format(
      "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE notes (call_id integer, user_id {});"
      "CREATE TABLE calls (id integer PRIMARY KEY, user_id {});"
      "CREATE FUNCTION tear() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN DELETE FROM notes WHERE call_id = OLD.id; RETURN OLD; END';"
      "CREATE TRIGGER tear BEFORE DELETE ON calls FOR EACH ROW EXECUTE FUNCTION tear()",
      type, other));
  const std::string cascades = fmt::format(
      "ALTER TABLE calls ADD CONSTRAINT {} FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE",
      cascade_first ? "zz" : "aa");
  const std::string keeps =
      fmt::format("ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY (user_id) REFERENCES users",
                  two_tables ? "notes" : "calls", cascade_first ? "bb" : "yy");
  for (const std::string& sql : cascade_first ? std::vector{cascades, keeps} : std::vector{keeps, cascades})
    world->connect()->query(sql);
  const auto acts = [&] {
    const auto app = world->connect();
    app->script(
        "INSERT INTO users VALUES (1); INSERT INTO calls VALUES (1, 1); INSERT INTO notes VALUES (1, 1)");
    std::string result = "cascades";
    try {
      app->query("DELETE FROM users");
    } catch (const Error&) {
      result = "keeps";
    }
    app->script("DELETE FROM notes; DELETE FROM calls; DELETE FROM users");
    return result;
  };
  const std::string expected = cascade_first ? "cascades" : "keeps";
  REQUIRE(acts() == expected);
  const Project project({widen("users")});
  project.succeed(*world, {"expand"});
  CHECK(acts() == expected);
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(acts() == expected);
  project.succeed(*world, {"revert"});
  CHECK(acts() == expected);
}
