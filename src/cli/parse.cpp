#include "cli/parse.hpp"

#include "cli/help.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
/// What CLI11 writes into while it parses. A deque, because it keeps pointers to the items.
struct Slot {
  const OptionRow* row = nullptr;
  std::string value;
  CLI::Option* option = nullptr;
};
using Slots = std::deque<Slot>;

void add_options(CLI::App& app, std::span<const OptionRow> rows, Slots& slots) {
  for (const OptionRow& row : rows) {
    Slot& slot = slots.emplace_back();
    slot.row = &row;
    const std::string names =
        row.short_name.empty() ? std::string(row.name) : fmt::format("{},{}", row.short_name, row.name);
    slot.option = row.value.empty() ? app.add_flag(names) : app.add_option(names, slot.value);
  }
}

struct Parsed {
  const CommandRow* command = nullptr;
  CLI::App* app = nullptr;
  std::vector<std::string> positionals;
  Slots slots;
};

CLI::App& subcommand(CLI::App& app, std::string_view name) {
  const std::string text(name);
  const std::vector<CLI::App*> named =
      app.get_subcommands([&](CLI::App* sub) { return sub->get_name() == text; });
  CLI::App& sub = named.empty() ? *app.add_subcommand(text) : *named.front();
  sub.set_help_flag("--help,-h");
  sub.fallthrough();
  sub.require_subcommand(0, 1);
  return sub;
}

/// "attic list" becomes `list` below `attic`.
CLI::App& command_app(CLI::App& app, const CommandRow& row) {
  CLI::App* at = &app;
  for (const std::string& word : split(row.name, ' ')) at = &subcommand(*at, word);
  return *at;
}

std::vector<std::string> words_of(std::span<const CommandRow> commands) {
  std::vector<std::string> words;
  for (const CommandRow& row : commands) words.push_back(split(row.name, ' ').front());
  return words;
}

Error usage(std::string message, std::string hint) {
  return Error(ErrorCode::usage, std::move(message), std::move(hint));
}

/// The words that are no option, nor the value of a global one: the command as typed, then its arguments.
std::vector<std::string> typed_words(int argc, const char* const* argv, std::span<const OptionRow> global) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with('-')) {
      words.push_back(word);
      continue;
    }
    const bool takes_value = std::ranges::any_of(global, [&](const OptionRow& row) {
      return !row.value.empty() && (row.name == word || row.short_name == word);
    });
    if (takes_value) ++i;
  }
  return words;
}

/// Words that can stand behind `first`: "list" and "purge" behind "attic".
std::vector<std::string> second_words(std::string_view first, std::span<const CommandRow> commands) {
  std::vector<std::string> words;
  for (const CommandRow& row : commands)
    if (const auto parts = split(row.name, ' '); parts.size() > 1 && parts.front() == first)
      words.push_back(parts.back());
  return words;
}

[[noreturn]] void refuse_command(const std::string& typed, const std::vector<std::string>& names) {
  const auto near = nearest(typed, names);
  throw usage(fmt::format("there is no command \"{}\"", typed),
              near ? fmt::format("Did you mean \"{}\"? `afloat --help` lists all.", *near)
                   : "`afloat --help` lists the commands.");
}

void check_command(const std::vector<std::string>& typed, std::span<const CommandRow> commands) {
  const std::vector<std::string> words = words_of(commands);
  if (std::ranges::count(words, typed.front()) == 0) refuse_command(typed.front(), words);
  std::vector<std::string> second = second_words(typed.front(), commands);
  if (second.empty()) return;
  if (typed.size() == 1)
    throw usage(fmt::format("`{}` needs a second word: {}", typed.front(), join(second, " or ")),
                fmt::format("`afloat {} --help` lists them.", typed.front()));
  if (std::ranges::count(second, typed[1]) > 0) return;
  for (std::string& word : second) word = typed.front() + " " + word;
  refuse_command(typed.front() + " " + typed[1], second);
}

/// What the parser calls an unexpected argument or a missing text, said with the nearest option or what the
/// value is. Also what it lets pass: a value for an option that takes none, `--accept-data-loss=false` above
/// all.
void check_options(int argc, const char* const* argv, std::span<const OptionRow> global,
                   const CommandRow* command, const std::string& hint) {
  std::vector<OptionRow> rows(global.begin(), global.end());
  if (command) rows.insert(rows.end(), command->options.begin(), command->options.end());
  std::vector<std::string> names;
  for (const OptionRow& row : rows) names.emplace_back(row.name);
  names.emplace_back("--help");
  std::set<std::string_view> seen;
  for (int i = 1; i < argc; ++i) {
    const std::string typed = argv[i];
    const std::string name = typed.substr(0, typed.find('='));
    if (typed == "--") return;
    if (!typed.starts_with('-') || typed == "-" || name == "--help" || name == "-h") continue;
    const auto row = std::ranges::find_if(
        rows, [&](const OptionRow& r) { return r.name == name || r.short_name == name; });
    if (row == rows.end()) {
      const auto near = typed.starts_with("--") ? nearest(name, names) : std::nullopt;
      throw usage(fmt::format("there is no option \"{}\"", name),
                  near ? fmt::format("Did you mean \"{}\"? {}", *near, hint) : hint);
    }
    if (row->value.empty() && typed != name)
      throw usage(fmt::format("{} takes no value", name),
                  fmt::format("Give {} alone, or leave it out.", name));
    if (!row->value.empty() && !seen.insert(row->name).second)
      throw usage(fmt::format("{} is given twice", name), fmt::format("Keep one. {}", hint));
    if (row->value.empty() || typed != name) continue;
    if (++i == argc) throw usage(fmt::format("{} needs a value: {}", name, row->value), hint);
  }
}

/// For help, of the program or of anything that was typed.
bool is_asked(const CLI::App& app) {
  return (app.get_help_ptr() != nullptr && app.get_help_ptr()->count() > 0)
         || std::ranges::any_of(app.get_subcommands(), [](const CLI::App* sub) { return is_asked(*sub); });
}

/// "attic" where that alone was typed, which is the first word of commands and no command.
std::string group_of(const std::vector<std::string>& typed, std::span<const CommandRow> commands) {
  return typed.size() == 1 && !second_words(typed.front(), commands).empty() ? typed.front() : "";
}

void take_given(const Slots& slots, Arguments& arguments) {
  for (const Slot& slot : slots)
    if (slot.option->count() > 0) arguments.options[std::string(slot.row->name)] = slot.value;
}

Arguments arguments_of(const Parsed& parsed) {
  Arguments arguments;
  const std::vector<std::string> words = split(parsed.command->name, ' ');
  arguments.command = words.front();
  if (words.size() > 1) arguments.subcommand = words.back();
  arguments.positionals = parsed.positionals;
  take_given(parsed.slots, arguments);
  return arguments;
}

std::string hint_for(const Parsed* parsed) {
  return parsed ? fmt::format("`afloat {} --help` tells what it takes.", parsed->command->name)
                : "`afloat --help` tells what there is.";
}
} // namespace

ParseOutcome parse_command_line(int argc, const char* const* argv, std::span<const OptionRow> global,
                                std::span<const CommandRow> commands) {
  CLI::App app;
  app.set_help_flag("--help,-h");
  app.require_subcommand(0, 1); // else an argument that is called like another command would begin it
  Slots global_slots;
  add_options(app, global, global_slots);
  std::map<const CommandRow*, Parsed> all;
  for (const CommandRow& row : commands) {
    Parsed& parsed = all[&row];
    parsed.command = &row;
    parsed.app = &command_app(app, row);
    add_options(*parsed.app, row.options, parsed.slots);
    if (row.most_positionals > 0) parsed.app->add_option("arguments", parsed.positionals);
  }
  std::string failure;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
  } catch (const CLI::ParseError& error) {
    failure = error.what();
  }
  Parsed* chosen = nullptr;
  for (auto& [row, parsed] : all)
    if (parsed.app->parsed()) chosen = &parsed;
  const std::vector<std::string> typed = typed_words(argc, argv, global);
  Arguments alone; // --version and --show-config need no command
  take_given(global_slots, alone);
  if (chosen && is_asked(app)) return TextToPrint{command_help(*chosen->command)};
  if (alone.has("--version")) return TextToPrint{version_text()};
  if (is_asked(app)) {
    const std::string group = group_of(typed, commands);
    return TextToPrint{group.empty() ? program_help(global, commands) : group_help(group, commands)};
  }
  const bool stands_alone = typed.empty() && alone.has("--show-config");
  if (!typed.empty()) check_command(typed, commands);
  check_options(argc, argv, global, chosen ? chosen->command : nullptr, hint_for(chosen));
  if (typed.empty() && !stands_alone)
    throw usage("no command was given", "`afloat --help` lists the commands.");
  if (!failure.empty()) throw usage(one_line(failure, 200), hint_for(chosen));
  if (stands_alone) return alone;
  if (!chosen) throw usage("the command is not complete", "`afloat --help` lists them.");
  const CommandRow& row = *chosen->command;
  if (chosen->positionals.size() > row.most_positionals)
    throw usage(fmt::format("`afloat {}` takes {} {}", row.name, row.most_positionals,
                            row.most_positionals == 1 ? "argument" : "arguments"),
                hint_for(chosen));
  if (chosen->positionals.size() < row.least_positionals)
    throw usage(fmt::format("`afloat {}` needs {}{}", row.name,
                            row.least_positionals > 1
                                ? fmt::format("{} arguments, and has {}: ", row.least_positionals,
                                              chosen->positionals.size())
                                : "",
                            row.positionals),
                hint_for(chosen));
  for (Slot& slot : global_slots) chosen->slots.push_back(std::move(slot));
  return arguments_of(*chosen);
}

} // namespace afloat
