#pragma once

#include "dialect/database.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace afloat {

/// What the inspector asks of a SQLite connection beyond SQL.
class SqliteDatabase : public Database {
 public:
  Dialect dialect() const override { return Dialect::sqlite; }

  /// The tables and columns that a SELECT reads, as SQLite's authorizer is told while preparing it; views are
  /// resolved to their tables. A statement that cannot be prepared throws.
  virtual std::vector<std::pair<std::string, std::string>> columns_read(std::string_view select) = 0;
  /// Name of a column's collating sequence, e.g. "BINARY".
  virtual std::string collation(const std::string& table, const std::string& column) = 0;
};

/// Opens sqlite:FILE. `read_only` sessions also read a WAL database whose -shm file they may not create.
/// Errors: connection (no such file, not a database), permission, busy.
std::unique_ptr<Database> open_sqlite(const ConnectOptions& options);

} // namespace afloat
