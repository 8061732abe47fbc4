#include "dialect/postgres/user_triggers.hpp"

#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sides.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string names_array(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(literal(column.name));
  return fmt::format("ARRAY[{}]", join(names, ", "));
}

bool is_listed(const Sync& sync, const Trigger& trigger) {
  return std::ranges::any_of(old_side(sync), [&](const SyncColumn& column) {
    return std::ranges::count(trigger.update_of, column.name) > 0;
  });
}

std::string edit_triggers(const Sync& sync, std::string_view widen) {
  // Whoever writes a hidden side, writes the old one.
  if (sync.kind != Sync::Kind::pair || sync.hidden) return {};
  if (std::ranges::none_of(sync.table.triggers,
                           [&](const Trigger& trigger) { return is_listed(sync, trigger); }))
    return {};
  return "DO "
         + literal(fill_places(embedded_sql("postgres/edit_triggers.sql"),
                               {{"widen", std::string(widen)},
                                {"table", literal(in_quotes(sync.table.name))},
                                {"id", sync.id},
                                {"old", names_array(old_side(sync))},
                                {"new", names_array(new_side(sync))},
                                {"added", literal(listed(new_side(sync)))}}));
}
} // namespace

bool user_trigger_before(const Table& table, bool Trigger::* event) {
  return std::ranges::any_of(table.triggers, [&](const Trigger& trigger) {
    return trigger.before && trigger.for_each_row && trigger.*event && trigger.enabled != "D";
  });
}

std::string in_backfill(std::string_view id) {
  return "SET LOCAL afloat.backfill = " + literal(id);
}

std::string not_backfill(std::string_view id) {
  return "pg_catalog.current_setting('afloat.backfill', true) IS DISTINCT FROM " + literal(id);
}

std::string widen_triggers(const Sync& sync) {
  return edit_triggers(sync, "true");
}

std::string narrow_triggers(const Sync& sync) {
  return edit_triggers(sync, "false");
}

} // namespace afloat::postgres
