#pragma once

#include "commands/command.hpp"

#include <span>
#include <string>
#include <string_view>

namespace afloat {

/// `afloat --help`: one line a command, global options, an example. Pure functions over the rows.
std::string program_help(std::span<const OptionRow> global, std::span<const CommandRow> commands);
/// `afloat attic --help`: the commands that begin with this word.
std::string group_help(std::string_view first, std::span<const CommandRow> commands);
std::string command_help(const CommandRow& command);
std::string version_text();

} // namespace afloat
