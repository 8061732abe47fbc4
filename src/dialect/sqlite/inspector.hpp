#pragma once

#include "dialect/inspector.hpp"

namespace afloat {

/// The SQLite side of inspect(): from PRAGMA table functions, sqlite_schema and the authorizer.
Schema inspect_sqlite(Database& database, std::span<const RelationName> tables);

} // namespace afloat
