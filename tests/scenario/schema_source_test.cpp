#include "support/flip_byte.hpp"
#include "support/postgres_server.hpp"
#include "support/program.hpp"
#include "support/project.hpp"
#include "support/wait.hpp"
#include "support/world.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat::test {
namespace {
constexpr const char* k_tables =
    "-- afloat:expand\nCREATE TABLE users (id integer PRIMARY KEY, user_name text, nick text);\n"
    "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id));\n"
    "INSERT INTO users VALUES (1, 'ada', NULL);\n";
constexpr const char* k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"user_name\"\nto = \"username\"\n";
constexpr const char* k_drop_nick =
    "[[operation]]\ntype = \"drop_column\"\ntable = \"users\"\ncolumn = \"nick\"\n";
constexpr const char* k_index = "[[operation]]\ntype = \"create_index\"\ntable = \"users\"\ncolumns = "
                                "[\"username\"]\nname = \"by_name\"\n";

/// The test server lets the application use it.
constexpr const char* k_ignore = "[drift]\nignore = [\"schema public\"]\n";

std::string public_of(const World& world) {
  return world.dialect() == Dialect::postgres ? "public." : "";
}

/// Databases of the test server that afloat made for a while, and whatever else bears such a name.
std::string scratch_databases() {
  const auto admin = PostgresServer::instance().connect("postgres", "postgres");
  return admin->query("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE 'afloat%'", {})
      .scalar()
      .value_or("");
}

bool restores_without_complaint(const World& world) {
  PostgresServer& server = PostgresServer::instance();
  return world.dialect() == Dialect::sqlite || (server.has_pg_dump() && server.major_version() == 15);
}

/// Rights and owner of a fresh schema public, which are not the same in every version.
std::string public_schema() {
  const bool old = PostgresServer::instance().major_version() < 15;
  return fmt::format(
      "ALTER SCHEMA public OWNER TO \"{}\";\nCOMMENT ON SCHEMA public IS 'standard public schema';\n{}GRANT "
      "USAGE ON SCHEMA public TO PUBLIC;\n",
      old ? "postgres" : "pg_database_owner", old ? "GRANT CREATE ON SCHEMA public TO PUBLIC;\n" : "");
}
} // namespace

TEST_CASE("schema diff: a folder of migrations is replayed to its end, whatever window is open", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    const Project project({k_tables, k_rename, k_drop_nick, k_index}, k_ignore);
    world->prepare("SELECT 1");
    project.succeed(*world, {"migrate", "--quiet", "0", "--to", "2"});
    const std::string users = public_of(*world) + "users";
    CHECK(project.run(*world, {"schema", "diff", world->url(), "migrations"}).out
          == "  removed column nick of " + users + "\n  added index "
                 + (dialect == Dialect::postgres ? "public.by_name" : "by_name") + " of " + users + "\n");
    project.succeed(*world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
    project.succeed(*world, {"migrate", "--quiet", "0"});
    CHECK(project.succeed(*world, {"schema", "diff", "migrations", world->url()}) == "no difference\n");
    CHECK(project.succeed(*world, {"drift", "--against", "migrations"}).find("no difference of ") == 0);
    world->connect()->script("ALTER TABLE users ADD note text");
    const Outcome other = project.run(*world, {"drift", "--against", "migrations"});
    CHECK(other.status == 1);
    CHECK(other.out.substr(0, other.out.find(" of ")) == "1 difference");
    CHECK(other.out.ends_with(" from migrations\n  added column note of " + users + "\n"));
    CHECK(project.succeed(*world, {"schema", "show", "migrations"}).find("user_name") == std::string::npos);
  }
  CHECK(scratch_databases() == "");
}

TEST_CASE("schema diff: a migration that cannot be replayed is named, and nothing stays behind", "[drift]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    const Project project({k_tables, "-- afloat:expand\nCREATE VIEW v AS SELECT gone FROM users;\n"
                                     "INSERT INTO missing VALUES (1);\n"});
    const Outcome failed = project.run(*world, {"schema", "show", "migrations"});
    CHECK(failed.status == 6);
    CHECK(failed.out == "");
    CHECK(failed.err.starts_with("error: 0002_change cannot be replayed in an empty database: "));
    CHECK(failed.err.find("  --> ") != std::string::npos);
    CHECK(
        failed.err.ends_with("  hint: The scratch database is gone again, and nothing else was changed.\n"));
    std::filesystem::create_directory(project.path() / "none");
    CHECK(project.succeed(*world, {"schema", "show", "none"}).find("TABLE") == std::string::npos);
  }
  CHECK(scratch_databases() == "");
}

TEST_CASE("schema diff: a snapshot of each kind is compared by the schema in it", "[drift][snapshot]") {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto world = make_world(dialect);
    if (!restores_without_complaint(*world)) continue;
    const Project project({k_tables, k_rename});
    const auto go = [&](const std::vector<std::string>& words) {
      return project.run(*world, words,
                         {{"AFLOAT_SNAPSHOT_FOLDER", (project.path() / "snapshots").string()}});
    };
    world->prepare("CREATE TABLE other (id integer PRIMARY KEY)");
    project.succeed(*world, {"migrate", "1"});
    project.succeed(*world, {"expand"}); // its triggers are in the snapshot, and count as little there
    for (const std::string kind : {"schema", "tables", "full"})
      CHECK(go({"snapshot", "create", "of_" + kind, "--kind", kind}).status == 0);
    for (const char* name : {"of_schema", "snapshots/of_tables", "of_full"})
      CHECK(go({"schema", "diff", name, world->url()}).out == "no difference\n");
    world->connect()->script("CREATE INDEX by_nick ON users (nick)");
    const Outcome found = go({"schema", "diff", "of_full", world->url()});
    CHECK(found.status == 1);
    CHECK(found.out.find("added index ") == 2);
    CHECK(go({"schema", "diff", "of_full", "of_schema"}).out == "no difference\n");

    const std::filesystem::path part =
        project.path() / "snapshots/of_schema"
        / (dialect == Dialect::sqlite ? "schema.sql.zst" : "schema-after.sql.zst");
    flip_byte(part);
    const Outcome damaged = go({"schema", "show", "of_schema"});
    CHECK(damaged.status == 1);
    CHECK(damaged.err
          == "error: snapshot of_schema is not whole: " + part.filename().string()
                 + " is damaged: its SHA-256 is not the one of the manifest\n"
                   "  hint: Take another one: `afloat snapshot list`. Nothing was changed.\n");
  }
  CHECK(scratch_databases() == "");
}

TEST_CASE("postgres: schema show replays a file statement by statement, and leaves the server alone",
          "[drift][postgres]") {
  const auto world = make_world(Dialect::postgres);
  const Project project({});
  const std::string name = world->connect()->facts().database;
  std::ofstream(project.path() / "schema.sql")
      << "\\restrict xyz\nCREATE TABLE a (id integer);\nCREATE INDEX CONCURRENTLY by_id ON a (id);\n"
      << "ALTER DATABASE " << name
      << " SET timezone = 'UTC';\nCREATE ROLE not_made;\nGRANT app TO migrator;\n"
      << "GRANT CONNECT ON DATABASE " << name << " TO app;\nGRANT SELECT ON a TO app;\n\\unrestrict xyz\n";
  const Outcome shown = project.run(*world, {"schema", "show", "schema.sql"});
  CHECK(shown.status == 0);
  CHECK(shown.out
        == "CREATE SCHEMA IF NOT EXISTS public;\n"
           "CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;\n"
           "CREATE TABLE public.a (\n  id integer);\nCREATE INDEX by_id ON public.a USING btree (id);\n"
               + public_schema() + "GRANT SELECT ON TABLE public.a TO app;\n");
  CHECK(
      shown.err
      == "  not replayed: ALTER DATABASE in schema.sql:4: it acts on the server, not on one database\n"
         "  not replayed: CREATE ROLE in schema.sql:5: it acts on the server, not on one database\n"
         "  not replayed: GRANT of a role in schema.sql:6: it acts on the server, not on one database\n"
         "  not replayed: GRANT … ON DATABASE in schema.sql:7: it acts on the server, not on one database\n");
  std::ofstream(project.path() / "bad.sql")
      << "CREATE TABLE a (id integer);\nCREATE TABLE b (id nonsense);\n";
  const Outcome bad = project.run(*world, {"schema", "show", "bad.sql"});
  CHECK(bad.status == 2);
  CHECK(bad.err
        == "error: bad.sql cannot be run in an empty database: type \"nonsense\" does not exist\n"
           "  --> bad.sql:2:20\n   | CREATE TABLE b (id nonsense);\n   |                    ^\n"
           "  hint: The file must make a whole schema by itself. Nothing was changed.\n");
  CHECK(project.run(*world, {"--url", world->url() + "?dbname=" + name, "schema", "show", "bad.sql"}).status
        == 2);

  PostgresServer::instance().connect("postgres", "postgres")->script("ALTER ROLE migrator NOCREATEDB");
  const Outcome denied = project.run(*world, {"schema", "show", "schema.sql"});
  PostgresServer::instance().connect("postgres", "postgres")->script("ALTER ROLE migrator CREATEDB");
  CHECK(denied.status == 4);
  CHECK(denied.err.find("permission denied to create database") != std::string::npos);
  CHECK(denied.err.find("ALTER ROLE … CREATEDB; or set `scratch` under [snapshot]") != std::string::npos);
  CHECK(scratch_databases() == "");
}

TEST_CASE("schema diff: what is neither database, folder, snapshot nor file is named", "[drift]") {
  const auto world = make_world(Dialect::sqlite);
  const Project project({});
  const Outcome unknown = project.run(*world, {"schema", "show", "nowhere"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err.find("has no environment \"nowhere\"") != std::string::npos);
  const auto other = make_world(Dialect::postgres);
  CHECK(project.run(*world, {"schema", "diff", other->url(), "migrations"}).status == 2);
}

TEST_CASE("schema show: a replay that is interrupted leaves no scratch database", "[drift]") {
  const auto world = make_world(Dialect::postgres);
  const Project project({k_tables, "-- afloat:expand\nSELECT pg_sleep(600);\n"});
  std::ofstream(project.path() / "slow.sql") << "CREATE TABLE t (a integer); SELECT pg_sleep(600);";
  const auto admin = PostgresServer::instance().connect("postgres", "postgres");
  const auto sleeps = [&] {
    return admin
               ->query("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'afloat%' AND wait_event = "
                       "'PgSleep'",
                       {})
               .scalar()
           != "0";
  };
  for (const auto& [source, signal] : {std::pair{"slow.sql", SIGINT}, std::pair{"migrations", SIGTERM}}) {
    Running replay(
        {afloat_program(), {"--url", world->url(), "schema", "show", source}, project.path().string(), {}});
    wait_until("the replay", sleeps);
    replay.signal(signal);
    const Outcome outcome = replay.wait();
    CHECK(outcome.status == 130);
    CHECK(outcome.out == "");
    CHECK(
        outcome.err
        == "error: interrupted\n  hint: The scratch database is gone again, and nothing else was changed.\n");
    CHECK(scratch_databases() == "");
  }
}

TEST_CASE("schema show: a replay on SQLite that is interrupted leaves no file", "[drift]") {
  const auto world = make_world(Dialect::sqlite);
  const Project project({k_tables,
                         "-- afloat:expand\nCREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                         "SELECT i + 1 FROM n) SELECT count(*) FROM n;\n"});
  const std::filesystem::path temporary = project.path() / "temporary";
  std::filesystem::create_directory(temporary);
  Running replay({afloat_program(),
                  {"--url", world->url(), "schema", "show", "migrations"},
                  project.path().string(),
                  {{"TMPDIR", temporary.string()}}});
  wait_until("the replay", [&] { return !std::filesystem::is_empty(temporary); });
  replay.signal(SIGTERM);
  CHECK(replay.wait().status == 130);
  CHECK(std::filesystem::is_empty(temporary));
}
} // namespace afloat::test
