#include "planning/blind_trials.hpp"

#include <algorithm>

namespace afloat {

void drop_blind_trials(OperationPlan& operation, const Schema& start, const Schema& before) {
  const auto changed = [&](const RelationName& table) {
    const Table *then = start.find(table), *now = before.find(table);
    return !then || !now || then->columns != now->columns;
  };
  for (Step& step : operation.steps) {
    if (step.work && changed(step.work->table)) step.work->trial.clear();
    if (std::ranges::any_of(step.locks, [&](const TableLock& lock) { return changed(lock.relation); }))
      step.trial.clear();
  }
}

} // namespace afloat
