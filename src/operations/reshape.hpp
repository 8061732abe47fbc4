#pragma once

#include "operations/operation.hpp"

#include <optional>
#include <string>
#include <vector>

/// Columns of a table that take the place of others of it: what split_column and merge_columns have in
/// common.
namespace afloat {

/// A column that goes. `down`: its expression over the new columns.
struct ColumnThatGoes {
  const Column* column;
  std::string down;
  SourcePosition where; ///< of its `down`
};

/// A column that comes, as it will be in the end. `up`: its expression over the old columns.
struct ColumnThatComes {
  Column column;
  std::string up;
  SourcePosition where, type_where, up_where; ///< of its name, its type, its `up`
};

struct Reshape {
  const Table& table;
  std::vector<ColumnThatGoes> goes;
  std::vector<ColumnThatComes> comes;
  ConflictPolicy policy = ConflictPolicy::new_wins;
  std::optional<AsideTable> aside = {}; ///< `attic = "aside"`; plan_reshape makes it
};

/// What the key `conflict` says; Error invalid_migration for another word than new_wins and reject.
ConflictPolicy conflict_policy(const OperationSpec& spec, const OperationContext& context);
/// A column from the keys `column` or `to`, `column_type`, `not_null` and `up`. `name`: the key of its name.
ColumnThatComes column_that_comes(const OperationSpec& spec, const Record& record, std::string_view name);

/// Expand adds the new columns beside the old ones, with sync between the sides; contract makes them NOT NULL
/// where wanted and hides the old ones; purge drops those. Error invalid_migration for what does not fit the
/// table.
OperationPlan plan_reshape(const OperationSpec& spec, const OperationContext& context, Reshape reshape);
void apply_reshape(const OperationContext& context, const Reshape& reshape, Schema& schema, Shape shape);

/// Refuses what plan_reshape cannot do. (reshape_refusals.cpp)
void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Reshape& reshape);
std::string names_that_go(const Reshape& reshape);   ///< "first_name, last_name"
std::string names_that_come(const Reshape& reshape); ///< for messages

} // namespace afloat
