#pragma once

#include "commands/command.hpp"

#include <span>
#include <string>
#include <variant>

namespace afloat {

/// Text that was asked for (help, version); the program prints it and exits with 0.
struct TextToPrint {
  std::string text;
};

using ParseOutcome = std::variant<Arguments, TextToPrint>;

/// Reads a command line by the rows; options of the program go before or behind the command, which only
/// --show-config does without. Throws Error usage.
ParseOutcome parse_command_line(int argc, const char* const* argv, std::span<const OptionRow> global,
                                std::span<const CommandRow> commands);

} // namespace afloat
