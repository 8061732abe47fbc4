#include "dialect/inspector.hpp"
#include "dialect/sql_writer.hpp"
#include "execution/run.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

// A plan is frozen when its migration starts, and a table may have changed long before its rebuild: columns
// of other migrations, an index made by hand. So the steps of a rebuild are made again when their phase
// begins, and where other steps of it come first, when these are done.
namespace afloat {
namespace {
using Steps = std::vector<Step>;

Steps::iterator end_of_rebuild(Steps& steps, Steps::iterator first) {
  return std::find_if(first, steps.end(), [&](const Step& step) {
    return step.rebuild != first->rebuild || step.phase != first->phase;
  });
}

bool same_work(const Step& one, const Step& other) {
  const auto text = [](const Step& step) { return step.work ? step.work->in_range : std::string(); };
  return one.statements == other.statements && text(one) == text(other);
}

/// What is run, of the rebuild as it is made from the table now; the rest is the operation's.
void renew(Step& step, Step fresh) {
  step.statements = std::move(fresh.statements);
  step.inverse = std::move(fresh.inverse);
  step.work = std::move(fresh.work);
}
} // namespace

Plan Runner::with_fresh_rebuilds(const Plan& plan, Phase phase, const Rebuild* only) {
  Plan fresh = plan;
  const auto records = m_ledger.steps(plan.version);
  std::vector<std::string> again; // steps that were begun for a table that has changed since
  std::unique_ptr<SqlWriter> writer;
  for (auto first = fresh.steps.begin(); first != fresh.steps.end(); ++first) {
    if (!first->rebuild || first->phase != phase || (only && *first->rebuild != *only)) continue;
    const auto end = end_of_rebuild(fresh.steps, first);
    const auto is_swapped = [&](const Step& step) {
      const auto record = records.find(step.id);
      return step.swap && record != records.end() && record->second.state == "done";
    };
    if (!std::any_of(first, end, is_swapped)) {
      const std::array names{first->rebuild->table};
      const Schema schema = inspect(m.database, names);
      if (!writer) writer = make_sql_writer(schema.dialect, schema.server_version);
      const Table* table = schema.find(first->rebuild->table);
      if (!table)
        throw Error(ErrorCode::refused, fmt::format("table \"{}\" is gone", display(first->rebuild->table)),
                    "Nothing was changed.");
      Steps steps = writer->rebuild_steps(*table, *first->rebuild, phase);
      if (!std::equal(first, end, steps.begin(), steps.end(), same_work)) {
        for (auto step = first; step != end; ++step)
          if (records.contains(step->id)) again.push_back(step->id);
        for (auto step = first; step != end; ++step)
          renew(*step, std::move(steps.at(static_cast<std::size_t>(step - first))));
      }
    }
    first = std::prev(end);
  }
  if (fresh == plan) return fresh;
  transaction({}, [&] {
    m_ledger.replace_plan(fresh);
    for (const std::string& id : again) m_ledger.remove_step(plan.version, id);
  });
  return fresh;
}

Plan Runner::renewed(const Plan& plan, const Step& rebuild, const Run& run) {
  try {
    // On the way back what an earlier operation has made is still there, and may be in the way of its
    // rebuild.
    return with_fresh_rebuilds(plan, rebuild.phase,
                               rebuild.phase == Phase::abort ? &*rebuild.rebuild : nullptr);
  } catch (const Error& error) {
    explain(plan, rebuild, error, run);
  }
}

bool begins_rebuild(const Plan& plan, std::size_t number) {
  const Step& step = plan.steps.at(number);
  return step.rebuild
         && (number == 0 || plan.steps[number - 1].rebuild != step.rebuild
             || plan.steps[number - 1].phase != step.phase);
}

} // namespace afloat
