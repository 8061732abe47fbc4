#pragma once

#include "dialect/inspector.hpp"

namespace afloat {

/// The SQLite side of inspect(): from PRAGMA table functions, sqlite_schema and the authorizer.
/// Views that read no table, or that SQLite cannot prepare as things are, come along as well.
Schema inspect_sqlite(Database& database, std::span<const RelationName> tables);

/// A table of sqlite_schema.
struct SqliteTableText {
  std::string name, create_sql;
  bool has_triggers = false;
};
/// The same as far as the texts tell, in a database where they are known and no table has rows: without
/// Schema::known, and of tables without referenced_by, rows and bytes. Without `views` they are not looked
/// for.
Schema inspect_sqlite_texts(Database& database, std::span<const SqliteTableText> tables, bool views);

/// The columns and the primary key of a table alone; `table` has its name and text.
void inspect_sqlite_columns(Database& database, Table& table);

} // namespace afloat
