#pragma once

#include "operations/operation.hpp"

namespace afloat {

/// SQLite writes every row anew for DROP COLUMN, and gives back every page for DROP TABLE, in one transaction
/// that keeps all writers out: half a second for a million rows. Where a table has many, what abort and purge
/// drop goes in batches instead: columns by a rebuild, a table that expand has made or that is in the attic
/// emptied first. What cannot be rebuilt is dropped at once all the same.
void drop_beside_writers(const OperationSpec& spec, const OperationRow& row, const OperationContext& context,
                         OperationPlan& plan);

} // namespace afloat
