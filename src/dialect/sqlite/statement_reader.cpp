#include "dialect/sqlite/statement_reader.hpp"

#include <algorithm>

namespace afloat::sqlite {
namespace {
const Lexeme k_nothing{};
} // namespace

const Lexeme& StatementReader::peek(std::size_t ahead) const {
  return m_at + ahead < m_lexemes.size() ? m_lexemes[m_at + ahead] : k_nothing;
}

bool StatementReader::take(std::initializer_list<std::string_view> words) {
  std::size_t ahead = 0;
  for (const std::string_view word : words)
    if (!peek(ahead++).is(word)) return false;
  m_at += words.size();
  return true;
}

bool StatementReader::take_any(std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return take({word}); });
}

std::string StatementReader::name() {
  if (!peek().is_name()) return {};
  return m_lexemes[m_at++].name();
}

RelationName StatementReader::relation() {
  RelationName result{"", name()};
  if (!take({"."})) return result;
  if (!same_name(result.name, "main")) result.schema = result.name;
  result.name = name();
  return result;
}

bool StatementReader::find(std::initializer_list<std::string_view> words) {
  int depth = 0;
  for (; !at_end(); ++m_at) {
    if (sees("(")) ++depth;
    if (sees(")")) --depth;
    if (depth == 0 && std::ranges::any_of(words, [&](std::string_view word) { return sees(word); }))
      return true;
  }
  return false;
}

} // namespace afloat::sqlite
