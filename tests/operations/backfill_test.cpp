#include "support/postgres_server.hpp"
#include "support/project.hpp"
#include "support/wait.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fmt/format.h>

// Brakes, live control and workers, as a person meets them: two terminals.
using namespace afloat;
using namespace afloat::test;

namespace {
constexpr const char* k_rename =
    "[[operation]]\ntype = \"rename_column\"\ntable = \"users\"\nfrom = \"name\"\n"
    "to = \"full_name\"\n";

/// A table with `rows` rows, and statistics that say so.
std::unique_ptr<World> world_with(Dialect dialect, int rows) {
  auto world = make_world(dialect);
  const bool postgres = dialect == Dialect::postgres;
  world->prepare("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, rank integer);"
                 "CREATE TABLE busy (flag integer); INSERT INTO busy VALUES (0);");
  world->prepare(fmt::format(
      "INSERT INTO users (id, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
      "{}) SELECT i, 'name ' || i FROM n; {}",
      rows, postgres ? "ANALYZE users;" : ""));
  return world;
}

std::string unfilled(const World& world) {
  return world.connect()->query("SELECT count(*) FROM users WHERE full_name IS NULL").scalar().value_or("");
}

std::string status(const Project& project, const World& world) {
  return project.succeed(world, {"backfill", "status"});
}

void wait_for_status(const Project& project, const World& world, const std::string& part) {
  wait_until(part, [&] { return status(project, world).find(part) != std::string::npos; });
}

void ends_well(Running& run, const World& world) {
  const Outcome outcome = run.wait();
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(unfilled(world) == "0");
}
} // namespace

TEST_CASE("a backfill is paused, re-tuned and resumed from another terminal, also across a kill",
          "[backfill]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = world_with(dialect, 1500);
  const Project project({k_rename});
  CHECK(status(project, *world) == "no backfill is under way\n");
  CHECK(project.run(*world, {"backfill", "pause"}).status == 1);
  {
    Running run(project.command(*world, {"expand", "--rate", "300"}));
    wait_for_status(project, *world, "1.2");
    const std::string told = project.succeed(*world, {"backfill", "pause"});
    CHECK(told.find("0001_change is paused\n") == 0);
    wait_for_status(project, *world, "paused by ");
    run.signal(SIGKILL);
    CHECK(run.wait().status == 128 + 9);
  }
  const std::string left = unfilled(*world);
  CHECK(left != "0");
  Running again(project.command(*world, {"expand", "--rate", "300"}));
  wait_until("a new runner", [&] { // a pause outlives the runner
    return project.succeed(*world, {"backfill", "status"}).find("no runner") == std::string::npos;
  });
  CHECK(unfilled(*world) == left);
  const std::string text = project.succeed(*world, {"status"});
  CHECK(text.find("paused by ") != std::string::npos);
  CHECK(text.find(" since 20") != std::string::npos);
  project.succeed(*world, {"backfill", "set", "rate=none", "batch=100"});
  CHECK(status(project, *world).find("batch: 100 rows\n      rate: no limit\n") != std::string::npos);
  CHECK(unfilled(*world) == left);
  project.succeed(*world, {"backfill", "resume"});
  ends_well(again, *world);
  CHECK(status(project, *world) == "no backfill is under way\n");
}

TEST_CASE("a backfill pauses while the query of pause_when is true, and says so", "[backfill]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = world_with(dialect, 1000);
  const Project project({k_rename}, "[throttle]\npause_when = \"SELECT flag FROM busy\"\nrate = \"200\"\n");
  Running run(project.command(*world, {"expand"}));
  wait_for_status(project, *world, "1.2");
  const auto application = world->connect();
  application->query("UPDATE busy SET flag = 7");
  wait_for_status(project, *world, ": pause_when says 7");
  CHECK(status(project, *world).find("; pauses since 20") != std::string::npos);
  application->query("UPDATE busy SET flag = 0");
  project.succeed(*world, {"backfill", "set", "rate=none"});
  ends_well(run, *world);
}

TEST_CASE("backfill status names who holds rows that the backfill waits for", "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 300);
  const Project project({k_rename});
  const auto application = world->connect(); // of another role the state is hidden from afloat's
  application->query("SET application_name = 'shop'");
  const std::string pid = *application->query("SELECT pg_backend_pid()").scalar();
  Running run(project.command(*world, {"expand", "--rate", "100"}));
  wait_for_status(project, *world, "1.2");
  application->begin(std::chrono::seconds(60));
  application->query("UPDATE users SET rank = 1 WHERE id = 299");
  wait_for_status(project, *world, fmt::format("rows are held; pid {} (shop, idle in transaction", pid));
  const std::string told = status(project, *world);
  CAPTURE(told);
  CHECK(told.find("; pauses since 20") != std::string::npos);
  CHECK(told.find("UPDATE users SET rank = 1 WHERE id = 299\n") != std::string::npos);
  CHECK(
      project.succeed(*world, {"backfill", "status", "--output", "json"}).find("\"held_by\": \"rows are held")
      != std::string::npos);
  application->rollback();
  ends_well(run, *world);
}

TEST_CASE("what cannot hold a backfill back is refused before anything is changed", "[backfill]") {
  struct Case {
    Dialect dialect;
    std::vector<std::string> options;
    std::string error;
  };
  const Case row = GENERATE(
      Case{Dialect::postgres,
           {"--pause-when", "SELECT busy FROM nowhere"},
           "relation \"nowhere\" does not exist"},
      Case{Dialect::sqlite, {"--pause-when", "SELECT busy FROM nowhere"}, "no such table: nowhere"},
      Case{Dialect::postgres,
           {"--pause-when", "SELECT 'much'"},
           "it returns \"much\", no truth value or number"},
      Case{Dialect::postgres, {"--pause-when", "DELETE FROM busy RETURNING 1"}, "read-only transaction"},
      Case{Dialect::sqlite, {"--pause-when", "DELETE FROM busy RETURNING 1"}, "readonly database"},
      Case{Dialect::postgres, {"--max-lag", "1s"}, "max_lag cannot be measured: no replica is connected"},
      Case{Dialect::postgres, {"--max-load", "5"}, "this role may not see other sessions"},
      Case{Dialect::sqlite, {"--max-lag", "1s"}, "max_lag is for PostgreSQL only"},
      Case{Dialect::sqlite, {"--workers", "2"}, "workers is for PostgreSQL only"},
      Case{Dialect::sqlite, {"--vacuum-every", "2"}, "vacuum_every is for PostgreSQL only"});
  const auto world = world_with(row.dialect, 10);
  const auto other =
      row.dialect == Dialect::postgres ? world->connect_app() : nullptr; // hidden from the owner
  const Project project({k_rename});
  std::vector<std::string> command{"expand"};
  command.insert(command.end(), row.options.begin(), row.options.end());
  const Outcome outcome = project.run(*world, command);
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find(row.error) != std::string::npos);
  CHECK(outcome.err.find("Nothing was changed.") != std::string::npos);
  CHECK_THROWS(world->connect()->query("SELECT full_name FROM users"));
}

TEST_CASE("a row that somebody holds is left until the others are filled", "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 5000);
  const Project project({k_rename});
  const auto holder = world->connect_app();
  Running run(project.command(*world, {"expand", "--full-speed"},
                              {{"AFLOAT_FAULT_POINT", "before statement 1.2"}, {"AFLOAT_FAULT", "stop"}}));
  wait_until("the new column", [&] {
    return !holder
                ->query(
                    "SELECT 1 FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'full_name'")
                .rows.empty();
  });
  holder->script("BEGIN; UPDATE users SET rank = 1 WHERE id = 1234");
  wait_until("all but the held row", [&] {
    run.signal(SIGCONT);
    return unfilled(*world) == "1";
  });
  holder->script("COMMIT");
  ends_well(run, *world);
}

TEST_CASE("rows that a user's trigger keeps from being filled are named", "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 2500);
  world->prepare("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id IN (7, 2000) "
                 "THEN RETURN NULL; END IF; RETURN NEW; END'; CREATE TRIGGER keep BEFORE UPDATE ON users "
                 "FOR EACH ROW EXECUTE FUNCTION keep();");
  const Project project({k_rename});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("(compare public.users.name and full_name in every row): 2 rows are in the way:\n"
                         "    id=7: name='name 7', full_name=NULL\n"
                         "    id=2000: name='name 2000', full_name=NULL\n")
        != std::string::npos);
  CHECK(outcome.err.find("a user trigger or a rule may turn the backfill's updates away;")
        != std::string::npos);
  world->prepare("DROP TRIGGER keep ON users;");
  project.succeed(*world, {"expand"});
  CHECK(unfilled(*world) == "0");
}

TEST_CASE("workers fill a range each, and another run goes on where they were killed",
          "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 6000);
  const Project project({k_rename});
  struct Case {
    std::vector<std::string> command;
    std::string ranges;
  };
  const auto [command, ranges] = GENERATE(Case{{"expand", "--workers", "3", "--full-speed"}, "1 2 3"},
                                          Case{{"expand", "--full-speed"}, "1 2"});
  const Outcome killed = project.run(*world, command, {{"AFLOAT_FAULT_AT", "20"}, {"AFLOAT_FAULT", "kill"}});
  REQUIRE(killed.status == 128 + 9);
  CHECK(world->connect()
            ->query("SELECT string_agg(number::text, ' ' ORDER BY number) FROM afloat.ranges")
            .scalar()
        == ranges);
  project.succeed(*world, GENERATE(std::vector<std::string>{"expand", "--workers", "3"},
                                   std::vector<std::string>{"expand"}));
  CHECK(unfilled(*world) == "0");
  CHECK(world->connect()->query("SELECT rows FROM afloat.steps WHERE id = '1.2'").scalar() == "6000");
  CHECK(world->connect()->query("SELECT count(*) FROM afloat.ranges").scalar() == "0");
  project.succeed(*world, {"abort"});
}

TEST_CASE("an abort forgets what was asked of a backfill", "[backfill]") {
  const Dialect dialect = GENERATE(Dialect::sqlite, Dialect::postgres);
  const auto world = world_with(dialect, 500);
  const Project project({k_rename});
  REQUIRE(project.run(*world, {"expand"}, {{"AFLOAT_FAULT_POINT", "before commit 1.2"}}).status == 128 + 9);
  project.succeed(*world, {"backfill", "pause"});
  project.succeed(*world, {"abort"});
  project.succeed(*world, {"expand"}); // would wait
  CHECK(unfilled(*world) == "0");
}

TEST_CASE("the table is vacuumed between batches when that is asked for", "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 5000);
  const Project project({k_rename});
  project.succeed(*world, {"expand", "--vacuum-every", "1000"});
  const auto owner = world->connect();
  wait_until("a vacuum in the statistics", [&] {
    return owner->query("SELECT vacuum_count > 1 FROM pg_stat_user_tables WHERE relname = 'users'").scalar()
           == "t";
  });
}

TEST_CASE("row security that would hide rows is an error before anything is changed",
          "[backfill][postgres]") {
  const auto world = world_with(Dialect::postgres, 100);
  world->prepare("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY;"
                 "CREATE POLICY few ON users USING (id < 10);");
  const Project project({k_rename});
  const Outcome outcome = project.run(*world, {"expand"});
  INFO(outcome.err);
  CHECK(outcome.status == 4);
  CHECK(outcome.err
        == "error: row-level security hides rows of public.users from role migrator: the backfill would miss "
           "them\n"
           "  hint: Let a role with BYPASSRLS run it, or the owner without FORCE: ALTER TABLE "
           "\"public\".\"users\" "
           "NO FORCE ROW LEVEL SECURITY. Nothing was changed.\n");
  CHECK_THROWS(world->connect()->query("SELECT full_name FROM users"));
}

TEST_CASE("a table without a key is not walked with a condition that holds for rows that are done",
          "[backfill][postgres]") {
  const auto world = make_world(Dialect::postgres);
  world->prepare(
      "CREATE TABLE prices (active boolean, price integer); INSERT INTO prices SELECT true, i FROM "
      "generate_series(1, 100) i;");
  const std::string backfill = "-- afloat:backfill table=prices batch=10\n",
                    raise = backfill + "UPDATE prices SET price = ";
  for (const std::string& endless : {raise + "price * 2 WHERE active AND {batch};\n",
                                     backfill
                                         + "WITH u AS (SELECT 2 AS two WHERE 1 < 2) UPDATE prices SET price "
                                           "= price * two FROM u WHERE {batch};\n",
                                     backfill
                                         + "WITH done AS (UPDATE prices SET price = price * 2 WHERE {batch} "
                                           "RETURNING active) SELECT count(*) FROM done;\n",
                                     backfill
                                         + "MERGE INTO prices USING (SELECT 2 AS two) u ON {batch} WHEN "
                                           "MATCHED THEN UPDATE SET price = price * two;\n"}) {
    const Outcome outcome = Project({endless}).run(*world, {"expand"});
    INFO(endless << outcome.err);
    CHECK(outcome.status == 3);
    CHECK(outcome.err.find("prices has no key, so that the backfill would change rows more than once")
          != std::string::npos);
  }
  const Project ends({raise + "price + 1000 WHERE active AND price <= 1000 AND {batch};\n"});
  ends.succeed(*world, {"expand"});
  CHECK(world->connect()->query("SELECT sum(price) FROM prices").scalar() == "105050");
}

namespace {
/// A streaming replica of the tests' server, on a port of its own.
class Replica {
 public:
  Replica() {
    const PostgresServer& primary = PostgresServer::instance();
    m_folder = primary.socket_folder() + "/replica";
    run(fmt::format("{} -h {} -p {} -U postgres -D {} -R -X stream -c fast --no-sync > /dev/null",
                    PostgresServer::binary("pg_basebackup"), primary.socket_folder(), primary.port(),
                    m_folder));
    run(fmt::format(
        "{} -D {} -l {}/log -o \"-c port={} -c listen_addresses= -c unix_socket_directories={}\" -w "
        "start > /dev/null",
        PostgresServer::binary("pg_ctl"), m_folder, m_folder, k_port, primary.socket_folder()));
  }
  ~Replica() {
    const std::string stop =
        fmt::format("{} -D {} -m immediate -w stop > /dev/null", PostgresServer::binary("pg_ctl"), m_folder);
    [[maybe_unused]] const int status = std::system(whole(stop).c_str());
  }
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  void replay(bool go) const {
    open_database({.url = fmt::format("postgres:///postgres?host={}&port={}&user=postgres",
                                      PostgresServer::instance().socket_folder(), k_port)})
        ->query(go ? "SELECT pg_wal_replay_resume()" : "SELECT pg_wal_replay_pause()");
  }

 private:
  static constexpr int k_port = 6543; // a name in our own folder: nobody listens there
  static std::string whole(const std::string& command) {
    return geteuid() == 0 ? "runuser -u postgres -- " + command : command;
  }
  static void run(const std::string& command) { REQUIRE(std::system(whole(command).c_str()) == 0); }
  std::string m_folder;
};
} // namespace

TEST_CASE("a backfill waits for a streaming replica that lags", "[backfill][postgres][replica]") {
  // The servers of npm come without the client programs.
  if (!std::filesystem::exists(PostgresServer::binary("pg_basebackup"))) return;
  const auto world = world_with(Dialect::postgres, 2000);
  PostgresServer::instance().connect("postgres", "postgres")->script("GRANT pg_monitor TO migrator");
  const Replica replica;
  const Project project({k_rename});
  replica.replay(false);
  Running run(project.command(*world, {"expand", "--max-lag", "1s", "--rate", "300"}));
  wait_for_status(project, *world, "behind (max_lag 1s)");
  CHECK(status(project, *world).find(": replica walreceiver is ") != std::string::npos);
  CHECK(unfilled(*world) != "0");
  replica.replay(true);
  project.succeed(*world, {"backfill", "set", "rate=none"});
  ends_well(run, *world);
  PostgresServer::instance().connect("postgres", "postgres")->script("REVOKE pg_monitor FROM migrator");
}
