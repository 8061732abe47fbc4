#pragma once

#include "support/error.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// The error for a failed statement. `cancelled`: cancel() was called while it ran, or before.
Error statement_error(std::string_view text, std::string_view sql, bool cancelled);

/// The error for a connection that could not be made, from libpq's text.
Error connect_error(std::string_view text, const std::string& safe_url);

/// The error for a connection that went away; `in_doubt`: while the answer to COMMIT was awaited.
Error lost_connection(std::string_view text, std::string_view sql, bool in_doubt);

} // namespace afloat
