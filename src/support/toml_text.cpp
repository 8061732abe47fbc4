#include "support/toml_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_most_parts = 16;

/// Behind the quoted text that begins at `at`; for one that is not closed, where the parser finds that out.
std::size_t behind_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool many_lines = text.substr(at).starts_with(std::string(3, quote));
  const std::string close(many_lines ? 3 : 1, quote);
  for (std::size_t i = at + close.size(); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text.substr(i).starts_with(close)) {
      i += close.size();
      // The last quotes of text on many lines may be part of it.
      for (int more = 0; many_lines && more < 2 && i < text.size() && text[i] == quote; ++more) ++i;
      return i;
    } else if (text[i] == '\n' && !many_lines) {
      return i;
    }
  }
  return text.size();
}

/// What may stand between the dots of a key, besides its quoted parts.
bool is_between_dots(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
         || c == ' ' || c == '\t';
}

/// The parser reads a value that it does not understand up to its end, over quotes.
bool may_begin_quoted(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view(" \t\r\n=[{,.").find(text[at - 1]) != std::string_view::npos;
}
} // namespace

std::optional<TomlObstacle> find_toml_obstacle(std::string_view text) {
  std::size_t parts = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '"' || c == '\'') {
      if (!may_begin_quoted(text, at))
        return TomlObstacle{at, "not valid TOML: a quote that does not begin a key or a text",
                            "Inside of \"…\" write it as \\\"."};
      at = behind_quoted(text, at);
    } else if ((static_cast<unsigned char>(c) & 0x80U) != 0) {
      return TomlObstacle{at, "not valid TOML: a character that must stand in quotes",
                          "Put keys and texts with such characters in quotes."};
    } else {
      if (c == '.')
        ++parts;
      else if (!is_between_dots(c))
        parts = 1;
      if (parts > k_most_parts)
        return TomlObstacle{at, fmt::format("a key of more than {} parts", k_most_parts),
                            "No key of afloat has more than three."};
      ++at;
    }
  }
  return std::nullopt;
}

} // namespace afloat
