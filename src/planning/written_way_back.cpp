#include "planning/written_way_back.hpp"

#include "operations/sql_blocks.hpp"
#include "planning/plan_notes.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Numbers that steps have had are not given again: 3 of "1.3".
int highest_number(const Plan& plan) {
  int highest = 0;
  for (const Step& step : plan.steps)
    highest = std::max(highest, std::stoi(step.id.substr(step.id.find('.') + 1)));
  return highest;
}

/// The file has what the plan says is missing.
void forget_missing(Plan& plan, Phase way) {
  for (Step& step : plan.steps)
    if (step.phase <= Phase::contract && (step.phase == Phase::contract) == (way == Phase::revert))
      step.undo = sql_undo_text(step.phase);
  if (way != Phase::revert) return;
  plan.no_revert.clear();
  std::erase(plan.notes, note_without_revert(sql_without_revert(1)));
}
} // namespace

std::optional<Plan> with_written_way_back(const Plan& frozen, const Migration& file, Phase way,
                                          const SqlWriter& sql, PlanSettings settings) {
  if (file.operations.size() != 1 || file.operations.front().type != "sql") return std::nullopt;
  if (std::ranges::any_of(frozen.steps, [](const Step& step) { return operation_of(step) != 1; }))
    return std::nullopt; // it was more than that when it was frozen
  const Schema blank = empty_schema(frozen.dialect);
  const OperationContext context{blank, sql, file.version, file.label, 1, lets_newer_through(settings, sql)};
  std::vector<Step> steps = sql_way_back(file.operations.front(), context, way);
  if (steps.empty()) return std::nullopt;
  Plan plan = frozen;
  int number = highest_number(frozen);
  std::erase_if(plan.steps, [&](const Step& step) { return step.phase == way; });
  for (Step& step : steps) {
    step.id = fmt::format("1.{}", ++number);
    plan.steps.push_back(std::move(step));
  }
  std::ranges::stable_sort(plan.steps, {}, &Step::phase);
  forget_missing(plan, way);
  return plan;
}

} // namespace afloat
