#pragma once

#include <string>
#include <string_view>

namespace afloat {

/// The text with U+FFFD for each byte that is not UTF-8 and each control character except line feed and tab:
/// what stands in a file or comes from a server must not steer the terminal.
std::string printable(std::string_view text);

/// A source line and a caret below its `column` (in characters, from 1; 0: no caret), each behind "   | " and
/// with a line feed. The caret keeps its place behind tabs and wide letters; of a long line only the part
/// near it is shown. Empty for an empty line.
std::string source_excerpt(std::string_view line, int column);

} // namespace afloat
