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

// What a revert puts into an old column is an expression: what is kept, or else `down`. The triggers run
// AFTER the row is written and read from the table what they keep; whatever sync changes then, they fire
// again. They write no table but afloat's own. REPLACE deletes without firing a trigger: who inserts a key
// starts anew.
namespace afloat::sqlite {
namespace {
struct State {
  Sync sync;
  std::vector<SyncColumn> olds, news;
  bool window = false;
};

struct Sides {
  Aside aside; ///< the old columns, by the names that they have in the window
  State window, attic;
  std::string kept; ///< quoted
};

Sides sides_of(const Sync& window, const Sync& attic) {
  Sides sides{{window.id, window.table, {}},
              {window, old_side(window), new_side(window), true},
              {attic, old_side(attic), new_side(attic), false},
              identifier("afloat_aside_" + window.id)};
  for (const SyncColumn& old : sides.window.olds)
    sides.aside.columns.push_back({*window.table.find_column(old.name), {}});
  return sides;
}

const std::vector<std::string>& keys_of(const Sides& sides) {
  return sides.aside.table.primary_key;
}

std::string listed(const std::vector<std::string>& names, std::string_view row = "") {
  std::vector<std::string> all;
  for (const std::string& name : names)
    all.push_back(row.empty() ? identifier(name) : fmt::format("{}.{}", row, identifier(name)));
  return join(all, ", ");
}

std::vector<std::string> columns_of(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(column.name);
  return names;
}

/// `"id" = NEW."id"`, of what is kept or, under an alias, of the table.
std::string key_meets(const Sides& sides, std::string_view one, std::string_view other) {
  std::vector<std::string> parts;
  for (const std::string& key : keys_of(sides))
    parts.push_back(fmt::format("{0}{1}{2} = {3}.{2}", one, one.empty() ? "" : ".", identifier(key), other));
  return join(parts, " AND ");
}

std::string any_changed(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const std::string& name : names) parts.push_back(changed(name));
  return "(" + join(parts, " OR ") + ")";
}

// What comes back.

/// `down`, over columns that name the table, so that it can stand inside another query.
std::string qualified_down(const State& state, std::size_t number) {
  const std::string& table = state.sync.table.name.name;
  return replace_columns(state.olds[number].expression, table,
                         [&](std::string_view name) -> std::optional<std::string> {
                           for (const SyncColumn& column : state.news)
                             if (same_name(column.name, name))
                               return fmt::format("{}.{}", identifier(table), identifier(column.name));
                           return std::nullopt;
                         });
}

std::string value(const Sides& sides, const State& state, std::size_t number) {
  const std::string from =
      fmt::format("FROM {} AS afloat_kept WHERE {}", sides.kept,
                  key_meets(sides, "afloat_kept", identifier(state.sync.table.name.name)));
  return fmt::format("CASE WHEN EXISTS (SELECT 1 {0}) THEN (SELECT afloat_kept.{1} {0}) ELSE ({2}) END", from,
                     identifier(sides.window.olds[number].name), qualified_down(state, number));
}

/// The columns do not hold what a revert would put there.
std::string differs(const Sides& sides, const State& state) {
  Sync sync = state.sync;
  std::vector<SyncColumn> olds = state.olds;
  for (std::size_t i = 0; i < olds.size(); ++i) olds[i].expression = value(sides, state, i);
  sync.identity = false;
  sync.old_columns = std::move(olds);
  sync.new_columns = state.news;
  return "NOT " + SyncText(sync).row_fits_down();
}

// The triggers.

struct NamedTrigger {
  std::string name, sql;
};

NamedTrigger trigger(const Sides& sides, std::string_view what, const std::string& event,
                     const std::string& when, std::vector<std::string> body) {
  std::erase(body, "");
  const std::string name = fmt::format("afloat_{}_keep_{}", sides.aside.id, what);
  return {name, fmt::format("CREATE TRIGGER {} AFTER {} ON {} WHEN {} BEGIN {}; END", identifier(name), event,
                            relation(sides.aside.table), when, join(body, "; "))};
}

/// In the window: what is kept of NEW's row from now on.
std::string put(const Sides& sides, const State& state) {
  if (!state.window) return {};
  const std::string table = relation(sides.aside.table);
  const std::vector<std::string> olds = columns_of(state.olds);
  return fmt::format("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {} AND NOT {}", sides.kept,
                     listed(keys_of(sides)), listed(olds), listed(keys_of(sides), table), listed(olds, table),
                     table, key_meets(sides, table, "NEW"), SyncText(state.sync).row_fits_down());
}

/// One trigger for keys and values, because SQLite promises no order among several.
NamedTrigger update_trigger(const Sides& sides, const State& state) {
  const std::vector<std::string>& keys = keys_of(sides);
  std::vector<std::string> values = columns_of(state.news), moved;
  if (state.window)
    for (std::string& name : columns_of(state.olds)) values.push_back(std::move(name));
  std::vector<std::string> watched = keys;
  watched.insert(watched.end(), values.begin(), values.end());
  const std::string key_changed = any_changed(keys), values_changed = any_changed(values);
  const std::string is_new = key_meets(sides, "", "NEW"), was = key_meets(sides, "", "OLD");
  for (const std::string& key : keys) moved.push_back(fmt::format("{0} = NEW.{0}", identifier(key)));
  std::vector<std::string> body{
      fmt::format("DELETE FROM {} WHERE {} AND NOT ({}) AND {}", sides.kept, is_new, was, key_changed),
      fmt::format("UPDATE {} SET {} WHERE {} AND {}", sides.kept, join(moved, ", "), was, key_changed),
      fmt::format("DELETE FROM {} WHERE {} AND {}", sides.kept, is_new, values_changed)};
  if (const std::string kept = put(sides, state); !kept.empty())
    body.push_back(fmt::format("{} AND {}", kept, values_changed));
  return trigger(sides, "update", "UPDATE OF " + listed(watched), any_changed(watched), std::move(body));
}

std::vector<NamedTrigger> triggers_of(const Sides& sides, const State& state) {
  const auto forget = [&](std::string_view row) {
    return fmt::format("DELETE FROM {} WHERE {}", sides.kept, key_meets(sides, "", row));
  };
  return {trigger(sides, "insert", "INSERT", "1", {forget("NEW"), put(sides, state)}),
          update_trigger(sides, state), trigger(sides, "delete", "DELETE", "1", {forget("OLD")})};
}

Piece opened(const Sides& sides, const State& state) {
  Piece piece{.locks = file_lock(sides.aside.table)};
  for (const NamedTrigger& made : triggers_of(sides, state)) piece.statements.emplace_back(made.sql);
  return piece;
}

Piece stilled(const Sides& sides) {
  Piece piece{.locks = file_lock(sides.aside.table)};
  for (const NamedTrigger& made : triggers_of(sides, sides.window))
    piece.statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(made.name));
  return piece;
}

// The work on every row.

/// {where} stands for a range.
RangeWork walked(const Table& table, const std::string& statement, const std::string& needs) {
  KeyRanges ranges = key_ranges(table, table.name.name);
  RangeWork work = std::move(ranges.work);
  work.in_range = replaced(statement, "{where}", ranges.condition + " AND ");
  work.in_range_from_start = replaced(statement, "{where}", ranges.condition_from_start + " AND ");
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", relation(table), needs);
  return work;
}

RangeWork keep(const Sides& sides) {
  const State& state = sides.window;
  const std::string table = relation(state.sync.table), needs = differs(sides, state);
  const std::vector<std::string> olds = columns_of(state.olds);
  const std::string statement = fmt::format(
      "INSERT OR REPLACE INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {{where}}{}", sides.kept,
      listed(keys_of(sides)), listed(olds), listed(keys_of(sides), table), listed(olds, table), table, needs);
  RangeWork work = walked(state.sync.table, statement, needs);
  work.sweep = replaced(statement, "{where}", "") + " LIMIT {limit}";
  return work;
}

/// A row that is there since before the column holds no value of it, and would read a default that the column
/// gets later: NULL is written, too.
RangeWork bring_back(const Sides& sides) {
  const State& state = sides.attic;
  const std::string table = relation(state.sync.table), needs = differs(sides, state);
  std::vector<std::string> set, left{needs};
  for (std::size_t i = 0; i < state.olds.size(); ++i) {
    set.push_back(fmt::format("{} = {}", identifier(state.olds[i].name), value(sides, state, i)));
    left.push_back(identifier(state.olds[i].name) + " IS NULL");
  }
  const std::string update = fmt::format("UPDATE {} SET {} WHERE ", table, join(set, ", "));
  RangeWork work = walked(state.sync.table, update + "{where}(" + join(left, " OR ") + ")", needs);
  const std::vector<std::string> keys = key_of(state.sync.table);
  work.sweep = fmt::format("{}({}) IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})", update,
                           listed(keys, table), listed(keys, table), table, needs);
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  return work;
}

RangeWork compare(const Sides& sides) {
  const State& state = sides.attic;
  const std::string table = relation(state.sync.table);
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < state.olds.size(); ++i)
    wrong.push_back(fmt::format("typeof({0}.{1}) IS NOT typeof(afloat_kept.{2}) OR {0}.{1} IS NOT "
                                "afloat_kept.{2} COLLATE BINARY",
                                table, identifier(state.olds[i].name),
                                identifier(sides.window.olds[i].name)));
  return rows_where(state.sync.table, columns_of(state.olds),
                    fmt::format("EXISTS (SELECT 1 FROM {} AS afloat_kept WHERE {} AND ({}))", sides.kept,
                                key_meets(sides, "afloat_kept", table), join(wrong, " OR ")));
}

std::vector<Guard> guards(const Sides& sides) {
  std::vector<Guard> all;
  for (const NamedTrigger& made : triggers_of(sides, sides.attic))
    all.push_back(
        {Phase::purge, fmt::format("sync trigger {} on {}", made.name, sides.aside.table.name.name),
         fmt::format(
             "SELECT coalesce((SELECT CASE WHEN afloat_sha256(sql) = {} THEN 'ok' ELSE 'was changed' END "
             "FROM sqlite_schema WHERE type = 'trigger' AND name = {}), 'missing')",
             literal(sha256(made.sql)), literal(made.name))});
  return all;
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
  made.drop.statements.emplace_back("DROP TABLE IF EXISTS " + sides.kept);
  made.open.inverse = made.drop.statements;
  made.close = opened(sides, sides.attic);
  made.keep = keep(sides);
  made.bring_back = bring_back(sides);
  made.compare_back = compare(sides);
  made.guards = guards(sides);
  for (std::size_t i = 0; i < sides.aside.columns.size(); ++i) {
    const Column& column = sides.aside.columns[i].column;
    made.values.push_back(fmt::format("({}{})", as_stored(window.table, column, value(sides, sides.attic, i)),
                                      column.collation.empty() ? "" : " COLLATE " + column.collation));
  }
  return made;
}

} // namespace afloat::sqlite
