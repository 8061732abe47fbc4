#include "dialect/postgres/errors.hpp"

#include "dialect/postgres/server_message.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
struct StateRow {
  std::string_view prefix; ///< of the SQLSTATE
  ErrorCode code;
};
constexpr std::array k_states{
    StateRow{"55P03", ErrorCode::busy},
    StateRow{"40P01", ErrorCode::busy},
    // At READ COMMITTED: the row was moved to another partition meanwhile.
    StateRow{"40001", ErrorCode::busy},
    StateRow{"42501", ErrorCode::permission},
    StateRow{"25006", ErrorCode::permission},
    StateRow{"08", ErrorCode::connection},
    StateRow{"57P01", ErrorCode::connection},
    StateRow{"57P02", ErrorCode::connection},
    StateRow{"57P03", ErrorCode::connection},
};

struct HintRow {
  std::string_view sqlstate; ///< whole or a prefix
  std::string_view part;     ///< of the message, in English; empty: any
  std::string_view hint;
};
// What to do where the server gives no hint of its own.
constexpr std::array k_hints{
    HintRow{"42501", "must be owner of",
            "Connect as its owner, or as a member of the role that owns it (GRANT … TO …)."},
    HintRow{"42501", "permission denied for schema", "Give the right: GRANT USAGE, CREATE ON SCHEMA … TO …."},
    HintRow{"42501", "permission denied for database", "Give the right: GRANT CREATE ON DATABASE … TO …."},
    HintRow{"42501", "", "Connect as a role that has this right, or grant it."},
    HintRow{
        "25001", "",
        "Put it into a block of its own with `-- afloat:no-transaction` (in TOML: `transaction = false`)."},
    HintRow{
        "2D000", "",
        "What commits by itself runs outside a transaction: put `-- afloat:no-transaction` below the block's "
        "marker, and `-- afloat:done-when SELECT …` above the CALL."},
    HintRow{"53100", "", "Free some space on the server's disk."},
    HintRow{"53200", "", "The server is out of memory: lower maintenance_work_mem or try at a quieter time."},
    HintRow{"53400", "", "Raise this limit for the role, or ask the server's administrator to."},
};

std::string_view hint_for(std::string_view sqlstate, std::string_view message) {
  for (const HintRow& row : k_hints)
    if (sqlstate.starts_with(row.sqlstate) && message.find(row.part) != std::string_view::npos)
      return row.hint;
  return {};
}

struct ConnectRow {
  std::string_view part; ///< of libpq's text
  std::string_view reason, hint;
};
constexpr std::string_view k_look_at_url =
    "Check the URL, the service file or the PG* environment variables.";
constexpr std::array k_connect_failures{
    ConnectRow{"password authentication failed", "the password or the user name is wrong",
               "Set PGPASSWORD, a .pgpass entry or ${VAR} in the URL."},
    ConnectRow{"no password supplied", "the server asks for a password and none was given",
               "Set PGPASSWORD, a .pgpass entry or ${VAR} in the URL."},
    ConnectRow{"could not translate host name", "the host name is not known", k_look_at_url},
    ConnectRow{"Connection refused", "no server listens there", "Start the server, or check host and port."},
    ConnectRow{"No such file or directory", "no server listens on that socket",
               "Start the server, or check host and port."},
    ConnectRow{"timeout expired", "the server did not answer in time", "Check host, port and firewall."},
    ConnectRow{"response to SSL negotiation", "what listens there is not PostgreSQL", "Check host and port."},
    ConnectRow{"expected authentication request", "what listens there is not PostgreSQL",
               "Check host and port."},
    ConnectRow{"the database system is starting up", "the server is still starting",
               "Run the same command again in a moment."},
    ConnectRow{"too many connections for role", "the role has as many connections as it may have",
               "Close some, or raise the limit: ALTER ROLE … CONNECTION LIMIT."},
    ConnectRow{"too many connections for database", "the database has as many connections as it may have",
               "Close some, or raise the limit: ALTER DATABASE … CONNECTION LIMIT."},
    ConnectRow{"too many", "the server has no free connection",
               "Wait for connections to be closed, or raise max_connections."},
    ConnectRow{"remaining connection slots", "the server has no free connection",
               "Wait for connections to be closed, or raise max_connections."},
    ConnectRow{"is not permitted to log in", "the role may not log in",
               "Use another role, or give it the right: ALTER ROLE … LOGIN."},
    ConnectRow{"not currently accepting connections", "the database lets nobody in",
               "Let it: ALTER DATABASE … ALLOW_CONNECTIONS true."},
    ConnectRow{"no pg_hba.conf entry", "the server does not let this user in from here",
               "Ask the server's administrator for a pg_hba.conf entry."},
    ConnectRow{"permission denied for database", "the role may not connect to this database",
               "Give it the right: GRANT CONNECT ON DATABASE … TO …."},
};

/// The last part of libpq's "connection to server at "…", port 5432 failed: FATAL:  reason".
std::string connect_reason(std::string_view text) {
  const std::string line = trimmed(text.substr(0, text.find('\n')));
  const std::size_t failed = line.find(" failed: ");
  return without_severity(failed == std::string::npos ? line : line.substr(failed + 9));
}
} // namespace

Error statement_error(std::string_view text, std::string_view sql, bool cancelled) {
  ServerMessage parts = parse_server_message(text);
  const std::string& sqlstate = parts.sqlstate;
  if (!parts.detail.empty()) parts.message += fmt::format(" ({})", parts.detail);
  ErrorCode code = ErrorCode::statement;
  for (const StateRow& row : k_states)
    if (sqlstate.starts_with(row.prefix)) code = row.code;
  if (sqlstate == "57014" && cancelled) code = ErrorCode::interrupted;
  if (parts.hint.empty()) parts.hint = hint_for(sqlstate, parts.message);
  // An author's own hint (RAISE) may lack the full stop, and more follows.
  if (!parts.hint.empty() && std::string_view(".!?").find(parts.hint.back()) == std::string_view::npos)
    parts.hint += '.';
  if (sqlstate == "55P04") // the server's own hint does not say how a migration commits
    parts.hint += " Put a line `-- afloat:expand` above what uses the value: each block is committed.";
  Error error(code, std::move(parts.message), std::move(parts.hint));
  error.sql = std::string(sql);
  error.sqlstate = sqlstate;
  const Mistake mistake = find_mistake(parts, sql);
  error.offset = mistake.offset;
  if (!mistake.inside.empty()) error.message += fmt::format(" ({})", mistake.inside);
  return error;
}

namespace {
/// libpq complains about the connection string itself; no server was asked.
bool is_about_input(const std::string& reason) {
  return reason.find("connection info string") != std::string::npos
         || reason.find("percent-encoded") != std::string::npos || reason.find("URI") != std::string::npos
         || reason.starts_with("invalid") || reason.starts_with("missing");
}

/// Such complaints quote the part that could not be read, which may be a password.
std::string without_quoted_input(const std::string& reason) {
  const std::size_t open = reason.find('"'), close = reason.rfind('"');
  if (close == std::string::npos || close <= open) return reason;
  return reason.substr(0, open + 1) + "***" + reason.substr(close);
}
} // namespace

Error connect_error(std::string_view text, const std::string& safe_url) {
  const std::string reason = connect_reason(text);
  const auto message = [&](std::string_view why) {
    return fmt::format("cannot connect to {}: {}", safe_url, why);
  };
  // "database "x" does not exist" and "role "x" does not exist" carry the name between the words.
  const auto error = [&](std::string_view why, std::string_view hint) {
    return Error(ErrorCode::connection, message(why), fmt::format("{} Nothing was changed.", hint));
  };
  if (reason.starts_with("database ") && reason.ends_with("does not exist"))
    return error(reason, "Create it with createdb, or correct its name in the URL.");
  if (reason.starts_with("role ") && reason.ends_with("does not exist"))
    return error(reason, "Create the role, or correct the user name in the URL.");
  if (is_about_input(reason))
    return {
        ErrorCode::configuration,
        fmt::format("{} cannot be read: {}", safe_url, without_quoted_input(reason)),
        "Write postgres://user@host:5432/database or libpq keywords (host=… dbname=…); in a URL the signs "
        ":/?#[]@% of a password are written %XX."};
  for (const ConnectRow& row : k_connect_failures)
    if (text.find(row.part) != std::string_view::npos)
      return error(fmt::format("{} ({})", row.reason, reason), row.hint);
  return error(reason, k_look_at_url);
}

Error lost_connection(std::string_view text, std::string_view sql, bool in_doubt) {
  std::string reason = parse_server_message(text).message;
  for (const std::string_view own : {"Could not obtain client encoding", "Could not reactivate connection"})
    if (reason.starts_with(own)) reason.clear(); // libpqxx's words, not the server's
  Error error(ErrorCode::connection,
              in_doubt ? "the connection was lost while the answer to COMMIT was awaited"
                       : "the connection to the server was lost" + (reason.empty() ? "" : ": " + reason),
              "Run the same command again: it reads the ledger and goes on from there.");
  error.sql = in_doubt ? "COMMIT" : std::string(sql);
  error.sqlstate = in_doubt ? "in doubt" : "08006";
  return error;
}

} // namespace afloat
