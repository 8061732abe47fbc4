#include "dialect/aside_rows.hpp"
#include "dialect/sqlite/aside_triggers.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

// What a revert puts into an old column is an expression: what is kept, or else `down`. The triggers read
// from the table what they keep; whatever sync changes then, they fire again.
namespace afloat::sqlite {
namespace {
std::vector<std::string> columns_of(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(column.name);
  return names;
}

// What comes back.

/// `down`, over columns that name the table, so that it can stand inside another query.
std::string qualified_down(const SidesState& state, std::size_t number) {
  const std::string& table = state.sync.table.name.name;
  return replace_columns(state.olds[number].expression, table,
                         [&](std::string_view name) -> std::optional<std::string> {
                           for (const SyncColumn& column : state.news)
                             if (same_name(column.name, name))
                               return fmt::format("{}.{}", identifier(table), identifier(column.name));
                           return std::nullopt;
                         });
}

std::string value(const Sides& sides, const SidesState& state, std::size_t number) {
  const std::string from =
      fmt::format("FROM {} AS afloat_kept WHERE {}", kept(sides.aside),
                  linked(sides.aside, identifier(state.sync.table.name.name), "afloat_kept"));
  return fmt::format("CASE WHEN EXISTS (SELECT 1 {0}) THEN (SELECT afloat_kept.{1} {0}) ELSE ({2}) END", from,
                     identifier(sides.window.olds[number].name), qualified_down(state, number));
}

/// The columns do not hold what a revert would put there.
std::string differs(const Sides& sides, const SidesState& state) {
  Sync sync = state.sync;
  std::vector<SyncColumn> olds = state.olds;
  for (std::size_t i = 0; i < olds.size(); ++i) olds[i].expression = value(sides, state, i);
  sync.identity = false;
  sync.old_columns = std::move(olds);
  sync.new_columns = state.news;
  return "NOT " + SyncText(sync).row_fits_down();
}

// The triggers.

/// In the window: what is kept of NEW's row from now on.
std::string put(const Sides& sides, const SidesState& state) {
  if (!state.window) return {};
  const std::string table = relation(sides.aside.table);
  const std::vector<std::string> olds = columns_of(state.olds);
  return fmt::format("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {} AND NOT {}", kept(sides.aside),
                     listed(sides.keys()), listed(olds), cells(sides.keys(), table), cells(olds, table),
                     table, linked(sides.aside, "NEW", table), SyncText(state.sync).row_fits_down());
}

std::vector<KeepTrigger> triggers_of(const Sides& sides, const SidesState& state) {
  std::vector<std::string> values = columns_of(state.news);
  if (state.window)
    for (std::string& name : columns_of(state.olds)) values.push_back(std::move(name));
  const std::string values_changed = any_changed(values), kept = put(sides, state);
  const std::string gone = forget(sides.aside, "NEW");
  std::vector<std::string> body{fmt::format("{} AND {}", gone, values_changed)};
  if (!kept.empty()) body.push_back(fmt::format("{} AND {}", kept, values_changed));
  return {keep_trigger(sides.aside, "insert", "INSERT", "1", {gone, kept}),
          keep_update(sides.aside, values, body), keep_delete(sides.aside)};
}

Piece opened(const Sides& sides, const SidesState& state) {
  Piece piece{.locks = file_lock(sides.aside.table)};
  append_triggers(triggers_of(sides, state), piece.statements);
  return piece;
}

Piece stilled(const Sides& sides) {
  Piece piece{.locks = file_lock(sides.aside.table)};
  append_drops(triggers_of(sides, sides.window), piece.statements);
  return piece;
}

// The work on every row.

/// `needs`: the rows that are counted.
RangeWork walked(const SidesState& state, const std::string& statement, const std::string& needs) {
  const Table& table = state.sync.table;
  return sqlite::walked(table, table.name.name, statement,
                        fmt::format("SELECT count(*) FROM {} WHERE {}", relation(table), needs));
}

RangeWork keep(const Sides& sides) {
  const SidesState& state = sides.window;
  const std::string table = relation(state.sync.table), needs = differs(sides, state);
  const std::vector<std::string> olds = columns_of(state.olds);
  const std::string statement = fmt::format(
      "INSERT OR REPLACE INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {{where}}{}", kept(sides.aside),
      listed(sides.keys()), listed(olds), cells(sides.keys(), table), cells(olds, table), table, needs);
  RangeWork work = walked(state, statement, needs);
  work.sweep = replaced(statement, "{where}", "") + " LIMIT {limit}";
  return work;
}

/// A row that is there since before the column holds no value of it, and would read a default that the column
/// gets later: NULL is written, too.
RangeWork bring_back(const Sides& sides) {
  const SidesState& state = sides.attic;
  const std::string table = relation(state.sync.table), needs = differs(sides, state);
  std::vector<std::string> set, left{needs};
  for (std::size_t i = 0; i < state.olds.size(); ++i) {
    set.push_back(fmt::format("{} = {}", identifier(state.olds[i].name), value(sides, state, i)));
    left.push_back(identifier(state.olds[i].name) + " IS NULL");
  }
  const std::string update = fmt::format("UPDATE {} SET {} WHERE ", table, join(set, ", "));
  RangeWork work = walked(state, update + "{where}(" + join(left, " OR ") + ")", needs);
  const std::vector<std::string> keys = key_of(state.sync.table);
  work.sweep = fmt::format("{}({}) IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})", update,
                           cells(keys, table), cells(keys, table), table, needs);
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  return work;
}

RangeWork compare(const Sides& sides) {
  const SidesState& state = sides.attic;
  const std::string table = relation(state.sync.table);
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < state.olds.size(); ++i)
    wrong.push_back(fmt::format("typeof({0}.{1}) IS NOT typeof(afloat_kept.{2}) OR {0}.{1} IS NOT "
                                "afloat_kept.{2} COLLATE BINARY",
                                table, identifier(state.olds[i].name),
                                identifier(sides.window.olds[i].name)));
  return rows_where(state.sync.table, columns_of(state.olds),
                    fmt::format("EXISTS (SELECT 1 FROM {} AS afloat_kept WHERE {} AND ({}))",
                                kept(sides.aside), linked(sides.aside, table, "afloat_kept"),
                                join(wrong, " OR ")));
}

} // namespace

AsideTable aside_sides(const Sync& window, const Sync& attic) {
  const Sides sides = sides_of(window, attic);
  AsideTable made;
  made.refused = aside_obstacle(sides.aside);
  if (!made.refused.empty()) return made;
  made.rows = aside_rows(sides.aside);
  made.open = opened(sides, sides.window);
  std::vector<Statement> table = create_table(made.rows).statements;
  made.open.statements.insert(made.open.statements.begin(), table.begin(), table.end());
  made.still = made.drop = stilled(sides);
  made.drop.statements.emplace_back("DROP TABLE IF EXISTS " + kept(sides.aside));
  made.open.inverse = made.drop.statements;
  made.close = opened(sides, sides.attic);
  made.keep = keep(sides);
  made.bring_back = bring_back(sides);
  made.compare_back = compare(sides);
  append_guards(triggers_of(sides, sides.attic), Phase::purge, made.guards);
  for (std::size_t i = 0; i < sides.aside.columns.size(); ++i) {
    const Column& column = sides.aside.columns[i].column;
    made.values.push_back(collated(as_stored(window.table, column, value(sides, sides.attic, i)), column));
  }
  return made;
}

} // namespace afloat::sqlite
