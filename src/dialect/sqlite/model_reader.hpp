#pragma once

#include "dialect/database.hpp"
#include "model/schema_model.hpp"

namespace afloat::sqlite {

/// The SQLite part of read_schema(): see schema_reader.hpp. What a CREATE TABLE says that no PRAGMA tells
/// comes from its text, of which spacing and comments do not count.
SchemaModel read_schema(Database& database);

} // namespace afloat::sqlite
