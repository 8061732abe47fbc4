#pragma once

#include "dialect/database.hpp"
#include "model/schema_model.hpp"

#include <chrono>
#include <string>

namespace afloat {

/// Reads the whole schema from the catalogs, in one query a kind whatever the number of objects, and writes
/// nothing. With a transaction open it sees what that one has done, and leaves its settings as they were;
/// else it is one moment's. Needs no right but that of reading the catalogs; a kind that this role may not
/// read is named in `unread`. Error busy where another session's lock keeps an object from being read for so
/// long.
SchemaModel read_schema(Database& database,
                        std::chrono::milliseconds lock_timeout = std::chrono::seconds(10));

/// The statement that makes afloat.verify_schema_state(version), which computes the fingerprint in SQL and
/// raises where it is not the recorded one, for this version of the server; empty for SQLite.
std::string schema_state_function(const Database& database);

} // namespace afloat
