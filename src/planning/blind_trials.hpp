#pragma once

#include "model/migration.hpp"
#include "model/schema.hpp"
#include "operations/operation.hpp"

#include <utility>
#include <vector>

namespace afloat {

/// All trials of a migration run before its first step, so that they see of what its earlier operations make
/// only what the schema tells. This takes out those that would fail for want of the rest.
class BlindTrials {
 public:
  explicit BlindTrials(Schema before_the_migration) : m_start(std::move(before_the_migration)) {}

  /// Of the operation's plan, which was made on the schema `before`; then the operation is an earlier one.
  void drop(const OperationSpec& spec, OperationPlan& operation, const Schema& before);

 private:
  bool is_changed(const RelationName& table, const Schema& before) const;
  bool names_made(const Step& step) const;

  Schema m_start;
  std::vector<RelationName> m_made; ///< tables: their rows are a type too
  bool m_told = true;       ///< all that the earlier operations do to tables and columns is in the schema
  bool m_more_made = false; ///< they make what is no table: functions, types, labels of an enum
};

} // namespace afloat
