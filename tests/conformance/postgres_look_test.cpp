#include "dialect/key_walk.hpp"
#include "execution/range.hpp"
#include "support/postgres_table.hpp"
#include "support/wait.hpp"

#include <algorithm>
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

TEST_CASE("postgres: what a look by pages meets is named in the order of the key", "[postgres]") {
  const PostgresFixture fixture(k_table + rows_but(24000));
  fixture.owner->script("UPDATE t SET b = NULL WHERE id = 5");
  std::vector<std::int64_t> told;
  const Disagreement found =
      find_disagreements(*fixture.owner, look(fixture), [&](std::int64_t rows) { told.push_back(rows); });
  CHECK(found.count == 2);
  CHECK(found.first == std::vector<std::string>{"id=5: b=NULL", "id=24000: b=NULL"});
  CHECK(std::ranges::is_sorted(told));
  REQUIRE(!told.empty());
  CHECK(told.back() == 25'000);
  CHECK(!fixture.owner->in_transaction());

  fixture.owner->script("UPDATE t SET b = 2 * a");
  told.clear();
  CHECK(find_disagreements(*fixture.owner, look(fixture), [&](std::int64_t rows) { told.push_back(rows); })
            .count
        == 0);
  REQUIRE(!told.empty());
  CHECK(told.back() == 25'000);
  fixture.owner->script("DELETE FROM t");
  CHECK(find_disagreements(*fixture.owner, look(fixture), nothing).count == 0);
  fixture.owner->script("TRUNCATE t");
  CHECK(find_disagreements(*fixture.owner, look(fixture), nothing).count == 0);
}

TEST_CASE("postgres: a look by pages finds a row that an update moves to a page behind it", "[postgres]") {
  const PostgresFixture fixture(k_table + rows_but(2500));
  const std::string page = "SELECT (ctid::text::point)[0] < 20 FROM t WHERE id = 2500";
  fixture.owner->script("DELETE FROM t WHERE id > 24000");
  fixture.owner->script("VACUUM t"); // the first pages take rows again
  REQUIRE(fixture.read(page) == "f");
  const auto other = PostgresServer::instance().connect(fixture.name, "postgres");
  bool moved = false;
  const Disagreement found = find_disagreements(*fixture.owner, look(fixture), [&](std::int64_t) {
    if (!std::exchange(moved, true)) other->script("UPDATE t SET c = 1 WHERE id = 2500");
  });
  CHECK(fixture.read(page) == "t");
  CHECK(found.count == 1);
  CHECK(found.first == std::vector<std::string>{"id=2500: b=NULL"});
}

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

TEST_CASE("postgres: a table is read by pages only where all its rows are in it", "[postgres]") {
  const auto [ddl, pages] = GENERATE(table<std::string, bool>(
      {{k_table, true},
       {"CREATE TABLE base (a int); CREATE TABLE t (id int PRIMARY KEY, b int) INHERITS (base)", true},
       {std::string(k_table) + "CREATE TABLE child () INHERITS (t)", false},
       {"CREATE TABLE t (id int PRIMARY KEY, a int, b int) PARTITION BY RANGE (id);"
        "CREATE TABLE part PARTITION OF t FOR VALUES FROM (0) TO (9)",
        false},
       {"CREATE TABLE t (a int, b int)", false}})); // by its places anyway
  CAPTURE(ddl);
  const PostgresFixture fixture(ddl);
  const RangeWork work = look(fixture);
  REQUIRE(!work.sweep.empty());
  const auto by = by_pages(*fixture.owner, work);
  CHECK(by.has_value() == pages);
  if (!by) return;
  CHECK(by->key == std::vector<std::string>{"ctid"});
  fixture.owner->script("ALTER TABLE t RENAME id TO number; INSERT INTO t (number, a) VALUES (3, 4)");
  CHECK(find_disagreements(*fixture.owner, work, nothing).first
        == std::vector<std::string>{"number=3: b=NULL"});
}
