#include "dialect/postgres/server_message.hpp"

#include "sql/tokens.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <charconv>

namespace afloat {
namespace {
constexpr std::size_t k_sqlstate_size = 5;

/// "42501: permission denied …"
bool starts_with_sqlstate(std::string_view message) {
  const auto belongs = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  return message.size() > k_sqlstate_size + 2 && message.substr(k_sqlstate_size, 2) == ": "
         && std::ranges::all_of(message.substr(0, k_sqlstate_size), belongs);
}

/// Where the text begins in "LINE 12: text" (the word depends on libpq's language).
std::optional<std::size_t> marked_line(std::string_view line) {
  const std::size_t colon = line.find(": "), space = line.find(' ');
  if (colon == std::string_view::npos || space == std::string_view::npos || space + 1 >= colon)
    return std::nullopt;
  const std::string_view word = line.substr(0, space), number = line.substr(space + 1, colon - space - 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!std::ranges::all_of(word, capital) || !std::ranges::all_of(number, digit)) return std::nullopt;
  return colon + 2;
}

/// What a line begins, if it is one of libpq's labels; they are not the server's, and so never translated.
struct Reader {
  ServerMessage parts;
  std::size_t label = 0; ///< size of "LINE 1: ", whose next line has the caret
  enum class In { fields, query, context } in = In::fields;

  void take(const std::string& line) {
    if (line.starts_with("LOCATION:")) {
      in = In::fields;
    } else if (line.starts_with("CONTEXT:")) {
      in = In::context;
      parts.context.push_back(without_severity(line));
    } else if (in == In::context) {
      parts.context.push_back(line);
    } else if (line.starts_with("QUERY:")) {
      in = In::query;
      parts.internal = true;
    } else if (in == In::fields) {
      take_field(line);
    }
  }

  void take_field(const std::string& line) {
    if (const auto marked = marked_line(line)) {
      parts.line = line.substr(*marked);
      label = *marked;
    } else if (label > 0 && trimmed(line) == "^") {
      parts.column = line.find('^') < label ? 0 : line.find('^') - label;
      label = 0;
    } else if (line.starts_with("DETAIL:"))
      parts.detail = without_severity(line);
    else if (line.starts_with("HINT:"))
      parts.hint = without_severity(line);
    else if (parts.message.empty())
      parts.message = without_severity(line);
  }
};
} // namespace

/// "ERROR:  text" -> "text"; the word in front depends on the server's language.
std::string without_severity(std::string_view line) {
  const std::size_t colon = line.find(":  ");
  const bool one_word =
      colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos;
  return trimmed(one_word ? line.substr(colon + 3) : line);
}

ServerMessage parse_server_message(std::string_view text) {
  Reader reader;
  for (const std::string& line : split(text, '\n')) reader.take(line);
  ServerMessage parts = std::move(reader.parts);
  if (starts_with_sqlstate(parts.message)) {
    parts.sqlstate = parts.message.substr(0, k_sqlstate_size);
    parts.message.erase(0, k_sqlstate_size + 2);
  }
  return parts;
}

namespace {
/// The place of the mistake in the line that libpq shows, where that line stands in the text at or behind
/// `from`.
std::optional<std::size_t> offset_of_line(const ServerMessage& message, std::string_view sql,
                                          std::size_t from) {
  if (message.line.empty()) return std::nullopt;
  constexpr std::string_view k_cut = "...";
  const std::string looked_at = replaced(std::string(sql), "\t", " "); // libpq shows tabs as spaces
  const std::string_view text = looked_at;
  std::string_view shown = message.line;
  std::size_t column = message.column;
  if (shown.ends_with(k_cut)) shown.remove_suffix(k_cut.size());
  std::size_t start = text.find(shown, from);
  if (start == std::string_view::npos && shown.starts_with(k_cut)) {
    shown.remove_prefix(k_cut.size());
    column -= std::min(column, k_cut.size());
    start = text.find(shown, from);
  }
  if (start == std::string_view::npos) return std::nullopt;
  return start + offset_of_character(shown, column);
}

constexpr std::string_view k_block = "inline_code_block";

/// The number of the line in "PL/pgSQL function inline_code_block line 4 at RAISE", whose other words depend
/// on the server's language.
std::size_t line_in_block(std::string_view context) {
  constexpr std::string_view k_digits = "0123456789";
  const std::size_t digit = context.find_first_of(k_digits, context.find(k_block) + k_block.size());
  if (digit == std::string_view::npos) return 0;
  std::size_t number = 0;
  std::from_chars(context.data() + digit, context.data() + context.size(), number);
  return number;
}

/// Where a line of the block's body begins in the statement. The first is what stands behind the quote.
std::optional<std::size_t> begin_of_line(std::string_view sql, std::size_t number) {
  std::string_view body;
  for (const Token& token : tokenize(sql))
    if (token.kind == TokenKind::string && token.text.size() > body.size()) body = token.text;
  if (number == 0 || body.empty()) return std::nullopt;
  std::size_t at = body.front() == '$' ? body.find('$', 1) + 1 : body.find('\'') + 1;
  for (; number > 1; --number) {
    at = body.find('\n', at) + 1;
    if (at == 0) return std::nullopt;
  }
  at = std::min(body.find_first_not_of(" \t\r", at), body.size());
  return static_cast<std::size_t>(body.data() - sql.data()) + at;
}

bool is_block(std::string_view context) {
  return context.find(k_block) != std::string_view::npos;
}

/// Ours are named by the step, and are no place where somebody could correct anything.
bool is_function(std::string_view context) {
  return context.find("PL/pgSQL") != std::string_view::npos && !is_block(context)
         && context.find("afloat") == std::string_view::npos;
}
} // namespace

Mistake find_mistake(const ServerMessage& message, std::string_view sql) {
  const auto& context = message.context;
  const auto block = std::ranges::find_if(context, is_block),
             function = std::ranges::find_if(context, is_function);
  Mistake mistake;
  if (!message.internal && !message.line.empty()) {
    mistake.offset = offset_of_line(message, sql, 0);
    return mistake;
  }
  if (function < block) mistake.inside = *function;
  if (block == context.end()) return mistake;
  const auto begin = begin_of_line(sql, line_in_block(*block));
  if (mistake.inside.empty() && begin) mistake.offset = offset_of_line(message, sql, *begin);
  if (!mistake.offset) mistake.offset = begin;
  return mistake;
}

} // namespace afloat
