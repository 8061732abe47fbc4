#pragma once

#include <string>
#include <string_view>
#include <vector>

/// SQL text as SQLite itself splits it: four quoting styles, comments that do not nest. Internal to
/// dialect/sqlite.
namespace afloat::sqlite {

/// A word, string, number or symbol with its place in the text. Space and comments are left out.
struct Lexeme {
  enum class Kind {
    word,
    quoted,
    number,
    symbol
  } kind = Kind::symbol; ///< '…' counts as quoted: it may be a name
  std::string_view text;
  std::size_t begin = 0, end = 0;

  bool is(std::string_view keyword) const; ///< bare words and symbols only, in any case
  bool is_name() const { return kind == Kind::word || kind == Kind::quoted; }
  std::string name() const; ///< quotes removed, case kept
};

std::vector<Lexeme> scan(std::string_view sql);
bool same_name(std::string_view a,
               std::string_view b); ///< ASCII letters in any case, as SQLite compares names

/// The index behind the parenthesis that closes the one at `open`.
std::size_t behind_parenthesis(const std::vector<Lexeme>& lexemes, std::size_t open);

} // namespace afloat::sqlite
