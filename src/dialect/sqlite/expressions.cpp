#include "dialect/sqlite/expressions.hpp"

#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/stored_value.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
bool has_column(const Table& table, std::string_view name) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const Column& column) { return same_name(column.name, name); });
}

std::string cell(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, identifier(column));
}

std::string same_image(std::string_view a, std::string_view b) {
  return fmt::format("(typeof({0}) IS typeof({1}) AND {0} IS {1} COLLATE BINARY)", a, b);
}

/// What storing v in a column with this affinity makes of it, for the places where a column is not at
/// hand to compare with. The comparison with a CAST converts text exactly when storing would.
std::string converted(Affinity affinity) {
  constexpr std::string_view k_numeric_text = "typeof(v) = 'text' AND CAST(v AS NUMERIC) = v";
  switch (affinity) {
  case Affinity::blob:
    return "v";
  case Affinity::text:
    return "CASE WHEN typeof(v) IN ('integer', 'real') THEN CAST(v AS TEXT) ELSE v END";
  case Affinity::real:
    return fmt::format("CASE WHEN typeof(v) = 'integer' OR {} THEN CAST(v AS REAL) ELSE v END",
                       k_numeric_text);
  case Affinity::integer:
  case Affinity::numeric:
    return fmt::format(
        "CASE WHEN {} THEN CAST(v AS NUMERIC) WHEN typeof(v) = 'real' AND CAST(v AS INTEGER) = v AND "
        "abs(v) < 9e18 THEN CAST(v AS INTEGER) ELSE v END",
        k_numeric_text);
  }
  return "v";
}

/// Conditions joined; in parentheses where there are several, to stand beside others.
std::string all_of(const std::vector<std::string>& parts, std::string_view word) {
  const std::string text = join(parts, fmt::format(" {} ", word));
  return parts.size() == 1 ? text : "(" + text + ")";
}

std::string any_changed(const std::vector<SyncColumn>& side) {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back(changed(column.name));
  return all_of(parts, "OR");
}

bool is_strict(const Table& table) {
  return !table.create_sql.empty() && read_table(table.create_sql).strict;
}
} // namespace

std::string identifier(std::string_view name) {
  return '"' + replaced(std::string(name), "\"", "\"\"") + '"';
}

std::string changed(std::string_view column) {
  const std::string before = cell("OLD", column), after = cell("NEW", column);
  return fmt::format("(typeof({0}) IS NOT typeof({1}) OR {0} IS NOT {1} COLLATE BINARY)", before, after);
}

std::string literal(std::string_view text) {
  return '\'' + replaced(std::string(text), "'", "''") + '\'';
}

std::string conjunction(const std::vector<std::string>& parts) {
  constexpr std::size_t k_flat = 64;
  if (parts.size() <= k_flat) return join(parts, " AND ");
  const auto middle = parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2);
  return fmt::format("({}) AND ({})", conjunction({parts.begin(), middle}),
                     conjunction({middle, parts.end()}));
}

/// The five rules of https://sqlite.org/datatype3.html, in their order.
Affinity affinity_of(std::string_view declared_type, bool strict) {
  const std::string type = lower_case(declared_type);
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  if (strict && type == "any") return Affinity::blob;
  if (has("int")) return Affinity::integer;
  if (has("char") || has("clob") || has("text")) return Affinity::text;
  if (has("blob") || type.empty()) return Affinity::blob;
  if (has("real") || has("floa") || has("doub")) return Affinity::real;
  return Affinity::numeric;
}

std::vector<std::string> key_of(const Table& table) {
  if (table.without_rowid) return table.primary_key;
  if (!table.primary_key.empty() && is_rowid_alias(table, table.primary_key[0])) return table.primary_key;
  for (const char* name : {"rowid", "_rowid_", "oid"})
    if (!has_column(table, name)) return {name};
  return {};
}

std::string key_is(const Table& table, std::string_view row) {
  std::vector<std::string> parts;
  for (const std::string& column : key_of(table))
    parts.push_back(fmt::format("{} = {}", identifier(column), cell(row, column)));
  return join(parts, " AND ");
}

std::string count_write(std::string_view id) {
  constexpr std::string_view k_now = "(julianday('now') - 2440587.5) * 86400.0";
  return fmt::format("UPDATE afloat_counters SET writes = writes + 1, last_at = {0} WHERE id = {1} AND "
                     "(writes < 1000 OR abs({0} - last_at) > 0.01)",
                     k_now, literal(id));
}

std::string as_stored(const Table& table, const Column& column, const std::string& expression) {
  const Affinity affinity = affinity_of(column.type, is_strict(table));
  if (affinity == Affinity::blob) return expression;
  return fmt::format("(SELECT {} FROM (SELECT {} AS v))", converted(affinity), expression);
}

std::string read_back(const Table& table, const Column& column, const std::string& expression) {
  const Affinity affinity = affinity_of(column.type, is_strict(table));
  if (affinity == Affinity::blob) return fmt::format("+({})", expression); // has none
  const bool text = affinity == Affinity::text;
  return fmt::format(
      "CAST((SELECT CASE WHEN typeof(s) IN ({}) THEN NULL ELSE s END FROM (SELECT {} AS s)) AS {})",
      text ? "'blob'" : "'text', 'blob'", as_stored(table, column, fmt::format("({})", expression)),
      text                         ? "TEXT"
      : affinity == Affinity::real ? "REAL"
                                   : "NUMERIC");
}

std::string stored_default(const CrossSync& sync, const CrossColumn& column) {
  if (!column.default_sql) return "NULL";
  const Affinity affinity = affinity_of(column.type, is_strict(sync.source));
  const std::string expression = "(" + *column.default_sql + ")";
  if (affinity == Affinity::blob || (affinity == Affinity::text && column.default_sql->starts_with('\'')))
    return expression;
  return fmt::format("(SELECT {} FROM (SELECT {} AS v))", converted(affinity), expression);
}

SyncText::SyncText(const Sync& sync)
    : m_sync(sync), m_old(afloat::old_side(sync)), m_new(afloat::new_side(sync)),
      m_strict(is_strict(sync.table)) {
  if (!sync.identity) return;
  m_plain = affinity(m_old[0]) == affinity(m_new[0]);
  m_new[0].expression = identifier(m_old[0].name);
  m_old[0].expression = identifier(m_new[0].name);
}

Affinity SyncText::affinity(const SyncColumn& column) const {
  return affinity_of(column.type, m_strict);
}

bool SyncText::on_a_side(std::string_view column) const {
  const auto same = [&](const SyncColumn& one) { return same_name(one.name, column); };
  return std::any_of(m_old.begin(), m_old.end(), same) || std::any_of(m_new.begin(), m_new.end(), same);
}

/// The unary plus takes the expression's own affinity away, so that the column's is applied to it as storing
/// would.
std::string SyncText::row_fits(const SyncColumn& column) const {
  const std::string name = identifier(column.name), &expression = column.expression;
  const std::string equal = fmt::format("{} IS +({}) COLLATE BINARY", name, expression);
  if (affinity(column) == Affinity::blob)
    return fmt::format("(typeof({}) IS typeof({}) AND {})", name, expression, equal);
  if (affinity(column) == Affinity::real) // integers beyond 2^53 are rounded when they are stored
    return fmt::format("({0} OR (typeof({1}) = 'integer' AND {2} IS CAST(({1}) AS REAL)))", equal, expression,
                       name);
  return fmt::format("({})", equal);
}

std::string SyncText::row_fits(const std::vector<SyncColumn>& side) const {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back(row_fits(column));
  return all_of(parts, "AND");
}

std::string SyncText::row_fits_down() const {
  return row_fits(m_old);
}

std::string SyncText::row_fits_up() const {
  return row_fits(m_new);
}

std::string SyncText::row_agrees() const {
  if (m_plain) return same_image(identifier(m_old[0].name), identifier(m_new[0].name));
  return fmt::format("({} OR {})", row_fits(m_old), row_fits(m_new));
}

/// The expression sees the row's cells under the bare and the qualified names that its author used.
std::string SyncText::stored(std::string_view row, std::string_view expression, Affinity affinity) const {
  std::vector<std::string> cells;
  std::vector<std::string> names;
  for (const Column& column : m_sync.table.columns) names.push_back(column.name);
  for (const std::vector<SyncColumn>& side : {m_old, m_new})
    for (const SyncColumn& column : side)
      if (!has_column(m_sync.table, column.name)) names.push_back(column.name);
  for (const std::string& name : names)
    if (mentions(expression, m_sync.table.name.name, name))
      cells.push_back(fmt::format("{} AS {}", cell(row, name), identifier(name)));
  if (cells.empty()) cells.push_back("1");
  return fmt::format("(SELECT {} AS s FROM (SELECT ({}) AS v FROM (SELECT {}) AS {}))", converted(affinity),
                     expression, join(cells, ", "), identifier(m_sync.table.name.name));
}

std::string SyncText::fits(std::string_view row, const SyncColumn& column,
                           std::string_view expression) const {
  return fmt::format("(SELECT {} FROM {})", same_image(cell(row, column.name), "s"),
                     stored(row, expression, affinity(column)));
}

std::string SyncText::fits(std::string_view row, const std::vector<SyncColumn>& side) const {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back(fits(row, column, column.expression));
  return all_of(parts, "AND");
}

std::string SyncText::agrees(std::string_view row) const {
  if (m_plain) return same_image(cell(row, m_old[0].name), cell(row, m_new[0].name));
  return fmt::format("({} OR {})", fits(row, m_old), fits(row, m_new));
}

std::string SyncText::old_changed() const {
  return any_changed(m_old);
}

std::string SyncText::new_changed() const {
  return any_changed(m_new);
}

std::string SyncText::all_null(std::string_view row, const std::vector<SyncColumn>& side) const {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back(cell(row, column.name) + " IS NULL");
  return join(parts, " AND ");
}

std::string SyncText::new_at_default() const {
  std::vector<std::string> parts;
  bool has_default = false;
  for (const SyncColumn& column : m_new) {
    has_default |= column.constant_default.has_value();
    parts.push_back(column.constant_default ? fits("NEW", column, *column.constant_default)
                                            : cell("NEW", column.name) + " IS NULL");
  }
  // Who left a required old column NULL was the new release, which relies on its own default.
  if (has_default)
    for (const SyncColumn& column : m_old)
      if (column.required) parts.push_back(cell("NEW", column.name) + " IS NOT NULL");
  return all_of(parts, "AND");
}

std::string SyncText::old_at_default() const {
  std::vector<std::string> parts;
  for (const SyncColumn& old : m_old) {
    const Column* column = m_sync.table.find_column(old.name);
    if (column == nullptr || !column->default_sql)
      parts.push_back(cell("NEW", old.name) + " IS NULL");
    else if (column->default_is_constant)
      parts.push_back(fits("NEW", old, *column->default_sql));
  }
  return parts.empty() ? "1" : all_of(parts, "AND");
}

std::string SyncText::down_value(const SyncColumn& old) const {
  return m_plain ? cell("NEW", m_new[0].name) : stored("NEW", old.expression, affinity(old));
}

std::string SyncText::own_update() const {
  std::vector<std::string> parts;
  if (m_sync.kind == Sync::Kind::fill) {
    const SyncColumn& filled = m_new[0];
    parts = {cell("OLD", filled.name) + " IS NULL", cell("NEW", filled.name) + " IS NOT NULL",
             fits("NEW", filled, filled.expression)};
  } else {
    parts = {fmt::format("{} <> {}", old_changed(), new_changed()), "NOT " + agrees("OLD"), agrees("NEW")};
  }
  // Behind contract every row agrees before sync's own update, and columns may be purged: nothing else is
  // named there.
  if (m_sync.kind != Sync::Kind::attic)
    for (const Column& column : m_sync.table.columns)
      if (!on_a_side(column.name) && column.generated.empty() && !is_own_name(column.name))
        parts.push_back("NOT " + changed(column.name));
  return conjunction(parts);
}

} // namespace afloat::sqlite
