#pragma once

#include "support/error.hpp"

#include <string>
#include <string_view>

struct sqlite3;

namespace afloat::sqlite {

/// "SQLITE_CONSTRAINT_UNIQUE" for an extended result code; "SQLITE_ERROR_<number>" for one that is not known.
std::string code_name(int extended_code);

/// The last failure of the connection as an Error by the rules of database.hpp. `path` is for the hints.
Error error_of(sqlite3* connection, int code, std::string_view sql, std::string_view path, bool cancelled);

} // namespace afloat::sqlite
