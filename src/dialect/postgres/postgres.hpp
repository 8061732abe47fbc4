#pragma once

#include "dialect/database.hpp"
#include "dialect/sql_writer.hpp"
#include "model/schema.hpp"

#include <memory>
#include <span>

namespace afloat {

std::unique_ptr<Database> open_postgres(const ConnectOptions& options);
Schema inspect_postgres(Database& database, std::span<const RelationName> tables);
/// `server_version`: server_version_num, for what differs between servers; 0 offline.
std::unique_ptr<SqlWriter> make_postgres_writer(int server_version);

} // namespace afloat
