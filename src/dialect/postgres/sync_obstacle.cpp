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

std::string trigger_obstacle(const Sync& sync, const Trigger& trigger) {
  if (trigger.enabled == "D") return {};
  const std::string subject = fmt::format("the trigger {} on {}", trigger.name, display(sync.table.name));
  const std::vector<SyncColumn> olds = old_side(sync), news = new_side(sync);
  const std::string_view others = is_many_sided(sync) ? "side" : "column";
  if (!trigger.before || !trigger.for_each_row) return {};
  const auto named = [&](const SyncColumn& column) { return names(trigger.body, column.name); };
  if (std::ranges::any_of(olds, named) && std::ranges::any_of(news, named))
    return fmt::format("{} works on {} and {} itself", subject, names_of(olds), names_of(news));
  if (!trigger.name.empty() && trigger.name.front() > '\0' && trigger.name.front() < ' ')
    return fmt::format(
        "{} has a name that sorts before every name of afloat's, so it would see the {}s out of step",
        subject, others);
  if (trigger.name > "~afloat")
    return fmt::format(
        "{} has a name that sorts behind every name of afloat's, so it would run after the last sync",
        subject);
  return {};
}

std::string column_obstacle(const Sync& sync) {
  std::vector<SyncColumn> sides = old_side(sync);
  for (SyncColumn& column : new_side(sync)) sides.push_back(std::move(column));
  if (sync.kind == Sync::Kind::condition) sides.push_back({.expression = sync.up});
  for (const Column& column : sync.table.columns) {
    if (column.generated.empty()) continue;
    if (std::ranges::find(sides, column.name, &SyncColumn::name) != sides.end())
      return fmt::format("{}.{} is a generated column, which cannot be written", display(sync.table.name),
                         column.name);
    for (const SyncColumn& derived : sides)
      if (mentions(derived.expression, sync.table.name.name, column.name))
        return fmt::format("{} is a generated column, which has no value yet when sync computes {}",
                           column.name, derived.expression);
  }
  return {};
}
} // namespace

std::string sync_obstacle(const Sync& sync) {
  const Table& table = sync.table;
  const bool only_counts =
      sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table || sync.kind == Sync::Kind::condition;
  const std::vector<SyncColumn> olds = old_side(sync), news = new_side(sync);
  const auto empty = [](const SyncColumn& column) { return column.expression.empty(); };
  const auto without_up = std::ranges::find_if(news, empty);
  if (!only_counts && !sync.identity && without_up != news.end())
    return fmt::format("{} needs `up`", without_up->name);
  if (!table.inheritance.empty())
    return fmt::format("{} is {}; sync on inherited tables is not supported", display(table.name),
                       table.inheritance);
  if (std::string obstacle = column_obstacle(sync); !obstacle.empty()) return obstacle;
  if (sync.kind == Sync::Kind::fill || only_counts) return {};
  const auto without_down = std::ranges::find_if(olds, empty);
  if (!sync.identity && without_down != olds.end())
    return fmt::format("{} needs `down`, so that what the new release writes reaches {}", names_of(news),
                       without_down->name);
  for (const SyncColumn& column : olds)
    if (!table.find_column(column.name))
      return fmt::format("{} has no column {}", display(table.name), column.name);
  for (const Trigger& trigger : table.triggers)
    if (std::string obstacle = trigger_obstacle(sync, trigger); !obstacle.empty()) return obstacle;
  return {};
}

} // namespace afloat::postgres
