#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_items.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
bool same_storage(Affinity one, Affinity other) {
  // INTEGER and NUMERIC differ in CAST expressions only (https://sqlite.org/datatype3.html, 3).
  const auto kind = [](Affinity affinity) {
    return affinity == Affinity::numeric ? Affinity::integer : affinity;
  };
  return kind(one) == kind(other);
}
} // namespace

std::optional<TypeEdit> type_edit(const Table& table, const Column& column, const std::string& type) {
  const bool strict = !table.create_sql.empty() && read_table(table.create_sql).strict;
  const bool in_key = std::ranges::any_of(
      table.primary_key, [&](const std::string& key) { return same_name(key, column.name); });
  // A key that is declared INTEGER is the rowid itself.
  const bool rowid = in_key && (same_name(type, "integer") || same_name(column.type, "integer"));
  if (strict || rowid || !same_storage(affinity_of(column.type, false), affinity_of(type, false)))
    return std::nullopt;
  const auto edit = [&](const std::string& to) {
    return schema_edit(
        {edit_of("table", table.name.name,
                 fmt::format("afloat_set_type(sql, {}, {})", literal(column.name), literal(to)))});
  };
  TypeEdit result;
  result.piece.statements = edit(type);
  // A column that the same migration has made or renamed is not in the text yet.
  const bool in_text = !table.create_sql.empty() && find_column_item(scan(table.create_sql), column.name);
  result.piece.inverse = edit(in_text ? read_type(table.create_sql, column.name) : column.type);
  result.piece.locks = file_lock(table);
  return result;
}

} // namespace afloat::sqlite
