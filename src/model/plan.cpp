#include "model/plan.hpp"

#include <algorithm>
#include <array>

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
  if (plan.has(Phase::abort)) return nullptr;
  for (const Step& step : plan.steps)
    if (step.phase == Phase::expand && step.inverse.empty()
        && (step.kind == StepKind::statements || step.kind == StepKind::outside) && begun(step))
      return &step;
  return nullptr;
}

} // namespace afloat
