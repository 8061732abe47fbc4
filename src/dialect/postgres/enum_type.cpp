#include "dialect/postgres/enum_type.hpp"

#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstddef>

namespace afloat::postgres {
namespace {
using Tokens = std::vector<Token>;

/// The number of tokens of the type behind the "::" at `at`, if that is one to this type.
std::size_t cast_at(const Tokens& text, std::size_t at, const Tokens& type) {
  if (text[at].text != "::" || text.size() - at - 1 < type.size()) return 0;
  for (std::size_t i = 0; i < type.size(); ++i)
    if (text[at + 1 + i].text != type[i].text) return 0;
  const std::size_t behind = at + 1 + type.size();
  return behind < text.size() && text[behind].text == "." ? 0 : type.size();
}

/// What a plain string or an array in one says: the value, or one of the elements.
bool says(std::string_view literal, std::string_view value) {
  if (!literal.starts_with('\'')) return false;
  const std::string content = replaced(std::string(literal.substr(1, literal.size() - 2)), "''", "'");
  if (content == value) return true;
  if (!content.starts_with('{')) return false;
  const std::vector<std::string> elements = split(content.substr(1, content.size() - 2), ',');
  return std::ranges::any_of(elements, [&](std::string element) {
    if (element.size() > 1 && element.starts_with('"')) element = element.substr(1, element.size() - 2);
    return element == value;
  });
}
} // namespace

std::string retyped(std::string_view expression, std::string_view from, std::string_view to) {
  const Tokens text = tokenize(expression), type = tokenize(from);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i].text;
    if (const std::size_t length = cast_at(text, i, type); length > 0) {
      result += to;
      i += length;
    }
  }
  return result;
}

bool has_constant(std::string_view expression, std::string_view type, std::string_view value) {
  const Tokens text = tokenize(expression), of = tokenize(type);
  for (std::size_t i = 1; i < text.size(); ++i)
    if (cast_at(text, i, of) > 0 && says(text[i - 1].text, value)) return true;
  return false;
}

} // namespace afloat::postgres
