#pragma once

#include "operations/operation.hpp"

#include <string>
#include <vector>

/// What a rename_column wants, and the shapes that the table takes on the way there.
namespace afloat {

/// The references are into the schema of the context.
struct RenamedColumn {
  const Table& table;
  const Column& from;
  std::string to, attic;
  bool serialize = false; ///< `upsert = "serialize"`
  bool aside = false;     ///< `attic = "aside"`: no twin is left
};

/// Error invalid_migration for a table or a column that is not there.
RenamedColumn renamed_column(const OperationSpec& spec, const OperationContext& context);

Column twin_of(const Column& column, std::string name);
bool has_constant_default(const Column& column);
/// On SQLite sync runs after the constraints are checked, so NOT NULL on the old column would reject the new
/// release.
bool must_relax(const RenamedColumn& names, Dialect dialect);

Sync window_sync(const RenamedColumn& names, const OperationContext& context);
/// The table as it is after the swap: the old column under the new name, the twin under its attic name.
Table swapped(const RenamedColumn& names);
Sync attic_sync(const RenamedColumn& names, const OperationContext& context);

/// The same index on the twin, so that the new release finds it as fast and can use it in ON CONFLICT.
Index twin_index(const Index& index, const RenamedColumn& names, const OperationContext& context);
std::vector<Index> twin_indexes(const RenamedColumn& names, const OperationContext& context);

} // namespace afloat
