#pragma once

#include "dialect/sqlite/scan.hpp"
#include "model/schema.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// Reads a statement from its first word on. Internal to dialect/sqlite.
namespace afloat::sqlite {

class StatementReader {
 public:
  explicit StatementReader(std::string_view sql) : m_lexemes(scan(sql)) {}

  bool at_end() const { return m_at >= m_lexemes.size(); }
  /// The lexeme `ahead` of the next one; an empty symbol behind the end.
  const Lexeme& peek(std::size_t ahead = 0) const;
  bool sees(std::string_view keyword) const { return peek().is(keyword); }
  void skip() { ++m_at; }

  /// Goes past all of these words, or past none.
  bool take(std::initializer_list<std::string_view> words);
  bool take_any(std::initializer_list<std::string_view> words); ///< past one of them
  /// The name that is next, with its quotes removed; empty where there is none.
  std::string name();
  /// `main.users`, `users`: without a schema; `temp.users`, `other.users`: with it.
  RelationName relation();
  /// Goes to the next of these words outside of parentheses; false, and to the end, where there is none.
  bool find(std::initializer_list<std::string_view> words);

 private:
  std::vector<Lexeme> m_lexemes;
  std::size_t m_at = 0;
};

} // namespace afloat::sqlite
