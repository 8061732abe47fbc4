// Every operation that has a sync, under several writers of both releases at once, beside a model.
#include "support/pgbouncer.hpp"
#include "support/writers_fuzz.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace afloat;
using namespace afloat::test;

namespace {
/// AFLOAT_FUZZ_TRANSACTIONS: more of each writer, by hand; then what happened is told.
int transactions(int otherwise) {
  const char* wanted = std::getenv("AFLOAT_FUZZ_TRANSACTIONS"); // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr ? std::atoi(wanted) : otherwise;
}

/// AFLOAT_FUZZ_CASE: only cases with this in their name.
bool is_wanted(const WriterCase& one) {
  const char* wanted = std::getenv("AFLOAT_FUZZ_CASE"); // NOLINT(concurrency-mt-unsafe)
  return wanted == nullptr || one.name.find(wanted) != std::string::npos;
}

unsigned seed() {
  const char* wanted = std::getenv("AFLOAT_FUZZ_SEED"); // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 1U;
}

/// No row may be wrong, no write refused; and without sync a row must be found wrong.
void lose_nothing(Dialect dialect, const WriterRun& run) {
  unsigned number = seed();
  for (const WriterCase& one : writer_cases()) {
    WriterRun mine = run;
    mine.seed = ++number;
    mine.writers = number % 2 == 0 ? 3 : 2;
    if (std::ranges::find(one.dialects, dialect) == one.dialects.end() || !is_wanted(one)) continue;
    INFO(one.name);
    bool proof = true;
    const WriterReport report = run_writers(one, dialect, mine, proof);
    if (std::getenv("AFLOAT_FUZZ_TRANSACTIONS") != nullptr) // NOLINT(concurrency-mt-unsafe)
      std::cout << fmt::format(
          "{}, {} writers: {} acknowledged, tried again after a deadlock {}, a serialization "
          "failure {}\n",
          one.name, mine.writers, report.counts.acknowledged, report.counts.retried_deadlocks,
          report.counts.retried_serializations)
                << std::flush;
    CHECK(report.failure == "");
    CHECK(report.wrong == "");
    CHECK(proof);
  }
}
} // namespace

TEST_CASE("postgres: writers of both releases at once lose nothing, whatever the operation",
          "[fuzz][writers][postgres]") {
  const bool pooler = PgBouncer::program().has_value();
  if (!pooler) WARN("not tried through PgBouncer: the program is not installed (Debian: pgbouncer)");
  lose_nothing(Dialect::postgres, {.statements = transactions(60), .through_pooler = pooler});
}

TEST_CASE("sqlite: writers of both releases at once lose nothing, whatever the operation",
          "[fuzz][writers][sqlite]") {
  lose_nothing(Dialect::sqlite, {.statements = transactions(60)});
}
