#include "model/plan.hpp"

#include "model/step_id.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array<std::string_view, 6> k_phases{"expand", "backfill", "contract",
                                                   "purge",  "abort",    "revert"};
constexpr std::array<std::string_view, 4> k_kinds{"statements", "outside", "backfill", "check"};
constexpr std::array<std::string_view, 9> k_levels{
    "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",    "SHARE UPDATE EXCLUSIVE", "SHARE",
    "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE", "DATABASE WRITE"};
} // namespace

std::string_view name_of(Phase phase) {
  return k_phases.at(static_cast<std::size_t>(phase));
}

std::string_view name_of(StepKind kind) {
  return k_kinds.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(LockLevel level) {
  return k_levels.at(static_cast<std::size_t>(level));
}

// PostgreSQL manual, 13.3.1: SHARE and everything above it conflicts with the ROW EXCLUSIVE of a write.
bool blocks_writes(LockLevel level) {
  return level >= LockLevel::share;
}

bool blocks_reads(LockLevel level) {
  return level == LockLevel::access_exclusive;
}

bool Plan::has(Phase phase) const {
  return std::ranges::any_of(steps, [&](const Step& step) { return step.phase == phase; });
}

const Step* step_without_way_back(const Plan& plan, const std::function<bool(const Step&)>& begun) {
  const auto undoes = [&](std::string_view id) {
    return std::ranges::any_of(
        plan.steps, [&](const Step& step) { return step.phase == Phase::abort && undone_id(step) == id; });
  };
  if (undoes("")) return nullptr;
  for (const Step& step : plan.steps)
    if (step.phase == Phase::expand && step.inverse.empty()
        && (step.kind == StepKind::statements || step.kind == StepKind::outside) && begun(step)
        && !undoes(step.id))
      return &step;
  return nullptr;
}

int operation_of(const Step& step) {
  return std::atoi(step.id.c_str());
}

const Step* swap_without_revert(const Plan& plan) {
  if (!plan.no_revert.empty()) return nullptr;
  for (const Step& swap : plan.steps) {
    const auto leads_back = [&](const Step& step) {
      return step.phase == Phase::revert && operation_of(step) == operation_of(swap);
    };
    if (swap.swap && swap.phase == Phase::contract && std::ranges::none_of(plan.steps, leads_back))
      return &swap;
  }
  return nullptr;
}

namespace {
Step undoing(const Step& step) {
  Step back = step;
  back.phase = Phase::abort;
  back.title = fmt::format("undo: {}", step.title);
  back.statements = step.inverse;
  back.inverse.clear();
  back.work.reset();
  back.scans = back.rewrites = false;
  if (step.kind == StepKind::backfill) back.kind = StepKind::statements;
  return back;
}
} // namespace

Plan way_of(const Plan& plan, Phase phase) {
  Plan way = plan;
  way.steps.clear();
  if (phase == Phase::abort)
    for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step)
      if (step->phase < Phase::contract && !step->inverse.empty()) way.steps.push_back(undoing(*step));
  for (const Step& step : plan.steps)
    if (step.phase == phase) way.steps.push_back(step);
  if (phase != Phase::purge)
    std::ranges::stable_sort(way.steps, std::greater(), [](const Step& step) { return operation_of(step); });
  way.notes.clear();
  for (const std::string& why : phase == Phase::revert ? plan.no_revert : std::vector<std::string>())
    way.notes.push_back("There is no way back after contract: " + why);
  const auto any = [](const Step&) { return true; };
  if (const Step* step = phase == Phase::abort ? step_without_way_back(plan, any) : nullptr)
    way.notes.push_back(
        fmt::format("There is no way back from step {} ({}): it has no abort statements, and from then "
                    "on `afloat abort` is refused.",
                    step->id, step->title));
  return way;
}

} // namespace afloat
