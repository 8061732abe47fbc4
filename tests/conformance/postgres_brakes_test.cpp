#include "execution/measure.hpp"
#include "support/postgres_table.hpp"
#include "support/wait.hpp"

#include <thread>

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::test;

namespace {
struct Watcher {
  PostgresFixture fixture{"CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x');"};
  std::unique_ptr<Database> database = PostgresServer::instance().connect(fixture.name, "postgres");
  ThrottleSettings settings;

  Reading look(Brake brake) {
    return measure(*database, brake, {settings, {"public", "t"}, {fixture.owner->facts().backend}});
  }
};
} // namespace

TEST_CASE("postgres: sessions that wait for rows of ours are counted, others are not", "[brakes]") {
  Watcher watcher;
  const auto other = PostgresServer::instance().connect(watcher.fixture.name, "app");
  other->script("BEGIN; SELECT FROM t WHERE id = 1 FOR UPDATE");
  CHECK(watcher.look(Brake::waiters).value == 0.0);
  other->script("COMMIT");
  watcher.fixture.owner->script("BEGIN; UPDATE t SET a = 'y'");
  std::thread writer([&] { watcher.fixture.app->script("UPDATE t SET a = 'z'"); });
  Reading reading;
  wait_until("a session that waits", [&] {
    reading = watcher.look(Brake::waiters);
    return reading.value == 1.0;
  });
  CHECK(reading.name == watcher.fixture.app->facts().backend);
  watcher.fixture.owner->script("COMMIT");
  writer.join();
  CHECK(watcher.look(Brake::waiters).value == 0.0);
}

TEST_CASE("postgres: what vacuums or indexes the table is seen, also by a role without rights", "[brakes]") {
  Watcher watcher;
  watcher.database = PostgresServer::instance().connect(watcher.fixture.name, "app");
  CHECK(watcher.look(Brake::vacuum).value == 0.0);
  const auto builder = PostgresServer::instance().connect(watcher.fixture.name);
  builder->script("BEGIN; LOCK t IN SHARE UPDATE EXCLUSIVE MODE");
  const Reading reading = watcher.look(Brake::vacuum);
  CHECK(reading.value == 1.0);
  CHECK(reading.name == builder->facts().backend);
  watcher.fixture.owner->script("CREATE TABLE u (id int)");
  builder->script("COMMIT; BEGIN; LOCK u IN SHARE UPDATE EXCLUSIVE MODE");
  CHECK(watcher.look(Brake::vacuum).value == 0.0);
}

TEST_CASE("postgres: statements of clients that run are counted, ours are not", "[brakes]") {
  Watcher watcher;
  std::thread sleeper([&] { watcher.fixture.app->script("SELECT pg_sleep(1)"); });
  wait_until("a statement that runs", [&] { return watcher.look(Brake::load).value.value_or(0) >= 1.0; });
  sleeper.join();
  const auto blind = PostgresServer::instance().connect(watcher.fixture.name, "app");
  const Reading reading =
      measure(*blind, Brake::load, {watcher.settings, {"public", "t"}, {blind->facts().backend}});
  CHECK(reading.problem == "this role may not see other sessions: GRANT pg_monitor TO it");
}

TEST_CASE("postgres: the position of the WAL grows with what is written", "[brakes]") {
  Watcher watcher;
  const double before = watcher.look(Brake::wal).value.value_or(0);
  watcher.fixture.owner->script("INSERT INTO t SELECT i, 'x' FROM generate_series(2, 1000) i");
  CHECK(watcher.look(Brake::wal).value.value_or(0) > before + 50'000);
}
