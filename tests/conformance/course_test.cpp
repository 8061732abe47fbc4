#include "execution/course.hpp"
#include "execution/throttle.hpp"
#include "sqlite_support.hpp"
#include "support/postgres_table.hpp"

#include <atomic>

#include <catch2/catch.hpp>

using namespace afloat;

namespace {
/// Each look at it takes so long.
class SlowClock : public Clock {
 public:
  explicit SlowClock(std::chrono::milliseconds look) : m_look(look) {}
  std::chrono::steady_clock::time_point now() override { return m_now += m_look; }
  void wait(std::chrono::milliseconds) override {}

 private:
  std::chrono::milliseconds m_look;
  std::chrono::steady_clock::time_point m_now;
};

Course course(Database& database, const SqlWriter& writer, const Table& table,
              std::chrono::milliseconds look = {}, std::int64_t rows = 100'000) {
  Step step;
  step.rows = rows;
  step.work = writer.key_ranges(table, table.name.name).work;
  SlowClock clock(look);
  const auto last = last_key(database, *step.work);
  REQUIRE(last);
  return course_of(database, clock, step, {{1, std::nullopt, *last, 0}}, true);
}

/// Time passes while somebody waits, and only then.
class WaitedClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() override { return m_now; }
  void wait(std::chrono::milliseconds time) override { m_now = now() + time; }

 private:
  std::atomic<std::chrono::steady_clock::time_point> m_now{};
};

struct LastProgress : Reporter {
  void progressed(const Step&, const Progress& progress) override { last = progress; }
  Progress last;
};

/// 3000 rows, two bytes, then a thousand; a gap of a million keys between them.
constexpr std::string_view k_rows = "SELECT CASE WHEN i <= 1500 THEN i ELSE i + 1000000 END, {} FROM ";

TEST_CASE("the rows of a table on SQLite are weighed by a few of them", "[sqlite][course]") {
  const sqlite_tests::Folder folder;
  const auto database = sqlite_tests::connect(folder);
  const std::string pad = "CASE WHEN i <= 1500 THEN 'ab' ELSE hex(zeroblob(500)) END";
  database->script("CREATE TABLE t(\"the id\" INTEGER PRIMARY KEY, \"a \"\"b\" TEXT, c REAL); "
                   "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 3000) "
                   "INSERT INTO t(\"the id\", \"a \"\"b\") "
                   + fmt::format(k_rows, pad) + "g; CREATE TABLE w(k TEXT PRIMARY KEY) WITHOUT ROWID; "
                   + "INSERT INTO w VALUES ('1')");
  const auto writer = make_sqlite_writer();
  const auto table = [&](std::string name) {
    const std::vector<RelationName> wanted{{"", std::move(name)}};
    return inspect_sqlite(*database, wanted).tables.at(0);
  };
  const Course all = course(*database, *writer, table("t"));
  // The number itself has 1 to 7 digits.
  const double narrow = 1500 * (130 + 2 + 4), wide = 1500 * (130 + 1000 + 7);
  CHECK(all.ahead == Approx(narrow + wide).epsilon(0.02));
  CHECK(all.last_look == Approx(0.14 * all.ahead));
  CHECK(all.weight_of({std::nullopt, "1500", 0}, 0) == Approx(narrow).epsilon(0.1));
  CHECK(all.weight_of({"1000000", "1001501", 0}, 0) < wide / 100);
  CHECK(all.weight_of({"1001500", "1003000", 0}, 0) == Approx(wide).epsilon(0.02));

  CHECK_FALSE(course(*database, *writer, table("w")).weights);
  CHECK_FALSE(course(*database, *writer, table("t"), {}, 99'999).weights);
  CHECK_FALSE(
      course(*database, *writer, table("t"), std::chrono::seconds(1)).weights); // no time for one look
  // For two: what the first rows tell is taken for all up to the middle of the keys.
  CHECK(course(*database, *writer, table("t"), std::chrono::milliseconds(90)).weights->total() > 10 * wide);
}

TEST_CASE("the time left is told by weight, and by rows while a rate holds a backfill back",
          "[sqlite][course]") {
  const sqlite_tests::Folder folder;
  const auto database = sqlite_tests::connect(folder);
  const bool paced = GENERATE(false, true);
  WaitedClock clock;
  LastProgress reporter;
  Observer observer;
  RunnerOptions options;
  if (paced) options.throttle.rate = 10;
  const RunnerContext context{
      *database, 0, clock, reporter, observer, options, {"sqlite:" + folder.file(), "", {}}};
  Step step;
  step.rows = 3000;
  Course course;
  course.weights.emplace(0, 3000,
                         [](std::int64_t after) { // those of the second half weigh nine times as much
                           return Sample{after + 1, after + 2, 2, after < 1500 ? 2.0 : 18.0};
                         });
  course.ahead = course.weights->upto(3000) - course.weights->upto(500); // 1000 and 1500 * 9
  course.last_look = 3000;
  Throttle throttle(context, 1, step, {}, 500, {}, course);
  for (std::int64_t key = 500; key < 1500; key += 10) {
    const auto start = clock.now();
    clock.wait(std::chrono::milliseconds(100));
    throttle.rest({std::to_string(key), std::to_string(key + 10), 10}, start);
  }
  REQUIRE(reporter.last.left);
  CHECK(reporter.last.rows == 1500);
  // On SQLite half of the time is rests, but not of the look back.
  const double weight = 1500 * 9 + 3000.0 / 2, left = static_cast<double>(reporter.last.left->count()) / 1000;
  CHECK(left == Approx(paced ? 1500 / 10 : weight / 50).epsilon(0.02));
}

TEST_CASE("postgres: the rows of a table are weighed by a few of them", "[course]") {
  const test::PostgresFixture fixture(
      "CREATE TABLE t (bytes int PRIMARY KEY, \"a %I \"\"b\" text, c real, gone int); "
      "ALTER TABLE t DROP gone, ALTER \"a %I \"\"b\" SET STORAGE EXTERNAL; "
      "INSERT INTO t "
      + fmt::format(k_rows, "CASE WHEN i <= 1500 THEN 'ab' ELSE repeat('x', 1000) END")
      + "generate_series(1, 3000) i; CREATE TABLE w (k text PRIMARY KEY); INSERT INTO w VALUES ('1')");
  const Course all = course(*fixture.owner, *fixture.writer, fixture.table("t"));
  const double narrow = 1500 * (1300 + 4 + 3 + 18), wide = 1500 * (1300 + 4 + 1004 + 18);
  CHECK(all.ahead == Approx(narrow + wide).epsilon(0.02));
  CHECK(all.last_look == 0);
  CHECK(all.weight_of({std::nullopt, "'1500'::integer", 0}, 0) == Approx(narrow).epsilon(0.02));
  CHECK(all.weight_of({"'1001500'::integer", "'1003000'::integer", 0}, 0) == Approx(wide).epsilon(0.02));

  CHECK_FALSE(course(*fixture.owner, *fixture.writer, fixture.table("w")).weights);
  // By the numbers of the rows, where the key is another thing, at the places that the statistics know.
  fixture.owner->script(
      "CREATE TABLE u (k text COLLATE \"C\" PRIMARY KEY, pad text); ALTER TABLE u ALTER pad SET "
      "STORAGE EXTERNAL; INSERT INTO u SELECT lpad(i::text, 6, '0'), CASE WHEN i <= 15000 THEN "
      "'ab' ELSE repeat('x', 1000) END FROM generate_series(1, 30000) i");
  CHECK_FALSE(course(*fixture.owner, *fixture.writer, fixture.table("u")).weights); // they know none yet
  fixture.owner->script("ANALYZE u");
  const Course texts = course(*fixture.owner, *fixture.writer, fixture.table("u"));
  REQUIRE(texts.weights);
  // The rows are taken to be as many as is told: 100,000.
  CHECK(texts.weight_of({std::nullopt, "", 40'000}, 0) == Approx(40'000 * (1300 + 7 + 3)).epsilon(0.02));
  CHECK(texts.weight_of({std::nullopt, "", 40'000}, 60'000)
        == Approx(40'000 * (1300 + 7 + 1004)).epsilon(0.02));
  CHECK(texts.ahead == Approx(50'000 * (1300 + 10 + 1300 + 1011)).epsilon(0.03));
  // What is kept outside of the row stays there.
  fixture.owner->script("UPDATE t SET \"a %I \"\"b\" = repeat('x', 5000)");
  CHECK(course(*fixture.owner, *fixture.writer, fixture.table("t")).ahead
        == Approx(3000 * (1300 + 4 + 18 + 18)).epsilon(0.02));
  fixture.owner->script("REVOKE ALL ON t FROM app; GRANT SELECT (bytes) ON t TO app");
  CHECK_FALSE(course(*fixture.app, *fixture.writer, fixture.table("t")).weights);
}
} // namespace
