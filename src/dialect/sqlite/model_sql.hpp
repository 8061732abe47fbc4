#pragma once

#include "dialect/schema_sql.hpp"

namespace afloat::sqlite {

/// The SQLite part of sql_between(): see schema_sql.hpp. A table that SQLite cannot alter so is named as work
/// by hand.
SchemaScript sql_between(const SchemaModel& to, std::span<const ObjectChange> changes);

} // namespace afloat::sqlite
