#include "sql/foreign_key.hpp"

#include "sql/tokens.hpp"

#include <cstddef>

namespace afloat {
namespace {
bool is_name(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted_word;
}
} // namespace

ForeignKeyText parse_foreign_key(std::string_view definition) {
  enum class Part { before, columns, between, table, referenced, rest } part = Part::before;
  ForeignKeyText key;
  for (const Token& token : tokenize(definition)) {
    const bool opens = token.text == "(", closes = token.text == ")";
    switch (part) {
    case Part::before:
      if (opens) part = Part::columns;
      break;
    case Part::columns:
      if (is_name(token)) key.columns.push_back(token.name());
      if (closes) part = Part::between;
      break;
    case Part::between:
      if (token.is("references")) part = Part::table;
      break;
    case Part::table:
      if (opens)
        part = Part::referenced;
      else if (token.kind != TokenKind::space)
        key.table += token.text;
      break;
    case Part::referenced:
      if (is_name(token)) key.referenced.push_back(token.name());
      if (closes) part = Part::rest;
      break;
    case Part::rest:
      key.rest += token.text;
      break;
    }
  }
  return key;
}

bool has_action(std::string_view definition, std::string_view event, std::string_view word) {
  std::vector<Token> tokens = tokenize(definition);
  std::erase_if(tokens, [](const Token& token) { return token.kind == TokenKind::space; });
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    if (tokens[i].is("on") && tokens[i + 1].is(event) && tokens[i + 2].is(word)) return true;
  return false;
}

} // namespace afloat
