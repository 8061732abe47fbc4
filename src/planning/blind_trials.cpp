#include "planning/blind_trials.hpp"

#include "operations/trials.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace afloat {
namespace {
/// Operations that are tried on tables made from the schema as it is known (operations/trials.hpp).
constexpr std::string_view k_from_schema[] = {"create_table", "add_column", "add_check", "set_default",
                                              "create_index"};
/// Operations whose tables and columns are, from expand on, what they will be when a later one works on them.
constexpr std::string_view k_told[] = {"create_table", "add_column",   "set_not_null",    "drop_not_null",
                                       "set_default",  "drop_default", "create_index",    "drop_index",
                                       "add_check",    "add_unique",   "add_foreign_key", "add_primary_key",
                                       "drop_table",   "drop_column",  "drop_constraint"};
constexpr std::string_view k_make_more[] = {"sql", "add_enum_value", "remove_enum_value"};

bool is_among(std::string_view type, std::span<const std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}
} // namespace

void BlindTrials::drop(const OperationSpec& spec, OperationPlan& operation, const Schema& before) {
  const bool from_schema = m_told && is_among(spec.type, k_from_schema);
  for (Step& step : operation.steps) {
    if (step.work && (m_more_made || is_changed(step.work->table, before))) step.work->trial.clear();
    const bool changed = std::ranges::any_of(
        step.locks, [&](const TableLock& lock) { return is_changed(lock.relation, before); });
    if (m_more_made || (changed && !from_schema) || names_made(step)) step.trial.clear();
  }
  for (const Step& step : operation.steps)
    for (const TableLock& lock : step.locks)
      if (!before.find(lock.relation)) m_made.push_back(lock.relation);
  m_told = m_told && is_among(spec.type, k_told);
  m_more_made = m_more_made || is_among(spec.type, k_make_more);
}

bool BlindTrials::is_changed(const RelationName& table, const Schema& before) const {
  const Table *then = m_start.find(table), *now = before.find(table);
  return !then || !now || then->columns != now->columns;
}

bool BlindTrials::names_made(const Step& step) const {
  const auto own = [&](const RelationName& name) {
    return std::ranges::count(step.locks, name, &TableLock::relation) > 0;
  };
  const std::set<std::string> words = m_made.empty() ? std::set<std::string>() : words_of(step.trial);
  return std::ranges::any_of(
      m_made, [&](const RelationName& name) { return words.contains(name.name) && !own(name); });
}

} // namespace afloat
