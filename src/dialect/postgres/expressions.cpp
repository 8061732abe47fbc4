#include "dialect/postgres/expressions.hpp"

#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace afloat::postgres {
namespace {
constexpr std::array<std::string_view, 10> k_stable{
    "now",       "current_timestamp", "current_date",          "current_time", "localtimestamp",
    "localtime", "current_user",      "transaction_timestamp", "session_user", "statement_timestamp"};

// In a cast of a cast these strings mean the time of evaluation.
constexpr std::array<std::string_view, 4> k_moving{"'now'", "'today'", "'tomorrow'", "'yesterday'"};

std::vector<Token> solid_tokens(std::string_view sql) {
  std::vector<Token> tokens = tokenize(sql);
  std::erase_if(tokens, [](const Token& token) { return token.kind == TokenKind::space; });
  return tokens;
}

bool is_literal_word(const Token& token) {
  return token.is("true") || token.is("false") || token.is("null") || token.is("array");
}
} // namespace

bool is_constant(std::string_view expression) {
  bool in_type = false;
  std::size_t casts = 0;
  bool moving = false;
  for (const Token& token : solid_tokens(expression)) {
    switch (token.kind) {
    case TokenKind::string:
      moving |= std::ranges::find(k_moving, lower_case(token.text)) != k_moving.end();
      break;
    case TokenKind::number:
    case TokenKind::space:
      break;
    case TokenKind::word:
    case TokenKind::quoted_word:
      if (!in_type && !is_literal_word(token)) return false;
      break;
    case TokenKind::symbol:
      if (token.text == "::") {
        in_type = true;
        ++casts;
      } else if (std::string_view("()[].,+-").find(token.text) == std::string_view::npos) {
        return false;
      } else if (std::string_view(",+-").find(token.text) != std::string_view::npos) {
        in_type = false;
      }
    }
  }
  return !(moving && casts > 1);
}

bool is_stable_default(std::string_view expression) {
  const std::vector<Token> tokens = solid_tokens(expression);
  if (tokens.empty()) return false;
  bool known = false;
  bool in_type = false;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::word && !in_type) {
      if (std::ranges::find(k_stable, lower_case(token.text)) == k_stable.end()) return false;
      known = true;
    } else if (token.kind == TokenKind::quoted_word || token.kind == TokenKind::string) {
      return false;
    }
    in_type |= token.text == "::";
  }
  return known;
}

std::string without_cast(std::string_view constant) {
  const std::vector<Token> tokens = solid_tokens(constant);
  const auto casts = std::ranges::count(tokens, "::", &Token::text);
  if (tokens.size() > 2 && tokens[0].kind == TokenKind::string && tokens[1].text == "::" && casts == 1)
    return std::string(tokens[0].text);
  return std::string(constant);
}

bool proves_not_null(const Table& table, std::string_view column) {
  const auto proves = [&](const Constraint& constraint) {
    if (constraint.kind != ConstraintKind::check || !constraint.validated) return false;
    std::vector<std::string> words;
    for (const Token& token : tokenize(constraint.definition))
      if (token.kind != TokenKind::space && token.text != "(" && token.text != ")")
        words.push_back(token.kind == TokenKind::quoted_word ? token.name() : lower_case(token.text));
    return words == std::vector<std::string>{"check", std::string(column), "is", "not", "null"};
  };
  return std::ranges::any_of(table.constraints, proves);
}

} // namespace afloat::postgres
