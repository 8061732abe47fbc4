#include "sql/server_wide.hpp"

#include "sql/tokens.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace afloat {
namespace {
using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 8> k_shared{"role",     "user",         "group",  "tablespace",
                                                   "database", "subscription", "system", "parameter"};

bool is_any(const Words& words, std::size_t at, std::span<const std::string_view> list) {
  return at < words.size() && std::ranges::count(list, words[at]) > 0;
}

/// Bare words, folded; what is quoted is a name and stands as an empty word.
Words words_of(std::string_view statement) {
  Words words;
  for (const Token& token : tokenize(statement))
    if (token.kind == TokenKind::word || token.kind == TokenKind::quoted_word)
      words.push_back(token.kind == TokenKind::word ? token.name() : std::string());
  return words;
}

std::string upper(std::string text) {
  for (char& letter : text)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}
} // namespace

std::string server_wide(std::string_view statement) {
  const Words words = words_of(statement);
  if (words.size() < 2) return {};
  const std::string& verb = words[0];
  const auto on = static_cast<std::size_t>(std::ranges::find(words, "on") - words.begin());
  if (verb == "create" || verb == "alter" || verb == "drop") {
    const bool mapping = words[1] == "user" && words.size() > 2 && words[2] == "mapping";
    if ((is_any(words, 1, k_shared) && !mapping) || (verb == "drop" && words[1] == "owned"))
      return upper(verb + " " + words[1]);
  }
  if (verb == "reassign") return "REASSIGN OWNED";
  if (verb == "comment" || verb == "security")
    return is_any(words, on + 1, k_shared) ? upper(verb + " … on " + words[on + 1]) : std::string();
  if (verb != "grant" && verb != "revoke") return {};
  if (on == words.size()) return upper(verb) + " of a role";
  return is_any(words, on + 1, k_shared) ? upper(verb + " … on " + words[on + 1]) : std::string();
}

} // namespace afloat
