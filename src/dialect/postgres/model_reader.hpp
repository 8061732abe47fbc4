#pragma once

#include "dialect/database.hpp"
#include "model/schema_model.hpp"

#include <chrono>
#include <string>

namespace afloat::postgres {

/// The PostgreSQL part of read_schema(): see schema_reader.hpp.
SchemaModel read_schema(Database& database, std::chrono::milliseconds lock_timeout);

/// The query of a kind for this server: what its file says, with the shared pieces ({rights …}, {notes …})
/// filled in and the lines of other versions left out. Its first two columns are "table" and "name".
std::string model_query(std::string_view kind, int server_version);

/// CREATE OR REPLACE FUNCTION afloat.verify_schema_state: see schema_reader.hpp.
std::string state_function(int server_version);

} // namespace afloat::postgres
