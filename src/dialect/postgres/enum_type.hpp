#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat::postgres {

/// The enum that the type of a column is, or is an array of; `written` as format_type() writes it. Null for
/// another type.
const TypeDefinition* enum_of(std::string_view written, const std::vector<TypeDefinition>& types);

/// The expression with casts to the type `from` made casts to `to`; both as format_type() writes them.
std::string retyped(std::string_view expression, std::string_view from, std::string_view to);

/// True if the expression has the value as a constant of the type, also within a constant array.
bool has_constant(std::string_view expression, std::string_view type, std::string_view value);

} // namespace afloat::postgres
