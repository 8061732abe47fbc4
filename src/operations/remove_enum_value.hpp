#pragma once

#include "operations/common.hpp"

#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// remove_enum_value, as it was written and as the writer says that it can be done.
struct RemovedValue {
  const OperationSpec& spec;
  const OperationContext& context;
  const Table& table;
  const Column& column;
  std::string value, becomes;
  EnumRemoval removal;
};

/// Looks for rows that have the value, in all columns; nothing to look for where it becomes another.
std::vector<Step> look_for_value(const RemovedValue& what, Phase phase);

/// Counts writes of the value to a column; nothing where such a trigger cannot be had.
std::optional<Sync> value_counter(const RemovedValue& what, const EnumMember& member);

/// What it has counted.
std::vector<Counter> value_counters(const RemovedValue& what, const EnumMember& member);

/// The plan where every column of the type gets a successor.
OperationPlan plan_new_type(const RemovedValue& what);

/// The schema's columns and the type itself, behind it or in the window.
void apply_new_type(const RemovedValue& what, Schema& schema, Shape shape);

} // namespace afloat
