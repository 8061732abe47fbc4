#pragma once

#include "model/dialect.hpp"

#include <cstddef>
#include <string_view>

namespace afloat {

/// A piece of a SQL script as the server's own lexer cuts it, as fine as it takes to find the ends of
/// statements: numbers keep neither sign nor exponent, and operators come one character at a time.
struct Lexeme {
  enum class Kind { space, line_comment, block_comment, word, number, quoted, symbol } kind = Kind::symbol;
  std::string_view text;
  std::size_t begin = 0;
  bool closed = true; ///< false for a comment or quote that the text ends in

  std::size_t end() const { return begin + text.size(); }
  /// A bare word in any case, or a symbol.
  bool is(std::string_view lower_case_word) const;
};

/// The piece that begins at a byte of the text. Pieces follow each other without gaps. The time for all of
/// them is linear in the text's size.
Lexeme next_lexeme(std::string_view text, std::size_t at, Dialect dialect);

/// ASCII letters in any case; `lower_case` must be.
bool same_word(std::string_view text, std::string_view lower_case);

} // namespace afloat
