#include "sql/tokens.hpp"

#include "support/text.hpp"

namespace afloat {
namespace {
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t end_of_quoted(std::string_view sql, std::size_t at, char quote, bool backslashes) {
  for (++at; at < sql.size(); ++at) {
    if (backslashes && sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      if (at + 1 < sql.size() && sql[at + 1] == quote)
        ++at;
      else
        return at + 1;
    }
  }
  return sql.size();
}

std::size_t end_of_block_comment(std::string_view sql, std::size_t at) {
  int depth = 0;
  while (at + 1 < sql.size()) {
    const std::string_view two = sql.substr(at, 2);
    if (two == "/*") {
      ++depth;
      at += 2;
    } else if (two == "*/") {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return sql.size();
}

/// End of a $tag$ string that starts here, or nothing if it does not start one.
std::optional<std::size_t> end_of_dollar_string(std::string_view sql, std::size_t at) {
  std::size_t tag_end = at + 1;
  while (tag_end < sql.size()
         && (is_word_start(sql[tag_end]) || (tag_end > at + 1 && is_digit(sql[tag_end]))))
    ++tag_end;
  if (tag_end >= sql.size() || sql[tag_end] != '$') return std::nullopt;
  const std::string_view tag = sql.substr(at, tag_end - at + 1);
  const std::size_t close = sql.find(tag, tag_end + 1);
  return close == std::string_view::npos ? sql.size() : close + tag.size();
}

Token next_token(std::string_view sql, std::size_t at) {
  const auto make = [&](TokenKind kind, std::size_t end) { return Token{kind, sql.substr(at, end - at)}; };
  const char c = sql[at];
  const std::string_view two = sql.substr(at, 2);
  std::size_t end = at + 1;
  if (is_space(c)) {
    while (end < sql.size() && is_space(sql[end])) ++end;
    return make(TokenKind::space, end);
  }
  if (two == "--") return make(TokenKind::space, std::min(sql.find('\n', at), sql.size()));
  if (two == "/*") return make(TokenKind::space, end_of_block_comment(sql, at));
  if (c == '\'') return make(TokenKind::string, end_of_quoted(sql, at, '\'', false));
  if ((two == "E'" || two == "e'")) return make(TokenKind::string, end_of_quoted(sql, at + 1, '\'', true));
  if (c == '"' || c == '`') return make(TokenKind::quoted_word, end_of_quoted(sql, at, c, false));
  if (c == '$')
    if (const auto dollar_end = end_of_dollar_string(sql, at)) return make(TokenKind::string, *dollar_end);
  if (is_word_start(c)) {
    while (end < sql.size() && is_word_part(sql[end])) ++end;
    return make(TokenKind::word, end);
  }
  if (is_digit(c)) {
    while (end < sql.size() && (is_word_part(sql[end]) || sql[end] == '.')) ++end;
    return make(TokenKind::number, end);
  }
  return make(TokenKind::symbol, two == "::" ? at + 2 : end);
}

bool is_word(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::quoted_word;
}
} // namespace

std::string Token::name() const {
  if (kind != TokenKind::quoted_word) return lower_case(text);
  const char quote = text.front();
  return replaced(std::string(text.substr(1, text.size() - 2)), std::string(2, quote), std::string(1, quote));
}

bool Token::is(std::string_view keyword) const {
  return kind == TokenKind::word && lower_case(text) == lower_case(keyword);
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < sql.size(); at += tokens.back().text.size())
    tokens.push_back(next_token(sql, at));
  return tokens;
}

std::string
replace_columns(std::string_view expression, std::string_view table,
                const std::function<std::optional<std::string>(std::string_view column)>& replace) {
  std::vector<Token> tokens;
  for (const Token& token : tokenize(expression)) tokens.push_back(token);
  std::vector<std::size_t> solid; // indexes of the tokens that are not space
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i].kind != TokenKind::space) solid.push_back(i);
  std::vector<std::string> texts;
  for (const Token& token : tokens) texts.emplace_back(token.text);

  const auto text_at = [&](std::size_t n) {
    return n < solid.size() ? tokens[solid[n]].text : std::string_view();
  };
  for (std::size_t n = 0; n < solid.size(); ++n) {
    const Token& token = tokens[solid[n]];
    if (!is_word(token) || text_at(n + 1) == "(") continue;
    if (n > 0 && (text_at(n - 1) == "::" || tokens[solid[n - 1]].is("collate"))) continue;
    const bool qualified = n >= 2 && text_at(n - 1) == "." && is_word(tokens[solid[n - 2]]);
    if (text_at(n + 1) == "." || (n > 0 && text_at(n - 1) == "." && !qualified)) continue;
    if (qualified
        && (lower_case(tokens[solid[n - 2]].name()) != lower_case(table)
            || (n >= 3 && text_at(n - 3) == ".")))
      continue;
    const auto replacement = replace(token.name());
    if (!replacement) continue;
    texts[solid[n]] = *replacement;
    if (qualified)
      for (std::size_t i = solid[n - 2]; i < solid[n]; ++i) texts[i].clear();
  }
  return join(texts, "");
}

bool mentions(std::string_view expression, std::string_view table, std::string_view column) {
  bool found = false;
  replace_columns(expression, table, [&](std::string_view name) -> std::optional<std::string> {
    if (lower_case(name) == lower_case(column)) found = true;
    return std::nullopt;
  });
  return found;
}

} // namespace afloat
