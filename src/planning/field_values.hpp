#pragma once

#include "operations/operation.hpp"

namespace afloat {

/// Refuses at the field, whatever the operation: SQL that the database's parser cannot read, unless newer
/// syntax is let through (in the statement that it is put into, the error would come late and not say where
/// it was written), and names that the database would cut. Error: invalid_migration.
void refuse_field_values(const OperationSpec& spec, const OperationRow& row, const OperationContext& context);

} // namespace afloat
