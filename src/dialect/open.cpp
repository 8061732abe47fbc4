#include "dialect/inspector.hpp"
#include "dialect/postgres/database.hpp"
#include "dialect/postgres/habits.hpp"
#include "dialect/postgres/inspector.hpp"
#include "dialect/postgres/model_reader.hpp"
#include "dialect/postgres/model_sql.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "dialect/sql_writer.hpp"
#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/model_reader.hpp"
#include "dialect/sqlite/model_sql.hpp"
#include "dialect/sqlite/sql_writer.hpp"
#include "support/redact.hpp"

#include <fmt/format.h>

// The one place that names both dialects.
namespace afloat {

Dialect dialect_of_url(std::string_view url) {
  if (url.starts_with("sqlite:")) return Dialect::sqlite;
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return Dialect::postgres;
  if (url.find("://") == std::string_view::npos && url.find('=') != std::string_view::npos)
    return Dialect::postgres;
  throw Error(ErrorCode::configuration,
              fmt::format("\"{}\" is not the URL of a database", without_credentials(url)),
              "Write postgres://user@host/database, libpq keywords (host=… dbname=…), or sqlite:FILE.");
}

std::unique_ptr<Database> open_database(const ConnectOptions& options) {
  return dialect_of_url(options.url) == Dialect::sqlite ? open_sqlite(options) : open_postgres(options);
}

Schema inspect(Database& database, std::span<const RelationName> tables) {
  return database.dialect() == Dialect::sqlite ? inspect_sqlite(database, tables)
                                               : inspect_postgres(database, tables);
}

void read_habits(Database& database, Schema& schema) {
  if (database.dialect() == Dialect::postgres) postgres::read_habits(database, schema);
}

SchemaModel read_schema(Database& database, std::chrono::milliseconds lock_timeout) {
  return database.dialect() == Dialect::sqlite ? sqlite::read_schema(database)
                                               : postgres::read_schema(database, lock_timeout);
}

std::string schema_state_function(const Database& database) {
  return database.dialect() == Dialect::sqlite ? std::string()
                                               : postgres::state_function(database.facts().server_version);
}

SchemaScript sql_between(const SchemaModel& from, const SchemaModel& to,
                         std::span<const ObjectChange> changes) {
  return to.dialect == Dialect::sqlite ? sqlite::sql_between(to, changes)
                                       : postgres::sql_between(from, to, changes);
}

std::unique_ptr<SqlWriter> make_sql_writer(Dialect dialect, int server_version) {
  return dialect == Dialect::sqlite ? make_sqlite_writer() : make_postgres_writer(server_version);
}

} // namespace afloat
