#include "dialect/sqlite/later_trials.hpp"
#include "execution/measure.hpp"
#include "execution/range.hpp"
#include "execution/run.hpp"
#include "support/text.hpp"
#include "throttle/pace.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// The right to make temporary tables can be taken from a role: then the step itself tells.
bool may_not_try(const Error& error) {
  return error.code == ErrorCode::permission && error.message.find("temporary tables") != std::string::npos;
}

/// A trial takes a small migration longer than what it does (round trips; SQLite reads its schema again), and
/// such a one leaves nothing behind if it fails. But that a default does not fit its column is seen by a row
/// alone.
bool may_try_afterwards(const Plan& plan) {
  return plan.steps.size() == 1 && plan.steps.front().kind == StepKind::statements
         && std::ranges::none_of(plan.steps.front().trial,
                                 [](const std::string& sql) { return sql.starts_with("INSERT"); });
}
} // namespace

Runner::Runner(RunnerContext context)
    : m(context), m_ledger(context.database), m_random(std::random_device{}()) {}

void Runner::expand(const Plan& plan, bool frozen) {
  Run run{{Phase::expand, Phase::backfill},
          "expanding",
          plan.has(Phase::contract) ? "expanded" : "complete",
          "expanded"};
  run.fresh = !frozen;
  run.begun = !run.fresh;
  if (frozen) run.records = m_ledger.steps(plan.version);
  require_brakes(plan, run);
  const bool try_afterwards = run.fresh && may_try_afterwards(plan);
  if (run.fresh && !try_afterwards) try_fills(plan);
  try {
    if (run.fresh) try_later(plan, Phase::expand);
    this->run(plan, run);
  } catch (const Error& error) {
    const bool of_file = error.code == ErrorCode::undone || error.code == ErrorCode::invalid_migration;
    if (try_afterwards && of_file) try_fills(plan); // says which field was wrong
    throw;
  }
}

void Runner::try_later(const Plan& plan, Phase phase) {
  if (plan.dialect != Dialect::sqlite || plan.steps.empty()) return;
  climb_locks(plan.steps.front(),
              [&] { sqlite::try_later(m.database, plan, phase, m.options.lock_timeout); });
}

/// Before anything is changed: a backfill sees all rows, and what is to hold it back can be measured.
void Runner::require_brakes(const Plan& plan, const Run& run) {
  bool first = true;
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::backfill || !run.has(step) || run.done(step)) continue;
    require_all_rows(m.database, step.work->table);
    if (std::exchange(first, false))
      require_measurable(m.database, {m.options.throttle, step.work->table, {m.database.facts().backend}});
  }
}

void Runner::contract(const Plan& frozen) {
  const Plan plan = with_fresh_rebuilds(frozen, Phase::contract);
  Run run{{Phase::contract}, "contracting", "complete", "contracted"};
  run.begun = state_of(plan) == "contracting";
  if (!run.begun) try_later(plan, Phase::contract);
  run.in_attic = plan.has(Phase::purge);
  run.records = m_ledger.steps(plan.version);
  this->run(plan, run);
}

void Runner::purge(const Plan& frozen) {
  const Plan plan = with_fresh_rebuilds(frozen, Phase::purge);
  Run run{{Phase::purge}, "purging", "complete", "purged"};
  run.asked = true;
  run.begun = state_of(plan) == "purging";
  if (!run.begun) try_later(plan, Phase::purge);
  run.records = m_ledger.steps(plan.version);
  this->run(plan, run);
}

std::string Runner::state_of(const Plan& plan) {
  const auto entry = m_ledger.entry(plan.version);
  return entry ? entry->state : std::string();
}

void Runner::run(const Plan& frozen, Run& run) {
  const Plan* plan = &frozen;
  std::optional<Plan> fresh;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < plan->steps.size(); ++i)
    if (const Step& step = plan->steps[i]; run.has(step) && !run.done(step) && !run.passed(step, *plan))
      numbers.push_back(i);
  bool ended = false;
  for (const std::size_t number : numbers) {
    if (number != numbers.front() && begins_rebuild(*plan, number)) {
      fresh = renewed(*plan, plan->steps[number], run);
      plan = &*fresh;
    }
    const Step& step = plan->steps[number];
    const bool last = number == numbers.back() && step.kind == StepKind::statements;
    take(*plan, step, run, [&] { run_step(*plan, step, run, last); });
    ended = last;
  }
  if (ended) return;
  try {
    transaction({}, [&] {
      begin_run(*plan, run, true);
      end_run(*plan, run);
    });
  } catch (const Error& error) {
    explain(*plan, closing_step(), error, run);
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
    return run_check(plan, step, run);
  }
}

void Runner::begin_run(const Plan& plan, Run& run, bool ends) {
  if (run.begun) return;
  if (run.fresh)
    m_ledger.freeze(plan, run.start_state);
  else
    m_ledger.set_state(plan, run.start_state, run.start_state == "purging");
  if (!ends) m_ledger.note(plan, run.start_state);
}

void Runner::end_run(const Plan& plan, Run& run) {
  if (run.steered) Backfills(m.database).remove(plan.version);
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
    begin_run(plan, run, last);
    execute(step, step.statements);
    m_ledger.finish_step(plan.version, step.id);
    if (last) end_run(plan, run);
  });
  run.begun = true;
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
      if (may_not_try(error)) return;
      if (error.code != ErrorCode::statement) throw;
      error.code = ErrorCode::invalid_migration;
      error.step = step.id;
      error.message = fmt::format("migration {}: step {} ({}): tried {}: {}", plan.title(), step.id,
                                  step.title, step.work ? "on a sample of rows" : "by itself", error.message);
      error.hint += fmt::format("{}Correct it; nothing was changed.", error.hint.empty() ? "" : " ");
      throw;
    }
  }
}

Disagreement Runner::look(const Step& step) {
  Estimate estimate(m.clock.now());
  m.observer.reached("before statement " + step.id);
  return find_disagreements(m.database, *step.work, [&](std::int64_t rows) {
    m.clock.wait(std::chrono::milliseconds(0)); // notices an interrupt
    const auto now = m.clock.now();
    estimate.done(rows, now);
    m.reporter.progressed(step, {.rows = rows,
                                 .total = step.rows,
                                 .speed = estimate.rate(now),
                                 .left = step.rows ? estimate.left(*step.rows, now) : std::nullopt});
  });
}

void Runner::run_check(const Plan& plan, const Step& step, Run& run) {
  Disagreement found = look(step);
  const bool sweeps = !step.work->sweep.empty();
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  while (sweeps && found.count > 0 && found.count < before) {
    before = found.count;
    sweep_left(plan, step, run, found.count);
    found = look(step);
  }
  if (found.count == 0) return;
  std::string list;
  for (const std::string& row : found.first) list += "\n    " + row;
  if (found.count > static_cast<std::int64_t>(found.first.size())) list += "\n    …";
  throw Error(ErrorCode::refused,
              fmt::format("migration {}: step {} ({}): {} in the way:{}", plan.title(), step.id, step.title,
                          count_of(found.count, "row is", "rows are"), list),
              sweeps
                  ? "Rows that stay unfilled: a user trigger or a rule may turn the backfill's updates away; "
                    "those that came with a partition may have no value on the old side. Correct these rows "
                    "and run the same command again."
                  : "Correct these rows and run the same command again; nothing was changed by this step.");
}

} // namespace afloat
