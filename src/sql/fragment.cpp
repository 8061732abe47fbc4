#include "sql/fragment.hpp"

#include "sql/lexeme.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat {
namespace {
using Kind = Lexeme::Kind;

std::string_view not_closed(const Lexeme& lexeme) {
  return lexeme.kind == Kind::block_comment ? "a comment that is not closed" : "a quote that is not closed";
}

char closing(char open) {
  return open == '(' ? ')' : ']';
}
} // namespace

std::string without_line_comments(std::string_view sql, Dialect dialect) {
  std::string text;
  for (std::size_t at = 0; at < sql.size();) {
    const Lexeme lexeme = next_lexeme(sql, at, dialect);
    if (lexeme.kind != Kind::line_comment) text += lexeme.text;
    at = lexeme.end();
  }
  return trimmed(text);
}

std::string fragment_problem(std::string_view sql, Dialect dialect, bool list) {
  std::string open; // the closing brackets that are awaited
  for (std::size_t at = 0; at < sql.size();) {
    const Lexeme lexeme = next_lexeme(sql, at, dialect);
    at = lexeme.end();
    if (!lexeme.closed) return std::string(not_closed(lexeme));
    if (lexeme.kind != Kind::symbol) continue;
    const char c = lexeme.text.front();
    if (c == ';') return "a semicolon";
    if (c == ',' && open.empty() && !list) return "a comma outside of parentheses";
    if (c == '(' || c == '[') open += closing(c);
    if (c != ')' && c != ']') continue;
    if (open.empty() || open.back() != c) return fmt::format("a \"{}\" that closes nothing", c);
    open.pop_back();
  }
  if (open.empty()) return {};
  return fmt::format("a \"{}\" that is not closed", open.back() == ')' ? '(' : '[');
}

} // namespace afloat
