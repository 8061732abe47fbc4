#include "snapshot/sessions_postgres.hpp"

#include "snapshot/postgres.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres_copy {
namespace {
constexpr std::size_t k_beginning = 40, k_shown = 5;
constexpr std::chrono::milliseconds k_leave{2'000}, k_pause{50};

/// Autovacuum has no role. What else a session is, backend_type, not everybody may read.
std::string sessions_query(const std::string& database) {
  return fmt::format("FROM pg_catalog.pg_stat_activity WHERE datname = {} AND pid <> "
                     "pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL",
                     literal(database));
}
} // namespace

std::string beginning_of_name(const std::string& database) {
  std::size_t size = std::min(database.size(), k_beginning);
  while (size > 0 && size < database.size() && (static_cast<unsigned char>(database[size]) & 0xc0U) == 0x80U)
    --size;
  return database.substr(0, size);
}

std::string comment_of(CopySession& session, const std::string& database) {
  const auto rows = session.query(fmt::format("SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM "
                                              "pg_catalog.pg_database WHERE datname = {}",
                                              literal(database)));
  return rows.empty() ? "" : rows[0][0].value_or("");
}

bool database_exists(CopySession& session, const std::string& database) {
  return !session
              .query(
                  fmt::format("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}", literal(database)))
              .empty();
}

std::vector<std::string> sessions_in(CopySession& session, const std::string& database) {
  std::vector<std::string> sessions;
  for (const auto& row : session.query("SELECT pid, coalesce(usename, ''), coalesce(application_name, '') "
                                       + sessions_query(database) + " ORDER BY backend_start, pid"))
    sessions.push_back(
        fmt::format("pid {} ({}{}{})", *row[0], *row[1], row[2]->empty() ? "" : ", ", *row[2]));
  return sessions;
}

std::vector<std::string> sessions_that_stay(CopySession& session, const std::string& database,
                                            const std::function<void()>& watch) {
  std::vector<std::string> sessions = sessions_in(session, database);
  for (auto waited = k_pause; !sessions.empty() && waited < k_leave; waited += k_pause) {
    watch();
    std::this_thread::sleep_for(k_pause);
    sessions = sessions_in(session, database);
  }
  return sessions;
}

Error connected(const std::string& database, std::vector<std::string> sessions, const std::string& hint) {
  const std::size_t all = sessions.size();
  if (all > k_shown) sessions.resize(k_shown);
  return Error(ErrorCode::busy,
               fmt::format("{} {} connected to {}: {}{}", count_of(static_cast<std::int64_t>(all), "session"),
                           all == 1 ? "is" : "are", database, join(sessions, ", "),
                           all > k_shown ? fmt::format(" and {} more", all - k_shown) : ""),
               hint);
}

void end_sessions(CopySession& session, const std::string& database) try {
  session.query("SELECT pg_catalog.pg_terminate_backend(pid) " + sessions_query(database));
} catch (Error& error) {
  if (error.code == ErrorCode::permission)
    error.hint = "Connect as a member of pg_signal_backend, or as a superuser where the session is one's; or "
                 "end them yourself. Nothing was changed.";
  throw;
}

} // namespace afloat::postgres_copy
