#include "cli/help.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string spelled(const OptionRow& option) {
  std::string text = option.short_name.empty() ? "    " : fmt::format("{}, ", option.short_name);
  text += option.name;
  if (!option.value.empty()) text += fmt::format(" {}", option.value);
  return text;
}

std::string options_text(std::span<const OptionRow> options) {
  constexpr std::size_t k_meaning = 29;
  std::string text;
  for (const OptionRow& option : options) {
    const std::string left = fmt::format("  {:<{}}", spelled(option), k_meaning - 3);
    text += left + " " + folded(option.meaning, k_meaning, std::max(k_meaning, left.size() + 1)) + "\n";
  }
  return text;
}
} // namespace

std::string version_text() {
  return fmt::format("afloat {}\n", AFLOAT_VERSION);
}

namespace {
std::string summaries(std::span<const CommandRow* const> commands) {
  std::size_t widest = 0;
  for (const CommandRow* command : commands) widest = std::max(widest, command->name.size());
  std::string text = "Commands:\n";
  for (const CommandRow* command : commands)
    text += fmt::format("  {:<{}} {}\n", command->name, widest, command->summary);
  return text;
}
} // namespace

std::string group_help(std::string_view first, std::span<const CommandRow> commands) {
  std::vector<const CommandRow*> group;
  for (const CommandRow& command : commands)
    if (split(command.name, ' ').front() == first) group.push_back(&command);
  return fmt::format("Usage: afloat {0} COMMAND …\n\n{1}\n`afloat {0} COMMAND --help` tells more about one "
                     "command.\n",
                     first, summaries(group));
}

std::string program_help(std::span<const OptionRow> global, std::span<const CommandRow> commands) {
  std::string text = "afloat changes the schema of a live PostgreSQL or SQLite database without\n"
                     "stopping the applications that use it.\n\nUsage: afloat [OPTIONS] COMMAND …\n\n";
  std::vector<const CommandRow*> all;
  for (const CommandRow& command : commands) all.push_back(&command);
  text += summaries(all);
  text += "\nOptions:\n" + options_text(global);
  text += "\nExample:\n  afloat plan       see what would be done, with every statement and lock\n"
          "  afloat expand     open the window; then deploy the new release\n"
          "  afloat contract   close it, when the old release is gone\n"
          "\n`afloat COMMAND --help` tells more about one command.\n";
  return text;
}

std::string command_help(const CommandRow& command) {
  std::string usage = fmt::format("Usage: afloat {}", command.name);
  if (!command.options.empty()) usage += " [OPTIONS]";
  if (!command.positionals.empty()) usage += fmt::format(" {}", command.positionals);
  std::string text =
      fmt::format("{}\n\n{}\n\n{}\n", usage, command.summary, folded(command.description, 0, 0));
  if (!command.options.empty()) text += "\nOptions:\n" + options_text(command.options);
  text += "\nExample:\n";
  for (const std::string& line : split(command.example, '\n')) text += fmt::format("  {}\n", line);
  return text + "\n`afloat --help` shows the options of every command: --url, --env, --output, …\n";
}

} // namespace afloat
