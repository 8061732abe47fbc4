#pragma once

#include "operations/operation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// For a field with SQL that the database's parser cannot read, with the parser's word: throws Error
/// invalid_migration at the field, or, where newer syntax is let through, adds to what the plan says.
void refuse_unreadable(const OperationSpec& spec, const OperationContext& context, const Field& field,
                       std::string_view error, std::vector<std::string>& notes);

} // namespace afloat
