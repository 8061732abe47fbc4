#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sides.hpp"
#include "dialect/postgres/sync_text.hpp"
#include "dialect/postgres/sync_triggers.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "sql/embedded.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// On INSERT the old side was written if it is off its default and the new side, where there is one, is at
/// its own.
std::string counted_insert(const Sync& sync) {
  const auto differ = [](const std::vector<SyncColumn>& side, const std::vector<std::string>& values) {
    std::vector<std::string> defaults;
    for (std::size_t i = 0; i < side.size(); ++i)
      defaults.push_back(fmt::format("({})::{}", values[i], side[i].type));
    return images_differ(cells(side, "NEW"), defaults);
  };
  std::vector<std::string> conditions, values;
  if (sync.kind == Sync::Kind::pair)
    conditions.push_back("NOT " + differ(new_side(sync), new_defaults(sync)));
  const std::vector<SyncColumn> tell = telling(sync);
  for (const SyncColumn& column : tell) values.push_back(old_default(sync, column));
  if (!tell.empty() && sync.table.find_column(tell.front().name)) conditions.push_back(differ(tell, values));
  return join(conditions, " AND ");
}

std::vector<SyncColumn> columns_of_condition(const Sync& sync) {
  std::vector<SyncColumn> columns;
  for (const Column& column : sync.table.columns)
    if (mentions(sync.up, sync.table.name.name, column.name)) columns.push_back({.name = column.name});
  return columns;
}

/// The condition is the author's, and is asked with the writer's rights, as a CHECK would; the counter has
/// its owner's. What the one found it tells the other by a setting, so that a row counts once although two
/// may ask: of what a statement names, with the value that was there before too, and of what a user trigger
/// has changed. An update that does neither writes nothing that the condition is about.
void append_condition(const Sync& sync, const std::string& function, const std::string& counting,
                      std::vector<SyncTrigger>& triggers) {
  const std::string body = replaced(
      counting, "RETURN NEW", "PERFORM pg_catalog.set_config('afloat.violates', 'off', true);\n  RETURN NEW");
  const std::vector<SyncColumn> columns = columns_of_condition(sync);
  const std::string named = columns.empty() ? "UPDATE" : "UPDATE OF " + listed(columns);
  const bool unnamed = !columns.empty() && user_trigger_before(sync.table, &Trigger::on_update);
  const auto ask = [&](std::string_view name, std::string event) {
    triggers.push_back(make_trigger(sync, "~", "check", std::move(event), "postgres/sync_check.sql"));
    triggers.back().name = own_name(sync, "~", name);
  };
  const auto count = [&](std::string_view name, std::string event) {
    triggers.push_back({own_name(sync, "~", name), std::move(event),
                        "pg_catalog.current_setting('afloat.violates', true) = 'on'", function, body, true});
  };
  ask("check_insert", "INSERT");
  ask("check_update", named);
  if (unnamed) {
    ask("check_changed", "UPDATE");
    triggers.back().when = images_differ(cells(columns, "OLD"), cells(columns, "NEW"));
  }
  count("count_insert", "INSERT");
  count("count_update", unnamed ? "UPDATE" : named);
}
} // namespace

std::string writes_sequence(const Sync& sync) {
  return own_object("writes_" + sync.id);
}

std::string last_sequence(const Sync& sync) {
  return own_object("last_" + sync.id);
}

bool counts(const Sync& sync) {
  return sync.count_left_out || sync.kind == Sync::Kind::table || sync.kind == Sync::Kind::condition
         || (sync.kind != Sync::Kind::attic && sync.count_old_writes && !old_side(sync).empty());
}

void append_counting(const Sync& sync, std::vector<SyncTrigger>& triggers) {
  std::string body =
      fill_places(embedded_sql("postgres/sync_count.sql"),
                  {{"writes", literal(writes_sequence(sync))}, {"last", literal(last_sequence(sync))}});
  const std::string function = own_object("count_" + sync.id);
  if (sync.kind == Sync::Kind::condition) return append_condition(sync, function, body, triggers);
  // In the body every name has its schema, because setting search_path would cost as much as the rest; and
  // nothing is called by PERFORM, which runs the whole executor where an assignment computes an expression.
  if (sync.kind == Sync::Kind::table) {
    // Once a statement costs less than once a row; replication has rows only. A BEFORE DELETE that returns
    // NULL would keep the row.
    body = replaced(std::move(body), "RETURN NEW", "RETURN coalesce(NEW, OLD)");
    triggers.push_back({own_name(sync, first(sync), "count"), "INSERT OR UPDATE OR DELETE OR TRUNCATE", "",
                        function, body, true, "ALWAYS", false});
    // Who writes a partition by its own name passes no statement trigger of the whole table.
    triggers.push_back({own_name(sync, first(sync), "count_replica"), "INSERT OR UPDATE OR DELETE", "",
                        function, body, true, sync.table.partitioned ? "ALWAYS" : "REPLICA"});
    return;
  }
  if (sync.count_left_out && sync.updates_too) {
    // After user triggers, which may put a value there.
    const std::string left_out = fmt::format("NEW.{} IS NULL", in_quotes(sync.new_column));
    triggers.push_back({own_name(sync, "~", "count_insert"), "INSERT", left_out, function, body, true});
    triggers.push_back(
        {own_name(sync, "~", "count_update"), update_event(sync), left_out, function, body, true});
    return;
  }
  // "count" sorts before "sync": the row is seen as the statement wrote it.
  if (sync.count_left_out) {
    triggers.push_back({own_name(sync, first(sync), "count_insert"), "INSERT",
                        fmt::format("NEW.{} IS NULL", in_quotes(sync.new_column)), function, body, true});
    return;
  }
  // Without a second column a default that differs from row to row says nothing about who wrote it.
  if (sync.kind == Sync::Kind::pair || !telling(sync).empty())
    triggers.push_back(
        {own_name(sync, first(sync), "count_insert"), "INSERT", counted_insert(sync), function, body, true});
  triggers.push_back({own_name(sync, first(sync), "count_update"), "UPDATE OF " + listed(old_side(sync)), "",
                      function, body, true});
}

} // namespace afloat::postgres
