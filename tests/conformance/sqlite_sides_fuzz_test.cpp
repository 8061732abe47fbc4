// Sides of several columns under random writes of both releases, beside a model; recursive triggers come and
// go.
#include "sqlite_support.hpp"
#include "support/sides_fuzz.hpp"

#include <cstdlib>

#include <catch2/catch.hpp>

using namespace afloat;
using namespace afloat::sqlite_tests;

namespace {
/// AFLOAT_FUZZ_OPERATIONS: more of them, by hand.
int operations(int otherwise) {
  const char* wanted = std::getenv("AFLOAT_FUZZ_OPERATIONS"); // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr ? std::atoi(wanted) : otherwise;
}

Sync window_on(Database& database, const test::FuzzSides& sides, bool with_sync) {
  std::string columns;
  for (const SyncColumn& column : sides.old_side) columns += column.name + " text, ";
  database.script(
      fmt::format("CREATE TABLE items (id integer PRIMARY KEY, {0} touched integer NOT NULL DEFAULT 0); "
                  "CREATE TABLE log(id);"
                  "CREATE TRIGGER log_touch AFTER UPDATE ON items BEGIN INSERT INTO log VALUES (NEW.id); END",
                  columns));
  Sync sync;
  sync.id = "1_1";
  sync.old_columns = sides.old_side;
  sync.new_columns = sides.new_side;
  if (with_sync) return open_window(database, sync, "items");
  for (const SyncColumn& column : sides.new_side)
    database.script("ALTER TABLE items ADD COLUMN " + column.name + " text");
  return sync;
}

/// Runs statements of both; gives the number of wrong rows at the first check that finds some.
int fuzz(Database& old_release, Database& new_release, const test::FuzzSides& sides, int count) {
  test::SidesModel model(sides, true, 7);
  for (int done = 0; done < count; ++done) {
    const bool by_new = model.next_is_new();
    Database& writer = by_new ? new_release : old_release;
    if (model.below(20) == 0)
      writer.script(model.below(2) == 0 ? "PRAGMA recursive_triggers = ON"
                                        : "PRAGMA recursive_triggers = OFF");
    if (const std::string sql = model.next(by_new); !sql.empty()) writer.query(sql);
    if (done % 250 != 0 && done + 1 < count) continue;
    const int wrong = model.wrong(old_release.query(model.query(false)), false)
                      + model.wrong(new_release.query(model.query(true)), true);
    if (wrong > 0) return wrong;
  }
  return 0;
}
} // namespace

TEST_CASE("sqlite: sides of several columns lose nothing in random writes", "[sqlite][fuzz]") {
  for (const test::FuzzSides& sides : test::fuzz_sides()) {
    INFO(sides.name);
    const Folder folder;
    const auto old_release = connect(folder), new_release = connect(folder);
    const Sync sync = window_on(*old_release, sides, true);
    CHECK(fuzz(*old_release, *new_release, sides, operations(3'000)) == 0);
    CHECK(old_release->query(make_sqlite_writer()->compare(sync).count_left).scalar() == "0");
    // Every UPDATE counts up; sync's own updates fire nothing of the user's.
    CHECK(old_release->query("SELECT max(touched) > 2 FROM items").scalar() == "1");
    CHECK(old_release
              ->query("SELECT count(*) FROM items WHERE touched > (SELECT count(*) FROM log WHERE log.id = "
                      "items.id)")
              .scalar()
          == "0");
  }
}

TEST_CASE("sqlite: the random writes of sides find it when there is no sync", "[sqlite][fuzz]") {
  for (const test::FuzzSides& sides : test::fuzz_sides()) {
    const Folder folder;
    const auto database = connect(folder);
    window_on(*database, sides, false);
    CHECK(fuzz(*database, *database, sides, 1000) > 0);
  }
}
