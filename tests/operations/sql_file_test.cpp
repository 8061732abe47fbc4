#include "support/postgres_server.hpp"
#include "support/rollout.hpp"
#include "support/wait.hpp"

#include <csignal>

#include <catch2/catch.hpp>

// Migrations in SQL: their phases beside both releases, and what a statement may and may not find done.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_users = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);";

// The old release writes `name` only; a trigger of the author's keeps `label` in step until contract.
constexpr std::string_view k_sqlite_sync = R"(
CREATE TRIGGER users_label_insert AFTER INSERT ON users WHEN NEW.label IS NULL BEGIN
  UPDATE users SET label = NEW.name WHERE id = NEW.id;
END;
CREATE TRIGGER users_label_update AFTER UPDATE OF name ON users BEGIN
  UPDATE users SET label = NEW.name WHERE id = NEW.id;
END;
)";
constexpr std::string_view k_sqlite_sync_off = R"(
DROP TRIGGER users_label_insert;
DROP TRIGGER users_label_update;
)";
constexpr std::string_view k_postgres_sync = R"(
CREATE FUNCTION keep_label() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.label := NEW.name; -- a semicolon; in a body
  RETURN NEW;
END $$;
CREATE TRIGGER users_label BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep_label();
)";
constexpr std::string_view k_postgres_sync_off = R"(
DROP TRIGGER users_label ON users;
DROP FUNCTION keep_label();
)";

std::string labels(Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const std::string sync(postgres ? k_postgres_sync : k_sqlite_sync);
  const std::string sync_off(postgres ? k_postgres_sync_off : k_sqlite_sync_off);
  const std::string index = postgres ? "CREATE INDEX CONCURRENTLY users_label ON users (label);\n"
                                     : "CREATE INDEX users_by_label ON users (label);\n";
  const std::string unindex =
      postgres ? "DROP INDEX IF EXISTS users_label;\n" : "DROP INDEX IF EXISTS users_by_label;\n";
  return "-- afloat:expand\nALTER TABLE users ADD COLUMN label text;\n" + sync
         + "-- afloat:expand\n-- afloat:no-transaction\n" + index
         + "-- afloat:backfill table=users\n"
           "UPDATE users SET label = name WHERE label IS NULL AND {batch};\n"
           "-- afloat:contract\n"
         + sync_off
         + "CREATE VIEW labels AS SELECT id, label FROM users;\n"
           "-- afloat:abort\n"
         + sync_off + unindex + "ALTER TABLE users DROP COLUMN label;\n";
}

Rollout rollout_of(Dialect dialect) {
  return {
      .schema = k_users,
      .migrations = {labels(dialect)},
      .old_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, '{value}')",
                      .update = "UPDATE users SET name = '{value}' WHERE id = {key}",
                      .erase = "DELETE FROM users WHERE id = {key}",
                      .read = "SELECT id, name FROM users"},
      .new_release = {.insert = "INSERT INTO users (id, name, label) VALUES ({key}, '{value}', '{value}')",
                      .update = "UPDATE users SET name = '{value}', label = '{value}' WHERE id = {key}",
                      .erase = "DELETE FROM users WHERE id = {key}",
                      .read = "SELECT id, label FROM users"},
      .always = {"SELECT count(*) FROM users WHERE label IS NULL OR label <> name"}};
}

/// Runs `expand` of one migration on PostgreSQL, and returns what it said.
Outcome expanded(const World& world, const std::string& sql) {
  return Project({sql}).run(world, {"expand"});
}

std::unique_ptr<World> postgres_users() {
  auto world = make_world(Dialect::postgres);
  world->prepare(k_users);
  return world;
}
} // namespace

TEST_CASE("a migration in SQL beside writers loses no write", "[operations][sql]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  SECTION("back") {
    rolls_back(dialect, rollout_of(dialect));
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout_of(dialect));
  }
}

TEST_CASE("a block may set its role and search_path; the ledger is written all the same",
          "[operations][sql][postgres]") {
  const auto world = postgres_users();
  world->prepare("CREATE SCHEMA app");
  const std::string database = *world->connect()->query("SELECT current_database()").scalar();
  const auto admin = PostgresServer::instance().connect(database, "postgres");
  admin->script("CREATE ROLE sql_file_role");
  admin->script("GRANT sql_file_role TO migrator");
  admin->script("GRANT USAGE, CREATE ON SCHEMA app TO sql_file_role");
  const Project project({"SET LOCAL ROLE sql_file_role;\nSET LOCAL search_path = app;\n"
                         "CREATE TABLE notes (id integer PRIMARY KEY);\n"
                         "-- afloat:contract\nSET LOCAL ROLE sql_file_role;\nSET LOCAL search_path = app;\n"
                         "CREATE TABLE more_notes (id integer PRIMARY KEY);\n"});
  project.succeed(*world, {"expand"});
  project.succeed(*world, {"contract", "--quiet", "0"});
  CHECK(admin
            ->query("SELECT string_agg(schemaname || '.' || tablename || ' ' || tableowner, ', ' ORDER BY "
                    "tablename) "
                    "FROM pg_tables WHERE tablename LIKE '%notes'")
            .scalar()
        == "app.more_notes sql_file_role, app.notes sql_file_role");
  CHECK(admin->query("SELECT string_agg(event, ' ' ORDER BY id) FROM afloat.events").scalar()
        == "expanded contracted");
  admin->script("DROP SCHEMA app CASCADE");
  admin->script("DROP ROLE sql_file_role");
}

TEST_CASE("a statement outside a transaction that was done by others is refused, unless it says it may be",
          "[operations][sql][postgres]") {
  const auto world = postgres_users();
  world->prepare("CREATE INDEX there ON users (name)");
  const auto begin = [](const std::string& sql) { return "-- afloat:no-transaction\n" + sql + ";\n"; };
  const Outcome refused = expanded(*world, begin("CREATE INDEX CONCURRENTLY there ON users (name)"));
  CHECK(refused.status == 1);
  CHECK(refused.err.find("(CREATE INDEX there ON users): there is one of that name already, which afloat has "
                         "not made\n  --> migrations/0001_change.sql:2:1\n")
        != std::string::npos);
  CHECK(refused.err.find("nothing was changed") != std::string::npos);
  const Outcome gone = expanded(*world, begin("DROP INDEX CONCURRENTLY gone"));
  CHECK(gone.status == 1);
  CHECK(gone.err.find("(DROP INDEX gone): there is nothing of that name to drop\n") != std::string::npos);
  const std::string accepted =
      GENERATE_COPY(begin("CREATE INDEX CONCURRENTLY IF NOT EXISTS there ON users (name)"),
                    begin("DROP INDEX CONCURRENTLY IF EXISTS gone"),
                    "-- afloat:no-transaction\n-- afloat:done-when SELECT to_regclass('there') IS NOT NULL\n"
                    "CREATE INDEX CONCURRENTLY there ON users (name);\n");
  INFO(accepted);
  const Outcome outcome = expanded(*world, accepted);
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
}

TEST_CASE(
    "what a statement outside a transaction finds done by others stops a migration that has begun half-way",
    "[operations][sql][postgres]") {
  const auto world = postgres_users();
  const Outcome gone =
      expanded(*world, "CREATE TABLE first (id integer);\nDROP INDEX CONCURRENTLY gone;\n-- afloat:abort\n"
                       "DROP TABLE first;\n");
  CHECK(gone.status == 7);
  CHECK(gone.err.find("step 1.2 (DROP INDEX gone): there is nothing of that name to drop\n"
                      "  --> migrations/0001_change.sql:2:1\n")
        != std::string::npos);
  CHECK(gone.err.find("The migration stopped half-way: the same command resumes it, `afloat abort 0001` goes "
                      "back.")
        != std::string::npos);
  CHECK(world->connect()->query("SELECT event FROM afloat.events ORDER BY id DESC LIMIT 1").scalar()
        == "stopped");
}

TEST_CASE("a subscription of another database is not taken for one of this", "[operations][sql][postgres]") {
  const auto world = postgres_users();
  auto& server = PostgresServer::instance();
  const auto elsewhere = server.connect(server.create_database(), "postgres");
  elsewhere->script(
      "CREATE SUBSCRIPTION theirs CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, "
      "slot_name = NONE)");
  const Outcome gone = expanded(*world, "DROP SUBSCRIPTION theirs;\n");
  elsewhere->script("DROP SUBSCRIPTION theirs");
  CHECK(gone.status == 1);
  CHECK(gone.err.find("(DROP SUBSCRIPTION theirs): there is nothing of that name to drop")
        != std::string::npos);
}

TEST_CASE("what stayed of a statement that was cut short is cleaned up first",
          "[operations][sql][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare("CREATE TABLE events (id integer) PARTITION BY RANGE (id);"
                 "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);");
  const Project project(
      {"-- afloat:no-transaction\nALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;\n"});
  // An old snapshot holds the second half back; the run that waits for it is killed, and its backend ends.
  const auto reader = world->connect();
  reader->script("BEGIN");
  reader->query("SELECT count(*) FROM events");
  const auto watcher = world->connect();
  Running running(project.command(*world, {"expand"}));
  const auto pending = [&] {
    return watcher->query("SELECT count(*) FROM pg_inherits WHERE inhdetachpending").scalar() == "1";
  };
  wait_until("the partition to be half detached", pending);
  running.signal(SIGKILL);
  running.wait();
  watcher->query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%DETACH PARTITION%' "
      "AND pid <> pg_backend_pid()");
  reader->script("ROLLBACK");
  REQUIRE(pending());
  project.succeed(*world, {"expand"});
  CHECK(watcher->query("SELECT count(*) FROM pg_inherits").scalar() == "0");
}
