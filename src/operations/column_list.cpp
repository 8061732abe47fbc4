#include "operations/column_list.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {

std::vector<std::string> column_list_notes(const Sync& sync) {
  std::vector<std::string> notes;
  const std::vector<SyncColumn> side = old_side(sync);
  for (const Trigger& trigger : sync.table.triggers)
    if (std::ranges::any_of(side, [&](const SyncColumn& column) {
          return std::ranges::count(trigger.update_of, column.name) > 0;
        }))
      notes.push_back(fmt::format(
          "Trigger \"{}\" on {} (UPDATE OF {}) also fires for {} in the window; its list is its own again "
          "afterwards.",
          trigger.name, display(sync.table.name), join(trigger.update_of, ", "), names_of(new_side(sync))));
  return notes;
}

} // namespace afloat
