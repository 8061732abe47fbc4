#include "sql/lexeme.hpp"

#include <algorithm>
#include <array>

// PostgreSQL: src/fe_utils/psqlscan.l of 18, with standard_conforming_strings on. SQLite: sqlite3GetToken().
namespace afloat {
namespace {
using Kind = Lexeme::Kind;
constexpr std::size_t k_nowhere = std::string_view::npos;

constexpr unsigned k_letter = 1, k_digit = 2, k_space = 4;

constexpr std::array<unsigned, 256> make_classes() {
  std::array<unsigned, 256> classes{};
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80) classes[c] = k_letter;
    if (c >= '0' && c <= '9') classes[c] = k_digit;
  }
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'}) classes[static_cast<unsigned char>(c)] = k_space;
  return classes;
}
constexpr std::array<unsigned, 256> k_classes = make_classes();

bool is(char c, unsigned classes) {
  return (k_classes[static_cast<unsigned char>(c)] & classes) != 0;
}

bool is_word_part(char c) {
  return is(c, k_letter | k_digit) || c == '$';
}

/// What a lexer looks at: one text, one place.
struct Place {
  std::string_view text;
  std::size_t at;
  Dialect dialect;

  bool postgres() const { return dialect == Dialect::postgres; }
  char look(std::size_t ahead) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }
  bool starts_with(std::string_view prefix) const { return text.substr(at).starts_with(prefix); }
};

/// `end` npos: it is not closed, and the rest of the text belongs to it.
Lexeme piece(const Place& place, Kind kind, std::size_t end) {
  const bool closed = end != k_nowhere;
  const std::size_t size = closed ? end - place.at : k_nowhere;
  return {kind, place.text.substr(place.at, size), place.at, closed};
}

std::size_t behind_find(std::string_view text, std::string_view what, std::size_t from) {
  const std::size_t found = text.find(what, from);
  return found == k_nowhere ? k_nowhere : found + what.size();
}

/// Behind the quote that closes the one at `at`; a doubled quote stands for itself.
std::size_t behind_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t end = text.find(quote, at + 1); end != k_nowhere; end = text.find(quote, end + 2))
    if (end + 1 >= text.size() || text[end + 1] != quote) return end + 1;
  return k_nowhere;
}

std::size_t behind_line(const Place& place, std::size_t from) {
  // To PostgreSQL a single carriage return ends a line, too; to SQLite it does not.
  return std::min(place.text.find_first_of(place.postgres() ? "\n\r" : "\n", from), place.text.size());
}

/// Behind one segment of an E'…' string, whose opening quote is at `at`.
std::size_t behind_escaped_quote(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '\'' && i + 1 < text.size() && text[i + 1] == '\'')
      ++i;
    else if (text[i] == '\'')
      return i + 1;
  }
  return k_nowhere;
}

/// The opening quote that continues a string over a line end (SQL's rule), or npos. Only block comments may
/// not stand in between.
std::size_t continuing_quote(const Place& place, std::size_t at) {
  bool line_end = false;
  while (at < place.text.size()) {
    const char c = place.text[at];
    if (c == '\'') return line_end ? at : k_nowhere;
    if (place.text.substr(at).starts_with("--")) {
      at = behind_line(place, at);
    } else if (is(c, k_space)) {
      line_end = line_end || c == '\n' || c == '\r';
      ++at;
    } else {
      return k_nowhere;
    }
  }
  return k_nowhere;
}

/// A continued E'…' string keeps its backslashes; for the other kinds a continuation looks like a string of
/// its own.
std::size_t behind_escape_string(const Place& place) {
  std::size_t end = behind_escaped_quote(place.text, place.at + 1);
  while (end != k_nowhere) {
    const std::size_t next = continuing_quote(place, end);
    if (next == k_nowhere) return end;
    end = behind_escaped_quote(place.text, next);
  }
  return end;
}

std::size_t behind_nested_comment(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (std::size_t i = at; i != k_nowhere; i = text.find_first_of("/*", i)) {
    const std::string_view two = text.substr(i, 2);
    if (two == "*/" && --depth == 0) return i + 2;
    if (two == "/*") ++depth;
    const bool one = two != "/*" && two != "*/";
    i += one ? 1U : 2U;
  }
  return k_nowhere;
}

/// The delimiter $tag$ that begins here; empty if none does.
std::string_view dollar_delimiter(const Place& place) {
  std::size_t end = place.at + 1;
  if (is(place.look(1), k_letter))
    while (end < place.text.size() && is(place.text[end], k_letter | k_digit)) ++end;
  const bool found = end < place.text.size() && place.text[end] == '$';
  return found ? place.text.substr(place.at, end + 1 - place.at) : std::string_view();
}

Lexeme read_dollar(const Place& place) {
  const std::string_view delimiter = dollar_delimiter(place);
  if (!delimiter.empty())
    return piece(place, Kind::quoted, behind_find(place.text, delimiter, place.at + delimiter.size()));
  std::size_t end = place.at + 1;
  while (end < place.text.size() && is(place.text[end], k_digit)) ++end;
  return piece(place, Kind::symbol, end);
}

Lexeme read_word(const Place& place) {
  if (place.postgres() && (place.starts_with("E'") || place.starts_with("e'")))
    return piece(place, Kind::quoted, behind_escape_string(place));
  std::size_t end = place.at + 1;
  while (end < place.text.size() && is_word_part(place.text[end])) ++end;
  return piece(place, Kind::word, end);
}

/// Letters behind digits belong to them (1e5, 0x1F, 1_000); a "$" there begins a string in PostgreSQL.
Lexeme read_number(const Place& place) {
  std::size_t end = place.at + 1;
  while (end < place.text.size() && (is(place.text[end], k_letter | k_digit) || place.text[end] == '.'))
    ++end;
  return piece(place, Kind::number, end);
}

/// Behind a parameter of SQLite, as ":a", or Tcl's "$a::b(index)", whose index may hold anything but space.
std::size_t behind_parameter(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (is_word_part(text[end]) || text.substr(end).starts_with("::")))
    end += text[end] == ':' ? 2U : 1U;
  if (end == at + 1 || end >= text.size() || text[end] != '(') return end;
  const std::size_t stop = text.find_first_of(") \t\n\v\f\r", end + 1);
  return stop != k_nowhere && text[stop] == ')' ? stop + 1 : end;
}

Lexeme read_comment(const Place& place) {
  if (place.look(0) == '-') return piece(place, Kind::line_comment, behind_line(place, place.at));
  return piece(place, Kind::block_comment,
               place.postgres() ? behind_nested_comment(place.text, place.at)
                                : behind_find(place.text, "*/", place.at + 2));
}

Lexeme read_space(const Place& place) {
  std::size_t end = place.at + 1;
  while (end < place.text.size() && is(place.text[end], k_space)) ++end;
  return piece(place, Kind::space, end);
}

bool begins_quote(const Place& place) {
  const char c = place.look(0);
  return c == '\'' || c == '"' || (c == '`' && !place.postgres());
}
} // namespace

bool same_word(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool Lexeme::is(std::string_view lower_case_word) const {
  return (kind == Kind::word || kind == Kind::symbol) && same_word(text, lower_case_word);
}

Lexeme next_lexeme(std::string_view text, std::size_t at, Dialect dialect) {
  const Place place{text, at, dialect};
  const char c = text[at];
  // The vertical tab is space in PostgreSQL since 16; in SQLite only behind other space.
  if (is(c, k_space) && (c != '\v' || place.postgres())) return read_space(place);
  // SQLite reads over a byte-order mark wherever a word could begin.
  if (!place.postgres() && place.starts_with("\xEF\xBB\xBF")) return piece(place, Kind::space, at + 3);
  if (is(c, k_letter)) return read_word(place);
  if (is(c, k_digit) || (c == '.' && is(place.look(1), k_digit))) return read_number(place);
  if (place.starts_with("--") || place.starts_with("/*")) return read_comment(place);
  if (begins_quote(place)) return piece(place, Kind::quoted, behind_quote(text, at));
  if (c == '[' && !place.postgres()) return piece(place, Kind::quoted, behind_find(text, "]", at));
  if (c == '$' && place.postgres()) return read_dollar(place);
  if (!place.postgres() && std::string_view("$@#:").find(c) != k_nowhere)
    return piece(place, Kind::symbol, behind_parameter(text, at));
  const bool two = place.postgres() && (place.starts_with("::") || place.starts_with(":="));
  return piece(place, Kind::symbol, at + (two ? 2 : 1));
}

} // namespace afloat
