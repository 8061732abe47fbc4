#pragma once

#include <string>
#include <string_view>

namespace afloat {

/// A database URL for messages, logs and the ledger: what could be a password is replaced by "***".
/// Understands postgres://user:password@host/db?password=…, libpq keywords (password='…') and sqlite:FILE.
std::string without_credentials(std::string_view url);

} // namespace afloat
