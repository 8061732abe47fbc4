#include "operations/lost_statistics.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {

std::vector<std::string> lost_statistics_notes(const Table& table, const std::vector<std::string>& columns,
                                               std::string_view when) {
  std::vector<std::string> notes;
  for (const ColumnUser& user : table.users) {
    if (user.kind != "statistics" || std::ranges::count(columns, user.column) == 0) continue;
    std::string note = fmt::format("{} drops the {} with {}: make another one of the columns that "
                                   "stay, if their queries need it.",
                                   when, user.words, user.column);
    const bool known = std::ranges::any_of(notes, [&](const std::string& other) {
      return other.starts_with(fmt::format("{} drops the {} with ", when, user.words));
    });
    if (!known) notes.push_back(std::move(note));
  }
  return notes;
}

} // namespace afloat
