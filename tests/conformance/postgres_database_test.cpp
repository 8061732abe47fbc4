#include "dialect/postgres/database.hpp"
#include "support/postgres_server.hpp"

#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using afloat::test::grant_to_app;
using afloat::test::PostgresServer;

namespace {
template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  throw std::logic_error("unreachable");
}

Error connect_failure(const std::string& url) {
  return error_of([&] { open_postgres({.url = url, .safe_url = "postgres://SAFE"}); });
}
} // namespace

TEST_CASE("postgres: the session knows what it is and what it may do") {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto owner = server.connect(name);
  CHECK(owner->facts().database == name);
  CHECK(owner->facts().role == "migrator");
  CHECK_FALSE(owner->facts().superuser);
  CHECK_FALSE(owner->facts().standby);
  CHECK_FALSE(owner->facts().read_only_by_default);
  CHECK_FALSE(owner->facts().may_set_replica_role);
  CHECK(owner->facts().server_version >= 140000);
  CHECK(owner->facts().backend == *owner->query("SELECT pg_backend_pid()", {}).scalar());
  CHECK(owner->query("SELECT current_setting('application_name')", {}).scalar() == "afloat");
  CHECK(owner->query("SELECT current_setting('client_connection_check_interval')", {}).scalar() == "2s");
  CHECK(server.connect(name, "postgres")->facts().may_set_replica_role);

  const auto reader =
      open_postgres({.url = server.url(name) + "&application_name=web@1", .safe_url = "", .read_only = true});
  CHECK(reader->query("SHOW application_name", {}).scalar() == "web@1");
  CHECK_FALSE(reader->facts().read_only_by_default);
  const Error error = error_of([&] { reader->query("CREATE TABLE t (a int)", {}); });
  CHECK(error.code == ErrorCode::permission);
  CHECK(error.sqlstate == "25006");
}

TEST_CASE("postgres: keywords work like a URL does") {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto database = open_postgres(
      {.url = fmt::format("host={} port={} dbname={} user=app", server.socket_folder(), server.port(), name),
       .safe_url = ""});
  CHECK(database->facts().role == "app");
}

TEST_CASE("postgres: a failed connection says why and never shows the password") {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  CHECK(open_postgres({.url = server.tcp_url(name, "app", "secret"), .safe_url = ""})->facts().role == "app");

  const Error password = connect_failure(server.tcp_url(name, "app", "hunter2"));
  CHECK(password.code == ErrorCode::connection);
  CHECK(password.message
        == "cannot connect to postgres://SAFE: the password or the user name is wrong (password "
           "authentication failed for "
           "user \"app\")");
  CHECK(password.hint == "Set PGPASSWORD, a .pgpass entry or ${VAR} in the URL. Nothing was changed.");

  const Error database = connect_failure(server.url("nowhere"));
  CHECK(database.message == "cannot connect to postgres://SAFE: database \"nowhere\" does not exist");
  CHECK(database.hint == "Create it with createdb, or correct its name in the URL. Nothing was changed.");

  const Error role = connect_failure(server.url(name, "nobody"));
  CHECK(role.message == "cannot connect to postgres://SAFE: role \"nobody\" does not exist");

  const Error host = connect_failure("postgres://app:hunter2@host.invalid/x");
  CHECK(host.message.starts_with("cannot connect to postgres://SAFE: the host name is not known"));

  const Error down = connect_failure("postgres://app:hunter2@127.0.0.1:1/x");
  CHECK(down.message.starts_with("cannot connect to postgres://SAFE: no server listens there"));

  for (const Error& error : {password, database, role, host, down})
    CHECK(describe(error).find("hunter2") == std::string::npos);
}

TEST_CASE("postgres: values go in as parameters and come out as text or NULL") {
  const auto database = PostgresServer::instance().connect("postgres", "postgres");
  const Result result = database->query("SELECT $1::int + 1 AS n, $2::text AS t, $3::text IS NULL AS b",
                                        {"41", "it's", std::nullopt});
  CHECK(result.columns == std::vector<std::string>{"n", "t", "b"});
  CHECK(result.rows == std::vector<std::vector<Value>>{{"42", "it's", "t"}});
  CHECK(database->query("SELECT NULL", {}).scalar() == std::nullopt);
}

TEST_CASE("postgres: errors of statements have the right code") {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto owner = server.connect(name);
  owner->script("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')");
  grant_to_app(*owner);
  const auto other = server.connect(name, "app");

  SECTION("a statement that is wrong") {
    const Error error = error_of([&] { owner->query("SELECT lenght('x')", {}); });
    CHECK(error.code == ErrorCode::statement);
    CHECK(error.sqlstate == "42883");
    CHECK(error.message == "function lenght(unknown) does not exist");
    CHECK(error.sql == "SELECT lenght('x')");
    CHECK(error.hint.starts_with("No function matches"));
  }
  SECTION("a right that is missing") {
    CHECK(error_of([&] { other->query("DROP TABLE t", {}); }).code == ErrorCode::permission);
  }
  SECTION("a duplicate names the key") {
    const Error error = error_of([&] { owner->query("INSERT INTO t VALUES (1, 'y')", {}); });
    CHECK(error.message
          == "duplicate key value violates unique constraint \"t_pkey\" (Key (id)=(1) already exists.)");
  }
  SECTION("a lock that is not obtained in time is busy and its holder is named") {
    other->script("BEGIN; SELECT * FROM t");
    owner->begin(std::chrono::milliseconds(50));
    const Error error = error_of([&] { owner->query("ALTER TABLE t ADD COLUMN b int", {}); });
    CHECK(error.code == ErrorCode::busy);
    CHECK(error.sqlstate == "55P03");
    owner->rollback();
    const std::vector<std::string> relations{"public.t"};
    const std::vector<Blocker> blockers = owner->blockers(relations);
    REQUIRE(blockers.size() == 1);
    CHECK(blockers[0].pid == other->facts().backend);
    CHECK(blockers[0].application == "afloat");
  }
  SECTION("who does not stand in the way of a lock is not named for it") {
    const auto admin = server.connect(name, "postgres"); // sees since when others are at work
    const auto reader = server.connect(name, "app"), late = server.connect(name, "app");
    reader->script("BEGIN; SELECT * FROM t");
    other->script("BEGIN; UPDATE t SET a = 'y'");
    admin->begin(std::chrono::seconds(2)); // longer than the server may take to begin with the question below
    const Error error = error_of([&] { admin->query("LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE", {}); });
    CHECK(error.sqlstate == "55P03");
    admin->rollback();
    late->script("BEGIN; INSERT INTO t VALUES (2, 'z')");
    const auto named = [&](std::string_view mode) {
      const std::vector<std::string> relations{fmt::format("\"public\".\"t\" IN {} MODE", mode)};
      std::vector<std::string> pids;
      for (const Blocker& blocker : admin->blockers(relations)) pids.push_back(blocker.pid);
      return pids;
    };
    using Pids = std::vector<std::string>;
    CHECK(named("SHARE ROW EXCLUSIVE") == Pids{other->facts().backend});
    CHECK(named("ACCESS EXCLUSIVE") == Pids{reader->facts().backend, other->facts().backend});
    CHECK(named("ACCESS SHARE").empty());
    // Behind another failure, such as a deadlock, it is not known since when there was a wait.
    CHECK(error_of([&] { admin->query("SELECT 1 / 0", {}); }).sqlstate == "22012");
    CHECK(named("SHARE ROW EXCLUSIVE") == Pids{other->facts().backend, late->facts().backend});
  }
  SECTION("a deadlock is busy") {
    // The one that waits last finds the deadlock, because it looks after 10 ms and the other only after 60 s.
    const auto first = server.connect(name, "postgres"), last = server.connect(name, "postgres");
    first->script("INSERT INTO t VALUES (2, 'y'); SET deadlock_timeout = '60s'");
    last->script("SET deadlock_timeout = '10ms'");
    first->script("BEGIN; UPDATE t SET a = 'b' WHERE id = 2");
    last->begin(std::chrono::seconds(60));
    last->query("UPDATE t SET a = 'c' WHERE id = 1", {});
    std::thread waiting([&] { first->query("UPDATE t SET a = 'd' WHERE id = 1", {}); });
    while (owner->query("SELECT count(*) FROM pg_locks WHERE NOT granted", {}).scalar() != "1") {
    }
    const Error error = error_of([&] { last->query("UPDATE t SET a = 'e' WHERE id = 2", {}); });
    last->rollback();
    waiting.join();
    CHECK(error.code == ErrorCode::busy);
    CHECK(error.sqlstate == "40P01");
  }
  SECTION("a statement that was cancelled is interrupted") {
    std::thread canceller([&] {
      const auto watcher = server.connect(name, "postgres");
      while (watcher->query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'", {})
                 .scalar()
             != "1") {
      }
      owner->cancel();
    });
    const Error error = error_of([&] { owner->query("SELECT pg_sleep(60)", {}); });
    canceller.join();
    CHECK(error.code == ErrorCode::interrupted);
  }
  SECTION("a statement that a late cancel reaches is interrupted, too") {
    // The server gets the request on another connection: here by a session that waits for the next statement.
    owner->cancel();
    CHECK(owner->query("SELECT 1", {}).scalar() == "1");
    std::thread canceller([&] {
      const auto watcher = server.connect(name, "postgres");
      while (watcher
                 ->query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT "
                         "pg_sleep%' AND state = 'active'",
                         {})
                 .rows.empty()) {
      }
    });
    const Error error = error_of([&] { owner->query("SELECT pg_sleep(60)", {}); });
    canceller.join();
    CHECK(error.code == ErrorCode::interrupted);
  }
}

TEST_CASE("postgres: the commit of a failed transaction is an error") {
  const auto database = PostgresServer::instance().connect("postgres", "postgres");
  database->begin(std::chrono::milliseconds(100));
  CHECK(database->query("SHOW lock_timeout", {}).scalar() == "100ms");
  CHECK_THROWS_AS(database->query("SELECT 1/0", {}), Error);
  CHECK(error_of([&] { database->commit(); }).sqlstate == "25P02");
  CHECK_FALSE(database->in_transaction());
  CHECK(database->query("SELECT 1", {}).scalar() == "1");
}

TEST_CASE("postgres: a lost connection stays lost") {
  PostgresServer& server = PostgresServer::instance();
  const std::string name = server.create_database();
  const auto database = server.connect(name);
  database->begin(std::chrono::milliseconds(100));
  database->query("CREATE TABLE t (a int)", {});
  SECTION("in a statement") {
    server.kill_backends(name);
    CHECK(error_of([&] { database->query("SELECT 1", {}); }).code == ErrorCode::connection);
  }
  SECTION("in a commit") {
    server.kill_backends(name);
    const Error error = error_of([&] { database->commit(); });
    CHECK(error.code == ErrorCode::connection);
    CHECK(error.sqlstate == "in doubt");
  }
  database->rollback();
  CHECK(error_of([&] { database->query("SELECT 1", {}); }).code == ErrorCode::connection);
}

TEST_CASE("postgres: COMMIT waits for the disk unless told otherwise") {
  PostgresServer& server = PostgresServer::instance();
  const auto owner = server.connect(server.create_database());
  const auto setting = [&](bool wait) {
    owner->wait_for_disk(wait);
    owner->begin(std::chrono::seconds(1));
    const Value value = owner->query("SHOW synchronous_commit", {}).scalar();
    owner->commit();
    return value;
  };
  CHECK(setting(true) == "on");
  CHECK(setting(false) == "off");
  CHECK(setting(true) == "on");
}
