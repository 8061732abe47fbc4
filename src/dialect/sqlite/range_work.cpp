#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
/// The key's columns as SQL: `names` and `descending` for ORDER BY, `tuple` to compare with, `text` as
/// literals in one text column.
struct KeyText {
  std::string names, descending, tuple, text;
  bool single = true;

  /// `prefix`: what stands before the columns in a statement that reads other tables too: u.
  explicit KeyText(const Table& table, const std::string& prefix = "") {
    std::vector<std::string> columns, texts;
    for (const std::string& column : key_of(table)) {
      columns.push_back(prefix + identifier(column));
      texts.push_back(fmt::format("quote({})", identifier(column)));
    }
    single = columns.size() == 1;
    names = join(columns, ", ");
    descending = join(columns, " DESC, ") + " DESC";
    tuple = single ? names : "(" + names + ")";
    text = join(texts, " || ', ' || ");
  }

  std::string not_behind_last() const { return tuple + (single ? " <= {last}" : " <= ({last})"); }
  std::string behind_after() const { return tuple + (single ? " > {after}" : " > ({after})"); }
  std::string up_to() const { return tuple + (single ? " <= {upto}" : " <= ({upto})"); }
};

/// The key {limit} rows on, or the table's last one. What OFFSET skips is only walked over; the subquery
/// without FROM is computed once, because SQLite does not merge it into the outer one.
std::string next_bound(const Table& table, const KeyText& key, const std::string& where) {
  const std::string rows = relation(table) + where;
  return fmt::format("SELECT coalesce(bound, (SELECT {0} FROM {1} ORDER BY {2} LIMIT 1)), "
                     "CASE WHEN bound IS NULL THEN (SELECT count(*) FROM {1}) ELSE {{limit}} END "
                     "FROM (SELECT (SELECT {0} FROM {1} ORDER BY {3} LIMIT 1 OFFSET {{limit}} - 1) AS bound) "
                     "WHERE bound IS NOT NULL OR EXISTS (SELECT 1 FROM {1})",
                     key.text, rows, key.descending, key.names);
}

/// `only`: a condition that the rows must meet to be work at all, or empty.
RangeWork bounds(const Table& table, const KeyText& key, const std::string& only = "") {
  const std::string also = only.empty() ? "" : " AND " + only;
  RangeWork work;
  work.table = table.name;
  work.key = key_of(table);
  work.next_bound = next_bound(
      table, key, fmt::format(" WHERE {} AND {}{}", key.behind_after(), key.not_behind_last(), also));
  work.next_bound_from_start =
      next_bound(table, key, fmt::format(" WHERE {}{}", key.not_behind_last(), also));
  work.last = fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT 1", key.text, relation(table), key.descending);
  return work;
}

/// People know a row by its primary key.
std::string row_name(const Table& table) {
  const std::vector<std::string> key = table.primary_key.empty() ? key_of(table) : table.primary_key;
  std::vector<std::string> parts;
  for (const std::string& column : key)
    parts.push_back(fmt::format("{} || quote({})", literal(column + " "), identifier(column)));
  return join(parts, " || ', ' || ");
}

std::string with_value(const std::string& column) {
  return fmt::format("{} || quote({})", literal(column + " "), identifier(column));
}

/// A check: what `wrong` finds in the range, named by `shown`.
RangeWork check(const Table& table, const std::string& shown, const std::string& wrong) {
  const KeyText key(table);
  RangeWork work = bounds(table, key);
  const auto select = [&](const std::string& range) {
    return fmt::format("SELECT {} FROM {} WHERE {} AND {} LIMIT {{limit}}", shown, relation(table), range,
                       wrong);
  };
  work.in_range = select(key.behind_after() + " AND " + key.up_to());
  work.in_range_from_start = select(key.up_to());
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", relation(table), wrong);
  return work;
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
  const KeyText in_statement(table, identifier(qualifier) + ".");
  return {bounds(table, KeyText(table), only), in_statement.behind_after() + " AND " + in_statement.up_to(),
          in_statement.up_to()};
}

RangeWork backfill(const Sync& sync) {
  const KeyText key(sync.table);
  const SyncText text(sync);
  const std::string table = relation(sync.table), needs = needs_fill(sync, text);
  std::vector<std::string> assignments;
  for (const SyncColumn& column : text.new_side())
    assignments.push_back(fmt::format("{} = {}", identifier(column.name), column.expression));
  RangeWork work = bounds(sync.table, key);
  const auto update = [&](const std::string& where) {
    return fmt::format("UPDATE {} SET {} WHERE {}", table, join(assignments, ", "), where);
  };
  work.in_range = update(key.behind_after() + " AND " + key.up_to() + " AND " + needs);
  work.in_range_from_start = update(key.up_to() + " AND " + needs);
  work.sweep = update(
      fmt::format("{} IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})", key.tuple, key.names, table, needs));
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", table, needs);
  work.trial = trial(sync);
  // A trigger costs each row as much as the UPDATE itself, even where its WHEN is false: sync agrees with
  // what a batch writes, and the user's are to be silent anyway.
  work.before_batch = {sync.note_fills ? note_trigger(sync) : "SELECT afloat_silence_triggers()"};
  return work;
}

RangeWork rewrite(const Table& table, std::string_view column, std::string_view value) {
  const KeyText key(table);
  RangeWork work = bounds(table, key);
  const auto update = [&](const std::string& range) {
    return fmt::format("UPDATE {} SET {} = {} WHERE {} AND {} IS {}", relation(table), identifier(column),
                       identifier(column), range, identifier(column), value);
  };
  work.in_range = update(key.behind_after() + " AND " + key.up_to());
  work.in_range_from_start = update(key.up_to());
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  // A row that is written meanwhile, or moves, is written whole.
  work.count_left = "SELECT 0";
  return work;
}

RangeWork compare(const Sync& sync) {
  const SyncText text(sync);
  if (sync.kind == Sync::Kind::fill || (!sync.identity && !has_down(sync)))
    return check(sync.table, row_name(sync.table) + " || ': ' || " + with_value(sync.new_column),
                 needs_fill(sync, text));
  std::vector<std::string> values;
  for (const std::vector<SyncColumn>& side : {text.old_side(), text.new_side()})
    for (const SyncColumn& column : side) values.push_back(with_value(column.name));
  const std::string shown = row_name(sync.table) + " || ': ' || " + join(values, " || ', ' || ");
  return check(sync.table, shown, "NOT " + text.row_agrees());
}

/// A comparison with a CAST converts text exactly when storing would.
RangeWork misfits(const Sync& sync) {
  const std::string name = identifier(sync.old_column), row = row_name(sync.table);
  const Affinity affinity = affinity_of(sync.new_type, false);
  std::string wrong = "0";
  if (affinity == Affinity::text) wrong = fmt::format("typeof({}) = 'blob'", name);
  if (affinity != Affinity::text && affinity != Affinity::blob)
    wrong = fmt::format(
        "(typeof({0}) = 'blob' OR (typeof({0}) = 'text' AND NOT CAST(+{0} AS NUMERIC) = +{0}))", name);
  return check(sync.table, row + " || ': ' || " + with_value(sync.old_column), wrong);
}

RangeWork nulls(const Table& table, std::string_view column) {
  return check(table, fmt::format("{} || ': ' || {}", row_name(table), with_value(std::string(column))),
               identifier(column) + " IS NULL");
}

RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                     const std::string& condition) {
  std::vector<std::string> values;
  for (const std::string& column : shown) values.push_back(with_value(column));
  const std::string row = row_name(table);
  return check(table,
               values.empty() ? row : fmt::format("{} || ': ' || {}", row, join(values, " || ', ' || ")),
               "(" + condition + ")");
}

} // namespace afloat::sqlite
