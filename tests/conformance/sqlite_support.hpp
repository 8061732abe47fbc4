#pragma once

#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/sql_writer.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace afloat::sqlite_tests {

/// A folder of its own that goes away with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "afloat-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    m_path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(m_path); }
  std::string file(const std::string& name = "app.db") const { return m_path + "/" + name; }

 private:
  std::string m_path;
};

inline std::unique_ptr<Database> connect(const Folder& folder, bool must_exist = false) {
  ConnectOptions options;
  options.url = "sqlite:" + folder.file();
  options.must_exist = must_exist;
  auto database = open_sqlite(options);
  database->script("PRAGMA synchronous = OFF"); // the tests kill no machine
  return database;
}

/// Runs statements in one transaction as the executor does, with their assertions.
inline void run(Database& database, const std::vector<Statement>& statements) {
  database.begin(std::chrono::milliseconds(1000));
  try {
    for (const Statement& statement : statements) {
      const Result result = database.query(statement.sql);
      if (statement.must_change && *statement.must_change != result.affected)
        throw std::runtime_error(fmt::format("{} rows changed by: {}", result.affected, statement.sql));
    }
    database.commit();
  } catch (...) {
    database.rollback();
    throw;
  }
}

inline Table table_of(Database& database, const std::string& name) {
  const std::vector<RelationName> names{{"", name}};
  return inspect_sqlite(database, names).tables.at(0);
}

/// Replaces {after}, {upto} and {limit}.
inline std::string filled(std::string sql, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) sql = replaced(std::move(sql), "{" + name + "}", value);
  return sql;
}

/// All rows, cells joined by "|", NULL as "-".
inline std::vector<std::string> rows(Database& database, const std::string& sql) {
  std::vector<std::string> lines;
  for (const auto& row : database.query(sql).rows) {
    std::vector<std::string> cells;
    for (const Value& cell : row) cells.push_back(cell.value_or("-"));
    lines.push_back(join(cells, "|"));
  }
  return lines;
}

constexpr const char* k_counters =
    "CREATE TABLE IF NOT EXISTS afloat_counters(id TEXT PRIMARY KEY, writes INTEGER NOT NULL, last_at REAL)";

/// A window: adds the new column and puts sync on it. `sync.table` is filled in.
inline Sync open_window(Database& database, Sync sync, const std::string& table) {
  const auto writer = make_sqlite_writer();
  database.script(k_counters);
  sync.table = table_of(database, table);
  std::vector<Piece> pieces;
  for (const SyncColumn& added : new_side(sync)) {
    Column column;
    column.name = added.name;
    column.type = added.type;
    pieces.push_back(writer->add_column(sync.table, column));
  }
  for (const SyncColumn& old : old_side(sync))
    if (old.required) pieces.push_back(writer->relax_not_null(sync.table, old.name));
  pieces.push_back(writer->create_sync(sync));
  run(database, combine(Phase::expand, "open", pieces).statements);
  return sync;
}

} // namespace afloat::sqlite_tests
