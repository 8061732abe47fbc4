#include "dialect/key_walk.hpp"
#include "execution/filling.hpp"
#include "execution/measure.hpp"
#include "execution/run.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace afloat {
namespace {
// A sweep may find its rows changed by others, and change none; so many times in a row that is no accident.
constexpr int k_fruitless_sweeps = 50;
// So long a batch tries to get its rows before it tries fewer of them.
constexpr std::chrono::milliseconds k_batch_tries{1000};

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

/// A check behind it has its sweep, and before that nothing needs the rows to be filled.
bool ends_in_check(const Plan& plan, const Step& fill) {
  auto step = std::ranges::find(plan.steps, fill.id, &Step::id);
  const std::string& sweep = step->work->sweep;
  for (++step; step != plan.steps.end() && step->phase == fill.phase; ++step) {
    if (step->kind == StepKind::check && step->work->sweep == sweep) return true;
    if (step->kind == StepKind::statements || step->kind == StepKind::outside) return false;
  }
  return false;
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

/// Of a sweep on PostgreSQL: it passes over rows that somebody holds.
constexpr std::string_view k_skipping = " FOR NO KEY UPDATE SKIP LOCKED";

void Runner::prepare_batch(const RangeWork& work) {
  for (const std::string& sql : work.before_batch) {
    constexpr std::string_view only_replica = "replica:";
    if (!sql.starts_with(only_replica))
      m.database.defer(sql, {});
    else if (m.database.facts().may_set_replica_role)
      m.database.defer(sql.substr(only_replica.size()), {});
  }
}

/// One batch: rows changed, and what notes its end in the same transaction.
std::int64_t Runner::run_batch_of(Filling& filling, const std::string& sql, const Ladder& ladder,
                                  const std::function<void(std::int64_t)>& save) {
  std::int64_t changed = 0;
  transaction(
      filling.step,
      [&] {
        begin_run(filling.plan, filling.run);
        prepare_batch(*filling.step.work);
        m.observer.reached("before statement " + filling.step.id);
        const auto start = m.clock.now();
        changed = changed_by(*filling.step.work, sql);
        // Of the statement: a COMMIT takes its time for one row too.
        filling.statement_time = std::chrono::duration_cast<std::chrono::microseconds>(m.clock.now() - start);
        if (save) save(changed);
      },
      ladder, [&](const std::string& who) { filling.throttle.waits("rows are held" + who); });
  filling.throttle.goes_on();
  filling.run.begun = true;
  filling.size.took(filling.statement_time);
  return changed;
}

/// A range in which rows are held: fewer rows are tried, and in the end they are left to the sweeps, which
/// pass over rows that are held. Returns nothing if the range was not done.
std::optional<std::int64_t> Runner::try_range(Filling& filling, const Range& range, std::int64_t limit,
                                              const std::function<void(std::int64_t)>& save) {
  const bool swept = !filling.step.work->sweep.empty();
  Ladder ladder = m.options.ladder;
  if (swept) ladder.total = std::min(ladder.total, k_batch_tries);
  try {
    const auto changed = run_batch_of(filling, statement_for(*filling.step.work, range, limit), ladder, save);
    filling.missed = 0;
    return changed;
  } catch (const Error& error) {
    if (!swept || error.code != ErrorCode::busy || error.sqlstate.empty()) throw;
    if (filling.missed++ == 0) filling.missed_since = m.clock.now();
    if (m.clock.now() - filling.missed_since >= m.options.ladder.total) throw; // it is more than a few rows
  }
  filling.size.gave_way();
  if (limit > BatchSize::k_fewest) return std::nullopt;
  transaction(filling.step, [&] {
    begin_run(filling.plan, filling.run);
    save(0);
  });
  filling.run.begun = true;
  return 0;
}

void Runner::fill_range(Filling& filling, WorkerRange& range,
                        const std::function<void(const WorkerRange&)>& save) {
  const RangeWork& work = *filling.step.work;
  filling.throttle.hold();
  bool dense = false; // hardly a key was free in the last batch: its end need not be asked for
  while (!filling.stop) {
    const auto start = m.clock.now();
    std::int64_t limit = filling.throttle.rows(work.rows_per_batch.value_or(filling.size.rows()));
    if (filling.missed > 0)
      limit = std::min(limit, std::max(limit >> std::min(filling.missed, 30), BatchSize::k_fewest));
    auto next = dense ? next_keys(*range.position, limit, range.upto) : std::nullopt;
    if (!next) next = next_range(m.database, work, range.position, limit, range.upto);
    if (!next) return;
    const auto changed = try_range(filling, *next, limit, [&](std::int64_t rows) {
      save({range.number, next->upto, range.upto, range.rows + rows});
    });
    if (!changed) continue;
    const auto keys = range.position ? keys_between(*range.position, next->upto) : std::nullopt;
    dense = keys && *changed >= *keys - *keys / 10;
    range.rows += *changed;
    range.position = next->upto;
    filling.throttle.rest(*next, start);
    vacuum_between(filling, *changed);
  }
}

std::int64_t Runner::sweep_once(Filling& filling, bool skip) {
  const RangeWork& work = *filling.step.work;
  const auto start = m.clock.now();
  const std::int64_t limit = filling.throttle.rows(std::max<std::int64_t>(filling.size.rows(), 1000));
  const std::string sql = fill_in(work.sweep, "", "", limit);
  const std::int64_t changed =
      run_batch_of(filling, skip ? sql : replaced(sql, k_skipping, ""), m.options.ladder, {});
  filling.throttle.rest({.after = {}, .upto = "", .rows = changed}, start);
  return changed;
}

/// What moved behind the ranges' back (an update that gave a row another place, a key that was lowered), and
/// what they left out because it was held. It is counted without a lock first: a sweep that finds nothing
/// would keep SQLite's writers out while it reads the table.
std::int64_t Runner::sweep(Filling& filling) {
  const RangeWork& work = *filling.step.work;
  if (work.sweep.empty() || ends_in_check(filling.plan, filling.step)) return 0;
  // A user trigger may undo what a sweep changes: only fewer rows left are progress.
  int fruitless = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max(), filled = 0;
  bool skip = true;
  const auto left = [&] { return std::stoll(m.database.query(work.count_left).scalar().value_or("0")); };
  while (const std::int64_t rows_left = left()) {
    fruitless = rows_left < least ? 0 : fruitless + 1;
    least = std::min(least, rows_left);
    const std::int64_t changed = sweep_once(filling, skip);
    skip = changed > 0; // whoever holds what is left is waited for
    filled += changed;
    if (fruitless == k_fruitless_sweeps)
      throw Error(ErrorCode::statement, fmt::format("rows of {} stay unfilled", display(work.table)),
                  "A user trigger or a rule may turn the backfill's updates away.");
  }
  return filled;
}

void Runner::sweep_left(const Plan& plan, const Step& planned, Run& run, std::int64_t rows) {
  Backfills steered(m.database);
  climb_locks(planned, [&] { steered.create(); });
  run.steered = true;
  Step step = planned;
  step.work = with_key_now(m.database, *planned.work);
  Throttle throttle(m, plan.version, step, steered.wishes(plan.version), 0, {m.database.facts().backend});
  Filling filling{plan, step, run, throttle, BatchSize(batch_aim())};
  // A user trigger may undo what a sweep changes: so many changes are enough, the next look tells.
  for (const bool skip : {true, false})
    while (rows > 0) {
      const std::int64_t changed = sweep_once(filling, skip);
      if (changed == 0) break;
      rows -= changed;
    }
}

void Runner::run_backfill(const Plan& plan, const Step& planned, Run& run) {
  const StepRecord record = run.records.contains(planned.id) ? run.records[planned.id] : StepRecord{};
  Backfills steered(m.database);
  climb_locks(planned, [&] { steered.create(); });
  Step step = planned;
  step.work = with_key_now(m.database, *planned.work);
  const RangeWork& work = *step.work;
  run.steered = true;
  // A batch that a crash takes back goes with the position behind it, and is done again. What notes the end
  // of the step waits for the disk, and so for all of them.
  std::optional<Hurry> hurry(m.database);
  std::int64_t rows = 0;
  if (const auto last = last_key(m.database, work)) {
    std::vector<WorkerRange> ranges = ranges_of(plan, step, run, record, *last);
    if (m.options.throttle.workers.value_or(1) > 1 && ranges.size() > 1)
      rows = fill_by_workers(plan, step, run, ranges);
    else
      rows = fill_alone(plan, step, run, ranges, ranges.size() > 1);
  }
  hurry.reset();
  transaction(step, [&] {
    begin_run(plan, run); // without a row there was no batch
    m_ledger.finish_step(plan.version, step.id, rows);
  });
  run.begun = true;
}

std::int64_t Runner::fill_alone(const Plan& plan, const Step& step, Run& run,
                                std::vector<WorkerRange>& ranges, bool was_split) {
  std::int64_t rows = 0;
  for (const WorkerRange& range : ranges) rows += range.rows;
  Throttle throttle(m, plan.version, step, Backfills(m.database).wishes(plan.version), rows,
                    {m.database.facts().backend}, course(plan, step, ranges));
  Filling filling{plan, step, run, throttle, BatchSize(batch_aim())};
  filling.vacuum_every = m.options.throttle.vacuum_every;
  for (WorkerRange& range : ranges) {
    const std::int64_t before = range.rows;
    fill_range(filling, range, [&](const WorkerRange& at) {
      if (was_split)
        Backfills(m.database).save_position(plan.version, step.id, at);
      else
        m_ledger.save_position(plan.version, step.id, *at.position, at.rows);
    });
    rows += range.rows - before;
  }
  return rows + sweep(filling);
}

Course Runner::course(const Plan& plan, const Step& step, const std::vector<WorkerRange>& ranges) {
  const bool looks_back = !step.work->sweep.empty() && !ends_in_check(plan, step);
  return course_of(m.database, m.clock, step, ranges, looks_back);
}

std::chrono::milliseconds Runner::batch_aim() const {
  const bool sqlite = m.database.dialect() == Dialect::sqlite;
  return m.options.batch_time.value_or(std::chrono::milliseconds(sqlite ? 15 : 100));
}

/// Dead rows are given back while the backfill rests, if that is asked for. It never waits for a lock.
void Runner::vacuum_between(Filling& filling, std::int64_t changed) {
  if (filling.vacuum_every == 0 || (filling.since_vacuum += changed) < filling.vacuum_every) return;
  filling.since_vacuum = 0;
  m.observer.reached("before vacuum " + filling.step.id);
  m.database.script("SET vacuum_cost_delay = '2ms'"); // as gentle as autovacuum
  m.database.script(
      fmt::format("VACUUM (SKIP_LOCKED, TRUNCATE off) {}", quoted_table(filling.step.work->table)));
  m.database.script("RESET vacuum_cost_delay");
}

} // namespace afloat
