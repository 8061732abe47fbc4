#pragma once

#include "dialect/database.hpp"
#include "dialect/sql_writer.hpp"
#include "model/schema.hpp"

#include <memory>
#include <span>

namespace afloat {

std::unique_ptr<Database> open_sqlite(const ConnectOptions& options);
Schema inspect_sqlite(Database& database, std::span<const RelationName> tables);
std::unique_ptr<SqlWriter> make_sqlite_writer();

} // namespace afloat
