// Sides of several columns under random writes of both releases, beside a model.
#include "support/postgres_table.hpp"
#include "support/sides_fuzz.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// AFLOAT_FUZZ_OPERATIONS: more of them, by hand.
int operations(int otherwise) {
  const char* wanted = std::getenv("AFLOAT_FUZZ_OPERATIONS"); // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr ? std::atoi(wanted) : otherwise;
}

std::string schema_of(const FuzzSides& sides) {
  std::string columns;
  for (const SyncColumn& column : sides.old_side) columns += column.name + " text, ";
  return fmt::format("CREATE TABLE items (id integer PRIMARY KEY, {} touched integer NOT NULL DEFAULT 0)",
                     columns);
}

Sync sync_of(const PostgresFixture& fixture, const FuzzSides& sides) {
  return {.id = "1_1",
          .table = fixture.table("items"),
          .old_columns = sides.old_side,
          .new_columns = sides.new_side};
}

/// Runs statements of both, many in one message; gives the number of wrong rows at the first check that finds
/// some.
int fuzz(const PostgresFixture& fixture, const FuzzSides& sides, int count) {
  const auto new_release = PostgresServer::instance().connect(fixture.name, "app");
  SidesModel model(sides, false, 7);
  for (int done = 0, runs = 0; done < count; ++runs) {
    const bool by_new = model.next_is_new();
    std::string script;
    for (int i = 1 + model.below(30); i > 0; --i, ++done)
      if (const std::string sql = model.next(by_new); !sql.empty()) script += sql + ";";
    (by_new ? new_release : fixture.app)->script(script);
    if (runs % 20 != 0 && done < count) continue;
    const int wrong = model.wrong(fixture.app->query(model.query(false), {}), false)
                      + model.wrong(new_release->query(model.query(true), {}), true);
    if (wrong > 0) return wrong;
  }
  return 0;
}
} // namespace

TEST_CASE("postgres: sides of several columns lose nothing in random writes", "[fuzz][postgres]") {
  for (const FuzzSides& sides : fuzz_sides()) {
    INFO(sides.name);
    const PostgresFixture fixture(schema_of(sides));
    const Sync sync = sync_of(fixture, sides);
    CHECK(fixture.writer->sync_obstacle(sync).empty());
    fixture.expand(sync);
    CHECK(fuzz(fixture, sides, operations(10'000)) == 0);
    CHECK(fixture.read(fixture.writer->compare(sync).count_left) == "0");
    // A row that agrees is never taken for one that the backfill has yet to fill.
    CHECK(fixture.read(fixture.writer->backfill(sync).count_left) == "0");
  }
}

TEST_CASE("postgres: the random writes of sides find it when there is no sync", "[fuzz][postgres]") {
  for (const FuzzSides& sides : fuzz_sides()) {
    const PostgresFixture fixture(schema_of(sides));
    const Sync sync = sync_of(fixture, sides);
    for (const SyncColumn& column : sides.new_side)
      fixture.owner->script(fmt::format("ALTER TABLE items ADD COLUMN {} text", column.name));
    CHECK(fuzz(fixture, sides, 1000) > 0);
  }
}
