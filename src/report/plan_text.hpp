#pragma once

#include "model/plan.hpp"

#include <chrono>
#include <string>

namespace afloat {

struct PlanTextOptions {
  bool color = false;
  std::chrono::milliseconds lock_timeout{100};
  bool way = false; ///< the steps of one command alone: no word about what is missing
};

/// "  1.2  ": what stands before the words on a step.
std::string step_margin(const Step& step);

/// The plan as a person reads it at 80 columns: phase by phase, step by step, with every statement, lock,
/// cost and the way back. SQL is printed as it will run.
std::string plan_text(const Plan& plan, const PlanTextOptions& options);

} // namespace afloat
