#pragma once

#include "model/migration.hpp"

#include <vector>

namespace afloat {

/// The operations as they are planned. A rename_column and a change_type of the same column, one right behind
/// the other in either order, are one change: a change_type with `to`, so that one sync leads from the old
/// name and type to the new ones. It stands in the later one's place; its fields keep the positions that they
/// have in the file. A rename_column with `upsert`, which change_type does not have, or with an `attic` of
/// its own stays alone.
std::vector<OperationSpec> joined(std::vector<OperationSpec> operations);

} // namespace afloat
