#pragma once

#include "dialect/database.hpp"

#include <span>
#include <string>
#include <vector>

#include <pqxx/pqxx>

/// What differs between libpqxx 6 (Debian 12, Ubuntu 22.04) and 7 (Debian 13, Ubuntu 24.04). Everything else
/// that we use of it is the same in both.
namespace afloat {

/// Keeps the connection from opening itself again, and lets its errors carry the SQLSTATE: libpqxx 6 leaves
/// it out of several of its exceptions (42501, 40P01), so that it is read from the text.
inline void set_up_connection(pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR >= 7
  connection.set_verbosity(pqxx::error_verbosity::verbose);
#else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  // Otherwise it connects again by itself, without the session's settings and locks. Gone from 7 on.
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  connection.set_verbosity(pqxx::connection_base::verbose);
#endif
}

/// Runs one statement with parameters in the place of $1, $2, …; nullopt is NULL. A template only so that a
/// call which this libpqxx lacks is not looked at.
template <typename Session>
pqxx::result run_with(Session& session, const std::string& sql, std::span<const Value> parameters) {
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params values;
  for (const Value& value : parameters) values.append(value);
  if constexpr (requires { session.exec(sql, values); })
    return session.exec(sql, values);
  else // before 7.10, which warns of exec_params
    return session.exec_params(sql, values);
#else
  std::vector<const char*> values;
  for (const Value& value : parameters) values.push_back(value ? value->c_str() : nullptr);
  return session.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
#endif
}

} // namespace afloat
