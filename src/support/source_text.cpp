#include "support/source_text.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace afloat {
namespace {
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80;
}

/// The smallest and largest second byte, and the number of bytes, by the first byte (RFC 3629, section 4).
struct LeadRow {
  unsigned char first, last, second_least, second_most;
  std::size_t size;
};
constexpr LeadRow k_leads[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/// Number of bytes of the character that begins the text; 0 if it is not valid.
std::size_t size_of_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto row =
      std::ranges::find_if(k_leads, [&](const LeadRow& r) { return lead >= r.first && lead <= r.last; });
  if (row == std::end(k_leads) || row->size > text.size()) return 0;
  if (row->size == 1) return 1;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < row->second_least || second > row->second_most) return 0;
  return std::ranges::all_of(text.substr(1, row->size - 1), continues) ? row->size : 0;
}
} // namespace

SourceText::SourceText(std::string path, std::string_view text) : m_path(std::move(path)), m_lines{0} {
  if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
  m_text = replaced(std::string(text), "\r\n", "\n");
  for (std::size_t i = 0; i < m_text.size(); ++i)
    if (m_text[i] == '\n') m_lines.push_back(i + 1);
}

SourcePosition SourceText::at(std::size_t offset) const {
  offset = std::min(offset, m_text.size());
  const auto next = std::ranges::upper_bound(m_lines, offset);
  const std::size_t start = *(next - 1);
  const std::string_view rest = std::string_view(m_text).substr(start);
  return {m_path, static_cast<int>(next - m_lines.begin()),
          static_cast<int>(count_characters(rest.substr(0, offset - start))) + 1,
          std::string(rest.substr(0, rest.find('\n')))};
}

SourcePosition place_inside(const SourcePosition& start, std::string_view text, std::size_t offset) {
  const SourcePosition inside = SourceText({}, text).at(offset);
  SourcePosition where = start;
  where.line += inside.line - 1;
  if (inside.line > 1) {
    where.column = inside.column;
    where.source_line = inside.source_line;
  } else {
    if (start.source_line.empty())
      where.source_line =
          std::string(static_cast<std::size_t>(std::max(start.column - 1, 0)), ' ') + inside.source_line;
    where.column += inside.column - 1;
  }
  return where;
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = size_of_character(text.substr(at));
    if (size == 0) return at;
    at += size;
  }
  return std::string_view::npos;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::size_t offset_of_character(std::string_view text, std::size_t number) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (!continues(text[at]) && number-- == 0) return at;
  return text.size();
}

} // namespace afloat
