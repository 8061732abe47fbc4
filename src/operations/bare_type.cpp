#include "operations/bare_type.hpp"

#include "sql/tokens.hpp"

#include <array>

#include <fmt/format.h>

namespace afloat {

std::string beyond_a_type(const std::string& type, std::string_view also) {
  constexpr std::array<std::string_view, 15> k_more{
      "serial", "bigserial", "smallserial", "serial4", "serial8", "serial2", "default",   "generated",
      "not",    "null",      "references",  "check",   "unique",  "primary", "constraint"};
  for (const Token& token : tokenize(type)) {
    for (const std::string_view word : k_more)
      if (token.is(word)) return fmt::format("\"{}\" is more than a type: \"{}\"", type, word);
    if (!also.empty() && token.is(also)) return fmt::format("\"{}\" is more than a type: \"{}\"", type, also);
  }
  return {};
}

} // namespace afloat
