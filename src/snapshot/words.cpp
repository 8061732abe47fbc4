#include "snapshot/words.hpp"

#include "support/error.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  std::size_t opened = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    if (c == quote)
      quote = '\0';
    else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      opened = i + 1;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size())
      words.back() += text[++i];
    else
      words.back() += c;
  }
  if (quote != '\0')
    throw Error(ErrorCode::configuration,
                fmt::format("a quote is not closed: it opens at character {} of the command", opened),
                "Close it, or write \\ before it. Nothing was changed.");
  return words;
}

std::string filled(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [word, value] : words) text = replaced(std::move(text), "{{" + word + "}}", value);
  const std::size_t open = text.find("{{");
  if (open == std::string::npos) return text;
  throw Error(ErrorCode::configuration,
              fmt::format("\"{}\" in the name of a snapshot is not known", text.substr(open)),
              "Known are {{project}}, {{version}}, {{phase}}, {{env}}.");
}

} // namespace afloat
