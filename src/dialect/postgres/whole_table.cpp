#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::postgres {

Piece rename_table(const Table& table, const std::string& to) {
  const auto rename = [](const RelationName& from, const std::string& name) -> Statement {
    return fmt::format("ALTER TABLE {} RENAME TO {}", quoted(from), quoted(name));
  };
  return {.statements = {rename(table.name, to)},
          .inverse = {rename({table.name.schema, to}, table.name.name)},
          .locks = {{table.name, LockLevel::access_exclusive}}};
}

Piece drop_table(const RelationName& table) {
  return {.statements = {"DROP TABLE IF EXISTS " + quoted(table)},
          .locks = {{table, LockLevel::access_exclusive}}};
}

Piece drop_foreign_keys(const Table& table) {
  Piece piece;
  for (const Constraint& constraint : table.constraints) {
    if (constraint.kind != ConstraintKind::foreign_key || constraint.references == table.name) continue;
    piece.statements.emplace_back(fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}",
                                              quoted(table.name), quoted(constraint.name)));
    if (piece.locks.empty()) piece.locks.push_back({table.name, LockLevel::access_exclusive});
    piece.locks.push_back({constraint.references, LockLevel::access_exclusive});
  }
  return piece;
}

std::vector<std::string> table_users(const RelationName& table) {
  std::string text(embedded_sql("postgres/table_users.sql"));
  text = replaced(std::move(text), "{table}", literal(quoted(table)));
  return {replaced(std::move(text), "{name}", literal(table.name))};
}

std::vector<std::string> column_users(const Table& table, std::string_view column) {
  std::string text(embedded_sql("postgres/column_users.sql"));
  text = replaced(std::move(text), "{table}", literal(quoted(table.name)));
  return {replaced(std::move(text), "{column}", literal(column))};
}

} // namespace afloat::postgres
