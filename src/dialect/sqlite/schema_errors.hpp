#pragma once

#include <string>

struct sqlite3;

namespace afloat::sqlite {

/// Prepares statements that use the table: writes to it, which need its triggers and the foreign keys that
/// point at it, those to the tables whose triggers name it, and all views. Returns what fails, a line each.
std::string schema_errors(sqlite3* connection, const std::string& table);

} // namespace afloat::sqlite
