#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>

/// What can be told from the text of an expression, as the server deparses it or as an author wrote it.
namespace afloat::postgres {

/// A literal, perhaps with casts ('a'::text, (-1), ARRAY[1, 2]::integer[]): the same for every row.
bool is_constant(std::string_view expression);

/// now(), CURRENT_DATE and their like: not constant, but one value for a whole ALTER TABLE, which does not
/// rewrite.
bool is_stable_default(std::string_view expression);

/// A constant without the cast behind a string: 'a'::citext -> 'a'. What it is assigned to gives it its type,
/// so that no type has to be found through the search path of whoever writes.
std::string without_cast(std::string_view constant);

/// True if a validated CHECK (column IS NOT NULL) of the table, and nothing else in it, proves that no row is
/// NULL.
bool proves_not_null(const Table& table, std::string_view column);

} // namespace afloat::postgres
