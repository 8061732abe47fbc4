#pragma once

#include "dialect/inspector.hpp"

namespace afloat {

/// The SQLite side of inspect(): from PRAGMA table functions, sqlite_schema and the authorizer.
/// Views that read no table, or that SQLite cannot prepare as things are, come along as well.
Schema inspect_sqlite(Database& database, std::span<const RelationName> tables);

} // namespace afloat
