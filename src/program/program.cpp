#include "program/program.hpp"

#include "cli/parse.hpp"
#include "commands/rows.hpp"
#include "commands/session.hpp"
#include "program/signals.hpp"
#include "report/table.hpp"
#include "support/error.hpp"
#include "support/redact.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
const CommandRow& row_of(const Arguments& arguments) {
  const std::string name =
      arguments.subcommand.empty() ? arguments.command : arguments.command + " " + arguments.subcommand;
  return *std::ranges::find(command_rows(), name, &CommandRow::name);
}

int show_config(const Arguments& arguments) {
  std::vector<std::vector<std::string>> rows;
  Node::List list;
  for (const ConfigEntry& entry : config_of(arguments).entries) {
    rows.push_back({entry.name, entry.value, "(" + entry.origin + ")"});
    list.push_back(Node::Object{{"name", entry.name}, {"value", entry.value}, {"origin", entry.origin}});
  }
  print(arguments, aligned(rows), {{"config", std::move(list)}});
  return 0;
}

/// --verbose: the settings that are not at their defaults, and where each comes from.
void tell_config(const Arguments& arguments) {
  for (const ConfigEntry& entry : config_of(arguments).entries)
    if (entry.origin != "default")
      fmt::print(stderr, "{} = {} ({})\n", entry.name, entry.value, entry.origin);
}

/// Known before parsing is over, so that a usage error too can be told as JSON.
bool json_was_asked(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--output=json"
        || (word == "--output" && i + 1 < argc && std::string_view(argv[i + 1]) == "json"))
      return true;
  }
  return false;
}

/// What an error says on stderr, and with --output json on stdout.
struct Telling {
  std::string err, out;
};

Telling telling_of(Error error, bool json) {
  if (error.code == ErrorCode::interrupted) { // the statement that was cancelled is not at fault
    error.message = "interrupted";
    error.sql.clear();
  }
  if (error.hint.empty()) error.hint = error_row(error.code).what_to_do;
  if (!json) return {describe(error), {}};
  Node::Object object{{"code", std::string(error_row(error.code).id)},
                      {"exit_status", error_row(error.code).exit_status},
                      {"message", error.message},
                      {"hint", error.hint},
                      {"sql", error.sql},
                      {"sqlstate", error.sqlstate},
                      {"step", error.step}};
  if (error.where)
    object.emplace_back("where", Node::Object{{"file", error.where->file},
                                              {"line", error.where->line},
                                              {"column", error.where->column}});
  return {describe(error), to_json({{"error", std::move(object)}})};
}

void tell(const Error& error, bool json) {
  const auto [err, out] = telling_of(error, json);
  std::fwrite(err.data(), 1, err.size(), stderr);
  std::fwrite(out.data(), 1, out.size(), stdout);
}

/// A signal that comes while no run is under way.
void take_early_signals(bool json) {
  auto [err, out] = telling_of(Error(ErrorCode::interrupted, "interrupted",
                                     "Run the same command again; `afloat status` tells what has been done."),
                               json);
  end_at_signals(std::move(err), std::move(out), error_row(ErrorCode::interrupted).exit_status);
}

/// A message may quote what was typed, and a URL typed in the wrong place is known to nobody as a URL.
Error without_typed_secrets(Error error, int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  error.message = quoting_without_secrets(std::move(error.message), words);
  error.hint = quoting_without_secrets(std::move(error.hint), words);
  return error;
}

/// The answer may still be in the buffer; a reader that has seen enough (`| head`) is no failure.
void flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const int reason = errno;
  if (reason == EPIPE) return;
  throw Error(
      ErrorCode::output, fmt::format("cannot write the answer to standard output: {}", std::strerror(reason)),
      "What the command does is done: `afloat status` tells. Run it again for the answer, once there is "
      "room.");
}

int run(int argc, const char* const* argv) {
  const ParseOutcome outcome = parse_command_line(argc, argv, global_options(), command_rows());
  if (const auto* text = std::get_if<TextToPrint>(&outcome)) {
    std::fwrite(text->text.data(), 1, text->text.size(), stdout);
    return 0;
  }
  const Arguments& arguments = std::get<Arguments>(outcome);
  wants_json(arguments); // refuses a wrong --output before anything is done
  if (arguments.has("--verbose")) tell_config(arguments);
  return arguments.has("--show-config") ? show_config(arguments) : row_of(arguments).run(arguments);
}
} // namespace

int run_program(int argc, const char* const* argv) {
  const bool json = json_was_asked(argc, argv);
  try {
    ignore_write_signals();
    take_early_signals(json);
    const int status = run(argc, argv);
    flush_output();
    return status;
  } catch (const Error& error) {
    tell(without_typed_secrets(error, argc, argv), json);
    return error_row(error.code).exit_status;
  } catch (const std::exception& error) {
    tell(Error(ErrorCode::bug, fmt::format("unexpected: {}", error.what()),
               "This is a bug in afloat. The ledger knows what was done: `afloat status`."),
         json);
    return error_row(ErrorCode::bug).exit_status;
  }
}

} // namespace afloat
