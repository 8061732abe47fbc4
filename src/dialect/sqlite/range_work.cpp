#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/key_walk.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
std::string with_value(const std::string& column) {
  return fmt::format("{} || quote({})", literal(column + " "), identifier(column));
}

/// A check: what `wrong` finds in the range, named by `shown`.
RangeWork check(const Table& table, const std::string& shown, const std::string& wrong) {
  KeyWalk ranges = ranges_of(table, "");
  RangeWork& work = ranges.work;
  const auto select = [&](const std::string& range) {
    return fmt::format("SELECT {} FROM {} WHERE {} AND {} LIMIT {{limit}}", shown, relation(table), range,
                       wrong);
  };
  work.in_range = select(ranges.condition);
  work.in_range_from_start = select(ranges.condition_from_start);
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", relation(table), wrong);
  return std::move(ranges.work);
}

/// What holds of a row that the backfill has yet to fill.
std::string needs_fill(const Sync& sync, const SyncText& text) {
  std::vector<std::string> null, given;
  for (const SyncColumn& column : text.new_side()) {
    null.push_back(identifier(column.name) + " IS NULL");
    given.push_back("(" + column.expression + ") IS NOT NULL");
  }
  const std::string unfilled = given.size() == 1
                                   ? null[0] + " AND " + given[0]
                                   : fmt::format("{} AND ({})", join(null, " AND "), join(given, " OR "));
  if (sync.kind != Sync::Kind::pair || text.plain_copy() || sync.never_null || sync.hidden) return unfilled;
  // NULL may be what the new release wrote there, where `down` makes a value of it.
  return fmt::format("{} AND NOT {}", unfilled, text.row_fits_down());
}

/// Columns of a side, each an expression under the column's name.
std::string as_columns(const std::vector<SyncColumn>& side) {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side)
    parts.push_back(fmt::format("({}) AS {}", column.expression, identifier(column.name)));
  return join(parts, ", ");
}

std::string counted(const std::vector<SyncColumn>& side) {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back("count(" + column.expression + ")");
  return join(parts, ", ");
}

/// Without the table's name before columns, which an index expression does not take.
std::string unqualified(const Sync& sync, const std::string& expression) {
  const std::vector<SyncColumn> added = new_side(sync);
  if (expression.find('.') == std::string::npos) return expression;
  return replace_columns(
      expression, sync.table.name.name, [&](std::string_view column) -> std::optional<std::string> {
        const bool known =
            sync.table.find_column(column) != nullptr
            || std::ranges::any_of(added, [&](const SyncColumn& one) { return one.name == column; });
        return known ? std::optional(identifier(column)) : std::nullopt;
      });
}

bool has_down(const Sync& sync) {
  const std::vector<SyncColumn> side = old_side(sync);
  return !side.empty() && !side.front().expression.empty();
}

/// SQLite itself tells whether an expression is deterministic when an index is made on it, here on a copy of
/// the sample; datetime('now') and its like only show when a row is evaluated.
void require_deterministic(const Sync& sync, const std::string& sample,
                           std::vector<std::string>& statements) {
  statements.push_back(fmt::format("CREATE TEMP TABLE afloat_trial AS SELECT *, {} FROM {}",
                                   as_columns(new_side(sync)), sample));
  int number = 0;
  for (const std::vector<SyncColumn>& side : {new_side(sync), old_side(sync)})
    for (const SyncColumn& column : side)
      if (!column.expression.empty())
        statements.push_back(fmt::format("CREATE INDEX temp.afloat_trial_{} ON afloat_trial (({}))", ++number,
                                         unqualified(sync, column.expression)));
  statements.emplace_back("DROP TABLE temp.afloat_trial");
}

/// Evaluates `up`, and `down` of what it gave, on a sample. What only fills a column may be different each
/// time.
std::vector<std::string> trial(const Sync& sync) {
  const std::string table = relation(sync.table);
  const std::string sample = fmt::format("(SELECT * FROM {} LIMIT 1000) AS {}", table, table);
  std::vector<std::string> statements{
      fmt::format("SELECT {} FROM {}", counted(SyncText(sync).new_side()), sample)};
  if (sync.identity) return statements;
  if (has_down(sync))
    statements.push_back(fmt::format("SELECT {} FROM (SELECT *, {} FROM {}) AS {}", counted(old_side(sync)),
                                     as_columns(new_side(sync)), sample, table));
  if (sync.kind != Sync::Kind::fill) require_deterministic(sync, sample, statements);
  return statements;
}
} // namespace

KeyRanges key_ranges(const Table& table, std::string_view qualifier, const std::string& only) {
  KeyWalk ranges = ranges_of(table, identifier(qualifier) + ".", only);
  return {std::move(ranges.work), std::move(ranges.condition), std::move(ranges.condition_from_start)};
}

RangeWork backfill(const Sync& sync) {
  const SyncText text(sync);
  const std::string table = relation(sync.table), needs = needs_fill(sync, text);
  std::vector<std::string> assignments;
  for (const SyncColumn& column : text.new_side())
    assignments.push_back(fmt::format("{} = {}", identifier(column.name), column.expression));
  KeyWalk ranges = ranges_of(sync.table, "");
  RangeWork& work = ranges.work;
  const auto update = [&](const std::string& where) {
    return fmt::format("UPDATE {} SET {} WHERE {}", table, join(assignments, ", "), where);
  };
  work.in_range = update(ranges.condition + " AND " + needs);
  work.in_range_from_start = update(ranges.condition_from_start + " AND " + needs);
  std::vector<std::string> key;
  for (const std::string& column : key_of(sync.table)) key.push_back(identifier(column));
  const std::string names = join(key, ", ");
  work.sweep = update(fmt::format("{} IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})",
                                  key.size() == 1 ? names : "(" + names + ")", names, table, needs));
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", table, needs);
  work.trial = trial(sync);
  // A trigger costs each row as much as the UPDATE itself, even where its WHEN is false: sync agrees with
  // what a batch writes, and the user's are to be silent anyway.
  work.before_batch = {sync.note_fills ? note_trigger(sync) : "SELECT afloat_silence_triggers()"};
  return std::move(ranges.work);
}

RangeWork rewrite(const Table& table, std::string_view column, std::string_view value) {
  KeyWalk ranges = ranges_of(table, "");
  RangeWork& work = ranges.work;
  const auto update = [&](const std::string& range) {
    return fmt::format("UPDATE {} SET {} = {} WHERE {} AND {} IS {}", relation(table), identifier(column),
                       identifier(column), range, identifier(column), value);
  };
  work.in_range = update(ranges.condition);
  work.in_range_from_start = update(ranges.condition_from_start);
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  // A row that is written meanwhile, or moves, is written whole.
  work.count_left = "SELECT 0";
  return std::move(ranges.work);
}

RangeWork compare(const Sync& sync) {
  const SyncText text(sync);
  if (sync.kind == Sync::Kind::fill || (!sync.identity && !has_down(sync)))
    return check(sync.table, ranges_of(sync.table, "").label + " || ': ' || " + with_value(sync.new_column),
                 needs_fill(sync, text));
  std::vector<std::string> values;
  for (const std::vector<SyncColumn>& side : {text.old_side(), text.new_side()})
    for (const SyncColumn& column : side) values.push_back(with_value(column.name));
  const std::string shown = ranges_of(sync.table, "").label + " || ': ' || " + join(values, " || ', ' || ");
  return check(sync.table, shown, "NOT " + text.row_agrees());
}

/// A comparison with a CAST converts text exactly when storing would.
RangeWork misfits(const Sync& sync) {
  const std::string name = identifier(sync.old_column), row = ranges_of(sync.table, "").label;
  const Affinity affinity = affinity_of(sync.new_type, false);
  std::string wrong = "0";
  if (affinity == Affinity::text) wrong = fmt::format("typeof({}) = 'blob'", name);
  if (affinity != Affinity::text && affinity != Affinity::blob)
    wrong = fmt::format(
        "(typeof({0}) = 'blob' OR (typeof({0}) = 'text' AND NOT CAST(+{0} AS NUMERIC) = +{0}))", name);
  return check(sync.table, row + " || ': ' || " + with_value(sync.old_column), wrong);
}

RangeWork nulls(const Table& table, std::string_view column) {
  return check(table,
               fmt::format("{} || ': ' || {}", ranges_of(table, "").label, with_value(std::string(column))),
               identifier(column) + " IS NULL");
}

RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                     const std::string& condition) {
  std::vector<std::string> values;
  for (const std::string& column : shown) values.push_back(with_value(column));
  const std::string row = ranges_of(table, "").label;
  return check(table,
               values.empty() ? row : fmt::format("{} || ': ' || {}", row, join(values, " || ', ' || ")),
               "(" + condition + ")");
}

} // namespace afloat::sqlite
