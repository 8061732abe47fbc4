#pragma once

#include <span>
#include <string>
#include <string_view>

namespace afloat {

/// A database URL for messages, logs and the ledger: what could be a password is replaced by "***".
/// Understands postgres://user:password@host/db?password=…, libpq keywords (password='…') and sqlite:FILE.
std::string without_credentials(std::string_view url);

/// Words that a person typed, such as a command: without the passwords of URLs, with or without a scheme, and
/// without the values of what is called a password, a secret or a token (`--password hush`,
/// `PGPASSWORD=hush`).
std::string without_secrets(std::string_view words);

/// A text that may quote some of these words, which are arguments of a command: as without_secrets() of them.
std::string quoting_without_secrets(std::string text, std::span<const std::string> words);

} // namespace afloat
