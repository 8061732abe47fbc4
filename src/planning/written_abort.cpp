#include "planning/written_abort.hpp"

#include "operations/sql_blocks.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {

std::optional<Plan> with_written_abort(const Plan& frozen, const Migration& file, const SqlWriter& sql,
                                       PlanSettings settings) {
  if (file.operations.size() != 1 || file.operations.front().type != "sql") return std::nullopt;
  if (std::ranges::any_of(frozen.steps, [](const Step& step) { return operation_of(step) != 1; }))
    return std::nullopt; // it was more than that when it was frozen
  const Schema blank = empty_schema(frozen.dialect);
  const OperationContext context{blank, sql, file.version, file.label, 1, settings.newer_syntax};
  std::vector<Step> steps = sql_abort_steps(file.operations.front(), context);
  if (steps.empty()) return std::nullopt;
  Plan plan = frozen;
  // Numbers that the old steps have had are not given again.
  std::size_t number = frozen.steps.size();
  std::erase_if(plan.steps, [](const Step& step) { return step.phase == Phase::abort; });
  for (Step& step : steps) {
    step.id = fmt::format("1.{}", ++number);
    plan.steps.push_back(std::move(step));
  }
  std::ranges::stable_sort(plan.steps, {}, &Step::phase);
  return plan;
}

} // namespace afloat
