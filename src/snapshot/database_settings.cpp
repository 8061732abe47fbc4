#include "snapshot/database_settings.hpp"

#include "snapshot/postgres.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
using postgres_copy::literal;

// Each gives one statement a row; {0} is the database that they are for, {1} the one that it is to be like.
constexpr std::array<std::string_view, 5> k_queries{
    R"(SELECT pg_catalog.format('ALTER DATABASE %I OWNER TO %I', {0}, pg_catalog.pg_get_userbyid(datdba))
  FROM pg_catalog.pg_database WHERE datname = {1})",
    R"(SELECT pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', {0},
  pg_catalog.pg_get_userbyid(datdba)) FROM pg_catalog.pg_database WHERE datname = {1} AND datacl IS NOT NULL)",
    R"(SELECT pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, {0},
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a WHERE datname = {1})",
    R"(SELECT pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s IS_TEMPLATE %s', {0}, datconnlimit,
  datistemplate::pg_catalog.text) FROM pg_catalog.pg_database WHERE datname = {1})",
    // Lists are stored as they are written: names, with double quotes where they need them.
    R"(SELECT pg_catalog.format('%s SET %I TO %s',
    CASE WHEN setrole = 0 THEN pg_catalog.format('ALTER DATABASE %I', {0}) ELSE pg_catalog.format(
      'ALTER ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(setrole), {0}) END,
    name,
    CASE WHEN name NOT IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
        'session_preload_libraries', 'shared_preload_libraries', 'unix_socket_directories')
      THEN pg_catalog.quote_literal(value) WHEN value IN ('', '""') THEN $$''$$ ELSE value END)
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(setconfig) WITH ORDINALITY u(c, n), LATERAL (SELECT
    pg_catalog.split_part(c, '=', 1) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value) v
  WHERE setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = {1})
  ORDER BY setrole, n)",
};
} // namespace

std::vector<std::string> statements_to_be_like(CopySession& session, const std::string& like,
                                               const std::string& database) {
  std::vector<std::string> statements;
  for (const std::string_view query : k_queries)
    for (const auto& row : session.query(fmt::format(fmt::runtime(query), literal(database), literal(like))))
      statements.push_back(row.at(0).value_or(""));
  return statements;
}

} // namespace afloat
