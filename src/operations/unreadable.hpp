#pragma once

#include "operations/operation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// What a plan says of SQL that our parser cannot read and that is passed on: its place, and the parser's
/// word.
std::string passed_on(const SourcePosition& where, std::string_view error);

/// For a field with SQL that the database's parser cannot read, with the parser's word: throws Error
/// invalid_migration at the field, or, where newer syntax is let through, adds to what the plan says.
void refuse_unreadable(const OperationSpec& spec, const OperationContext& context, const Field& field,
                       std::string_view error, std::vector<std::string>& notes);

} // namespace afloat
