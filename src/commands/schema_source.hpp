#pragma once

#include "commands/command.hpp"
#include "config/config.hpp"
#include "dialect/database.hpp"
#include "model/schema_model.hpp"

#include <memory>
#include <string>

namespace afloat {

/// The configuration as it were with --env ENV or --url URL, whichever `source` is.
Config config_for(const Arguments& arguments, const std::string& source);

/// The schema that `source` names: the URL of a database, an environment, or a file of SQL, which is run in a
/// database made for it and dropped again (PostgreSQL: on the server of the configured environment, which
/// takes CREATEDB; SQLite: in memory). Error usage for anything else.
SchemaModel schema_of(const Arguments& arguments, const std::string& source);

} // namespace afloat
