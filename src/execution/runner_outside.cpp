#include "execution/run.hpp"
#include "model/each_row.hpp"

#include <algorithm>

#include <fmt/format.h>

// Steps outside of a transaction: intent, probe, and what a killed one left.
namespace afloat {
namespace {
// A concurrent build waits for old snapshots, not only for locks; a short timeout would leave an INVALID
// index each time. What stops writers must not wait: they would queue up behind it.
constexpr std::chrono::milliseconds k_patience = std::chrono::minutes(30);

std::chrono::milliseconds timeout_outside(const Step& step, std::chrono::milliseconds brief) {
  const bool stops = step.rewrites || std::ranges::any_of(step.locks, [](const TableLock& lock) {
                       return blocks_writes(lock.level);
                     });
  return stops ? brief : k_patience;
}

bool finds_statements(const Step& step) {
  return std::ranges::any_of(
      step.statements, [](const Statement& statement) { return statement.sql.starts_with(k_each_row); });
}
} // namespace

void run_each(Database& database, const Step& step, const std::vector<Statement>& statements,
              std::chrono::milliseconds brief, const std::function<void(const Statement&)>& run) {
  const auto usual = timeout_outside(step, brief);
  database.set_lock_timeout(usual);
  const auto one = [&](const Statement& statement) {
    const bool waits = usual < k_patience && statement.sql.starts_with(k_in_no_hurry);
    if (waits) database.set_lock_timeout(k_patience);
    run(statement);
    if (waits) database.set_lock_timeout(usual);
  };
  for (const Statement& statement : statements)
    if (statement.sql.starts_with(k_each_row))
      for (const auto& row : database.query(statement.sql).rows) one(row.at(0).value());
    else
      one(statement);
}

void Runner::run_outside(const Plan& plan, const Step& step, Run& run) {
  const bool intended = run.records.contains(step.id);
  const bool again = step.done_when.empty(); // it may simply be run again
  const std::string before = again ? "absent" : settled_state(step);
  if (!intended) {
    const bool welcome = step.removes || (step.may_be_done && before == "done");
    if (before != "absent" && !welcome) throw done_by_others(plan, step, run);
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
    if (remains) clean(step);
    if (const bool cleaned_is_done = remains && !again && settled_state(step) == "done"; !cleaned_is_done)
      run_each(m.database, step, step.statements, m.options.lock_timeout, [&](const Statement& statement) {
        m.observer.reached("before statement " + step.id);
        m_ledger.check_fence(
            m.lease_token); // no transaction holds it, but a runner that was replaced long ago stops here
        run_batch(std::span(&statement, 1));
      });
    m.observer.reached("after statement " + step.id);
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
    const std::string state = again ? "done" : settled_state(step);
    if (state != "done")
      throw Error(ErrorCode::statement,
                  fmt::format("{}: the statement succeeded, but the result is {}", step.title, state));
  });
}

void Runner::clean(const Step& step) {
  run_each(m.database, step, step.cleanup, m.options.lock_timeout,
           [&](const Statement& statement) { m.database.script(statement.sql); });
}

/// What a failed statement left half made, such as an INVALID index, goes at once; else the next run removes
/// it.
void Runner::clean_up(const Plan& plan, const Step& step, Run& run, Error& error) {
  try {
    const std::string state = settled_state(step);
    const bool partial = state == "partial" && !step.cleanup.empty();
    if (!partial && state != "absent") return;
    if (partial) clean(step);
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
    if (finds_statements(step)) return; // those before the one that failed stay, for abort to undo
    transaction({}, [&] { m_ledger.remove_step(plan.version, step.id); });
    run.records.erase(step.id);
    if (!partial) return;
    if (!error.hint.empty()) error.hint += ' ';
    error.hint += "What the statement left half made was removed.";
  } catch (const Error&) { // the statement's own error is the one to tell
  }
}

} // namespace afloat
