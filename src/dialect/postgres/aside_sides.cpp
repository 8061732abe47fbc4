#include "dialect/aside_rows.hpp"
#include "dialect/postgres/aside_triggers.hpp"
#include "dialect/postgres/aside_work.hpp"
#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sides.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "sql/embedded.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

// What a revert puts into an old column is said in one place, a function: what is kept, or else `down`, or
// NULL where that fails. It is VOLATILE, so that an UPDATE which had to wait for a row asks again what is
// kept of it: whoever changed the new side meanwhile has taken that away in the same transaction.
namespace afloat::postgres {
namespace {
std::string joined_cells(const std::vector<SyncColumn>& side, std::string_view row) {
  return join(cells(side, row), ", ");
}

// The function.

std::string value_function(const Sides& sides, std::size_t number) {
  return own_object(fmt::format("kept_{}_{}", sides.aside.id, number + 1));
}

std::string value(const Sides& sides, const SidesState& state, std::size_t number, std::string_view row) {
  return fmt::format("{}({}, {})", value_function(sides, number), cells(sides.keys(), row),
                     joined_cells(state.news, row));
}

std::string values(const Sides& sides, const SidesState& state, std::string_view row) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < state.olds.size(); ++i) all.push_back(value(sides, state, i, row));
  return join(all, ", ");
}

std::string differs(const Sides& sides, const SidesState& state, std::string_view row) {
  return differ(joined_cells(state.olds, row), values(sides, state, row));
}

/// The author's expression, which sees the new columns under their bare and their qualified names.
std::string evaluate_down(const Sides& sides, std::size_t number) {
  const std::string& down = sides.attic.olds[number].expression;
  const std::string& table = sides.attic.sync.table.name.name;
  std::string variables;
  std::size_t argument = sides.keys().size();
  for (const SyncColumn& column : sides.attic.news) {
    ++argument;
    if (mentions(down, table, column.name))
      variables += fmt::format("      {} {} := ${};\n", in_quotes(column.name), column.type, argument);
  }
  return fmt::format("<<{}>>\n    DECLARE\n{}    BEGIN\n      afloat_old := ({});\n    END;",
                     in_quotes(table), variables, down);
}

/// The functions that have them are found by names that mean what they mean to the migration.
bool has_authors_words(const Sides& sides) {
  const auto of_authors = [&](const SyncColumn& column) {
    return !is_servers_type(column.type) || depends_on_search_path(std::string_view(column.expression));
  };
  return std::ranges::any_of(sides.attic.olds, of_authors)
         || std::ranges::any_of(sides.attic.news, of_authors);
}

std::string create_value_function(const Sides& sides, std::size_t number) {
  const Column& old = sides.aside.columns[number].column;
  std::vector<std::string> types, key;
  for (const std::string& name : sides.keys()) {
    types.push_back(sides.aside.table.find_column(name)->type);
    key.push_back(fmt::format("afloat_kept.{} = ${}", in_quotes(name), types.size()));
  }
  for (const SyncColumn& column : sides.attic.news) types.push_back(column.type);
  const std::string body =
      fill_places(embedded_sql("postgres/aside_value.sql"), {{"type", old.type},
                                                             {"column", in_quotes(old.name)},
                                                             {"kept", kept(sides.aside)},
                                                             {"key", join(key, " AND ")},
                                                             {"down", evaluate_down(sides, number)}});
  return fmt::format("CREATE FUNCTION {}({}) RETURNS {} LANGUAGE plpgsql VOLATILE SET search_path {} AS {}",
                     value_function(sides, number), join(types, ", "), old.type,
                     has_authors_words(sides) ? "FROM CURRENT" : "= pg_catalog, pg_temp", literal(body));
}

// The triggers.

/// In the window what `down` does not give back is kept; behind contract it goes with a change.
std::string body_of(const Sides& sides, const SidesState& state) {
  const std::vector<std::string>&keys = sides.keys(), names = names_of(sides.aside);
  std::string before = joined_cells(state.news, "OLD"), after = joined_cells(state.news, "NEW");
  std::string then = fmt::format("  DELETE FROM {} WHERE {};", kept(sides.aside), key_is(sides.aside, "NEW"));
  if (state.window) {
    before += ", " + joined_cells(state.olds, "OLD");
    after += ", " + joined_cells(state.olds, "NEW");
    then += fmt::format(
        "\n  IF {} THEN\n    INSERT INTO {} ({}, {}) VALUES ({}, {})\n    ON CONFLICT ({}) DO UPDATE SET "
        "{};\n  END IF;",
        differs(sides, state, "NEW"), kept(sides.aside), listed(keys), listed(names), cells(keys, "NEW"),
        joined_cells(state.olds, "NEW"), listed(keys),
        each(names, ", ", [](const std::string& name) { return name + " = excluded." + name; }));
  }
  return keep_body(sides.aside, {.changed = differ(before, after), .then = then + "\n"});
}

/// By the names of aside.cpp. A new row behind contract has nothing that could be kept.
std::vector<KeepTrigger> triggers_of(const Sides& sides, const SidesState& state) {
  std::vector<std::string> watched = sides.keys();
  for (const SyncColumn& column : state.news) watched.push_back(column.name);
  if (state.window)
    for (const SyncColumn& column : state.olds) watched.push_back(column.name);
  const std::string body = body_of(sides, state);
  std::vector<KeepTrigger> triggers;
  if (state.window) triggers.push_back(keep_trigger(sides.aside, "insert", "INSERT", "", body));
  triggers.push_back(keep_update(sides.aside, watched, body));
  triggers.push_back(keep_trigger(sides.aside, "delete", "DELETE", "", body));
  triggers.push_back(keep_truncate(sides.aside));
  return triggers;
}

// The work on every row.

/// {where} and {rows} in the statement stand for a range and a limit.
RangeWork walked(const Table& table, std::string_view statement, const std::string& needs) {
  KeyRanges ranges = key_ranges(table, table.name.name);
  const auto in = [&](const std::string& where) {
    return fill_places(statement, {{"where", where + " AND "}, {"rows", ""}});
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = in(ranges.condition);
  work.in_range_from_start = in(ranges.condition_from_start);
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", in_quotes(table.name), needs);
  return work;
}

/// The row is locked, so that what is kept is its newest version; whoever writes it then keeps that himself.
RangeWork keep(const Sides& sides) {
  const SidesState& state = sides.window;
  const std::vector<std::string>&keys = sides.keys(), names = names_of(sides.aside);
  const std::string row = in_quotes(state.sync.table.name.name), needs = differs(sides, state, row);
  const std::string statement = fmt::format(
      "INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {{where}}{}{{rows}} FOR NO KEY UPDATE OF {} ON "
      "CONFLICT ({}) DO UPDATE SET {}",
      kept(sides.aside), listed(keys), listed(names), cells(keys, row), joined_cells(state.olds, row),
      in_quotes(state.sync.table.name), needs, row, listed(keys),
      each(names, ", ", [](const std::string& name) { return name + " = excluded." + name; }));
  RangeWork work = walked(state.sync.table, statement, needs);
  work.sweep = fill_places(statement, {{"where", ""}, {"rows", " LIMIT {limit}"}});
  // The function has a variable of the type, and puts NULL into it where `down` fails.
  for (const AsideColumn& one : sides.aside.columns)
    if (std::string ask = must_take_null(one.column.type); !ask.empty()) work.trial.push_back(std::move(ask));
  return work;
}

RangeWork bring_back(const Sides& sides) {
  const SidesState& state = sides.attic;
  const std::string table = in_quotes(state.sync.table.name), row = in_quotes(state.sync.table.name.name);
  const std::string needs = differs(sides, state, row);
  std::vector<std::string> set;
  for (std::size_t i = 0; i < state.olds.size(); ++i)
    set.push_back(fmt::format("{} = {}", in_quotes(state.olds[i].name), value(sides, state, i, row)));
  const std::string update = fmt::format("UPDATE {} SET {} WHERE ", table, join(set, ", "));
  RangeWork work = walked(state.sync.table, update + "{where}" + needs, needs);
  work.sweep = fmt::format(
      "{}ctid = ANY (ARRAY(SELECT ctid FROM {} WHERE {} LIMIT {{limit}} FOR NO KEY UPDATE SKIP LOCKED)) AND "
      "{}",
      update, table, needs, needs);
  work.before_batch = {in_backfill(sides.aside.id), "replica:SET LOCAL session_replication_role = replica"};
  return work;
}

/// Without the function, which would look at what is kept later than at the row.
RangeWork compare(const Sides& sides) {
  const SidesState& state = sides.attic;
  const std::string row = in_quotes(state.sync.table.name.name);
  std::vector<std::string> shown;
  for (const SyncColumn& column : state.olds) shown.push_back(column.name);
  return rows_where(
      state.sync.table, shown,
      fmt::format("EXISTS (SELECT FROM {} AS afloat_kept WHERE {} AND {})", kept(sides.aside),
                  linked(sides.aside, row, "afloat_kept"),
                  differ(joined_cells(state.olds, row), cells(names_of(sides.aside), "afloat_kept"))));
}

Piece open(const Sides& sides, const Table& rows) {
  Piece piece{.locks = {{sides.aside.table.name, LockLevel::share_row_exclusive}}};
  piece.statements.push_back(create_kept(sides.aside, rows));
  if (has_authors_words(sides)) piece.statements.emplace_back(resolve_path());
  for (std::size_t i = 0; i < sides.aside.columns.size(); ++i) {
    piece.statements.emplace_back(create_value_function(sides, i));
    piece.statements.emplace_back(
        fmt::format("REVOKE ALL ON FUNCTION {} FROM PUBLIC", value_function(sides, i)));
  }
  append_triggers(triggers_of(sides, sides.window), k_with_own_path, piece.statements);
  return piece;
}

Piece drop(const Sides& sides) {
  Piece piece{.locks = {{sides.aside.table.name, LockLevel::access_exclusive}}};
  append_drops(triggers_of(sides, sides.window), piece.statements);
  for (std::size_t i = 0; i < sides.aside.columns.size(); ++i)
    piece.statements.emplace_back("DROP FUNCTION IF EXISTS " + value_function(sides, i));
  piece.statements.emplace_back("DROP TABLE IF EXISTS " + kept(sides.aside));
  return piece;
}
} // namespace

AsideTable aside_sides(const Sync& window, const Sync& attic) {
  const Sides sides = sides_of(window, attic);
  AsideTable made;
  made.refused = aside_obstacle(sides.aside);
  if (!made.refused.empty()) return made;
  made.rows = rows_of(sides.aside, kept_name(sides.aside));
  made.open = open(sides, made.rows);
  made.drop = drop(sides);
  made.open.inverse = made.drop.statements;
  made.still = {.statements = {}, .locks = made.drop.locks};
  append_drops(triggers_of(sides, sides.window), made.still.statements);
  made.close = {.statements = {}, .locks = made.drop.locks};
  append_triggers(triggers_of(sides, sides.attic), k_with_own_path, made.close.statements);
  made.keep = keep(sides);
  made.bring_back = bring_back(sides);
  made.compare_back = compare(sides);
  append_guards(triggers_of(sides, sides.attic), Phase::purge, made.guards);
  for (std::size_t i = 0; i < sides.aside.columns.size(); ++i)
    made.values.push_back(collated(value(sides, sides.attic, i, in_quotes(attic.table.name.name)),
                                   sides.aside.columns[i].column));
  return made;
}

} // namespace afloat::postgres
