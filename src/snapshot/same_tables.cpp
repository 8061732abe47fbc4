#include "dialect/file_copy.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/restore.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// What keeps a snapshot's rows out of the tables as they are now.
namespace afloat {
namespace {
struct TableNow {
  std::vector<FileColumn> columns; ///< of a table that is gone: none
  std::vector<std::string> types;  ///< PostgreSQL; COPY in binary form takes no other
};

TableNow table_in_postgres(Database& database, const RelationName& table) {
  TableNow now;
  for (const auto& row :
       database
           .query(
               "SELECT attname, attnotnull AND NOT atthasdef AND attidentity = '', "
               "pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute WHERE attrelid = "
               "pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER "
               "BY attnum",
               {postgres_copy::sql_name(table)})
           .rows) {
    now.columns.push_back({row[0].value_or(""), row[1] == "t"});
    now.types.push_back(row[2].value_or(""));
  }
  return now;
}

/// Of a StoredTable on PostgreSQL, and on SQLite of the file that holds the rows.
TableNow table_then(const Found& found, const StoredTable& table) {
  if (found.manifest->dialect == Dialect::sqlite)
    return {file_columns((found.folder / table.file).string(), table.name.name), {}};
  TableNow then;
  then.types = table.types;
  for (const std::string& column : table.columns) then.columns.push_back({column, false});
  return then;
}

const FileColumn* find(const TableNow& table, const std::string& name, Dialect dialect) {
  const auto found = std::ranges::find_if(table.columns, [&](const FileColumn& column) {
    return column.name == name || (dialect == Dialect::sqlite && lower_case(column.name) == lower_case(name));
  });
  return found == table.columns.end() ? nullptr : &*found;
}

void add_differences(const std::string& table, const TableNow& then, const TableNow& now, Dialect dialect,
                     std::vector<std::string>& different) {
  if (now.columns.empty()) return different.push_back(fmt::format("there is no table {} any more", table));
  for (std::size_t i = 0; i < then.columns.size(); ++i) {
    const std::string& name = then.columns[i].name;
    const FileColumn* column = find(now, name, dialect);
    if (!column)
      different.push_back(fmt::format("{} has no column {} any more", table, name));
    else if (i < then.types.size()) {
      const std::string& type = now.types.at(static_cast<std::size_t>(column - now.columns.data()));
      if (type != then.types[i])
        different.push_back(
            fmt::format("{}.{} is of type {}, and was of {}", table, name, type, then.types[i]));
    }
  }
  for (const FileColumn& column : now.columns)
    if (column.needs_value && !find(then, column.name, dialect))
      different.push_back(fmt::format("{}.{} is new, NOT NULL and without a default", table, column.name));
}
} // namespace

void require_same_tables(Database& database, const Found& found) {
  std::vector<std::string> different;
  for (const StoredTable& table : tables_of_people(*found.manifest))
    add_differences(display(table.name), table_then(found, table),
                    database.dialect() == Dialect::sqlite
                        ? TableNow{file_columns(database.facts().database, table.name.name), {}}
                        : table_in_postgres(database, table.name),
                    database.dialect(), different);
  if (different.empty()) return;
  throw Error(
      ErrorCode::refused,
      fmt::format("{} does not fit the tables as they are now: {}", found.name, join(different, "; ")),
      "Go back to their old shape first (`afloat revert`, `afloat abort`), or restore into a new database, "
      "with --into, and take from it what you need. Nothing was changed.");
}

} // namespace afloat
