#include "dialect/sqlite/schema_errors.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <memory>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
using Row = std::vector<std::string>;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

Prepared prepare(sqlite3* connection, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr);
  return Prepared(statement);
}

std::vector<Row> rows(sqlite3* connection, const std::string& sql) {
  const Prepared statement = prepare(connection, sql);
  std::vector<Row> result;
  while (statement && sqlite3_step(statement.get()) == SQLITE_ROW) {
    Row& row = result.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
      const void* text = sqlite3_column_text(statement.get(), i);
      row.emplace_back(text == nullptr ? "" : static_cast<const char*>(text));
    }
  }
  return result;
}

std::vector<std::string> writes_to(sqlite3* connection, const std::string& table) {
  const std::string name = identifier(table);
  std::vector<std::string> sets;
  for (const Row& row :
       rows(connection,
            fmt::format("SELECT name FROM pragma_table_xinfo({}) WHERE hidden = 0", literal(table))))
    sets.push_back(fmt::format("{0} = {0}", identifier(row[0])));
  return {fmt::format("INSERT INTO {} DEFAULT VALUES", name),
          fmt::format("UPDATE {} SET {} WHERE 0", name, join(sets, ", ")),
          fmt::format("DELETE FROM {} WHERE 0", name)};
}
} // namespace

std::string schema_errors(sqlite3* connection, const std::string& table) {
  std::vector<std::string> statements;
  std::set<std::string> written{table};
  for (const Row& row : rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN "
                                         "('view', 'trigger') ORDER BY name")) {
    if (row[0] == "view")
      statements.push_back(fmt::format("SELECT * FROM {}", identifier(row[1])));
    else if (!same_name(row[2], table) && names_table(row[3], table))
      written.insert(row[2]);
  }
  for (const Row& row :
       rows(connection, fmt::format("SELECT DISTINCT m.name FROM sqlite_schema m, "
                                    "pragma_foreign_key_list(m.name) f WHERE m.type = 'table' "
                                    "AND f.\"table\" = {} COLLATE NOCASE",
                                    literal(table))))
    written.insert(row[0]);
  for (const std::string& name : written)
    for (std::string& statement : writes_to(connection, name)) statements.push_back(std::move(statement));
  std::string found;
  for (const std::string& statement : statements)
    if (!prepare(connection, statement))
      found += fmt::format("{}{}: {}", found.empty() ? "" : "; ", statement, sqlite3_errmsg(connection));
  return found;
}

} // namespace afloat::sqlite
