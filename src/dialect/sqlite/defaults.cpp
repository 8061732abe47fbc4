#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
std::string dropped(std::string_view column) {
  return fmt::format("afloat_drop_default(sql, {})", literal(column));
}

std::string added(const std::string& sql, std::string_view column, std::string_view expression) {
  return fmt::format("afloat_add_default({}, {}, {})", sql, literal(column), literal(expression));
}

/// The default that the column has now, put back into `sql` where it stood.
std::string restored(const std::string& sql, const Table& table, const Column& column) {
  const auto place = table.create_sql.empty() ? std::nullopt : find_default(table.create_sql, column.name);
  if (!place) return added(sql, column.name, *column.default_sql);
  return fmt::format("afloat_put_default({}, {}, {}, {})", sql, literal(column.name), literal(place->text),
                     place->behind);
}

Piece edit(const Table& table, const std::string& forward, const std::string& back) {
  Piece piece;
  piece.statements = schema_edit({edit_of("table", table.name.name, forward)});
  piece.inverse = schema_edit({edit_of("table", table.name.name, back)});
  piece.locks = file_lock(table);
  return piece;
}

/// What a row that holds no value of the column reads.
std::string read_from_schema(const std::optional<std::string>& default_sql, bool is_constant) {
  return default_sql && is_constant ? "(" + *default_sql + ")" : "NULL";
}

/// What SQLite reads from the schema for a row that holds no value: a literal, also in a CAST.
bool is_literal(std::string_view expression) {
  bool in_type = false;
  for (const Lexeme& lexeme : scan(expression)) {
    if (lexeme.is(")")) in_type = false;
    if (lexeme.kind != Lexeme::Kind::word || in_type) continue;
    in_type = lexeme.is("as");
    const bool known = in_type || lexeme.is("cast") || lexeme.is("true") || lexeme.is("false")
                       || lexeme.is("null") || lexeme.is("x");
    if (!known) return false;
  }
  return true;
}
} // namespace

Piece set_default(const Table& table, std::string_view column, std::string_view expression) {
  const Column* known = table.find_column(column);
  if (!known || !known->default_sql) return edit(table, added("sql", column, expression), dropped(column));
  const std::string without = dropped(column);
  const auto place = table.create_sql.empty() ? std::nullopt : find_default(table.create_sql, column);
  const std::string with = place
                               ? fmt::format("afloat_put_default({}, {}, {}, {})", without, literal(column),
                                             literal(fmt::format(" DEFAULT ({})", expression)), place->behind)
                               : added(without, column, expression);
  return edit(table, with, restored(without, table, *known));
}

Piece drop_default(const Table& table, std::string_view column) {
  const Column* known = table.find_column(column);
  return edit(table, dropped(column),
              known && known->default_sql ? restored("sql", table, *known) : std::string("sql"));
}

std::vector<std::string> default_trial(const Table& table, const Column& column,
                                       std::string_view expression) {
  const bool strict = !table.create_sql.empty() && read_table(table.create_sql).strict;
  return {fmt::format("CREATE TEMP TABLE afloat_trial ({} {} DEFAULT ({})){}", identifier(column.name),
                      column.type, expression, strict ? " STRICT" : ""),
          fmt::format("INSERT INTO temp.afloat_trial VALUES (({}))", expression),
          "DROP TABLE temp.afloat_trial"};
}

std::optional<RangeWork> store_default(const Table& table, const Column& column,
                                       const std::optional<std::string>& expression) {
  const bool in_key = std::ranges::any_of(
      table.primary_key, [&](const std::string& key) { return same_name(key, column.name); });
  const std::string now =
      read_from_schema(column.default_sql,
                       column.default_is_constant || (column.default_sql && is_literal(*column.default_sql)));
  const std::string then = read_from_schema(expression, expression && is_literal(*expression));
  const bool none = now == "NULL" && column.not_null;
  if (in_key || none || now == then) return std::nullopt;
  return rewrite(table, column.name, now);
}

} // namespace afloat::sqlite
