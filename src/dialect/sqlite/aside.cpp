#include "dialect/aside_rows.hpp"
#include "dialect/sqlite/aside_triggers.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

// What is kept is read from the table, where it has its affinity.
namespace afloat::sqlite {
namespace {
enum class When { window, attic };

std::string default_of(const AsideColumn& one) {
  return one.column.default_sql ? "(" + *one.column.default_sql + ")" : "NULL";
}

std::string off_defaults(const Aside& aside, std::string_view row) {
  std::vector<std::string> parts;
  for (const AsideColumn& one : aside.columns)
    parts.push_back(differ(fmt::format("{}.{}", row, identifier(one.column.name)), default_of(one)));
  return "(" + join(parts, " OR ") + ")";
}

std::string differs(const Aside& aside, std::string_view row, std::string_view other) {
  std::vector<std::string> parts;
  for (const AsideColumn& one : aside.columns) {
    const std::string name = identifier(one.column.name);
    parts.push_back(differ(fmt::format("{}.{}", row, name), fmt::format("{}.{}", other, name)));
  }
  return "(" + join(parts, " OR ") + ")";
}

// The triggers.

/// What is kept of NEW's row from now on.
std::string put(const Aside& aside, When when) {
  const std::string table = relation(aside.table);
  const std::vector<std::string> names = names_of(aside);
  const std::string head =
      fmt::format("INSERT INTO {} ({}, {})", kept(aside), listed(aside.table.primary_key), listed(names));
  const std::string row = linked(aside, table, "NEW");
  const std::string keys = cells(aside.table.primary_key, table);
  if (when == When::window)
    return fmt::format("{} SELECT {}, {} FROM {} WHERE {} AND {}", head, keys, cells(names, table), table,
                       row, off_defaults(aside, table));
  std::vector<std::string> values, given;
  for (const AsideColumn& one : aside.columns) {
    const bool derives = !one.down.empty() && !one.column.default_sql;
    values.push_back(derives ? "(" + one.down + ")" : default_of(one));
    if (derives) given.push_back("(" + one.down + ") IS NOT NULL");
  }
  if (given.empty()) return {};
  return fmt::format("{} SELECT {}, {} FROM {} WHERE {} AND ({})", head, keys, join(values, ", "), table, row,
                     join(given, " OR "));
}

std::vector<KeepTrigger> triggers_of(const Aside& aside, When when) {
  std::vector<std::string> columns, body;
  if (when == When::window) {
    columns = names_of(aside);
    const std::string values_changed = any_changed(columns);
    body = {fmt::format("{} AND {}", forget(aside, "NEW"), values_changed),
            fmt::format("{} AND {}", put(aside, when), values_changed)};
  }
  return {keep_trigger(aside, "insert", "INSERT", "1", {forget(aside, "NEW"), put(aside, when)}),
          keep_update(aside, columns, body), keep_delete(aside)};
}

Piece switched(const Aside& aside, When when) {
  Piece piece;
  append_drops(triggers_of(aside, when), piece.statements);
  append_triggers(triggers_of(aside, when), piece.statements);
  piece.locks = file_lock(aside.table);
  return piece;
}

std::vector<Guard> guards(const Aside& aside) {
  std::vector<Guard> all;
  append_guards(triggers_of(aside, When::window), Phase::contract, all);
  append_guards(triggers_of(aside, When::attic), Phase::purge, all);
  return all;
}

// The work on every row: it walks the table, which it calls afloat_s, and looks at what is kept as afloat_t:
// a table of the user's may be called s or t.

std::string both(const Aside& aside, std::string_view kind) {
  return fmt::format("{} AS afloat_s {} {} AS afloat_t ON {}", relation(aside.table), kind, kept(aside),
                     linked(aside, "afloat_s", "afloat_t"));
}

RangeWork keep(const Aside& aside) {
  const std::vector<std::string> names = names_of(aside);
  const std::string needs =
      fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS afloat_t WHERE {})",
                  off_defaults(aside, "afloat_s"), kept(aside), linked(aside, "afloat_s", "afloat_t"));
  const std::string rows = relation(aside.table) + " AS afloat_s";
  const std::string statement =
      fmt::format("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {{where}}{}", kept(aside),
                  listed(aside.table.primary_key), listed(names), cells(aside.table.primary_key, "afloat_s"),
                  cells(names, "afloat_s"), rows, needs);
  RangeWork work = walked(aside.table, "afloat_s", statement,
                          fmt::format("SELECT count(*) FROM {} WHERE {}", rows, needs));
  work.sweep = fill_places(statement, {{"where", ""}}) + " LIMIT {limit}";
  return work;
}

RangeWork bring_back(const Aside& aside) {
  const std::string table = relation(aside.table);
  const std::vector<std::string> names = names_of(aside), keys = key_of(aside.table);
  const std::string row = linked(aside, table, "afloat_t");
  const std::string update =
      fmt::format("UPDATE {} SET ({}) = (SELECT {} FROM {} AS afloat_t WHERE {}) WHERE ", table,
                  listed(names), cells(names, "afloat_t"), kept(aside), row);
  RangeWork work = walked(aside.table, aside.table.name.name,
                          fmt::format("{}{{where}}EXISTS (SELECT 1 FROM {} AS afloat_t WHERE {} AND {})",
                                      update, kept(aside), row, differs(aside, table, "afloat_t")),
                          fmt::format("SELECT count(*) FROM {} WHERE {}", both(aside, "JOIN"),
                                      differs(aside, "afloat_s", "afloat_t")));
  work.sweep =
      fmt::format("{}({}) IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})", update, cells(keys, table),
                  cells(keys, "afloat_s"), both(aside, "JOIN"), differs(aside, "afloat_s", "afloat_t"));
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  return work;
}

RangeWork compare(const Aside& aside) {
  const std::string none = fmt::format("afloat_t.{} IS NULL", identifier(aside.table.primary_key.front()));
  const std::string wrong =
      fmt::format("CASE WHEN {} THEN {} ELSE {} END", none, off_defaults(aside, "afloat_s"),
                  differs(aside, "afloat_s", "afloat_t"));
  std::vector<std::string> labels, values, others;
  const auto shown = [](const std::string& label, std::string_view row, const std::string& name) {
    return fmt::format("{} || quote({}.{})", literal(label + " "), row, identifier(name));
  };
  for (const std::string& key : aside.table.primary_key) labels.push_back(shown(key, "afloat_s", key));
  for (const std::string& name : names_of(aside)) {
    values.push_back(shown(name, "afloat_s", name));
    others.push_back(shown("kept", "afloat_t", name));
  }
  const std::string text = fmt::format(
      "{} || ': ' || {} || ', ' || CASE WHEN {} THEN 'nothing kept' ELSE {} END",
      join(labels, " || ', ' || "), join(values, " || ', ' || "), none, join(others, " || ', ' || "));
  const std::string from = both(aside, "LEFT JOIN");
  return walked(aside.table, "afloat_s",
                fmt::format("SELECT {} FROM {} WHERE {{where}}{} LIMIT {{limit}}", text, from, wrong),
                fmt::format("SELECT count(*) FROM {} WHERE {}", from, wrong));
}

} // namespace

Table aside_rows(const Aside& aside) {
  Table rows = rows_of(aside, {"", "afloat_aside_" + aside.id});
  const std::string& made_by = aside.table.create_sql;
  if (made_by.empty() || !read_table(made_by).strict) return rows;
  for (Column& column : rows.columns)
    if (lower_case(column.type) == "any") column.type = "BLOB";
  return rows;
}

std::string aside_obstacle(const Aside& aside) {
  const Table& table = aside.table;
  if (table.primary_key.empty())
    return fmt::format("{} has no primary key to keep values by", table.name.name);
  for (const std::string& key : table.primary_key)
    if (const Column* column = table.find_column(key);
        column && !column->not_null && !table.without_rowid && !is_rowid_alias(table, key))
      return fmt::format("{}.{} is part of the primary key and may be NULL, so that it tells no rows apart",
                         table.name.name, key);
  if (key_of(table).empty())
    return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                       table.name.name);
  return {};
}

AsideTable aside(const Aside& aside) {
  AsideTable made;
  made.refused = aside_obstacle(aside);
  if (!made.refused.empty()) return made;
  made.rows = aside_rows(aside);
  made.open.statements = create_table(made.rows).statements;
  append_triggers(triggers_of(aside, When::window), made.open.statements);
  append_drops(triggers_of(aside, When::window), made.drop.statements);
  made.drop.statements.emplace_back("DROP TABLE IF EXISTS " + kept(aside));
  made.open.inverse = made.drop.statements;
  made.open.locks = made.drop.locks = file_lock(aside.table);
  made.keep = keep(aside);
  made.compare = compare(aside);
  made.close = switched(aside, When::attic);
  made.reopen = switched(aside, When::window);
  made.bring_back = bring_back(aside);
  made.left_out = rows_where(aside.table, {},
                             fmt::format("NOT EXISTS (SELECT 1 FROM {} AS afloat_t WHERE {})", kept(aside),
                                         linked(aside, relation(aside.table), "afloat_t")));
  made.guards = guards(aside);
  return made;
}

} // namespace afloat::sqlite
