#pragma once

#include "dialect/database.hpp"

#include <string>

namespace afloat::test {

/// Schema and rows of a database as text that is equal for equal databases, without schema afloat: what
/// pg_dump says, read from the catalogs. For servers that are newer than the pg_dump at hand, which refuses
/// them. Its text differs between versions of the server: compare only what comes from the same one.
std::string dump_catalogs(Database& database);

} // namespace afloat::test
