#pragma once

#include "dialect/database.hpp"
#include "model/schema.hpp"

#include <span>

namespace afloat {

/// Reads the named tables (with all that Table holds), the views that read them, and the names of all
/// relations, in a bounded number of queries. Names without schema are resolved through the search path.
/// Types and sequences are read only when tables are asked for. Names that do not exist are left out.
/// Read-only; takes no lock beyond ACCESS SHARE on catalogs.
Schema inspect(Database& database, std::span<const RelationName> tables);

/// Fills Table::habits of the schema's tables from pg_stat_statements, in at most two queries. Does nothing
/// where the extension is not in the database, not loaded or not permitted, and on SQLite.
void read_habits(Database& database, Schema& schema);

} // namespace afloat
