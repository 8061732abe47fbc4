#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
bool names(std::string_view sql, std::string_view column) {
  return std::ranges::any_of(tokenize(sql), [&](const Token& token) {
    return (token.kind == TokenKind::word || token.kind == TokenKind::quoted_word) && token.name() == column;
  });
}

/// The condition of CREATE TRIGGER … WHEN (…) EXECUTE FUNCTION …
std::string_view when_of(const Trigger& trigger) {
  const std::string_view sql = trigger.sql;
  const std::size_t start = sql.find(" WHEN (");
  const std::size_t end = sql.rfind(" EXECUTE ");
  return !trigger.has_when || start == std::string_view::npos || end < start ? std::string_view()
                                                                             : sql.substr(start, end - start);
}

std::string trigger_obstacle(const Sync& sync, const Trigger& trigger) {
  if (trigger.enabled == "D") return {};
  const std::string subject = fmt::format("the trigger {} on {}", trigger.name, display(sync.table.name));
  for (const std::string& column : {sync.old_column, sync.new_column}) {
    if (column.empty() || sync.hidden) continue; // whoever writes, writes the old column
    if (std::ranges::find(trigger.update_of, column) != trigger.update_of.end())
      return fmt::format("{} fires on UPDATE OF {} only, so it would not see writes to the other column",
                         subject, column);
    if (names(when_of(trigger), column))
      return fmt::format("{} has a WHEN condition on {}, so it would not see writes to the other column",
                         subject, column);
  }
  if (!trigger.before || !trigger.for_each_row) return {};
  if (names(trigger.body, sync.old_column) && names(trigger.body, sync.new_column))
    return fmt::format("{} works on {} and {} itself", subject, sync.old_column, sync.new_column);
  if (trigger.name > "~afloat")
    return fmt::format(
        "{} has a name that sorts behind every name of afloat's, so it would run after the last sync",
        subject);
  return {};
}

std::string column_obstacle(const Sync& sync) {
  for (const Column& column : sync.table.columns) {
    if (column.generated.empty()) continue;
    if (column.name == sync.old_column || column.name == sync.new_column)
      return fmt::format("{}.{} is a generated column, which cannot be written", display(sync.table.name),
                         column.name);
    for (const std::string& expression : {sync.up, sync.down})
      if (mentions(expression, sync.table.name.name, column.name))
        return fmt::format("{} is a generated column, which has no value yet when sync computes {}",
                           column.name, expression);
  }
  return {};
}
} // namespace

std::string sync_obstacle(const Sync& sync) {
  const Table& table = sync.table;
  const bool only_counts =
      sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table || sync.kind == Sync::Kind::condition;
  if (!only_counts && !sync.identity && sync.up.empty()) return fmt::format("{} needs `up`", sync.new_column);
  if (!table.inheritance.empty())
    return fmt::format("{} is {}; sync on inherited tables is not supported", display(table.name),
                       table.inheritance);
  if (std::string obstacle = column_obstacle(sync); !obstacle.empty()) return obstacle;
  if (sync.kind == Sync::Kind::fill || only_counts) return {};
  if (!sync.identity && sync.down.empty())
    return fmt::format("{} needs `down`, so that what the new release writes reaches {}", sync.new_column,
                       sync.old_column);
  if (!table.find_column(sync.old_column))
    return fmt::format("{} has no column {}", display(table.name), sync.old_column);
  for (const Trigger& trigger : table.triggers)
    if (std::string obstacle = trigger_obstacle(sync, trigger); !obstacle.empty()) return obstacle;
  return {};
}

} // namespace afloat::postgres
