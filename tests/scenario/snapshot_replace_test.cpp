#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// A whole PostgreSQL database that a snapshot takes the place of, and what restores of such a snapshot are
// compared with.
namespace afloat::test {
namespace {
using Words = std::vector<std::string>;

constexpr std::string_view k_shop =
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, seen timestamptz, picture bytea, weight "
    "double precision);"
    "CREATE INDEX users_name ON users (name);"
    "INSERT INTO users VALUES (1, E'A\\\\d\\ta', '2026-11-21 20:00+01', '\\x00ff5c', 0.1),"
    "(2, E'two\\nlines', NULL, '', 'NaN');"
    "CREATE TABLE \"or\"\"ders\" (id integer GENERATED ALWAYS AS IDENTITY, user_id integer REFERENCES users);"
    "INSERT INTO \"or\"\"ders\" (user_id) VALUES (1), (2), (NULL);"
    "CREATE VIEW buyers AS SELECT user_id FROM \"or\"\"ders\"";

/// Restoring without complaint takes pg_dump, and from 15 on no superuser.
bool can_restore() {
  PostgresServer& server = PostgresServer::instance();
  return server.has_pg_dump() && server.major_version() >= 15;
}

Words values(Database& database, const std::string& query) {
  Words all;
  for (const auto& row : database.query(query, {}).rows)
    for (const Value& value : row) all.push_back(value.value_or("NULL"));
  return all;
}

class Shop {
 public:
  explicit Shop(const std::string& settings = "")
      : m_world(make_world(Dialect::postgres)), m_project({}, "\n[snapshot]\n" + settings) {
    m_world->prepare(k_shop);
    m_name = *m_world->connect()->query("SELECT current_database()").scalar();
  }
  ~Shop() {
    const auto admin = server().connect("postgres", "postgres");
    for (const std::string& name : beside())
      admin->script(fmt::format("DROP DATABASE \"{}\" WITH (FORCE)", name));
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  static PostgresServer& server() { return PostgresServer::instance(); }
  const std::string& name() const { return m_name; }
  const Project& project() const { return m_project; }
  World& world() const { return *m_world; }
  std::unique_ptr<Database> superuser() const { return server().connect(m_name, "postgres"); }

  Outcome run(Words words, const std::string& role = "migrator",
              std::map<std::string, std::string> environment = {}) const {
    environment["AFLOAT_SNAPSHOT_FOLDER"] = m_project.file("snapshots");
    words.insert(words.begin(), {"--url", server().url(m_name, role)});
    return test::run({faulty_program(), std::move(words), m_project.path().string(), std::move(environment)});
  }
  Outcome restore(const Words& more = {}, const std::string& role = "migrator",
                  const std::map<std::string, std::string>& environment = {}) const {
    Words words{"snapshot", "restore", "whole", "--in-place", m_name};
    words.insert(words.end(), more.begin(), more.end());
    return run(words, role, environment);
  }
  std::string succeed(const Words& words) const {
    const Outcome outcome = run(words);
    INFO(join(words, " ") << "\n" << outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out + outcome.err;
  }
  /// Databases that are called like this one with more behind it.
  Words beside() const {
    return values(
        *server().connect("postgres", "postgres"),
        fmt::format("SELECT datname FROM pg_database WHERE starts_with(datname, '{}_') ORDER BY 1", m_name));
  }
  /// What the server has of it beside its contents.
  Words catalogs() const {
    return values(
        *server().connect("postgres", "postgres"),
        fmt::format(
            "SELECT pg_get_userbyid(datdba), datacl::text, datconnlimit, shobj_description(oid, "
            "'pg_database'), (SELECT string_agg(setrole::regrole::text || ' ' || setconfig::text, '; ' "
            "ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE "
            "datname = '{}'",
            m_name));
  }
  Words user_names(const std::string& database) const {
    return values(*server().connect(database), "SELECT name FROM users ORDER BY id");
  }

 private:
  std::unique_ptr<World> m_world;
  Project m_project;
  std::string m_name;
};

const Words k_then{"A\\d\ta", "two\nlines"}, k_later{"later", "later"};

/// A folder with the server's programs, of which pg_restore is this script.
void fake_pg_restore(const std::filesystem::path& folder, const std::string& script) {
  std::filesystem::create_directory(folder);
  std::filesystem::create_symlink(PostgresServer::binary("pg_dump"), folder / "pg_dump");
  std::ofstream(folder / "pg_restore") << "#!/bin/sh\n" << script;
  std::filesystem::permissions(folder / "pg_restore", std::filesystem::perms(0755));
}
} // namespace

TEST_CASE("a whole database is replaced with its rights and settings, and the old one is kept",
          "[snapshot]") {
  if (!can_restore()) return;
  const Shop shop;
  shop.superuser()->script(fmt::format(
      "ALTER DATABASE {0} SET search_path = \"$user\", public; ALTER DATABASE {0} SET work_mem = '5MB';"
      "ALTER DATABASE {0} SET \"shop.greeting\" = 'it''s on'; ALTER DATABASE {0} SET temp_tablespaces = '';"
      "ALTER ROLE app IN DATABASE {0} SET statement_timeout = '9s';"
      "REVOKE ALL ON DATABASE {0} FROM PUBLIC; GRANT CONNECT ON DATABASE {0} TO app WITH GRANT OPTION;"
      "COMMENT ON DATABASE {0} IS 'the shop''s'; ALTER DATABASE {0} CONNECTION LIMIT 50",
      shop.name()));
  const Words catalogs = shop.catalogs();
  CHECK(catalogs.back().find("statement_timeout=9s") != std::string::npos);
  shop.succeed({"snapshot", "create", "whole"});
  CHECK(shop.run({"snapshot", "restore", "whole", "--in-place", "other"}).status == 2);
  const auto application = shop.world().connect();
  application->script("UPDATE users SET name = 'later'; DELETE FROM \"or\"\"ders\"");

  const Outcome refused = shop.restore({}, "postgres");
  CHECK(refused.status == 5);
  CHECK(refused.err.starts_with(fmt::format("error: 1 session is connected to {}: pid ", shop.name())));
  CHECK(refused.err.find("End them, or give --end-sessions: they are ended when the restored database takes "
                         "its place. Nothing was changed.")
        != std::string::npos);
  CHECK(shop.beside() == Words{});

  const Outcome done = shop.restore({"--end-sessions"}, "postgres");
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out
        == fmt::format("whole is restored in place; what it replaced is in snapshot whole-replaced, and is "
                       "database {0}_replaced until you drop it: DROP DATABASE \"{0}_replaced\"\n",
                       shop.name()));
  CHECK_THROWS(application->query("SELECT 1"));
  CHECK(shop.user_names(shop.name()) == k_then);
  CHECK(shop.user_names(shop.name() + "_replaced") == k_later);
  CHECK(shop.catalogs() == catalogs);
  CHECK(shop.beside() == Words{shop.name() + "_replaced"});
  CHECK(values(*shop.superuser(), "INSERT INTO \"or\"\"ders\" (user_id) VALUES (1) RETURNING id")
        == Words{"4"});
  CHECK(shop.run({"snapshot", "verify"}).out == "whole is whole\nwhole-replaced is whole\n");
}

TEST_CASE("a whole database stays as it is where it cannot be replaced", "[snapshot]") {
  if (!can_restore()) return;
  const Shop shop;
  shop.succeed({"snapshot", "create", "whole"});
  shop.world().connect()->script("UPDATE users SET name = 'later'");
  const auto unchanged = [&](const Outcome& outcome, int status, const std::string& words) {
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.err.find(words) != std::string::npos);
    CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
    CHECK(shop.user_names(shop.name()) == k_later);
    CHECK(shop.beside() == Words{});
  };
  shop.superuser()->script(fmt::format("ALTER DATABASE {} SET log_statement = 'all'", shop.name()));
  unchanged(shop.restore(), 4,
            fmt::format("what is set for database \"{}\" cannot be given to another one: "
                        "permission denied to set parameter \"log_statement\"",
                        shop.name()));
  shop.superuser()->script(fmt::format("ALTER DATABASE {} RESET log_statement", shop.name()));
  unchanged(shop.restore({}, "app"), 4, fmt::format("role app does not own database \"{}\"", shop.name()));
  shop.superuser()->script("SELECT pg_create_logical_replication_slot('reader', 'pgoutput')");
  unchanged(shop.restore(), 1, "replication slot reader would stay with the database that is replaced");
  shop.superuser()->script("SELECT pg_drop_replication_slot('reader')");
  unchanged(shop.run({"snapshot", "restore", "whole", "--into", "new", "--end-sessions"}), 2,
            "--end-sessions belongs to --in-place");
}

TEST_CASE("whose sessions cannot be ended is asked before a whole database is restored", "[snapshot]") {
  if (!can_restore()) return;
  const Shop shop;
  shop.succeed({"snapshot", "create", "whole"});
  const auto admin = Shop::server().connect("postgres", "postgres");
  const auto refused = [&](const std::string& whose) {
    const Outcome outcome = shop.restore({"--end-sessions"});
    INFO(outcome.err);
    CHECK(outcome.status == 4);
    CHECK(outcome.err.starts_with(
        fmt::format("error: role migrator may not end all sessions in {}: pid ", shop.name())));
    CHECK(outcome.err.find(fmt::format(" ({}", whose)) != std::string::npos);
    CHECK(outcome.err.ends_with(
        "  hint: Connect as a member of pg_signal_backend, or as a superuser where the session is one's; or "
        "end them yourself. Nothing was changed.\n"));
    CHECK(shop.run({"snapshot", "list"}).out.find("whole-replaced") == std::string::npos);
    CHECK(shop.beside() == Words{});
  };
  // Who comes later is met in the end; what is restored by then waits.
  const std::string psql =
      fmt::format("{} -Xqtd '{}'", PostgresServer::binary("psql"), shop.world().app_url());
  const Outcome late = shop.restore(
      {"--end-sessions"}, "migrator",
      {{"AFLOAT_FAULT", "run"},
       {"AFLOAT_FAULT_POINT", "before databases change names"},
       {"AFLOAT_FAULT_COMMAND",
        fmt::format("{0} -c 'SELECT pg_sleep(600)' > /dev/null 2>&1 & until {0} -c \"SELECT 'there' FROM "
                    "pg_stat_activity WHERE wait_event = 'PgSleep'\" | grep -q there; do :; done",
                    psql)}});
  CHECK(late.status == 4);
  CHECK(late.err.ends_with(fmt::format(
      "  hint: Connect as a member of pg_signal_backend, or as a superuser where the session is one's; or "
      "end them yourself. \"{}_afloat_restoring\" is restored and waits: the same command goes on; DROP "
      "DATABASE gives it up. Nothing was changed.\n",
      shop.name())));
  CHECK(shop.beside() == Words{shop.name() + "_afloat_restoring"});
  admin->query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'app'", {});
  admin->script(fmt::format("DROP DATABASE {}_afloat_restoring", shop.name()));
  std::filesystem::remove_all(shop.project().file("snapshots/whole-replaced"));
  const auto application = shop.world().connect_app();
  refused("app");
  admin->script("GRANT pg_signal_backend TO migrator");
  {
    const auto superuser = shop.superuser();
    refused("postgres");
  }
  const Outcome restored = shop.restore({"--end-sessions"});
  admin->script("REVOKE pg_signal_backend FROM migrator");
  INFO(restored.err);
  CHECK(restored.status == 0);
  CHECK_THROWS(application->query("SELECT 1"));
}

TEST_CASE("a restored database that does not come whole takes nobody's place", "[snapshot]") {
  if (!can_restore()) return;
  const TempFolder folder;
  const std::filesystem::path programs = folder / "bin";
  const Shop shop(fmt::format("programs = \"{}\"\n", programs.string()));
  const std::string psql = PostgresServer::binary("psql"), real = PostgresServer::binary("pg_restore");
  const auto changing = [&](const std::string& sql) {
    std::filesystem::remove_all(programs);
    fake_pg_restore(programs,
                    fmt::format("{0} \"$@\" || exit $?\nfor word; do case \"$word\" in\n--dbname=*) exec "
                                "{1} -Xq -d \"${{word#--dbname=}}\" -c \"{2}\";; esac; done\n",
                                real, psql, sql));
  };
  changing("SELECT 1");
  // The form of values in a dump hangs on these.
  shop.superuser()->script(
      fmt::format("ALTER DATABASE {0} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE {0} SET "
                  "bytea_output = 'escape'",
                  shop.name()));
  shop.succeed({"snapshot", "create", "whole"});
  CHECK(shop.succeed({"snapshot", "verify", "--restore"}) == "whole is whole, and restores to the same\n");
  for (const char* change : {"UPDATE users SET name = 'other' WHERE id = 1", "UPDATE users SET picture = 'x' "
                                                                             "WHERE id = 2"}) {
    changing(change);
    const Outcome found = shop.run({"snapshot", "verify", "whole", "--restore"});
    CHECK(found.out == "whole is not whole:\n  public.users has other values\n");
    CHECK(found.status == 1);
  }
  const Outcome refused = shop.restore();
  CHECK(refused.status == 1);
  CHECK(refused.err.find("what came of whole is not the same: public.users has other values")
        != std::string::npos);
  changing("DROP INDEX users_name");
  CHECK(shop.run({"snapshot", "verify", "whole", "--restore"}).out
        == "whole is not whole:\n  the schema differs\n");
  std::filesystem::remove_all(programs);
  fake_pg_restore(
      programs, fmt::format("[ \"$1\" = --version ] && exec {} --version\necho broken >&2\nexit 3\n", real));
  const Outcome broken = shop.restore();
  CHECK(broken.status == 6);
  CHECK(broken.err.find("not all of whole could be made: pg_restore ended with exit status 3: broken")
        != std::string::npos);
  CHECK(shop.beside() == Words{});
}

TEST_CASE("a scratch database in which autovacuum is at work can be dropped", "[snapshot]") {
  if (!can_restore()) return;
  const TempFolder folder;
  const Shop shop(fmt::format("programs = \"{}\"\n", (folder / "bin").string()));
  // The worker takes a minute for this table, and comes within seconds.
  shop.world().connect()->script(
      "CREATE TABLE slow (id integer) WITH (autovacuum_vacuum_insert_threshold = 0, "
      "autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, "
      "autovacuum_vacuum_cost_limit = 1);INSERT INTO slow SELECT generate_series(1, 100000)");
  const auto admin = Shop::server().connect("postgres", "postgres");
  const auto set_pause = [&](const std::string& set) {
    admin->query("ALTER SYSTEM " + set, {});
    admin->query("SELECT pg_reload_conf()", {});
  };
  set_pause("SET autovacuum_naptime = '1s'");
  fake_pg_restore(
      folder / "bin",
      fmt::format("{} \"$@\" || exit $?\ncase \"$*\" in *--dbname*) until {} -Xqtd '{}' -c \"SELECT 'there' "
                  "FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname LIKE "
                  "'afloat_scratch%'\" | grep -q there; do :; done;; esac\n",
                  PostgresServer::binary("pg_restore"), PostgresServer::binary("psql"),
                  Shop::server().url("postgres", "postgres")));
  shop.succeed({"snapshot", "create", "whole"});
  const Outcome outcome = shop.run({"snapshot", "verify", "--restore"});
  set_pause("RESET autovacuum_naptime");
  INFO(outcome.err);
  CHECK(outcome.out == "whole is whole, and restores to the same\n");
  CHECK(values(*admin, "SELECT datname FROM pg_database WHERE datname LIKE 'afloat_scratch%'") == Words{});
}

TEST_CASE("a restored database waits until the others are gone", "[snapshot]") {
  if (!can_restore()) return;
  const Shop shop;
  shop.succeed({"snapshot", "create", "whole"});
  shop.world().connect()->script("UPDATE users SET name = 'later'");
  const Outcome killed =
      shop.restore({}, "migrator", {{"AFLOAT_FAULT_POINT", "before databases change names"}});
  CHECK(killed.status == 128 + 9);
  const std::string beside = shop.name() + "_afloat_restoring";
  CHECK(shop.beside() == Words{beside});
  CHECK_THROWS(Shop::server().connect(beside)); // nobody changes what was compared
  const std::string told = shop.run({"verify"}).out;
  CHECK(told.find("database " + beside) != std::string::npos);
  CHECK(told.find("a restore in place has not come to its end") != std::string::npos);
  {
    const auto other = shop.world().connect_app(); // which migrator may see, and not end
    const Outcome refused = shop.restore();
    CHECK(refused.status == 5);
    CHECK(refused.err.find(fmt::format("1 session is connected to {}: pid ", shop.name()))
          != std::string::npos);
    const Outcome not_ours = shop.restore({"--end-sessions"});
    CHECK(not_ours.status == 4);
    CHECK(not_ours.err.find("Connect as a member of pg_signal_backend") != std::string::npos);
    CHECK(shop.user_names(shop.name()) == k_later);
  }
  // Somebody may have pruned the copy of what is replaced meanwhile.
  if (GENERATE(false, true)) std::filesystem::remove_all(shop.project().file("snapshots/whole-replaced"));
  const Outcome done = shop.restore();
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out.find("is in snapshot whole-replaced, ") != std::string::npos);
  CHECK(std::filesystem::exists(shop.project().file("snapshots/whole-replaced")));
  CHECK(
      done.err.find(fmt::format("whole is restored in {}, by an earlier run: it takes its place now", beside))
      != std::string::npos);
  CHECK(shop.user_names(shop.name()) == k_then);
  CHECK(shop.beside() == Words{shop.name() + "_replaced"});
  CHECK(shop.run({"snapshot", "list"}).out.find("whole-replaced-2") == std::string::npos);
}

TEST_CASE("a database of ICU is restored with its locale", "[snapshot]") {
  PostgresServer& server = PostgresServer::instance();
  if (server.major_version() < 15) return;
  const Shop shop;
  const auto admin = server.connect("postgres", "postgres");
  const std::string german = shop.name() + "_replaced_de", into = shop.name() + "_replaced_copy";
  std::string provider = "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'";
  if (server.major_version() >= 16) provider += " ICU_RULES '&a < z'";
  if (server.major_version() >= 17 && GENERATE(false, true))
    provider = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'";
  admin->script(
      fmt::format("CREATE DATABASE {} OWNER migrator TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' "
                  "LC_CTYPE 'C' {}",
                  german, provider));
  server.connect(german)->script("CREATE TABLE words (w text); INSERT INTO words VALUES ('a')");
  const auto go = [&](const Words& words) {
    Words all{"--url", server.url(german)};
    all.insert(all.end(), words.begin(), words.end());
    return run({afloat_program(),
                all,
                shop.project().path().string(),
                {{"AFLOAT_SNAPSHOT_FOLDER", shop.project().file("snapshots")}}});
  };
  REQUIRE(go({"snapshot", "create", "words", "--tables", "words"}).status == 0);
  const Outcome restored = go({"snapshot", "restore", "words", "--into", into});
  INFO(restored.err);
  REQUIRE(restored.status == 0);
  CHECK(values(*admin, fmt::format("SELECT count(DISTINCT to_jsonb(d) - 'oid' - 'datname' - 'datfrozenxid' - "
                                   "'datminmxid'), count(*) FROM pg_database d WHERE datname IN ('{}', '{}')",
                                   german, into))
        == Words{"1", "2"});
}
} // namespace afloat::test
