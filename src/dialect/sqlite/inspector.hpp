#pragma once

#include "dialect/inspector.hpp"

namespace afloat {

/// The SQLite side of inspect(): from PRAGMA table functions, sqlite_schema and the authorizer.
/// Views that read no table, or that SQLite cannot prepare as things are, come along as well.
Schema inspect_sqlite(Database& database, std::span<const RelationName> tables);

/// The columns and the primary key of a table alone; `table` has its name and text.
void inspect_sqlite_columns(Database& database, Table& table);

} // namespace afloat
