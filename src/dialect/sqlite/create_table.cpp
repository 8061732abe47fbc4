#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
std::string names(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(identifier(column));
  return join(quoted, ", ");
}

/// A generated key of its own must stand in the column: PRIMARY KEY of the table does not take AUTOINCREMENT.
bool is_identity_key(const Table& table, const Column& column) {
  return !column.identity.empty() && table.primary_key == std::vector{column.name};
}

std::string constraint_text(const Constraint& constraint) {
  const std::string prefix = constraint.name.empty() ? "" : "CONSTRAINT " + identifier(constraint.name) + " ";
  if (lower_case(constraint.definition).starts_with("constraint")) return constraint.definition;
  const bool of_column = lower_case(constraint.definition).starts_with("references"); // as it stands in one
  if (!constraint.definition.empty() && !of_column) return prefix + constraint.definition;
  if (constraint.kind == ConstraintKind::foreign_key)
    return fmt::format("{}FOREIGN KEY ({}) {}", prefix, names(constraint.columns),
                       of_column ? constraint.definition
                                 : "REFERENCES " + identifier(constraint.references.name));
  return fmt::format("{}UNIQUE ({})", prefix, names(constraint.columns));
}
} // namespace

std::string column_definition(const Table& table, const Column& column) {
  if (is_identity_key(table, column)) return identifier(column.name) + " INTEGER PRIMARY KEY AUTOINCREMENT";
  std::string text = identifier(column.name);
  if (!column.type.empty()) text += " " + column.type;
  if (!column.collation.empty()) text += " COLLATE " + column.collation;
  if (column.not_null) text += " NOT NULL";
  if (!column.generated.empty()) text += fmt::format(" GENERATED ALWAYS AS ({}) VIRTUAL", column.generated);
  if (column.default_sql)
    text += fmt::format(" DEFAULT {}",
                        column.default_is_constant ? *column.default_sql : "(" + *column.default_sql + ")");
  return text;
}

std::string index_sql(const Table& table, const Index& index) {
  std::vector<std::string> parts;
  for (const IndexPart& part : index.parts) {
    const std::string base = part.column.empty() ? "(" + part.expression + ")" : identifier(part.column);
    parts.push_back(trimmed(base + " " + part.suffix));
  }
  std::string sql = fmt::format("CREATE {}INDEX {} ON {} ({})", index.unique ? "UNIQUE " : "",
                                identifier(index.name), relation(table), join(parts, ", "));
  if (!index.predicate.empty()) sql += " WHERE " + index.predicate;
  return sql;
}

Piece create_table(const Table& table) {
  std::vector<std::string> lines;
  bool key_in_column = false;
  for (const Column& column : table.columns) {
    lines.push_back(column_definition(table, column));
    key_in_column = key_in_column || is_identity_key(table, column);
  }
  if (!table.primary_key.empty() && !key_in_column)
    lines.push_back(fmt::format("PRIMARY KEY ({})", names(table.primary_key)));
  for (const Constraint& constraint : table.constraints)
    if (constraint.kind != ConstraintKind::primary_key) lines.push_back(constraint_text(constraint));
  Piece piece;
  piece.statements.emplace_back(fmt::format("CREATE TABLE {} (\n  {}\n){}", relation(table),
                                            join(lines, ",\n  "),
                                            table.without_rowid ? " WITHOUT ROWID" : ""));
  for (const Index& index : table.indexes)
    if (index.constraint.empty()) piece.statements.emplace_back(index_sql(table, index));
  piece.inverse.emplace_back("DROP TABLE " + relation(table));
  piece.locks = file_lock(table);
  return piece;
}

} // namespace afloat::sqlite
