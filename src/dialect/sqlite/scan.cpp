#include "dialect/sqlite/scan.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace afloat::sqlite {
namespace {
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t end_of_space(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    if (is_space(sql[at])) {
      ++at;
    } else if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at, 2) == "/*") {
      const std::size_t close = sql.find("*/", at + 2);
      at = close == std::string_view::npos ? sql.size() : close + 2;
    } else {
      break;
    }
  }
  return at;
}

std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
  const char close = sql[at] == '[' ? ']' : sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != close) continue;
    if (close == ']' || at + 1 >= sql.size() || sql[at + 1] != close) return at + 1;
    ++at;
  }
  return sql.size();
}

std::size_t end_while(std::string_view sql, std::size_t at, bool (*accepts)(char)) {
  while (at < sql.size() && accepts(sql[at])) ++at;
  return at;
}

bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}

bool is_number_part(char c) {
  return is_word_part(c) || c == '.';
}
} // namespace

bool Lexeme::is(std::string_view keyword) const {
  return (kind == Kind::word || kind == Kind::symbol) && same_name(text, keyword);
}

std::string Lexeme::name() const {
  if (kind != Kind::quoted) return std::string(text);
  const std::string inner(text.substr(1, text.size() < 2 ? 0 : text.size() - 2));
  if (text.front() == '[') return inner;
  return replaced(inner, std::string(2, text.front()), std::string(1, text.front()));
}

std::vector<Lexeme> scan(std::string_view sql) {
  std::vector<Lexeme> lexemes;
  for (std::size_t at = end_of_space(sql, 0); at < sql.size(); at = end_of_space(sql, lexemes.back().end)) {
    const char c = sql[at];
    Lexeme::Kind kind = Lexeme::Kind::symbol;
    std::size_t end = at + 1;
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
      kind = Lexeme::Kind::quoted;
      end = end_of_quoted(sql, at);
    } else if (is_word_start(c)) {
      kind = Lexeme::Kind::word;
      end = end_while(sql, at, is_word_part);
    } else if (is_digit(c) || (c == '.' && end < sql.size() && is_digit(sql[end]))) {
      kind = Lexeme::Kind::number;
      end = end_while(sql, at + 1, is_number_part);
    }
    lexemes.push_back({kind, sql.substr(at, end - at), at, end});
  }
  return lexemes;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

std::size_t behind_parenthesis(const std::vector<Lexeme>& lexemes, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < lexemes.size(); ++i) {
    if (lexemes[i].is("(")) ++depth;
    if (lexemes[i].is(")") && --depth == 0) return i + 1;
  }
  return lexemes.size();
}

} // namespace afloat::sqlite
