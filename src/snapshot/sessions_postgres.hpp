#pragma once

#include "dialect/copy_session.hpp"
#include "support/error.hpp"

#include <functional>
#include <string>
#include <vector>

// Databases as the server's catalogs have them, and who is connected to them.
namespace afloat::postgres_copy {

/// At most 40 bytes of the name, whole letters, so that something can be added: a name has at most 63.
std::string beginning_of_name(const std::string& database);
/// Empty where there is none, or no such database.
std::string comment_of(CopySession& session, const std::string& database);
bool database_exists(CopySession& session, const std::string& database);

/// Of others, but for autovacuum, which gives way.
enum class Sessions { all, not_ours_to_end };
/// "pid 4711 (app, psql)" for each of them in the database.
std::vector<std::string> sessions_in(CopySession& session, const std::string& database, Sessions which);
/// Those that are still there after 2 s: one that was just closed needs a moment to leave.
std::vector<std::string> sessions_that_stay(CopySession& session, const std::string& database, Sessions which,
                                            const std::function<void()>& watch);
/// Error busy, with the first of them.
Error connected(const std::string& database, std::vector<std::string> sessions, const std::string& hint);
/// Error permission, with what to do, where one of them stays that end_sessions() may not end.
void require_right_to_end(CopySession& session, const std::string& database,
                          const std::function<void()>& watch);
/// Asks all to end; does not wait. The same error.
void end_sessions(CopySession& session, const std::string& database);

} // namespace afloat::postgres_copy
