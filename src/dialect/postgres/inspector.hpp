#pragma once

#include "dialect/database.hpp"
#include "model/schema.hpp"

#include <span>

namespace afloat {

/// The PostgreSQL part of inspect(): see inspector.hpp. One query for each kind of thing, whatever the number
/// of tables.
Schema inspect_postgres(Database& database, std::span<const RelationName> tables);

} // namespace afloat
