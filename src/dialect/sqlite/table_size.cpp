#include "dialect/file_copy.hpp"
#include "dialect/key_walk.hpp"
#include "dialect/sqlite/stored_columns.hpp"
#include "support/text.hpp"
#include "support/weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <sqlite3.h>

// What a table's rows take on their pages. dbstat knows, where it was compiled in, by reading all of them.
namespace afloat {
namespace {
using sqlite::Handle;
using sqlite::quoted_name;
using sqlite::StoredColumns;

constexpr int k_of_row = 5; // its length, the length of its header, its rowid, its place on the page
constexpr int k_rows_in_order = 10'000; // of a table without a rowid

/// A column's type is a byte, a whole number one to eight, about half as many as it has digits.
std::string bytes_of_row(const StoredColumns& columns) {
  std::string bytes = std::to_string(k_of_row);
  for (const std::string& name : columns.names)
    bytes += fmt::format(" + 1 + CASE typeof({0}) WHEN 'null' THEN 0 WHEN 'integer' THEN length({0}) / 2 "
                         "WHEN 'real' THEN 8 ELSE length({0}) END",
                         name);
  return bytes;
}

double bytes_by_rowid(Handle& database, const std::string& table, const StoredColumns& columns) {
  const std::string query = sample_query(table, columns.rowid, bytes_of_row(columns));
  const auto look = [&](std::int64_t after) {
    std::optional<Sample> few;
    database.each(replaced(query, "{after}", std::to_string(after)), {}, [&](sqlite3_stmt* row) {
      if (const std::int64_t rows = sqlite3_column_int64(row, 2); rows > 0)
        few = {sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), rows,
               sqlite3_column_double(row, 3)};
    });
    return few;
  };
  const auto start = look(-std::numeric_limits<std::int64_t>::max());
  if (!start) return 0;
  const std::int64_t last =
      std::stoll(database.text(fmt::format("SELECT max({}) FROM {}", columns.rowid, table)));
  return Weights(start->first - 1, last, look).total();
}

double bytes_in_order(Handle& database, const std::string& table, const StoredColumns& columns) {
  return std::stod("0"
                   + database.text(fmt::format("SELECT sum(bytes) FROM (SELECT {} AS bytes FROM {} LIMIT {})",
                                               bytes_of_row(columns), table, k_rows_in_order)));
}
} // namespace

std::int64_t tables_bytes(const std::string& file, std::span<const std::string> tables,
                          const std::function<void()>& watch) {
  Handle database(file, Handle::Mode::existing);
  database.watch(watch);
  double bytes = 0;
  for (const std::string& table : tables) {
    if (database.text("SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?1", table)
        == "virtual")
      continue; // copy_tables() refuses it
    const StoredColumns columns = stored_columns(database, "main", table);
    const std::string name = "main." + quoted_name(table);
    bytes += columns.rowid.empty() ? bytes_in_order(database, name, columns)
                                   : bytes_by_rowid(database, name, columns);
  }
  return std::min(std::llround(bytes), static_cast<long long>(file_bytes(file)));
}

} // namespace afloat
