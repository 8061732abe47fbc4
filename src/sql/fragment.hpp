#pragma once

#include "model/dialect.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// A piece of SQL that a person wrote, such as an expression, as it can stand inside of a statement: without
/// its "--" comments, which would hide what stands behind it, and without blanks at its ends.
std::string without_line_comments(std::string_view sql, Dialect dialect);

/// What keeps such a piece from being one whole, in words that follow "has"; empty if nothing does. It is
/// whole if its quotes, comments and brackets are closed and no semicolon ends it, nor, unless it is a
/// `list`, a comma outside of brackets. Time is linear in the text's size.
std::string fragment_problem(std::string_view sql, Dialect dialect, bool list = false);

} // namespace afloat
