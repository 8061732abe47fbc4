#pragma once

#include "model/dialect.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// The command of psql ("\connect") or of the sqlite3 shell (".mode") that the text begins with: its first
/// character and its name.
std::string_view shell_command_name(std::string_view text);

/// A sentence with what a migration has in place of that command.
std::string_view instead_of_shell_command(std::string_view command, Dialect dialect);

} // namespace afloat
