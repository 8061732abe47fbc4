#pragma once

#include "operations/operation.hpp"

namespace afloat {

/// True if the file wants a column that numbers the rows: `identity`, or a serial type.
bool wants_numbers(const OperationSpec& spec);
/// Makes the column of add_column such a one: type, identity, NOT NULL. The type is not looked at.
void make_numbered(const OperationSpec& spec, Column& column);
/// Error invalid_migration where it cannot be: SQLite, keys that do not go together, a type that is no
/// integer or too small for the rows, a sequence of that name, a partitioned table.
void refuse_unfit_numbers(const OperationSpec& spec, const OperationContext& context, const Table& table,
                          const Column& column);

} // namespace afloat
