#include "execution/runner.hpp"

#include "execution/range.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace afloat {
namespace {
// A sweep may find its rows changed by others, and change none; so many times in a row that is no accident.
constexpr int k_fruitless_sweeps = 50;

/// Where a statement of a SQL file went wrong. In TOML the step tells which operation it was.
std::optional<SourcePosition> place_of_mistake(const Statement& statement,
                                               std::optional<std::size_t> offset) {
  if (!statement.where.file.ends_with(".sql")) return std::nullopt;
  return place_inside(statement.where, statement.sql, offset.value_or(0));
}

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

/// Stands in messages for the last transaction of a run, which is the ledger's alone.
Step closing_step() {
  Step step;
  step.id = "end";
  step.title = "note the end in the ledger";
  return step;
}
} // namespace

namespace {
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

/// A concurrent build waits for old snapshots, not only for locks; a short timeout would leave an INVALID
/// index each time. What stops writers must not wait: they would queue up behind it.
std::chrono::milliseconds timeout_outside(const Step& step, std::chrono::milliseconds brief) {
  const bool stops = step.rewrites || std::ranges::any_of(step.locks, [](const TableLock& lock) {
                       return blocks_writes(lock.level);
                     });
  return stops ? brief : std::chrono::milliseconds(std::chrono::minutes(30));
}

/// "2" of "2.1".
std::string_view operation_of(const Step& step) {
  return std::string_view(step.id).substr(0, step.id.find('.'));
}
int number_of_operation(const Step& step) {
  return std::atoi(step.id.c_str());
}
} // namespace

namespace {
/// Something was done before this step, and stays.
void become_half_way(Error& error, const Plan& plan, const Step& step, bool left_something) {
  constexpr std::string_view k_again =
      "; nothing was changed by this step, the same command can be run again.";
  if (const std::size_t at = error.hint.find(k_again); at != std::string::npos)
    error.hint.replace(at, k_again.size(), ". ");
  if (!error.hint.empty() && !error.hint.ends_with(' ')) error.hint += ' ';
  error.code = ErrorCode::half_way;
  error.hint += "The migration stopped half-way: the same command resumes it";
  const auto begun = [&](const Step& other) { return &other < &step || (&other == &step && left_something); };
  const bool forward_only = step.phase > Phase::backfill || step_without_way_back(plan, begun);
  error.hint += forward_only ? "." : fmt::format(", `afloat abort {}` goes back.", plan.label);
}
} // namespace

struct Runner::Run {
  std::vector<Phase> phases{};
  std::string start_state{}, end_state{}, event{};
  bool in_attic = false; ///< after the end
  bool fresh = false;    ///< the first transaction freezes the plan
  bool begun = false;    ///< the first transaction has committed, now or in an earlier process
  std::map<std::string, StepRecord> records{};

  bool done(const Step& step) const {
    const auto found = records.find(step.id);
    return found != records.end() && found->second.state == "done";
  }
  /// A check is made again by each run, until what comes after it in its operation has changed what it looks
  /// at.
  bool passed(const Step& check, const Plan& plan) const {
    const auto follows = [&](const Step& step) {
      return step.phase == check.phase && operation_of(step) == operation_of(check) && &step > &check
             && done(step);
    };
    return check.kind == StepKind::check && std::ranges::any_of(plan.steps, follows);
  }
  bool has(const Step& step) const { return std::ranges::count(phases, step.phase) > 0; }
};

Runner::Runner(RunnerContext context)
    : m(context), m_ledger(context.database), m_random(std::random_device{}()) {}

void Runner::expand(const Plan& plan, bool frozen) {
  Run run{{Phase::expand, Phase::backfill},
          "expanding",
          plan.has(Phase::contract) ? "expanded" : "complete",
          "expanded"};
  run.fresh = !frozen;
  run.begun = !run.fresh;
  if (run.fresh)
    try_fills(plan);
  else
    run.records = m_ledger.steps(plan.version);
  this->run(plan, run);
}

void Runner::contract(const Plan& plan) {
  Run run{{Phase::contract}, "contracting", "complete", "contracted"};
  run.begun = state_of(plan) == "contracting";
  run.in_attic = plan.has(Phase::purge);
  run.records = m_ledger.steps(plan.version);
  this->run(plan, run);
}

void Runner::purge(const Plan& plan) {
  Run run{{Phase::purge}, "purging", "complete", "purged"};
  run.begun = state_of(plan) == "purging";
  run.records = m_ledger.steps(plan.version);
  this->run(plan, run);
}

std::string Runner::state_of(const Plan& plan) {
  const auto entry = m_ledger.entry(plan.version);
  return entry ? entry->state : std::string();
}

void Runner::run(const Plan& plan, Run& run) {
  std::vector<const Step*> steps;
  for (const Step& step : plan.steps)
    if (run.has(step) && !run.done(step) && !run.passed(step, plan)) steps.push_back(&step);
  bool ended = false;
  for (const Step* step : steps) {
    const bool last = step == steps.back() && step->kind == StepKind::statements;
    take(plan, *step, run, [&] { run_step(plan, *step, run, last); });
    ended = last;
  }
  if (ended) return;
  try {
    transaction({}, [&] {
      begin_run(plan, run);
      end_run(plan, run);
    });
  } catch (const Error& error) {
    explain(plan, closing_step(), error, run);
  }
}

void Runner::take(const Plan& plan, const Step& step, const Run& run, const std::function<void()>& body) {
  const auto start = m.clock.now();
  m.reporter.step_begins(plan, step);
  try {
    m.clock.wait(std::chrono::milliseconds(0)); // an interrupt is noticed between any two steps
    body();
  } catch (const Error& error) {
    explain(plan, step, error, run);
  }
  m.reporter.step_ends(plan, step,
                       std::chrono::duration_cast<std::chrono::milliseconds>(m.clock.now() - start));
}

void Runner::run_step(const Plan& plan, const Step& step, Run& run, bool last) {
  switch (step.kind) {
  case StepKind::statements:
    return run_statements(plan, step, run, last);
  case StepKind::outside:
    return run_outside(plan, step, run);
  case StepKind::backfill:
    return run_backfill(plan, step, run);
  case StepKind::check:
    return run_check(plan, step);
  }
}

void Runner::begin_run(const Plan& plan, Run& run) {
  if (run.begun) return;
  if (run.fresh)
    m_ledger.freeze(plan, run.start_state);
  else
    m_ledger.set_state(plan, run.start_state, run.start_state == "purging");
}

void Runner::end_run(const Plan& plan, Run& run) {
  m_ledger.set_state(plan, run.end_state, run.in_attic);
  m_ledger.note(plan, run.event);
}

void Runner::run_statements(const Plan& plan, const Step& step, Run& run, bool last) {
  const bool whole = run.fresh && !run.begun && last; // the migration is this one transaction
  transaction(step, [&] {
    if (whole) {
      m_ledger.freeze(plan, run.end_state);
      execute(step, step.statements);
      if (plan.has(Phase::contract)) m_ledger.finish_step(plan.version, step.id);
      m_ledger.note(plan, run.event);
      return;
    }
    begin_run(plan, run);
    execute(step, step.statements);
    m_ledger.finish_step(plan.version, step.id);
    if (last) end_run(plan, run);
  });
  run.begun = true;
}

void Runner::execute(const Step& step, const std::vector<Statement>& statements) {
  // One round trip for what needs no answer; on SQLite there are none, and a kill can come between any two.
  const std::size_t most = m.database.dialect() == Dialect::postgres ? statements.size() : 1;
  for (auto next = statements.begin(); next != statements.end();) {
    m.observer.reached("before statement " + step.id);
    const auto end =
        std::find_if(next, statements.end(), [&](const Statement& s) { return s.must_change.has_value(); });
    const auto plain = std::min<std::size_t>(static_cast<std::size_t>(end - next), most);
    if (plain > 0) {
      run_batch(std::span(&*next, plain));
      next += static_cast<std::ptrdiff_t>(plain);
      continue;
    }
    const Statement& statement = *next++;
    const Result result = m.database.query(statement.sql);
    const std::int64_t changed =
        result.columns.empty() ? result.affected : static_cast<std::int64_t>(result.rows.size());
    if (changed == *statement.must_change) continue;
    Error error(ErrorCode::statement,
                fmt::format("a statement changed {} where the plan expects {}", count_of(changed, "row"),
                            *statement.must_change),
                "The schema is not what the plan was made from any more.");
    error.sql = statement.sql;
    throw error;
  }
}

void Runner::run_batch(std::span<const Statement> statements) {
  std::vector<std::string_view> texts;
  for (const Statement& statement : statements) texts.emplace_back(statement.sql);
  try {
    m.database.batch(texts);
  } catch (Error& error) {
    const auto failed = std::ranges::find(statements, error.sql, &Statement::sql);
    if (failed != statements.end()) error.where = place_of_mistake(*failed, error.offset);
    throw;
  }
}

void Runner::transaction(const Step& step, const std::function<void()>& body) {
  climb_locks(step, [&] {
    if (step.foreign_keys_off) m.database.without_foreign_keys();
    m.database.begin(m.options.lock_timeout);
    try {
      body();
      m_ledger.check_fence(m.lease_token);
      m.observer.reached("before commit " + step.id);
      m.database.commit();
    } catch (...) {
      m.database.rollback();
      throw;
    }
    m.observer.reached("after commit " + step.id);
  });
}

void Runner::climb_locks(const Step& step, const std::function<void()>& attempt) {
  std::string who;
  try {
    climb(m.options.ladder, m.clock, m_random, attempt,
          [&](Error& error, int tries, std::chrono::milliseconds pause) {
            who = name_blockers(step, error);
            m.reporter.lock_missed(step, error.message + who, tries, pause);
          });
  } catch (Error& error) {
    if (error.code == ErrorCode::busy && !error.sqlstate.empty()) error.message += who;
    throw;
  }
}

std::string Runner::name_blockers(const Step& step, Error& error) {
  std::vector<RelationName> wanted;
  for (const TableLock& lock : step.locks) wanted.push_back(lock.relation);
  if (wanted.empty() && step.work) wanted.push_back(step.work->table);
  std::vector<std::string> relations, names;
  for (const RelationName& name : wanted) {
    relations.push_back(name.schema.empty() ? fmt::format("\"{}\"", name.name)
                                            : fmt::format("\"{}\".\"{}\"", name.schema, name.name));
    names.push_back(fmt::format("\"{}\"", display(name)));
  }
  std::string who;
  try {
    for (const Blocker& blocker : m.database.blockers(relations))
      who += fmt::format("; pid {} ({}{}{}) holds it{}", blocker.pid, blocker.application,
                         blocker.state.empty() ? "" : ", " + blocker.state,
                         blocker.age.empty() ? "" : " for " + blocker.age,
                         blocker.statement.empty() ? "" : ": " + one_line(blocker.statement, 80));
  } catch (const Error&) { // who blocks is a comfort; not to know it must not hide that we are blocked
  }
  error.message = fmt::format("could not lock {}", names.empty() ? "the database" : join(names, ", "));
  error.hint = "End that session or raise --lock-timeout; nothing was changed by this step, the same command "
               "can be run "
               "again.";
  return who;
}

void Runner::run_outside(const Plan& plan, const Step& step, Run& run) {
  const bool intended = run.records.contains(step.id);
  const bool again = step.done_when.empty(); // it may simply be run again
  const std::string before = again ? "absent" : settled_state(step);
  if (!intended) {
    const bool welcome = step.removes || (step.may_be_done && before == "done");
    if (before != "absent" && !welcome)
      throw Error(
          ErrorCode::refused,
          fmt::format("{}: what this step does is done already, and not by afloat", step.title),
          "Undo it, give it another name in the migration, or write IF [NOT] EXISTS there; nothing was "
          "changed by this step.");
    transaction(step, [&] {
      begin_run(plan, run);
      m_ledger.begin_step(plan.version, step.id);
    });
    run.begun = true;
    run.records[step.id] = {};
  }
  try {
    if (before != "done") build_outside(step, intended);
  } catch (Error& error) {
    if (error.code == ErrorCode::statement && !again) clean_up(plan, step, run, error);
    throw;
  }
  transaction({}, [&] { m_ledger.finish_step(plan.version, step.id); });
}

std::string Runner::settled_state(const Step& step) {
  while (true) {
    const std::string state = m.database.query(step.done_when).scalar().value_or("absent");
    if (state != "building") return state;
    m.reporter.say(fmt::format("{}: another session is still at it; waiting", step.title));
    m.clock.wait(std::chrono::seconds(1));
  }
}

void Runner::build_outside(const Step& step, bool begun) {
  const bool again = step.done_when.empty();
  climb_locks(step, [&] {
    m.database.set_lock_timeout(timeout_outside(step, m.options.lock_timeout));
    const bool remains = again ? begun : settled_state(step) == "partial";
    begun = true;
    if (remains)
      for (const Statement& statement : step.cleanup) m.database.script(statement.sql);
    const bool cleaned_is_done = remains && !again && settled_state(step) == "done";
    for (const Statement& statement : cleaned_is_done ? std::vector<Statement>() : step.statements) {
      m.observer.reached("before statement " + step.id);
      m_ledger.check_fence(
          m.lease_token); // no transaction holds it, but a runner that was replaced long ago stops here
      run_batch(std::span(&statement, 1));
    }
    m.observer.reached("after statement " + step.id);
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
    const std::string state = again ? "done" : settled_state(step);
    if (state != "done")
      throw Error(ErrorCode::statement,
                  fmt::format("{}: the statement succeeded, but the result is {}", step.title, state));
  });
}

/// What a failed statement left half made, such as an INVALID index, goes at once; else the next run removes
/// it.
void Runner::clean_up(const Plan& plan, const Step& step, Run& run, Error& error) {
  try {
    const std::string state = settled_state(step);
    const bool partial = state == "partial" && !step.cleanup.empty();
    if (!partial && state != "absent") return;
    if (partial)
      for (const Statement& statement : step.cleanup) m.database.script(statement.sql);
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
    transaction({}, [&] { m_ledger.remove_step(plan.version, step.id); });
    run.records.erase(step.id);
    if (!partial) return;
    if (!error.hint.empty()) error.hint += ' ';
    error.hint += "What the statement left half made was removed.";
  } catch (const Error&) { // the statement's own error is the one to tell
  }
}

void Runner::try_fills(const Plan& plan) {
  for (const Step& step : plan.steps) {
    const std::vector<std::string>& trial = step.work ? step.work->trial : step.trial;
    if (trial.empty()) continue;
    try {
      m.database.begin(m.options.lock_timeout);
      for (const std::string& sql : trial) m.database.script(sql);
      m.database.rollback();
    } catch (Error& error) {
      m.database.rollback();
      if (error.code != ErrorCode::statement) throw;
      error.code = ErrorCode::invalid_migration;
      error.step = step.id;
      error.message =
          fmt::format("migration {}: step {} ({}): tried {}: {}", plan.title(), step.id, step.title,
                      step.work ? "on a sample of rows" : "before anything else", error.message);
      error.hint +=
          fmt::format("{}Correct the expression; nothing was changed.", error.hint.empty() ? "" : " ");
      throw;
    }
  }
}

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

void Runner::run_check(const Plan& plan, const Step& step) {
  const auto start = m.clock.now();
  m.observer.reached("before statement " + step.id);
  const Disagreement found = find_disagreements(m.database, *step.work, [&](std::int64_t rows) {
    m.clock.wait(std::chrono::milliseconds(0)); // notices an interrupt
    m.reporter.rows_done(step, rows, step.rows,
                         std::chrono::duration_cast<std::chrono::milliseconds>(m.clock.now() - start));
  });
  if (found.count == 0) return;
  std::string list;
  for (const std::string& row : found.first) list += "\n    " + row;
  if (found.count > static_cast<std::int64_t>(found.first.size())) list += "\n    …";
  throw Error(ErrorCode::refused,
              fmt::format("migration {}: step {} ({}): {} in the way:{}", plan.title(), step.id, step.title,
                          count_of(found.count, "row is", "rows are"), list),
              "Correct these rows and run the same command again; nothing was changed by this step.");
}

void Runner::abort(const Plan& plan) {
  const auto entry = m_ledger.entry(plan.version);
  Run run{{}, "aborting", "", "aborted"};
  run.begun = entry && entry->state == "aborting";
  if (!run.begun) {
    transaction({}, [&] {
      m_ledger.set_state(plan, "aborting", false);
      // A complete migration may have been one transaction, without records of its steps: all of them are
      // done.
      for (const Step& step : plan.steps)
        if (entry && entry->complete() && step.phase < Phase::contract)
          m_ledger.finish_step(plan.version, step.id);
    });
    run.begun = true;
  }
  run.records = m_ledger.steps(plan.version);
  for (const Step* step : steps_back(plan, run))
    take(plan, *step, run,
         [&] { step->phase == Phase::abort ? run_step(plan, *step, run, false) : undo_step(plan, *step); });
  try {
    transaction({}, [&] {
      m_ledger.note(plan, "aborted");
      m_ledger.remove(plan.version);
    });
  } catch (const Error& error) {
    explain(plan, closing_step(), error, run);
  }
}

/// The way back: the last operation first; of each the inverses of what was begun, last first, then its own
/// steps of abort, which know nothing of single steps: they run when anything of their operation was begun.
std::vector<const Step*> Runner::steps_back(const Plan& plan, const Run& run) {
  std::vector<const Step*> back;
  const auto begun = [&](const Step& step) { return run.records.contains(step.id); };
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step)
    if (begun(*step) && !step->inverse.empty()) back.push_back(&*step);
  for (const Step& step : plan.steps) {
    const auto forward = [&](const Step& other) {
      return other.phase < Phase::contract && operation_of(other) == operation_of(step) && begun(other);
    };
    if (step.phase == Phase::abort && !run.done(step) && std::ranges::any_of(plan.steps, forward))
      back.push_back(&step);
  }
  std::ranges::stable_sort(back, std::greater(), [](const Step* step) { return number_of_operation(*step); });
  return back;
}

void Runner::undo_step(const Plan& plan, const Step& step) {
  if (step.kind == StepKind::statements) {
    transaction(step, [&] {
      execute(step, step.inverse);
      m_ledger.remove_step(plan.version, step.id);
    });
    return;
  }
  climb_locks(step, [&] {
    m.database.set_lock_timeout(std::chrono::minutes(30));
    if (step.removes && settled_state(step) == "partial")
      for (const Statement& statement : step.cleanup) m.database.script(statement.sql);
    for (const Statement& statement : step.inverse) {
      m.observer.reached("before statement " + step.id);
      m_ledger.check_fence(m.lease_token);
      m.database.script(statement.sql);
    }
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
  });
  transaction({}, [&] { m_ledger.remove_step(plan.version, step.id); });
}

bool Runner::read_outcome(const Plan& plan, const Run& run, Error& error) {
  const bool removes = run.end_state.empty(); // an abort takes the migration out of the ledger
  try {
    const auto again = open_database(m.connect);
    const auto entry = Ledger(*again).entry(plan.version);
    const bool over = entry ? entry->state == run.end_state && entry->in_attic == run.in_attic : removes;
    error.hint =
        entry ? fmt::format("The ledger has the migration as {}. ", entry->state)
              : fmt::format("The ledger {} the migration. ", removes ? "no longer has" : "does not have");
    if (over) {
      error.code = ErrorCode::half_way;
      error.hint +=
          "So the COMMIT was done, and nothing of this is left to do: run the same command again for "
          "what comes next.";
    }
    return run.begun || over || (entry && entry->state == run.start_state);
  } catch (const Error&) {
    error.hint = "The server does not answer yet, so it is not known whether it was committed. ";
    return true;
  }
}

void Runner::explain(const Plan& plan, const Step& step, const Error& error, const Run& run) {
  m.clock.wait(
      std::chrono::milliseconds(0)); // a statement that was cancelled by a signal says so in many ways
  Error told = error;
  const bool lost = error.code == ErrorCode::connection;
  const bool refused = error.code == ErrorCode::statement || error.code == ErrorCode::permission;
  const bool waited = error.code == ErrorCode::busy && run.begun; // without it nothing was changed: exit 5
  if (!refused && !lost && !waited) throw told;
  if (refused) told.step = step.id; // what else fails has its cause outside of the file
  if (lost) told.hint.clear();      // what to do next depends on how far it came
  const bool begun = error.sqlstate == "in doubt" ? read_outcome(plan, run, told) : run.begun;
  told.message =
      fmt::format("migration {}: step {} ({}): {}", plan.title(), step.id, step.title, error.message);
  if (told.code == ErrorCode::half_way) throw told;
  if (begun) {
    become_half_way(told, plan, step, run.records.contains(step.id));
    throw told;
  }
  if (error.code != ErrorCode::permission) told.code = ErrorCode::undone;
  if (!told.hint.empty() && !told.hint.ends_with(' ')) told.hint += ' ';
  told.hint += "Everything that this step began was undone: nothing was changed.";
  throw told;
}

} // namespace afloat
