#pragma once

#include "operations/operation.hpp"

#include <string>
#include <vector>

namespace afloat {

/// Refuses at the field, whatever the operation: SQL that the database's parser cannot read (in the statement
/// that it is put into, the error would come late and not say where it was written), and names that the
/// database would cut. Error: invalid_migration. Where newer syntax is let through, returns what the plan
/// must say of it, a sentence each.
std::vector<std::string> check_field_values(const OperationSpec& spec, const OperationRow& row,
                                            const OperationContext& context);

} // namespace afloat
