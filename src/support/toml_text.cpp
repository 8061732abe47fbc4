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

/// A backslash in text on many lines whose next letter, behind blanks and line ends, is none of ASCII:
/// toml++ 3.3 asks there whether it is white space, with undefined behaviour for U+00A1 to U+0499 and U+FB26
/// to U+FEFE.
std::optional<std::size_t> find_unreadable_escape(std::string_view quoted) {
  if (!quoted.starts_with("\"\"\"")) return std::nullopt;
  for (std::size_t i = 3; i + 1 < quoted.size(); ++i) {
    if (quoted[i] != '\\') continue;
    const std::size_t next = quoted.find_first_not_of(" \t\r\n", i + 1);
    if (next != std::string_view::npos && (static_cast<unsigned char>(quoted[next]) & 0x80U) != 0) return i;
    ++i;
  }
  return std::nullopt;
}

/// What may stand between the dots of a key, besides its quoted parts.
bool is_between_dots(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
         || c == ' ' || c == '\t';
}

/// Whether a quote may begin a text. The parser reads a value that it does not understand up to its end, over
/// quotes and brackets: "4[\"é\"" is one such value.
class Place {
 public:
  bool may_begin_quoted() const { return m_fresh && !m_in_word; }

  /// Takes each character outside of texts and comments.
  void pass(char c) {
    m_fresh = std::string_view(" \t\r\n=[{,.").find(c) != std::string_view::npos;
    if (c == '\n' && m_brackets.empty()) m_value = false;
    if (std::string_view(" \t\r\n,]}").find(c) != std::string_view::npos)
      end_word(c);
    else if (!m_value || m_in_word)
      m_value = m_value || c == '=';
    else if (c == '[' || c == '{')
      open(c);
    else
      m_in_word = true;
  }
  void pass_text() { m_fresh = false; }

 private:
  void open(char bracket) {
    m_brackets += bracket;
    m_value = bracket == '[';
  }
  void end_word(char c) {
    m_in_word = false;
    if (c == ',') m_value = m_brackets.ends_with('[');
    if ((c == ']' || c == '}') && !m_brackets.empty()) {
      m_brackets.pop_back();
      m_value = true;
    }
  }

  std::string m_brackets;
  bool m_fresh = true;
  bool m_value = false;   ///< behind a "=", or in a list
  bool m_in_word = false; ///< in a value without quotes
};
} // namespace

std::optional<TomlObstacle> find_toml_obstacle(std::string_view text) {
  std::size_t parts = 1;
  Place place;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '"' || c == '\'') {
      if (!place.may_begin_quoted())
        return TomlObstacle{at, "not valid TOML: a quote that does not begin a key or a text",
                            "Inside of \"…\" write it as \\\"."};
      const std::size_t end = behind_quoted(text, at);
      if (const auto escape = find_unreadable_escape(text.substr(at, end - at)))
        return TomlObstacle{at + *escape,
                            "a \"\\\" in front of a letter that is none of ASCII cannot be read",
                            "Write \\\\ for a backslash; let a line end without it."};
      place.pass_text();
      at = end;
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
      place.pass(c);
      ++at;
    }
  }
  return std::nullopt;
}

} // namespace afloat
