#include "sql/other_marker.hpp"

#include "support/text.hpp"

#include <array>
#include <string>

namespace afloat {
namespace {
struct WayBack {
  std::string_view words; ///< in small letters, with one blank between them
  std::string_view program;
  bool alone = false; ///< could begin a sentence, too
};
constexpr std::array<WayBack, 9> k_ways_back{{
    {"+goose down", "goose"},
    {"migrate:down", "dbmate"},
    {"+migrate down", "sql-migrate"},
    {"+micrate down", "micrate"},
    {"//@undo", "MyBatis Migrations"},
    {"rambler down", "rambler", true},
    {"!downs", "Play"},
    {"down migration", "node-pg-migrate", true},
    {"create above / drop below", "tern", true},
}};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/// Without what a line may be decorated with, in small letters, with one blank for several.
std::string plain(std::string_view comment) {
  const std::size_t begin = comment.find_first_not_of("- \t\r");
  if (begin == std::string_view::npos) return {};
  const std::size_t last = comment.find_last_not_of("- \t\r");
  std::string text;
  for (const char c : comment.substr(begin, last + 1 - begin))
    if (!is_blank(c))
      text += c;
    else if (!text.ends_with(' '))
      text += ' ';
  return lower_case(text);
}
} // namespace

std::string_view whose_way_back(std::string_view comment) {
  const std::string text = plain(comment);
  for (const WayBack& way : k_ways_back)
    if (text == way.words || (!way.alone && text.starts_with(std::string(way.words) + ' ')))
      return way.program;
  return {};
}

std::size_t behind_placeholder(std::string_view text, std::size_t begin) {
  struct Form {
    std::string_view open, close;
  };
  for (const auto& [open, close] : {Form{"${", "}"}, Form{"{{", "}}"}, Form{"{%", "%}"}}) {
    if (!text.substr(begin).starts_with(open)) continue;
    const std::string_view line = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
    const std::size_t end = line.find(close, open.size());
    if (end != std::string_view::npos) return begin + end + close.size();
  }
  return 0;
}

} // namespace afloat
