#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// One option of the program or of a command. An option without `value` is a flag.
struct OptionRow {
  std::string_view name;       ///< "--quiet"
  std::string_view short_name; ///< "-q", or empty
  std::string_view value;      ///< "DURATION", or empty for a flag
  std::string_view meaning;    ///< one line for help and the reference page
};

/// What was typed, by option name with its dashes ("--url"). A flag's value is empty.
struct Arguments {
  std::string command;
  std::string subcommand; ///< of `attic list`, else empty
  std::vector<std::string> positionals;
  std::map<std::string, std::string, std::less<>> options;

  bool has(std::string_view option) const { return options.contains(option); }
  std::optional<std::string> value(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::nullopt : std::optional(found->second);
  }
};

/// One command: a row from which parser, help and the reference tests are made. `run` returns the exit
/// status.
struct CommandRow {
  std::string_view name;        ///< "plan", or "attic list"
  std::string_view positionals; ///< "[VERSION]", for the usage line
  std::size_t most_positionals = 0, least_positionals = 0;
  std::string_view summary;     ///< one line for `afloat --help`
  std::string_view description; ///< a paragraph for `afloat COMMAND --help`
  std::string_view example;     ///< one or more lines that can be typed
  std::span<const OptionRow> options;
  int (*run)(const Arguments&) = nullptr;
};

std::span<const OptionRow> global_options();
std::span<const CommandRow> command_rows();

} // namespace afloat
