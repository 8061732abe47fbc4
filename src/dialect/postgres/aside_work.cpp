#include "dialect/postgres/aside_work.hpp"

#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

// Every statement walks the table, which it calls s, and looks at what is kept as t.
namespace afloat::postgres {

RelationName kept_name(const Aside& aside) {
  return {"afloat", fitting_name("aside_" + aside.id)};
}

std::string kept(const Aside& aside) {
  return in_quotes(kept_name(aside));
}

std::string each(const std::vector<std::string>& names, std::string_view between,
                 const std::function<std::string(const std::string&)>& text) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(text(in_quotes(name)));
  return join(all, between);
}

std::string listed(const std::vector<std::string>& names) {
  return each(names, ", ", [](const std::string& name) { return name; });
}

std::string cells(const std::vector<std::string>& names, std::string_view row) {
  return each(names, ", ", [&](const std::string& name) { return fmt::format("{}.{}", row, name); });
}

std::string linked(const Aside& aside, std::string_view table, std::string_view aside_table) {
  return each(aside.table.primary_key, " AND ", [&](const std::string& name) {
    return fmt::format("{1}.{0} = {2}.{0}", name, aside_table, table);
  });
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))", one, other);
}

namespace {
std::string default_row(const Aside& aside) {
  std::vector<std::string> values;
  for (const AsideColumn& one : aside.columns)
    values.push_back(fmt::format("CAST({} AS {})", one.column.default_sql.value_or("NULL"), one.column.type));
  return join(values, ", ");
}

/// {where} in the statement stands for a range, and {rows} for a limit, which a range does not need.
RangeWork walked(const Aside& aside, const std::string& statement, const std::string& sweep,
                 const std::string& count) {
  KeyRanges ranges = key_ranges(aside.table, "s");
  const auto in = [&](const std::string& where) {
    return fill_places(statement, {{"where", where + " AND "}, {"rows", ""}});
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = in(ranges.condition);
  work.in_range_from_start = in(ranges.condition_from_start);
  work.sweep = sweep;
  work.count_left = count;
  return work;
}

} // namespace

RangeWork keep(const Aside& aside) {
  const std::vector<std::string> names = names_of(aside);
  const std::string keys = listed(aside.table.primary_key);
  const std::string needs =
      fmt::format("{} AND NOT EXISTS (SELECT FROM {} AS t WHERE {})",
                  differ(cells(names, "s"), default_row(aside)), kept(aside), linked(aside, "s", "t"));
  const std::string rows = fmt::format("{} AS s", in_quotes(aside.table.name));
  // The row is locked, so that what is kept is its newest version; whoever writes it then keeps that himself.
  const std::string statement = fmt::format(
      "INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} WHERE {{where}}{}{{rows}} FOR NO KEY UPDATE OF s ON "
      "CONFLICT ({}) DO NOTHING",
      kept(aside), keys, listed(names), cells(aside.table.primary_key, "s"), cells(names, "s"), rows, needs,
      keys);
  return walked(aside, statement, fill_places(statement, {{"where", ""}, {"rows", " LIMIT {limit}"}}),
                fmt::format("SELECT count(*) FROM {} WHERE {}", rows, needs));
}

namespace {
std::string joined(const Aside& aside, std::string_view kind) {
  return fmt::format("{} AS s {} {} AS t ON {}", in_quotes(aside.table.name), kind, kept(aside),
                     linked(aside, "s", "t"));
}

} // namespace

RangeWork bring_back(const Aside& aside) {
  const std::vector<std::string> names = names_of(aside);
  const std::string table = in_quotes(aside.table.name);
  const std::string differs = differ(cells(names, "s"), cells(names, "t"));
  const std::string link = linked(aside, "s", "t");
  const std::string set =
      each(names, ", ", [](const std::string& name) { return fmt::format("{} = t.{}", name, name); });
  const std::string update =
      fmt::format("UPDATE {} AS s SET {} FROM {} AS t WHERE ", table, set, kept(aside));
  RangeWork work = walked(
      aside, fmt::format("{}{{where}}{} AND {}", update, link, differs),
      fmt::format("{}s.ctid = ANY (ARRAY(SELECT s.ctid FROM {} WHERE {} LIMIT {{limit}} FOR NO KEY UPDATE OF "
                  "s SKIP LOCKED)) AND {} AND {}",
                  update, joined(aside, "JOIN"), differs, link, differs),
      fmt::format("SELECT count(*) FROM {} WHERE {}", joined(aside, "JOIN"), differs));
  work.before_batch = {in_backfill(aside.id), "replica:SET LOCAL session_replication_role = replica"};
  return work;
}

RangeWork compare(const Aside& aside) {
  const std::vector<std::string> names = names_of(aside);
  const std::string none = fmt::format("t.{} IS NULL", in_quotes(aside.table.primary_key.front()));
  const std::string wrong =
      fmt::format("CASE WHEN {} THEN {} ELSE {} END", none, differ(cells(names, "s"), default_row(aside)),
                  differ(cells(names, "s"), cells(names, "t")));
  std::vector<std::string> labels, values, others;
  const auto shown = [](std::string_view label, const std::string& cell) {
    return fmt::format("{} || coalesce(pg_catalog.quote_literal({}::text), 'NULL')", literal(label), cell);
  };
  for (const std::string& key : aside.table.primary_key)
    labels.push_back(fmt::format("{} || s.{}::text", literal(key + "="), in_quotes(key)));
  for (const std::string& name : names) {
    values.push_back(shown(name + "=", "s." + in_quotes(name)));
    others.push_back(shown("kept ", "t." + in_quotes(name)));
  }
  const std::string text = fmt::format(
      "{} || ': ' || {} || ', ' || CASE WHEN {} THEN 'nothing kept' ELSE {} END",
      join(labels, " || ', ' || "), join(values, " || ', ' || "), none, join(others, " || ', ' || "));
  const std::string from = joined(aside, "LEFT JOIN");
  RangeWork work =
      walked(aside, fmt::format("SELECT {} FROM {} WHERE {{where}}{} LIMIT {{limit}}", text, from, wrong), "",
             fmt::format("SELECT count(*) FROM {} WHERE {}", from, wrong));
  return work;
}

RangeWork left_out(const Aside& aside) {
  return rows_where(aside.table, {},
                    fmt::format("NOT EXISTS (SELECT FROM {} AS t WHERE {})", kept(aside),
                                linked(aside, in_quotes(aside.table.name), "t")));
}

} // namespace afloat::postgres
