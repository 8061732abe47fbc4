#include "planning/touches.hpp"

#include "operations/index_reads.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace afloat {
namespace {
constexpr std::string_view k_everything = ".**"; ///< also what is not there yet
}

std::string hidden_under_index(const Plan& goes, const Plan& stays) {
  for (const std::string& read : stays.reads) {
    if (!read.ends_with(k_in_an_index)) continue;
    const std::string column = read.substr(0, read.size() - k_in_an_index.size());
    const bool hides = std::ranges::any_of(goes.attic, [&](const AtticEntry& entry) {
      return !entry.whole_table() && column.starts_with(display(entry.table) + ".");
    });
    if (hides && std::ranges::count(goes.touches, column) > 0) return column;
  }
  return {};
}

std::string index_that_goes(const Plan& one, const Plan& other) {
  for (const auto& [hides, names] : {std::pair(&one, &other), std::pair(&other, &one)})
    for (const std::string& read : hides->reads) {
      if (!read.ends_with(k_goes_along)) continue;
      std::string index = read.substr(0, read.size() - k_goes_along.size());
      if (std::ranges::count(names->touches, index) > 0) return index;
    }
  return {};
}

void add_hidden(Plan& hidden, const Plan& operation, std::string_view type) {
  for (const AtticEntry& entry : operation.attic) {
    if (entry.whole_table()) continue;
    hidden.attic.push_back(entry);
    hidden.touches.push_back(display(entry.table) + "." + entry.was);
    if (type == "rename_column") std::ranges::copy(operation.touches, std::back_inserter(hidden.touches));
  }
}

bool is_part_of(std::string_view touch, std::string_view whole) {
  const std::size_t star = whole.rfind('.');
  if (star == std::string_view::npos || (whole.substr(star) != ".*" && whole.substr(star) != k_everything))
    return false;
  const std::string_view table = whole.substr(0, star);
  return touch.starts_with(table) && touch.size() > table.size()
         && (touch[table.size()] == '.' || touch[table.size()] == '#');
}

std::string shared_touch(const Plan& one, const Plan& other) {
  const auto shared = [](const std::vector<std::string>& some, const std::vector<std::string>& others) {
    const auto found =
        std::ranges::find_if(some, [&](const auto& touch) { return std::ranges::count(others, touch) > 0; });
    return found == some.end() ? std::string() : *found;
  };
  // A table that goes takes along all that another touches of it.
  const auto taken = [](const Plan& goes, const std::vector<std::string>& touches) {
    for (const AtticEntry& entry : goes.attic)
      for (const std::string& touch : touches)
        if (entry.whole_table()
            && (touch.starts_with(display(entry.table) + ".")
                || touch.starts_with(display(entry.table) + "#")))
          return touch;
    return std::string();
  };
  for (const auto& [goes, stays] : {std::pair(&one, &other), std::pair(&other, &one)})
    for (const auto* touches : {&stays->touches, &stays->reads})
      if (std::string touch = taken(*goes, *touches); !touch.empty()) return touch;
  std::string touch = shared(one.touches, other.touches);
  if (touch.empty()) touch = hidden_under_index(one, other);
  if (touch.empty()) touch = hidden_under_index(other, one);
  if (touch.empty()) touch = shared(one.touches, other.reads);
  return touch.empty() ? shared(one.reads, other.touches) : touch;
}

std::string whole_table_touch(const Plan& plan, const Plan& open) {
  const auto part_of = [](const std::string& whole, const Plan& other) {
    for (const auto* touches : {&other.touches, &other.reads})
      for (const std::string& touch : *touches)
        if (is_part_of(touch, whole)) return touch;
    return std::string();
  };
  for (const std::string& whole : plan.touches)
    if (std::string touch = part_of(whole, open); !touch.empty()) return touch;
  for (const std::string& whole : open.touches)
    if (whole.ends_with(k_everything))
      if (std::string touch = part_of(whole, plan); !touch.empty()) return touch;
  return {};
}

} // namespace afloat
