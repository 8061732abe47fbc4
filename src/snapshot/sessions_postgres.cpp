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

/// As pg_terminate_backend() decides it, in all versions.
constexpr std::string_view k_not_ours_to_end =
    " AND NOT (SELECT o.rolsuper FROM pg_catalog.pg_roles o WHERE o.rolname = current_user) AND ((SELECT "
    "s.rolsuper FROM pg_catalog.pg_roles s WHERE s.oid = usesysid) OR NOT "
    "(pg_catalog.pg_has_role(usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))";

/// Autovacuum has no role. What else a session is, backend_type, not everybody may read.
std::string sessions_query(const std::string& database, Sessions which) {
  return fmt::format("FROM pg_catalog.pg_stat_activity WHERE datname = {} AND pid <> "
                     "pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL{}",
                     literal(database), which == Sessions::all ? "" : k_not_ours_to_end);
}

constexpr std::string_view k_right_to_end =
    "Connect as a member of pg_signal_backend, or as a superuser where the session is one's; or end them "
    "yourself. Nothing was changed.";

std::string first_of(std::vector<std::string> sessions) {
  const std::size_t all = sessions.size();
  if (all <= k_shown) return join(sessions, ", ");
  sessions.resize(k_shown);
  return fmt::format("{} and {} more", join(sessions, ", "), all - k_shown);
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

std::vector<std::string> sessions_in(CopySession& session, const std::string& database, Sessions which) {
  std::vector<std::string> sessions;
  for (const auto& row : session.query("SELECT pid, coalesce(usename, ''), coalesce(application_name, '') "
                                       + sessions_query(database, which) + " ORDER BY backend_start, pid"))
    sessions.push_back(
        fmt::format("pid {} ({}{}{})", *row[0], *row[1], row[2]->empty() ? "" : ", ", *row[2]));
  return sessions;
}

std::vector<std::string> sessions_that_stay(CopySession& session, const std::string& database, Sessions which,
                                            const std::function<void()>& watch) {
  std::vector<std::string> sessions = sessions_in(session, database, which);
  for (auto waited = k_pause; !sessions.empty() && waited < k_leave; waited += k_pause) {
    watch();
    std::this_thread::sleep_for(k_pause);
    sessions = sessions_in(session, database, which);
  }
  return sessions;
}

Error connected(const std::string& database, std::vector<std::string> sessions, const std::string& hint) {
  const std::size_t all = sessions.size();
  return Error(ErrorCode::busy,
               fmt::format("{} {} connected to {}: {}", count_of(static_cast<std::int64_t>(all), "session"),
                           all == 1 ? "is" : "are", database, first_of(std::move(sessions))),
               hint);
}

void require_right_to_end(CopySession& session, const std::string& database,
                          const std::function<void()>& watch) {
  auto sessions = sessions_that_stay(session, database, Sessions::not_ours_to_end, watch);
  if (sessions.empty()) return;
  throw Error(ErrorCode::permission,
              fmt::format("role {} may not end all sessions in {}: {}",
                          session.query("SELECT current_user").at(0)[0].value_or(""), database,
                          first_of(std::move(sessions))),
              std::string(k_right_to_end));
}

void end_sessions(CopySession& session, const std::string& database) try {
  session.query("SELECT pg_catalog.pg_terminate_backend(pid) " + sessions_query(database, Sessions::all));
} catch (Error& error) {
  if (error.code == ErrorCode::permission) error.hint = k_right_to_end;
  throw;
}

} // namespace afloat::postgres_copy
