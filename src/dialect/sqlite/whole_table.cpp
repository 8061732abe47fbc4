#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
Statement rename(const std::string& from, const std::string& to) {
  return fmt::format("ALTER TABLE {} RENAME TO {}", identifier(from), identifier(to));
}
} // namespace

Statement rename_statistics(const std::string& from, const std::string& to) {
  return fmt::format("SELECT afloat_rename_statistics({}, {})", literal(from), literal(to));
}

Piece rename_table(const Table& table, const std::string& to) {
  Piece piece;
  piece.statements = {
      rename(table.name.name, to), rename_statistics(table.name.name, to),
      fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name <> {0} AND "
                  "instr(sql, {0}) > 0), {1})",
                  literal(to),
                  literal(fmt::format("a view, trigger or foreign key elsewhere uses {}", table.name.name)))};
  piece.inverse = {rename(to, table.name.name), rename_statistics(to, table.name.name)};
  piece.locks = file_lock(table);
  return piece;
}

Piece drop_table(const RelationName& table) {
  Piece piece;
  piece.statements.emplace_back("DROP TABLE IF EXISTS " + identifier(table.name));
  piece.locks = {{table, LockLevel::database}};
  piece.scans = true; // each of its pages goes to the list of free ones
  return piece;
}

Piece drop_foreign_keys(const Table& table) {
  const bool has = std::ranges::any_of(table.constraints, [&](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::foreign_key && constraint.references != table.name;
  });
  Piece piece;
  if (!has) return piece;
  piece.statements = schema_edit({edit_of(
      "table", table.name.name, fmt::format("afloat_drop_foreign_keys(sql, {})", literal(table.name.name)))});
  std::vector<Statement> edits; // in the order of the text
  for (const Constraint& constraint : table.constraints)
    if (constraint.kind == ConstraintKind::foreign_key && constraint.references != table.name)
      if (const auto place = place_of(table, constraint))
        edits.push_back(
            edit_of("table", table.name.name,
                    fmt::format("afloat_put_constraint(sql, {}, {}, '{}')", literal(place->column),
                                literal(place->clause.text), place->clause.behind)));
  piece.inverse = schema_edit(std::move(edits));
  piece.locks = file_lock(table);
  return piece;
}

std::vector<std::string> table_users(const RelationName& table) {
  return {replaced(std::string(embedded_sql("sqlite/table_users.sql")), "{table}", literal(table.name))};
}

std::vector<std::string> column_users(const Table& table, std::string_view column) {
  return {fmt::format(
      "SELECT 'trigger ' || name || ' uses ' || {0} || ': change or drop it first' FROM sqlite_schema "
      "WHERE type = 'trigger' AND name NOT LIKE 'afloat~_%' ESCAPE '~' AND afloat_trigger_uses(name, {1}, "
      "{2}) ORDER BY 1",
      literal(fmt::format("{}.{}", table.name.name, column)), literal(table.name.name), literal(column))};
}

} // namespace afloat::sqlite
