#include "load/unseen.hpp"

#include "sql/lexeme.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::size_t k_nowhere = std::string_view::npos;

struct Character {
  std::string_view bytes, name;
};
constexpr std::array k_characters{
    Character{"\u00A0", "a no-break space (U+00A0)"},
    Character{"\u00AD", "a soft hyphen (U+00AD)"},
    Character{"\u2002", "an en space (U+2002)"},
    Character{"\u2003", "an em space (U+2003)"},
    Character{"\u2009", "a thin space (U+2009)"},
    Character{"\u200A", "a hair space (U+200A)"},
    Character{"\u200B", "a zero-width space (U+200B)"},
    Character{"\u2028", "a line separator (U+2028)"},
    Character{"\u2029", "a paragraph separator (U+2029)"},
    Character{"\u202F", "a narrow no-break space (U+202F)"},
    Character{"\u2060", "a word joiner (U+2060)"},
    Character{"\u3000", "an ideographic space (U+3000)"},
    Character{"\uFEFF", "a byte-order mark (U+FEFF)"},
};

const Character* character_at(std::string_view text, std::size_t at) {
  if ((static_cast<unsigned char>(text[at]) & 0x80U) == 0) return nullptr;
  const auto row = std::ranges::find_if(
      k_characters, [&](const Character& each) { return text.substr(at).starts_with(each.bytes); });
  return row == k_characters.end() ? nullptr : &*row;
}

/// Of a CR that no LF follows, or of one of the characters: of most files there is none.
bool may_have_unseen(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if ((text[at] == '\r' && text.substr(at, 2) != "\r\n") || character_at(text, at)) return true;
  return false;
}

Error unseen(const SourceText& source, std::size_t offset, std::string message, std::string_view hint) {
  return Error(ErrorCode::invalid_migration, std::move(message), fmt::format("{} Nothing was changed.", hint))
      .at(source.at(offset));
}

void refuse_letter(const SourceText& source, const Lexeme& word) {
  for (std::size_t at = 0; at < word.text.size(); ++at)
    if (const Character* found = character_at(word.text, at))
      throw unseen(source, word.begin + at,
                   fmt::format("here stands {}, which SQL takes for a letter", found->name),
                   "Write a blank in its place, or remove it; a name that really has it stands in quotes.");
}

/// SQLite reads on to the next LF.
void refuse_end(const SourceText& source, const Lexeme& comment) {
  const std::size_t end = comment.text.find('\r');
  if (end == k_nowhere || comment.text.find_first_not_of("\r\n", end) == k_nowhere) return;
  throw unseen(source, comment.begin,
               "this comment goes on behind the end of its line: that is a CR without an LF",
               "Save the file with LF or CRLF line ends, such as with `tr '\\r' '\\n'`.");
}
} // namespace

void refuse_unseen(const SourceText& source, Dialect dialect) {
  const std::string_view text = source.text();
  if (!may_have_unseen(text)) return;
  for (std::size_t at = 0; at < text.size();) {
    const Lexeme lexeme = next_lexeme(text, at, dialect);
    if (lexeme.kind == Lexeme::Kind::word) refuse_letter(source, lexeme);
    if (lexeme.kind == Lexeme::Kind::line_comment) refuse_end(source, lexeme);
    at = lexeme.end();
  }
}

} // namespace afloat
