#include "dialect/key_walk.hpp"

#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {

// Nobody else's text has {upto} in it (refuse_placeholders): what stands before it is the condition.
std::string prefix_in(const RangeWork& work, std::string_view last) {
  const std::string& text = work.in_range_from_start;
  const std::size_t column =
      text.find(fmt::format("{}{}", last, work.key.size() == 1 ? " <= {upto}" : ") <= ({upto})"));
  if (column == std::string::npos || column < 3 || text[column - 1] != '.') return {};
  std::size_t start = column - 2; // the quote that closes the name; those in it are doubled
  while (start > 0) {
    if (text[--start] != '"') continue;
    if (start == 0 || text[start - 1] != '"') break;
    --start;
  }
  return text.substr(start, column - start);
}

RangeWork walked_anew(RangeWork work, const KeyWalk& planned, const KeyWalk& now) {
  const auto anew = [&](const std::string& sql, const std::string& before, const std::string& after) {
    std::string text = before.empty() ? sql : replaced(sql, before, after);
    return planned.label.empty() ? text : replaced(std::move(text), planned.label, now.label);
  };
  work.in_range = anew(work.in_range, planned.condition, now.condition);
  work.in_range_from_start =
      anew(work.in_range_from_start, planned.condition_from_start, now.condition_from_start);
  work.key = now.work.key;
  work.next_bound = now.work.next_bound;
  work.next_bound_from_start = now.work.next_bound_from_start;
  work.last = now.work.last;
  return work;
}

} // namespace afloat
