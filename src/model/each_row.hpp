#pragma once

#include <string_view>

namespace afloat {

/// A statement of a step that is run outside a transaction may begin with this: then it is a query, and each
/// of its rows, of one column, is a statement which is run by itself. It is asked when its turn comes.
inline constexpr std::string_view k_each_row = "-- each row of this query is a statement, run by itself\n";

/// Such a row may begin with this, where other rows of the step keep writers out: it does not, and waits for
/// its locks as long as it takes.
inline constexpr std::string_view k_in_no_hurry = "/* keeps nobody out */ ";

} // namespace afloat
