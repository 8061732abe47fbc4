#pragma once

#include "support/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// The text of a file that a person wrote, with the place of each byte.
class SourceText {
 public:
  /// `path` stands in messages. A byte-order mark is dropped; line ends become LF.
  SourceText(std::string path, std::string_view text);

  const std::string& path() const { return m_path; }
  std::string_view text() const { return m_text; }

  /// Line and column (in characters) of a byte, with the line's text; past the end is the end.
  SourcePosition at(std::size_t offset) const;

 private:
  std::string m_path;
  std::string m_text;
  std::vector<std::size_t> m_lines; ///< offsets of their first bytes
};

/// The place of a byte of `text`, which begins at `start` in its file. Where the line of `start` is not
/// known, only the text itself is shown.
SourcePosition place_inside(const SourcePosition& start, std::string_view text, std::size_t offset);

/// Offset of the first byte that is not valid UTF-8 (overlong forms and surrogates are not), or npos.
std::size_t find_invalid_utf8(std::string_view text);

/// Number of characters in UTF-8 text.
std::size_t count_characters(std::string_view text);
/// Offset of the n-th character, counted from 0; the size when there are fewer.
std::size_t offset_of_character(std::string_view text, std::size_t number);

} // namespace afloat
