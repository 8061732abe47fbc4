#include "execution/range.hpp"
#include "execution/run.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace afloat {
namespace {
// A sweep may find its rows changed by others, and change none; so many times in a row that is no accident.
constexpr int k_fruitless_sweeps = 50;

/// Where a place in a text was before a part of the text was replaced.
std::size_t offset_before_change(std::string_view before, std::string_view after, std::size_t offset) {
  const auto start = std::ranges::mismatch(before, after).in1 - before.begin();
  if (offset < static_cast<std::size_t>(start)) return offset;
  const auto end =
      std::mismatch(before.rbegin(), before.rend(), after.rbegin(), after.rend()).first - before.rbegin();
  const std::size_t from_end = after.size() - std::min(offset, after.size());
  return from_end <= static_cast<std::size_t>(end) ? before.size() - from_end
                                                   : static_cast<std::size_t>(start);
}

/// While it lives, COMMITs do not wait for the disk.
class Hurry {
 public:
  explicit Hurry(Database& database) : m_database(database) { m_database.wait_for_disk(false); }
  Hurry(const Hurry&) = delete;
  Hurry& operator=(const Hurry&) = delete;
  ~Hurry() {
    try {
      m_database.wait_for_disk(true);
    } catch (const Error&) { // the connection is gone
    }
  }

 private:
  Database& m_database;
};
} // namespace

std::int64_t Runner::changed_by(const RangeWork& work, const std::string& sql) {
  try {
    return m.database.query(sql).affected;
  } catch (Error& error) {
    if (work.written) {
      if (error.offset) error.offset = offset_before_change(work.written->sql, sql, *error.offset);
      error.where = place_of_mistake(*work.written, error.offset);
    }
    throw;
  }
}

void Runner::run_backfill(const Plan& plan, const Step& step, Run& run) {
  const RangeWork& work = *step.work;
  const bool sqlite = m.database.dialect() == Dialect::sqlite;
  const std::chrono::milliseconds aim =
      m.options.batch_time.value_or(std::chrono::milliseconds(sqlite ? 15 : 100));
  BatchSize size(aim);
  StepRecord record = run.records.contains(step.id) ? run.records[step.id] : StepRecord{};
  const auto start = m.clock.now();

  const auto prepare = [&] {
    for (const std::string& sql : work.before_batch) {
      constexpr std::string_view only_replica = "replica:";
      if (!sql.starts_with(only_replica))
        m.database.defer(sql, {});
      else if (m.database.facts().may_set_replica_role)
        m.database.defer(sql.substr(only_replica.size()), {});
    }
  };
  std::chrono::microseconds work_time{}; // of the statement: a COMMIT takes its time for one row too
  // One batch: rows changed, and the position after it saved in the same transaction.
  const auto batch = [&](const std::string& sql, const std::optional<std::string>& position) {
    std::int64_t changed = 0;
    const auto batch_start = m.clock.now();
    transaction(step, [&] {
      begin_run(plan, run);
      prepare();
      m.observer.reached("before statement " + step.id);
      const auto work_start = m.clock.now();
      changed = changed_by(work, sql);
      work_time = std::chrono::duration_cast<std::chrono::microseconds>(m.clock.now() - work_start);
      if (position) m_ledger.save_position(plan.version, step.id, *position, record.rows + changed);
    });
    run.begun = true;
    record.rows += changed;
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(m.clock.now() - batch_start);
    size.took(work_time);
    m.reporter.rows_done(step, record.rows, step.rows,
                         std::chrono::duration_cast<std::chrono::milliseconds>(m.clock.now() - start));
    // SQLite has one write lock for all: a pause as long as the batch leaves writers their half of the time.
    m.clock.wait(sqlite ? std::chrono::duration_cast<std::chrono::milliseconds>(time)
                        : std::chrono::milliseconds(0));
    return changed;
  };

  const auto rows = [&] { return work.rows_per_batch.value_or(size.rows()); };
  // A batch that a crash takes back goes with the position behind it, and is done again. What notes the end
  // of the step waits for the disk, and so for all of them.
  std::optional<Hurry> hurry(m.database);
  while (const auto range = next_range(m.database, work, record.position, rows())) {
    batch(statement_for(work, *range, rows()), range->upto);
    record.position = range->upto;
  }
  // What moved behind the ranges' back (an update that gave a row another place, a key that was lowered) is
  // found now. It is counted without a lock first: a sweep that finds nothing would keep SQLite's writers out
  // while it reads the table.
  // A user trigger may undo what a sweep changes: only fewer rows left are progress.
  int fruitless = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  const auto left = [&] {
    return work.sweep.empty() ? 0 : std::stoll(m.database.query(work.count_left).scalar().value_or("0"));
  };
  while (const std::int64_t rows_left = left()) {
    fruitless = rows_left < least ? 0 : fruitless + 1;
    least = std::min(least, rows_left);
    batch(fill_in(work.sweep, "", "", std::max<std::int64_t>(size.rows(), 1000)), std::nullopt);
    if (fruitless == k_fruitless_sweeps)
      throw Error(ErrorCode::statement, fmt::format("rows of {} stay unfilled", display(work.table)),
                  "A user trigger or a rule may turn the backfill's updates away.");
  }
  hurry.reset();
  transaction(step, [&] {
    begin_run(plan, run); // without a row there was no batch
    m_ledger.finish_step(plan.version, step.id, record.rows);
  });
  run.begun = true;
}

} // namespace afloat
