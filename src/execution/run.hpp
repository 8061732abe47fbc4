#pragma once

#include "execution/runner.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the parts of the runner share.
namespace afloat {

/// Where a statement of a SQL file went wrong. In TOML the step tells which operation it was.
std::optional<SourcePosition> place_of_mistake(const Statement& statement, std::optional<std::size_t> offset);

bool begins_rebuild(const Plan& plan, std::size_t number);

/// Hands over each statement of a step outside a transaction; a query for statements (k_each_row) is asked
/// when its turn comes. `brief`: how long one may wait for a lock behind which others would queue up.
void run_each(Database& database, const Step& step, const std::vector<Statement>& statements,
              std::chrono::milliseconds brief, const std::function<void(const Statement&)>& run);

/// Stands in messages for the last transaction of a run, which is the ledger's alone.
Step closing_step();

struct Runner::Run {
  std::vector<Phase> phases{};
  std::string start_state{}, end_state{}, event{};
  bool in_attic = false; ///< after the end
  bool fresh = false;    ///< the first transaction freezes the plan
  bool begun = false;    ///< the first transaction has committed, now or in an earlier process
  bool steered = false;  ///< a backfill ran, which people may have steered
  bool asked = false;    ///< the gate has asked what checks ask, but for those of a rebuild
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
  bool has(const Step& step) const {
    const bool answered = asked && step.kind == StepKind::check && !step.rebuild;
    return std::ranges::count(phases, step.phase) > 0 && !answered;
  }
};

} // namespace afloat
