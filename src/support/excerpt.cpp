#include "support/excerpt.hpp"

#include "support/source_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace afloat {
namespace {
constexpr std::string_view k_replacement = "\xEF\xBF\xBD", k_cut = "…";
constexpr std::size_t k_most = 100;  // characters of a line that are shown
constexpr std::size_t k_before = 40; // of them in front of the caret, at least where the line is cut

struct WidthRow {
  std::uint32_t first, last;
  std::size_t columns;
};
// What a terminal draws over the letter before it, and what takes two columns (Unicode, EastAsianWidth.txt:
// W, F).
constexpr WidthRow k_widths[] = {
    {0x0300, 0x036F, 0}, {0x200B, 0x200F, 0}, {0xFE00, 0xFE0F, 0},   {0x1100, 0x115F, 2},
    {0x2E80, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE30, 0xFE6F, 2},
    {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2},
};

struct Character {
  std::string_view bytes; ///< as they are to be shown
  std::uint32_t code = 0;
};

std::uint32_t code_of(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  std::uint32_t code = static_cast<unsigned char>(bytes[0]) & (0xFFU >> (bytes.size() + 1));
  for (const char c : bytes.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

/// Takes the first character off the text; a byte that is not UTF-8 is one of its own.
Character take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t wanted = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, wanted);
  const bool valid = bytes.size() == wanted && find_invalid_utf8(bytes) == std::string_view::npos;
  text.remove_prefix(valid ? wanted : 1);
  if (!valid) return {k_replacement, 0};
  const std::uint32_t code = code_of(bytes);
  const bool steers = (code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7F && code < 0xA0);
  return {steers ? k_replacement : bytes, code};
}

std::size_t width_of(std::uint32_t code) {
  const auto row =
      std::ranges::find_if(k_widths, [&](const WidthRow& r) { return code >= r.first && code <= r.last; });
  return row == std::end(k_widths) ? 1 : row->columns;
}

std::string blank_for(const Character& character) {
  return character.code == '\t' ? "\t" : std::string(width_of(character.code), ' ');
}
} // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) result += take(text).bytes;
  return result;
}

std::string source_excerpt(std::string_view line, int column) {
  if (line.empty()) return {};
  std::vector<Character> characters;
  while (!line.empty()) characters.push_back(take(line));
  const std::size_t caret =
      std::min<std::size_t>(column > 0 ? static_cast<std::size_t>(column - 1) : 0, characters.size());
  const bool is_long = characters.size() > k_most;
  const std::size_t begin =
      is_long && caret > k_before ? std::min(caret - k_before, characters.size() - k_most) : 0;
  const std::size_t end = std::min(begin + k_most, characters.size());
  std::string shown(begin > 0 ? k_cut : ""), blanks(begin > 0 ? " " : "");
  for (std::size_t i = begin; i < end; ++i) {
    shown += characters[i].bytes;
    if (i < caret) blanks += blank_for(characters[i]);
  }
  if (end < characters.size()) shown += k_cut;
  std::string text = "   | " + shown + "\n";
  return column > 0 ? text + "   | " + blanks + "^\n" : text;
}

} // namespace afloat
