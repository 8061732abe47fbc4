#pragma once

#include <string_view>

namespace afloat {

/// The text of a file below sql/, e.g. "postgres/ledger.sql", as it was when the program was built.
/// Throws std::logic_error for a name that does not exist: that is a bug, not a user's mistake.
std::string_view embedded_sql(std::string_view name);

} // namespace afloat
