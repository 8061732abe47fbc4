#include "support/postgres_server.hpp"
#include "support/rollout.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
const std::string k_rename = R"(
[[operation]]
type = "rename_table"
table = "users"
to = "people"
)";

/// Upserts, because that is what a view in the wrong place would not let through.
Release writing(const std::string& table) {
  return {.insert = fmt::format(
              "INSERT INTO {} (id, name) VALUES ({{key}}, '{{value}}') ON CONFLICT (id) DO UPDATE "
              "SET name = excluded.name",
              table),
          .update = fmt::format("UPDATE {} SET name = '{{value}}' WHERE id = {{key}}", table),
          .erase = fmt::format("DELETE FROM {} WHERE id = {{key}}", table),
          .read = fmt::format("SELECT id, name FROM {}", table)};
}

Rollout renaming(const std::string& schema) {
  return {.schema = schema,
          .migrations = {k_rename},
          .old_release = writing("users"),
          .new_release = writing("people"),
          .always = {
              "SELECT count(*) FROM (SELECT id, name FROM users EXCEPT SELECT id, name FROM people) AS a",
              "SELECT count(*) FROM (SELECT id, name FROM people EXCEPT SELECT id, name FROM users) AS a"}};
}

const std::string k_schema =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL UNIQUE, n integer NOT NULL DEFAULT 7);"
    "CREATE INDEX users_by_n ON users (n);"
    "CREATE TABLE logins (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);"
    "CREATE VIEW names AS SELECT name FROM users;";

Dialect both() {
  return GENERATE(Dialect::sqlite, Dialect::postgres);
}
} // namespace

TEST_CASE("rename_table goes back without losing a write of either release", "[operations]") {
  rolls_back(both(), renaming(k_schema));
}

TEST_CASE("rename_table goes forward without losing a write of either release", "[operations]") {
  rolls_forward(both(), renaming(k_schema));
}

TEST_CASE("rename_table of a table with triggers that write it loses no write", "[operations][sqlite]") {
  const std::string touch = "CREATE TRIGGER touch AFTER UPDATE OF name ON users BEGIN"
                            " UPDATE users SET n = n + 1 WHERE id = NEW.id; END;"
                            "CREATE TRIGGER first AFTER INSERT ON users BEGIN"
                            " UPDATE users SET n = 1 WHERE id = NEW.id; END;";
  Rollout rollout = renaming(k_schema + touch);
  rollout.always.emplace_back(
      "SELECT count(*) FROM (SELECT id, n FROM users EXCEPT SELECT id, n FROM people) AS a");
  rolls_forward(Dialect::sqlite, rollout);
}

TEST_CASE("rename_table of tables with other keys loses no write", "[operations][sqlite]") {
  SECTION("without rowid") {
    rolls_back(Dialect::sqlite,
               renaming("CREATE TABLE users (id integer PRIMARY KEY, name text) WITHOUT ROWID;"));
  }
  SECTION("with a column rowid") {
    rolls_forward(Dialect::sqlite,
                  renaming("CREATE TABLE users (name text, id text PRIMARY KEY, rowid text);"));
  }
  SECTION("that are counted, beside a generated column") {
    rolls_back(Dialect::sqlite,
               renaming("CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, name text, "
                        "up text AS (upper(name)));"));
  }
  SECTION("in STRICT tables that replace") {
    rolls_forward(Dialect::sqlite,
                  renaming("CREATE TABLE users (id int UNIQUE ON CONFLICT REPLACE, name text, "
                           "CHECK (id > 0)) STRICT;"));
  }
}

TEST_CASE("rename_table ends like a plain rename", "[operations]") {
  const Dialect dialect = both();
  const auto expected = make_world(dialect), world = make_world(dialect);
  const std::string rows = "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan');"
                           "INSERT INTO logins VALUES (1, 1);";
  for (const auto& each : {expected.get(), world.get()}) each->prepare(k_schema + rows);
  expected->connect()->script("ALTER TABLE users RENAME TO people");
  const Project project({k_rename});
  const std::string before = world->dump();
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"verify"});
  project.succeed(*world, {"abort"});
  REQUIRE(difference(before, world->dump()) == "");
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  REQUIRE(difference(expected->dump(), world->dump()) == "");
}

// Rows of the twin go in batches behind the swap, so that giving back its pages keeps no writer out for long.
TEST_CASE("the twin on SQLite loses its name, then its rows, and is dropped empty", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_schema + "INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, 'Alan');");
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  const auto rows_of_twin = [&](std::string_view point) {
    REQUIRE(
        project.run(*world, {"contract", "--quiet", "0"}, {{"AFLOAT_FAULT_POINT", std::string(point)}}).status
        == 128 + 9);
    CHECK(world->connect()->query("SELECT count(*) FROM people").scalar() == "2");
    return world->connect()->query("SELECT count(*) FROM afloat_twin_1_1").scalar();
  };
  const auto no_twin = [&] {
    return world->connect()->query("SELECT 1 FROM sqlite_schema WHERE name LIKE '%twin%'").rows.empty();
  };
  const bool back = GENERATE(true, false);
  CHECK(rows_of_twin("before statement 1.8") == "2");
  if (back) {
    project.succeed(*world, {"revert", "0001"});
    CHECK(no_twin());
    project.succeed(*world, {"verify"});
  } else
    CHECK(rows_of_twin("before statement 1.9") == "0");
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(no_twin());
}

TEST_CASE("what comes to the twin on SQLite behind the gate's look stops contract", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_schema);
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  const std::string made =
      GENERATE(as<std::string>(), "CREATE VIEW late AS SELECT name FROM people",
               "CREATE TRIGGER late AFTER DELETE ON people BEGIN DELETE FROM logins; END");
  const Outcome outcome = project.run(
      *world, {"contract", "--quiet", "0"},
      {{"AFLOAT_FAULT", "run"},
       {"AFLOAT_FAULT_POINT", "before statement 1.6"},
       {"AFLOAT_FAULT_COMMAND", fmt::format("sqlite3 '{}' \"{}\"", world->url().substr(7), made)}});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 6);
  CHECK(outcome.err.find(made.find("VIEW") == std::string::npos
                             ? "): a trigger has come to people\n"
                             : "): a view, trigger or foreign key elsewhere uses people\n")
        != std::string::npos);
  CHECK(world->connect()->query("SELECT sql FROM sqlite_schema WHERE name = 'late'").scalar() == made);
}

TEST_CASE("ordinary statements work by both names on SQLite", "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_schema
                 + "CREATE TABLE parents (id integer PRIMARY KEY);"
                   "CREATE TABLE counted (id integer PRIMARY KEY AUTOINCREMENT, parent integer REFERENCES "
                   "parents (id) ON DELETE CASCADE);"
                   "INSERT INTO parents VALUES (1); INSERT INTO counted VALUES (50, 1), (51, NULL);"
                   "DELETE FROM counted WHERE id = 51;");
  const Project project(
      {k_rename, "[[operation]]\ntype = \"rename_table\"\ntable = \"counted\"\nto = \"numbered\"\n"});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  for (const std::string table : {"users", "people"}) {
    INFO(table);
    app->query(fmt::format("INSERT INTO {0} (name) VALUES ('a of {0}')", table));
    const auto id = app->query("SELECT last_insert_rowid()").scalar();
    app->query("INSERT INTO logins (user_id) SELECT last_insert_rowid()");
    CHECK(app->query(fmt::format("UPDATE {} SET n = n + 1 WHERE id = {} RETURNING n", table, *id)).scalar()
          == "8");
    CHECK(app->query(fmt::format("UPDATE {} SET n = 9 WHERE id = {}", table, *id)).affected == 1);
    app->query(fmt::format("INSERT OR REPLACE INTO {0} (id, name) VALUES (900, 'a of {0}')", table));
    app->query(fmt::format("UPDATE {} SET id = 901 WHERE id = 900", table));
    CHECK(app->query(fmt::format("DELETE FROM {} WHERE id = 901", table)).affected == 1);
    app->query(fmt::format("INSERT INTO {0} (id, name) VALUES (7, 'x') ON CONFLICT DO NOTHING", table));
    CHECK_THROWS(app->query(fmt::format("INSERT INTO {0} (name) VALUES ('x')", table)));
    CHECK(app->query("SELECT count(*) FROM users u JOIN people p USING (id, name, n)").scalar() == "1");
    CHECK(app->query("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM people)").scalar() == "2");
    app->query(fmt::format("DELETE FROM {}", table));
    CHECK(app->query("SELECT count(*) FROM logins").scalar() == "0");
  }
  // A number that was given once is not given again, and what a foreign key takes goes from both.
  app->query("INSERT INTO numbered (parent) VALUES (1)");
  CHECK(app->query("SELECT group_concat(id) FROM counted").scalar() == "50,52");
  app->query("DELETE FROM parents");
  CHECK(app->query("SELECT count(*) FROM numbered").scalar() == "0");
}

TEST_CASE("rename_table waits on SQLite for who still writes the old name, and for what was made on the new",
          "[operations][sqlite]") {
  const auto world = make_world(Dialect::sqlite);
  world->prepare(k_schema);
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO people (id, name) VALUES (1, 'Ada')");
  CHECK(project.run(*world, {"status"}).out.find("users") != std::string::npos);
  app->script("CREATE VIEW late AS SELECT name FROM people; INSERT INTO users (id, name) VALUES (2, 'Alan')");
  const Outcome refused = project.run(*world, {"contract", "--quiet", "0", "--accept-drift", "a new view"});
  CHECK(refused.out.substr(0, refused.out.find("last ") + 5)
        == "contract of 0001_change is refused, the window stays open:\n"
           "  view late uses people: drop it now and make it again after contract\n"
           "  users: 1 write since expand, the last ");
  app->script("DROP VIEW late");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
  CHECK(app->query("SELECT group_concat(name) FROM people").scalar() == "Ada,Alan");
}

TEST_CASE("the old name is as good as the table for the old release on PostgreSQL",
          "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text UNIQUE, n "
      "integer NOT NULL DEFAULT 7, twice integer GENERATED ALWAYS AS (n * 2) STORED, secret text);"
      "INSERT INTO users (id, name) VALUES (100, 'root');");
  world->connect()->script(
      "REVOKE ALL ON users FROM app; GRANT DELETE ON users TO app;"
      "GRANT INSERT (id, name, n, twice), UPDATE (name, n), SELECT (id, name, n, twice) ON users TO app");
  const Project project({k_rename});
  const auto app = world->connect_app();
  app->script("PREPARE one (bigint) AS SELECT id, name FROM users WHERE id = $1;"
              "PREPARE add (text) AS INSERT INTO users (name) VALUES ($1) RETURNING id, n, twice");
  app->query("EXECUTE add('before')");
  project.succeed(*world, {"expand"});
  CHECK(app->query("EXECUTE add('a')").rows == std::vector<std::vector<Value>>{{"2", "7", "14"}});
  CHECK(app->query("SELECT lastval()").scalar() == "2");
  CHECK(app->query("EXECUTE one(2)").rows.size() == 1);
  CHECK(app->query("INSERT INTO users (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET n = 8 RETURNING n")
            .scalar()
        == "8");
  CHECK(app->query("INSERT INTO users (name) VALUES ('a') ON CONFLICT DO NOTHING").affected == 0);
  CHECK(app->query("INSERT INTO users (name, twice) VALUES ('b', DEFAULT), ('c', DEFAULT)").affected == 2);
  CHECK(app->query("WITH w AS (UPDATE users SET n = 1 WHERE name = 'b' RETURNING id) SELECT count(*) FROM w")
            .scalar()
        == "1");
  CHECK(app->query("SELECT id FROM users WHERE name = 'c' FOR UPDATE SKIP LOCKED").rows.size() == 1);
  CHECK(app->query("DELETE FROM users WHERE name = 'c'").affected == 1);
  CHECK_THROWS(app->query("SELECT secret FROM users"));
  app->script("BEGIN READ ONLY; SELECT count(id) FROM users; COMMIT");
  project.succeed(*world, {"abort"});
  CHECK(app->query("EXECUTE add('d')").rows.size() == 1);
}

TEST_CASE("the old name obeys row security on PostgreSQL", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text);"
                 "ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
                 "CREATE POLICY own ON users USING (name <> 'root') WITH CHECK (name <> 'root');"
                 "INSERT INTO users (id, name) VALUES (100, 'root');");
  const Project project({k_rename});
  if (world->connect()->facts().server_version < 150000) {
    CHECK(project.run(*world, {"expand"}).err.find("row security") != std::string::npos);
    return;
  }
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->script("SET row_security = on");
  app->query("INSERT INTO users VALUES (1, 'Ada')");
  CHECK_THROWS(app->query("INSERT INTO users VALUES (2, 'root')"));
  CHECK_THROWS(app->query("UPDATE users SET name = 'root' WHERE id = 1"));
  CHECK(app->query("SELECT count(*) FROM users").scalar() == "1");
  CHECK(app->query("DELETE FROM users").affected == 1);
  project.succeed(*world, {"abort"});
  world->connect()->script("GRANT SELECT (id) ON users TO app");
  CHECK(project.run(*world, {"expand", "--accept-drift", "a grant"})
            .err.find("row security and grants on columns")
        != std::string::npos);
}

TEST_CASE("rename_table waits on PostgreSQL for who still uses the old name", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(k_schema);
  const Project project({k_rename});
  project.succeed(*world, {"expand"});
  const auto app = world->connect_app();
  app->query("INSERT INTO people (id, name) VALUES (1, 'Ada')");
  const Outcome quiet = project.run(*world, {"status", "--output", "json"});
  INFO(quiet.out);
  CHECK(quiet.out.find("\"old_writes\": 0") != std::string::npos);
  app->query("SELECT name FROM users");
  world->connect()->script("CREATE VIEW late AS SELECT name FROM users");
  const Outcome refused = project.run(*world, {"contract", "--quiet", "0", "--accept-drift", "a new view"});
  CHECK(refused.out.find("view late uses users: change or drop it first") != std::string::npos);
  CHECK(refused.out.find("public.users, the old name: 1 write since expand") != std::string::npos);
  world->connect()->script("DROP VIEW late");
  project.succeed(*world, {"contract", "--quiet", "0", "--accept-drift", "as the gate asked"});
  CHECK_THROWS(app->query("SELECT name FROM users"));
}

TEST_CASE("while a table has two names no other window opens on it", "[operations]") {
  const auto world = make_world(both());
  world->prepare(k_schema);
  const std::string drop = "[[operation]]\ntype = \"drop_column\"\ntable = \"people\"\ncolumn = \"n\"\n";
  const Project project({k_rename, drop});
  project.succeed(*world, {"expand", "0001"});
  const Outcome waits = project.run(*world, {"expand"});
  INFO(waits.out << waits.err);
  CHECK(waits.status == 1);
  CHECK((waits.out + waits.err).find("waits until the window of 0001_change is closed") != std::string::npos);
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"expand"});
}

TEST_CASE("nothing new comes to a table that is being renamed", "[operations]") {
  const auto world = make_world(both());
  world->prepare(k_schema);
  const auto add = [](const std::string& table) {
    return fmt::format(
        "[[operation]]\ntype = \"add_column\"\ntable = \"{}\"\ncolumn = \"age\"\ncolumn_type = \"integer\"\n",
        table);
  };
  for (const std::string table : {"users", "people"}) {
    const auto copy = world->copy();
    const Project project({k_rename, add(table)});
    project.succeed(*copy, {"expand", "1"});
    const Outcome waits = project.run(*copy, {"expand"});
    INFO(table << "\n" << waits.out << waits.err);
    const bool refused =
        waits.status == 1 && waits.out.find("waits until the window of 0001") != std::string::npos;
    // By its old name PostgreSQL has a view.
    const bool no_table = waits.status == 3 && table == "users";
    CHECK((refused || no_table));
  }
}

TEST_CASE("the old release sets a column to its default by the old name", "[operations][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE users (id serial PRIMARY KEY, name text DEFAULT 'none', n integer NOT NULL DEFAULT 7,"
      " twice integer GENERATED ALWAYS AS (n * 2) STORED);"
      "INSERT INTO users (name, n) VALUES ('Ada', 1), ('Bob', 2), ('Cy', 3)");
  const Project project({k_rename});
  const auto set = [&](const std::string& table) {
    const auto database = world->connect_app();
    database->script("UPDATE " + table
                     + " SET name = DEFAULT, n = DEFAULT WHERE id = 1;"
                       "INSERT INTO "
                     + table
                     + " (id, name) VALUES (2, 'Bo')"
                       " ON CONFLICT (id) DO UPDATE SET name = DEFAULT, n = DEFAULT;"
                       "INSERT INTO "
                     + table + " (n) VALUES (9)");
    return database
        ->query("SELECT string_agg(concat_ws('-', id, name, n, twice), ' ' ORDER BY id) FROM people")
        .scalar()
        .value();
  };
  project.succeed(*world, {"expand"});
  CHECK(set("users") == "1-none-7-14 2-none-7-14 3-Cy-3-6 4-none-9-18");
  project.succeed(*world, {"contract", "--quiet", "0"});
  project.succeed(*world, {"revert"});
  CHECK(set("users") == "1-none-7-14 2-none-7-14 3-Cy-3-6 4-none-9-18 5-none-9-18");
  project.succeed(*world, {"abort"});
}
