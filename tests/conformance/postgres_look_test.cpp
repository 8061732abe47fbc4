#include "execution/range.hpp"
#include "support/postgres_table.hpp"
#include "support/wait.hpp"

#include <thread>

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::test;

namespace {
/// More rows than one chunk has, the last of the key in front; each is filled but that of `left`.
std::string rows_but(int left) {
  return fmt::format("INSERT INTO t SELECT 25001 - i, i, CASE 25001 - i WHEN {} THEN NULL ELSE 2 * i END "
                     "FROM generate_series(1, 25000) i;",
                     left);
}

constexpr const char* k_table = "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);";

/// What looks for rows whose b is not filled from a.
RangeWork look(const PostgresFixture& fixture) {
  Sync sync;
  sync.kind = Sync::Kind::fill;
  sync.id = "7_1";
  sync.table = fixture.table("t");
  sync.new_column = "b";
  sync.new_type = "int";
  sync.up = "2 * a";
  return fixture.writer->compare(sync);
}

void nothing(std::int64_t) {}
} // namespace

TEST_CASE("postgres: a look waits for a table that is rewritten and sees its rows", "[postgres]") {
  const PostgresFixture fixture(k_table + rows_but(5));
  const auto other = PostgresServer::instance().connect(fixture.name, "postgres");
  const RangeWork work = look(fixture);
  other->script("BEGIN; ALTER TABLE t ALTER COLUMN c TYPE bigint");
  Disagreement found;
  std::thread looking([&] { found = find_disagreements(*fixture.owner, work, nothing); });
  wait_until("the look's lock", [&] {
    return other->query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass").rows.size()
           == 1;
  });
  other->script("COMMIT");
  looking.join();
  CHECK(found.count == 1);
}
