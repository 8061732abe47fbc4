#include "commands/exclusive.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

namespace afloat {

void require_at_most_one(const Arguments& arguments, std::initializer_list<std::string_view> options) {
  std::string_view first;
  for (const std::string_view option : options) {
    if (!arguments.has(option)) continue;
    if (!first.empty())
      throw Error(ErrorCode::usage, fmt::format("{} and {} cannot be given together", first, option),
                  "Give one of them. Nothing was changed.");
    first = option;
  }
}

} // namespace afloat
