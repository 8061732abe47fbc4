#include "execution/run.hpp"
#include "model/step_id.hpp"

#include <algorithm>
#include <functional>

// The way back.
namespace afloat {

void Runner::abort(const Plan& frozen) {
  Plan plan = frozen;
  const auto entry = m_ledger.entry(plan.version);
  Run run{{}, "aborting", "", "aborted"};
  run.begun = entry && entry->state == "aborting";
  const bool better = entry && m_ledger.plan(plan.version) != plan; // the file's way back
  if (run.begun && better) transaction({}, [&] { m_ledger.replace_plan(plan); });
  if (!run.begun) {
    try_later(plan, Phase::abort);
    transaction({}, [&] {
      m_ledger.set_state(plan, run.start_state, false);
      m_ledger.note(plan, run.start_state);
      if (better) m_ledger.replace_plan(plan);
      // A complete migration may have been one transaction, without records of its steps: all of them are
      // done.
      for (const Step& step : plan.steps)
        if (entry && entry->complete() && step.phase < Phase::contract)
          m_ledger.finish_step(plan.version, step.id);
    });
    run.begun = true;
  }
  run.records = m_ledger.steps(plan.version);
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (plan.steps[i].phase == Phase::abort && begins_rebuild(plan, i)
        && run.records.contains(plan.steps[i].id)) { // killed in it: the table may have changed since
      plan = renewed(plan, plan.steps[i], run);
      run.records = m_ledger.steps(plan.version);
    }
  for (const std::size_t number : steps_back(plan, run)) {
    if (plan.steps[number].phase == Phase::abort && begins_rebuild(plan, number))
      plan = renewed(plan, plan.steps[number], run);
    const Step& step = plan.steps[number];
    take(plan, step, run,
         [&] { step.phase == Phase::abort ? run_step(plan, step, run, false) : undo_step(plan, step); });
  }
  try {
    const bool steered = Backfills(m.database).exist();
    transaction({}, [&] {
      if (steered) Backfills(m.database).remove(plan.version);
      m_ledger.note(plan, run.event);
      m_ledger.remove(plan.version);
    });
  } catch (const Error& error) {
    explain(plan, closing_step(), error, run);
  }
}

/// The way back: the last operation first; of each the inverses of what was begun, last first, then its own
/// steps of abort, which know nothing of single steps: they run when anything of their operation was begun.
std::vector<std::size_t> Runner::steps_back(const Plan& plan, const Run& run) {
  std::vector<std::size_t> back;
  const auto begun = [&](const Step& step) { return run.records.contains(step.id); };
  for (std::size_t i = plan.steps.size(); i-- > 0;)
    if (const Step& step = plan.steps[i];
        step.phase <= Phase::contract && begun(step) && !step.inverse.empty())
      back.push_back(i);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const auto forward = [&](const Step& other) {
      return other.phase < Phase::contract && operation_of(other) == operation_of(step) && begun(other)
             && (undone_id(step).empty() || undone_id(step) == other.id);
    };
    if (step.phase == Phase::abort && !run.done(step) && !run.passed(step, plan)
        && std::ranges::any_of(plan.steps, forward))
      back.push_back(i);
  }
  std::ranges::stable_sort(back, std::greater(),
                           [&](std::size_t number) { return operation_of(plan.steps[number]); });
  return back;
}

void Runner::revert(const Plan& frozen) {
  const auto entry = m_ledger.entry(frozen.version);
  const bool better = entry && m_ledger.plan(frozen.version) != frozen; // the file's way back
  Plan plan = with_fresh_rebuilds(frozen, Phase::revert);
  Run run{{Phase::revert}, "reverting", "expanded", "reverted"};
  run.begun = entry && entry->state == "reverting";
  if (run.begun && better) transaction({}, [&] { m_ledger.replace_plan(frozen); });
  run.records = m_ledger.steps(plan.version);
  const bool complete = entry && entry->complete();
  if (!run.begun) {
    try_later(plan, Phase::revert);
    transaction({}, [&] {
      // Contract may have been frozen by a program that notes less: of what is complete every step is done.
      for (const Step& step : plan.steps)
        if (complete && step.phase == Phase::contract && !run.done(step))
          m_ledger.finish_step(plan.version, step.id);
      m_ledger.set_state(plan, run.start_state, false);
      m_ledger.note(plan, run.start_state);
      if (better) m_ledger.replace_plan(frozen);
    });
    run.begun = true;
  }
  std::vector<std::size_t> numbers;
  for (const Step* step : steps_to_window(plan, run, complete))
    numbers.push_back(static_cast<std::size_t>(step - plan.steps.data()));
  for (const std::size_t number : numbers) {
    if (number != numbers.front() && begins_rebuild(plan, number))
      plan = renewed(plan, plan.steps[number], run);
    const Step& step = plan.steps[number];
    take(plan, step, run,
         [&] { step.phase == Phase::revert ? run_step(plan, step, run, false) : undo_step(plan, step); });
  }
  try {
    transaction({}, [&] {
      for (const Step& step : plan.steps)
        if (step.phase == Phase::contract || step.phase == Phase::revert)
          m_ledger.remove_step(plan.version, step.id);
      m_ledger.reopen(plan.version);
      m_ledger.note(plan, run.event);
    });
  } catch (const Error& error) {
    explain(plan, closing_step(), error, run);
  }
}

/// The last operation first. Of one that has swapped its steps of revert; of one that contract had only begun
/// the inverses of what was done, last first.
std::vector<const Step*> Runner::steps_to_window(const Plan& plan, const Run& run, bool complete) {
  std::vector<const Step*> back;
  const auto is_swapped = [&](const Step& step) {
    return complete || std::ranges::any_of(plan.steps, [&](const Step& other) {
             return other.phase == Phase::contract && other.swap && operation_of(other) == operation_of(step)
                    && run.done(other);
           });
  };
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step)
    if (step->phase == Phase::contract && run.records.contains(step->id) && !step->inverse.empty()
        && !is_swapped(*step))
      back.push_back(&*step);
  for (const Step& step : plan.steps)
    if (step.phase == Phase::revert && !run.done(step) && !run.passed(step, plan) && is_swapped(step))
      back.push_back(&step);
  std::ranges::stable_sort(back, std::greater(), [](const Step* step) { return operation_of(*step); });
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
    if (step.removes && settled_state(step) == "partial") clean(step);
    run_each(m.database, step, step.inverse, m.options.lock_timeout, [&](const Statement& statement) {
      m.observer.reached("before statement " + step.id);
      m_ledger.check_fence(m.lease_token);
      m.database.script(statement.sql);
    });
    m.database.set_lock_timeout(std::chrono::milliseconds(0));
  });
  transaction({}, [&] { m_ledger.remove_step(plan.version, step.id); });
}

} // namespace afloat
