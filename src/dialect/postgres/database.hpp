#pragma once

#include "dialect/database.hpp"

namespace afloat {

/// A session of an application keeps the settings that it has, and may go through a pooler.
enum class SessionOf { afloat, application };

/// Connects through libpq, so that every way of naming a server works: URL, keywords, service file, .pgpass,
/// PG* environment variables, TLS parameters. Error `connection` says what was wrong and what to do; it names
/// the server by `safe_url` and never by `url`. Two round trips after the handshake at most.
std::unique_ptr<Database> open_postgres(const ConnectOptions& options, SessionOf whose = SessionOf::afloat);

} // namespace afloat
