#include "dialect/partitions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// The partitions that went to the attic with their parent: their names before and there. Those that are
/// there then, not those of the plan: partitions come and go every day.
std::string partition_names(const Table& table, const std::string& to) {
  return own_object(fmt::format("partitions_of_{}.{}", table.name.schema, to));
}

std::string partition_text(std::string_view file, const Table& table, const std::string& to) {
  constexpr std::string_view k_attic = "_afloat_attic_"; // and the version, and an underscore
  std::string text(embedded_sql(file));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{prefix}", literal(to.substr(0, to.find('_', k_attic.size()) + 1)));
  return replaced(std::move(text), "{names}", partition_names(table, to));
}

/// `from`, `to_column`: of the noted names, `was` or `hidden`.
std::string rename_partitions(const Table& table, const std::string& to, std::string_view from,
                              std::string_view to_column) {
  std::string text = partition_text("postgres/rename_partitions.sql", table, to);
  return "DO " + literal(replaced(replaced(std::move(text), "{from}", from), "{to}", to_column));
}

Statement drop_partition_names(const Table& table, const std::string& to) {
  return "DROP TABLE IF EXISTS " + partition_names(table, to);
}
} // namespace

Piece rename_table(const Table& table, const std::string& to) {
  const auto rename = [](const RelationName& from, const std::string& name) -> Statement {
    return fmt::format("ALTER TABLE {} RENAME TO {}", in_quotes(from), in_quotes(name));
  };
  Piece piece{.statements = {rename(table.name, to)},
              .inverse = {rename({table.name.schema, to}, table.name.name)},
              .locks = {{table.name, LockLevel::access_exclusive}}};
  if (!table.partitioned) return piece;
  piece.statements.insert(piece.statements.begin(),
                          {fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", in_quotes(table.name)),
                           fmt::format("CREATE TABLE {} AS {}", partition_names(table, to),
                                       partition_text("postgres/partition_names.sql", table, to)),
                           rename_partitions(table, to, "was", "hidden")});
  piece.inverse.emplace_back(rename_partitions(table, to, "hidden", "was"));
  piece.inverse.push_back(drop_partition_names(table, to));
  for (const Partition& partition : table.partitions)
    piece.locks.push_back({partition.name, LockLevel::access_exclusive});
  return piece;
}

Piece drop_table(const RelationName& table) {
  return {.statements = {"DROP TABLE IF EXISTS " + in_quotes(table)},
          .locks = {{table, LockLevel::access_exclusive}}};
}

Piece drop_foreign_keys(const Table& table) {
  Piece piece;
  for (const Constraint& constraint : table.constraints) {
    if (constraint.kind != ConstraintKind::foreign_key || constraint.references == table.name) continue;
    piece.statements.emplace_back(fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}",
                                              in_quotes(table.name), in_quotes(constraint.name)));
    if (piece.locks.empty()) piece.locks.push_back({table.name, LockLevel::access_exclusive});
    piece.locks.push_back({constraint.references, LockLevel::access_exclusive});
  }
  return piece;
}

std::vector<std::string> table_users(const RelationName& table) {
  std::string text(embedded_sql("postgres/table_users.sql"));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table)));
  return {replaced(std::move(text), "{name}", literal(table.name))};
}

std::vector<std::string> column_users(const Table& table, std::string_view column) {
  std::string text(embedded_sql("postgres/column_users.sql"));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  std::vector<std::string> queries{replaced(std::move(text), "{column}", literal(column))};
  if (table.partitioned) queries.push_back(keyed_partitions(table, std::string(column)));
  return queries;
}

} // namespace afloat::postgres

namespace afloat {

Piece forget_partitions(const Table& table, const std::string& to) {
  if (!table.partitioned) return {};
  return {.statements = {postgres::drop_partition_names(table, to)}};
}

} // namespace afloat
