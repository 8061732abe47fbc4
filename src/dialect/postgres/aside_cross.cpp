#include "dialect/postgres/aside_cross.hpp"

#include "dialect/aside_rows.hpp"
#include "dialect/cross_names.hpp"
#include "dialect/postgres/aside_triggers.hpp"
#include "dialect/postgres/aside_work.hpp"
#include "dialect/postgres/cross_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

// Behind contract a source row has what its target row has, and nobody has to keep that. Only a row that
// loses its target row by a change of its own has something that is nowhere else in its name: that is kept
// when it happens, until another target row comes. A target row that goes takes its values along.
//
// A revert asks a function what a row is to have. It is VOLATILE, so that it looks once the row is locked:
// sync, which is there by then, locks the source row for each write of the target, and a join would go on
// with the target row that it has read before.
namespace afloat::postgres {
namespace {
/// `afloat_t."user_id" = NEW."id"`: `row` is of the source.
std::string has(const Cross& cross, std::string_view row) {
  std::vector<std::string> parts;
  for (const CrossColumn& pair : cross.window.link)
    parts.push_back(fmt::format("afloat_t.{} = {}.{}", in_quotes(pair.target), row, in_quotes(pair.source)));
  return join(parts, " AND ");
}

// The triggers.

std::string source_body(const Cross& cross) {
  const std::vector<std::string>&keys = cross.aside.table.primary_key, names = names_of(cross.aside);
  const std::vector<std::string> link = names_of(cross.window.link, &CrossColumn::source);
  std::vector<std::string> defaults;
  std::string declare = "DECLARE\n";
  for (const CrossColumn& column : cross.window.columns) {
    defaults.push_back(fmt::format("afloat_default_{}", defaults.size() + 1));
    declare += fmt::format("  {} {}.{}%TYPE := {};\n", defaults.back(), kept(cross.aside),
                           in_quotes(column.source), default_of(column));
  }
  const std::string then =
      fill_places(embedded_sql("postgres/aside_left.sql"),
                  {{"target", in_quotes(cross.window.target.name)},
                   {"has_now", has(cross, "NEW")},
                   {"had", has(cross, "OLD")},
                   {"kept", kept(cross.aside)},
                   {"new_key", key_is(cross.aside, "NEW")},
                   {"new_keys", cells(keys, "NEW")},
                   {"key", listed(keys)},
                   {"columns", listed(keys) + ", " + listed(names)},
                   {"values", cells(names_of(cross.window.columns, &CrossColumn::target), "afloat_t")},
                   {"defaults", join(defaults, ", ")},
                   {"excluded", each(names, ", ",
                                     [](const std::string& name) { return name + " = excluded." + name; })}});
  return keep_body(
      cross.aside,
      {.changed = differ(cells(link, "OLD"), cells(link, "NEW")), .then = then, .declare = declare});
}

/// Whoever turns to a source row, or comes for it, says what that has from now on. Last, when foreign keys
/// have locked that row: who changes its key locks it first, too, and then what is kept.
std::vector<KeepTrigger> target_triggers(const Cross& cross) {
  const std::vector<std::string> link = names_of(cross.window.link, &CrossColumn::target);
  std::vector<std::string> found;
  for (const CrossColumn& pair : cross.window.link)
    found.push_back(fmt::format("afloat_s.{} = NEW.{}", in_quotes(pair.source), in_quotes(pair.target)));
  const std::string body = fill_places(embedded_sql("postgres/aside_arrived.sql"),
                                       {{"kept", kept(cross.aside)},
                                        {"source", in_quotes(cross.window.source.name)},
                                        {"link", join(found, " AND ")},
                                        {"key", linked(cross.aside, "afloat_s", "afloat_kept")}});
  const bool any = user_trigger_before(cross.window.target, &Trigger::on_update);
  std::vector<KeepTrigger> triggers{keep_trigger(cross.aside, "target_insert", "INSERT", "", body),
                                    keep_trigger(cross.aside, "target_update",
                                                 any ? "UPDATE" : "UPDATE OF " + listed(link),
                                                 differ(cells(link, "OLD"), cells(link, "NEW")), body)};
  for (KeepTrigger& trigger : triggers) {
    trigger.name.front() = '~';
    trigger.table = cross.window.target.name;
    trigger.function = own_object("keep_target_" + cross.aside.id);
  }
  return triggers;
}

std::vector<KeepTrigger> triggers_of(const Cross& cross) {
  if (!cross.keeps) return {};
  std::vector<std::string> watched = cross.aside.table.primary_key;
  for (std::string& name : names_of(cross.window.link, &CrossColumn::source))
    if (std::ranges::count(watched, name) == 0) watched.push_back(std::move(name));
  const std::string body = source_body(cross);
  std::vector<KeepTrigger> triggers{
      keep_trigger(cross.aside, "insert", "INSERT", "", body), keep_update(cross.aside, watched, body),
      keep_trigger(cross.aside, "delete", "DELETE", "", body), keep_truncate(cross.aside)};
  std::ranges::move(target_triggers(cross), std::back_inserter(triggers));
  return triggers;
}

// What comes back.

/// Of a row of the source, which has this name. It looks when the statement does.
std::string value(const Cross& cross, std::size_t number, std::string_view row) {
  const CrossColumn& pair = cross.window.columns.at(number);
  const std::string theirs =
      fmt::format("FROM {} AS afloat_t WHERE {}", in_quotes(cross.window.target.name), has(cross, row));
  std::string text = fmt::format("CASE WHEN EXISTS (SELECT {0}) THEN (SELECT afloat_t.{1} {0}) ", theirs,
                                 in_quotes(pair.target));
  if (cross.keeps) {
    const std::string own = fmt::format("FROM {} AS afloat_kept WHERE {}", kept(cross.aside),
                                        linked(cross.aside, row, "afloat_kept"));
    text += fmt::format("WHEN EXISTS (SELECT {0}) THEN (SELECT afloat_kept.{1} {0}) ", own,
                        in_quotes(pair.source));
  }
  return text + fmt::format("ELSE CAST({} AS {}) END", pair.default_sql.value_or("NULL"), pair.type);
}

/// The columns do not hold what a revert would put there.
std::string differs(const Cross& cross, std::string_view row) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < cross.window.columns.size(); ++i) values.push_back(value(cross, i, row));
  return differ(cells(names_of(cross.attic.columns, &CrossColumn::source), row), join(values, ", "));
}

std::string value_function(const Cross& cross, std::size_t number) {
  return own_object(fmt::format("kept_{}_{}", cross.aside.id, number + 1));
}

/// The key and the link of a row, which the function takes.
std::vector<std::string> arguments(const Cross& cross) {
  std::vector<std::string> names = names_of(cross.window.link, &CrossColumn::source);
  if (cross.keeps)
    names.insert(names.end(), cross.aside.table.primary_key.begin(), cross.aside.table.primary_key.end());
  return names;
}

std::string create_value_function(const Cross& cross, std::size_t number) {
  const CrossColumn& pair = cross.window.columns.at(number);
  std::vector<std::string> types, link, key;
  for (const std::string& name : arguments(cross)) types.push_back(cross.aside.table.find_column(name)->type);
  for (const CrossColumn& one : cross.window.link)
    link.push_back(fmt::format("afloat_t.{} = ${}", in_quotes(one.target), link.size() + 1));
  for (const std::string& name : cross.aside.table.primary_key)
    key.push_back(fmt::format("afloat_kept.{} = ${}", in_quotes(name), link.size() + key.size() + 1));
  const std::string own =
      fmt::format("  FOR afloat_row IN SELECT afloat_kept.{} AS c FROM {} AS afloat_kept WHERE {} LOOP\n"
                  "    RETURN afloat_row.c;\n  END LOOP;\n",
                  in_quotes(pair.source), kept(cross.aside), join(key, " AND "));
  const std::string body = fill_places(embedded_sql("postgres/aside_cross_value.sql"),
                                       {{"column", in_quotes(pair.target)},
                                        {"target", in_quotes(cross.window.target.name)},
                                        {"link", join(link, " AND ")},
                                        {"kept", cross.keeps ? own : ""},
                                        {"default", default_of(pair)}});
  return fmt::format("CREATE FUNCTION {}({}) RETURNS {} LANGUAGE plpgsql VOLATILE SET search_path {} AS {}",
                     value_function(cross, number), join(types, ", "), pair.type,
                     has_authors_defaults(cross.window) ? "FROM CURRENT" : "= pg_catalog, pg_temp",
                     literal(body));
}

// The work on every row.

/// What a row is to have is asked once it is locked. A row that was as it should be before is kept so by
/// sync.
RangeWork bring_back(const Cross& cross) {
  const Table& table = cross.attic.source;
  const std::string row = in_quotes(table.name.name), needs = differs(cross, row);
  std::vector<std::string> set, held, same;
  for (std::size_t i = 0; i < cross.attic.columns.size(); ++i)
    set.push_back(fmt::format("{} = {}({})", in_quotes(cross.attic.columns[i].source),
                              value_function(cross, i), cells(arguments(cross), row)));
  for (const std::string& key : table.primary_key) {
    held.push_back(fmt::format("{}.{} AS k{}", row, in_quotes(key), held.size() + 1));
    same.push_back(fmt::format("{}.{} = afloat_held.k{}", row, in_quotes(key), held.size()));
  }
  const std::string statement = fmt::format(
      "WITH afloat_held AS MATERIALIZED (SELECT {} FROM {} WHERE {{where}}{}{{rows}}) UPDATE {} SET {} FROM "
      "afloat_held WHERE {}",
      join(held, ", "), in_quotes(table.name), needs, in_quotes(table.name), join(set, ", "),
      join(same, " AND "));
  const std::string lock = fmt::format(" FOR NO KEY UPDATE OF {}", row);
  KeyRanges ranges = key_ranges(table, table.name.name);
  RangeWork work = std::move(ranges.work);
  const auto in = [&](const std::string& where, const std::string& rows) {
    return fill_places(statement, {{"where", where}, {"rows", rows}});
  };
  work.in_range = in(ranges.condition + " AND ", lock);
  work.in_range_from_start = in(ranges.condition_from_start + " AND ", lock);
  work.sweep = in("", " LIMIT {limit}" + lock + " SKIP LOCKED");
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", in_quotes(table.name), needs);
  work.before_batch = {in_backfill(cross.aside.id), "replica:SET LOCAL session_replication_role = replica"};
  return work;
}

Piece close(const Cross& cross, const Table& rows) {
  Piece piece;
  if (!cross.keeps) return piece;
  piece.locks = {{cross.window.source.name, LockLevel::share_row_exclusive},
                 {cross.window.target.name, LockLevel::share_row_exclusive}};
  piece.statements.push_back(create_kept(cross.aside, rows));
  const bool with_path = has_authors_defaults(cross.window);
  if (with_path) piece.statements.emplace_back(resolve_path());
  append_triggers(triggers_of(cross), with_path ? k_with_path : k_with_own_path, piece.statements);
  return piece;
}

Piece make_functions(const Cross& cross) {
  Piece piece;
  if (has_authors_defaults(cross.window)) piece.statements.emplace_back(resolve_path());
  for (std::size_t i = 0; i < cross.window.columns.size(); ++i) {
    piece.statements.emplace_back(create_value_function(cross, i));
    piece.statements.emplace_back(
        fmt::format("REVOKE ALL ON FUNCTION {} FROM PUBLIC", value_function(cross, i)));
  }
  return piece;
}

Piece drop(const Cross& cross) {
  Piece piece;
  for (std::size_t i = 0; i < cross.window.columns.size(); ++i)
    piece.statements.emplace_back("DROP FUNCTION IF EXISTS " + value_function(cross, i));
  if (!cross.keeps) return piece;
  piece.locks = {{cross.window.source.name, LockLevel::access_exclusive},
                 {cross.window.target.name, LockLevel::access_exclusive}};
  append_drops(triggers_of(cross), piece.statements);
  piece.statements.emplace_back("DROP TABLE IF EXISTS " + kept(cross.aside));
  return piece;
}
} // namespace

AsideTable aside_cross(const CrossSync& window, const CrossSync& attic) {
  const Cross cross = cross_of(window, attic);
  AsideTable made;
  if (window.source.primary_key.empty() || cross.keeps) made.refused = aside_obstacle(cross.aside);
  if (!made.refused.empty()) return made;
  if (cross.keeps) made.rows = rows_of(cross.aside, kept_name(cross.aside));
  made.close = close(cross, made.rows);
  made.reopen = make_functions(cross);
  made.drop = drop(cross);
  made.bring_back = bring_back(cross);
  const std::string row = in_quotes(attic.source.name.name);
  made.compare_back =
      rows_where(attic.source, names_of(attic.columns, &CrossColumn::source), differs(cross, row));
  append_guards(triggers_of(cross), Phase::purge, made.guards);
  for (std::size_t i = 0; i < window.columns.size(); ++i)
    made.values.push_back(collated(value(cross, i, row), cross.aside.columns[i].column));
  return made;
}

} // namespace afloat::postgres
