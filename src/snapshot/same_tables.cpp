#include "dialect/file_copy.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/restore.hpp"
#include "sql/embedded.hpp"
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
       database.query(embedded_sql("postgres/snapshot_columns.sql"), {postgres_copy::sql_name(table)}).rows) {
    now.columns.push_back({row[0].value_or(""), row[1] == "t"});
    now.types.push_back(row[2].value_or(""));
  }
  return now;
}

TableNow table_now(Database& database, const RelationName& table) {
  if (database.dialect() == Dialect::postgres) return table_in_postgres(database, table);
  return {file_columns(database.facts().database, table.name), {}};
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

/// A table with rows of its own, and a name under which a plan may know it: its own, or that of a partitioned
/// table above it.
struct KnownAs {
  RelationName table;
  std::string name;
};

std::vector<KnownAs> tables_with_rows(Database& database) {
  std::vector<KnownAs> tables;
  if (database.dialect() == Dialect::sqlite)
    for (const std::string& name : file_tables(database.facts().database))
      tables.push_back({{"", name}, display(RelationName{"", name})});
  else
    for (const auto& row : database.query(embedded_sql("postgres/snapshot_tables.sql"), {}).rows)
      tables.push_back({{row[0].value_or(""), row[1].value_or("")},
                        display(RelationName{row[2].value_or(""), row[3].value_or("")})});
  return tables;
}

bool touches(const Plan& plan, const std::string& table) {
  return std::ranges::any_of(plan.touches,
                             [&](const std::string& touch) { return touch.starts_with(table + "."); });
}

/// Sync keeps columns and tables equal to each other: all of them come back, or none.
void add_torn(Database& database, const Found& found, const Plan& plan, const std::vector<KnownAs>& tables,
              std::vector<std::string>& different) {
  const std::vector<StoredTable> stored = tables_of_people(*found.manifest);
  std::vector<std::string> torn;
  bool concerned = false;
  for (const KnownAs& known : tables) {
    if (!touches(plan, known.name)) continue;
    const auto then = std::ranges::find(stored, known.table, &StoredTable::name);
    concerned |= then != stored.end();
    if (then == stored.end()) {
      torn.push_back(display(known.table));
      continue;
    }
    const TableNow before = table_then(found, *then); // reads the snapshot
    for (const FileColumn& column : table_now(database, known.table).columns)
      if (!find(before, column.name, database.dialect()))
        torn.push_back(fmt::format("{}.{}", display(known.table), column.name));
  }
  for (const AtticEntry& entry : plan.attic)
    if (entry.aside && !entry.name.empty()) torn.push_back("what is kept aside of " + display(entry.table));
  if (!concerned) return;
  for (const std::string& what : torn)
    different.push_back(fmt::format("{} is not in it, and {} keeps it in sync", what, plan.title()));
}

/// TRUNCATE is refused for these, and their rows would refer to nothing.
void add_referring(Database& database, const Found& found, std::vector<std::string>& different) {
  std::string names;
  for (const StoredTable& table : tables_of_people(*found.manifest))
    names += fmt::format("{}pg_catalog.to_regclass({})", names.empty() ? "" : ", ",
                         postgres_copy::literal(postgres_copy::sql_name(table.name)));
  for (const auto& row :
       database
           .query(replaced(std::string(embedded_sql("postgres/snapshot_referring.sql")), "{tables}", names),
                  {})
           .rows)
    different.push_back(fmt::format("{} refers to them, and is not in it",
                                    display(RelationName{row[0].value_or(""), row[1].value_or("")})));
}
} // namespace

void require_same_tables(Database& database, const Found& found, std::span<const Plan> in_sync) {
  std::vector<std::string> different;
  for (const StoredTable& table : tables_of_people(*found.manifest))
    add_differences(display(table.name), table_then(found, table), table_now(database, table.name),
                    database.dialect(), different);
  if (database.dialect() == Dialect::postgres) add_referring(database, found, different);
  const std::vector<KnownAs> tables = in_sync.empty() ? std::vector<KnownAs>() : tables_with_rows(database);
  for (const Plan& plan : in_sync) add_torn(database, found, plan, tables, different);
  if (different.empty()) return;
  throw Error(
      ErrorCode::refused,
      fmt::format("{} does not fit the tables as they are now: {}", found.name, join(different, "; ")),
      "Go back to their old shape first (`afloat revert`, `afloat abort`), or restore into a new database, "
      "with --into, and take from it what you need. Nothing was changed.");
}

} // namespace afloat
