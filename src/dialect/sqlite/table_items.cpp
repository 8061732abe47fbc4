#include "dialect/sqlite/table_items.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace afloat::sqlite {

void fail(std::string message) {
  throw Error(ErrorCode::statement, std::move(message));
}

/// The index of the parenthesis that opens the body of CREATE TABLE.
std::size_t body_of(const std::vector<Lexeme>& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i].is("virtual")) fail("the columns of a virtual table cannot be edited");
    if (text[i].is("as")) break;
    if (text[i].is("(")) return i;
  }
  fail("the text of the table has no column definitions");
}

std::vector<Item> items_of(const std::vector<Lexeme>& text, std::size_t open) {
  std::vector<Item> items;
  const std::size_t close = behind_parenthesis(text, open) - 1;
  std::size_t begin = open + 1;
  for (std::size_t i = begin; i < close; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
    } else if (text[i].is(",")) {
      items.push_back({begin, i});
      begin = i + 1;
    }
  }
  items.push_back({begin, close});
  return items;
}

bool starts_table_constraint(const Lexeme& lexeme) {
  constexpr std::array k_words{"constraint", "primary", "unique", "check", "foreign"};
  return std::any_of(k_words.begin(), k_words.end(), [&](const char* word) { return lexeme.is(word); });
}

} // namespace afloat::sqlite
