#pragma once

#include "support/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// The parts of libpq's multi-line error text at verbosity `verbose`.
struct ServerMessage {
  std::string sqlstate, message, detail, hint;
  std::string line;       ///< what libpq shows of the line with the mistake: "…" where it was cut
  std::size_t column = 0; ///< of the mistake in `line`, in characters
};
ServerMessage parse_server_message(std::string_view text);

/// Where the mistake is in the SQL text that was sent; nothing if the server does not say.
std::optional<std::size_t> offset_of_mistake(const ServerMessage& message, std::string_view sql);

/// The error for a failed statement. `cancelled`: cancel() was called while it ran.
Error statement_error(std::string_view text, std::string_view sql, bool cancelled);

/// The error for a connection that could not be made, from libpq's text.
Error connect_error(std::string_view text, const std::string& safe_url);

/// The error for a connection that went away; `in_doubt`: while the answer to COMMIT was awaited.
Error lost_connection(std::string_view text, std::string_view sql, bool in_doubt);

} // namespace afloat
