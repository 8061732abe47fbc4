#include "commands/backfill_text.hpp"
#include "commands/rows.hpp"
#include "commands/session.hpp"
#include "support/text.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <unistd.h>

#include <fmt/format.h>

// Steering from another terminal: what is asked for stands in the ledger, and the runner looks there once a
// second. No lease is taken: the runner has it.
namespace afloat {
namespace {
struct Open {
  Config config;
  std::unique_ptr<Database> database;
};

Open open(const Arguments& arguments, Access access) {
  Config config = config_of(arguments);
  auto database = connect(config, access);
  return {std::move(config), std::move(database)};
}

std::vector<BackfillState> states_of(Database& database) {
  std::vector<BackfillState> states;
  for (const LedgerEntry& entry : Ledger(database).entries())
    if (auto state = backfill_state(database, entry)) states.push_back(std::move(*state));
  return states;
}

Node::List nodes_of(const std::vector<BackfillState>& states) {
  Node::List nodes;
  for (const BackfillState& state : states) nodes.emplace_back(backfill_node(state));
  return nodes;
}

std::string text_of(const BackfillState& state) {
  std::string text = fmt::format("{}  step {}: {}\n      {}\n", state.entry.title(), state.step, state.title,
                                 backfill_line(state));
  const BackfillWishes& wishes = state.record.wishes;
  if (wishes.batch) text += fmt::format("      batch: {}\n", count_of(*wishes.batch, "row"));
  if (wishes.rate)
    text += *wishes.rate == 0 ? std::string("      rate: no limit\n")
                              : fmt::format("      rate: {} rows/s at most\n", with_commas(*wishes.rate));
  return text;
}

int run_status(const Arguments& arguments) {
  const Open opened = open(arguments, Access::read);
  const std::vector<BackfillState> states = states_of(*opened.database);
  std::string text;
  for (const BackfillState& state : states) text += text_of(state);
  print(arguments, text.empty() ? "no backfill is under way\n" : text,
        {{"command", "backfill status"}, {"backfills", nodes_of(states)}});
  return 0;
}

/// Changes what the ledger asks of each backfill that is not over, and shows it.
int change(const Arguments& arguments, const std::function<void(Backfills&, std::int64_t)>& apply,
           std::string_view done) {
  const Open opened = open(arguments, Access::write);
  std::vector<BackfillState> states = states_of(*opened.database);
  if (states.empty())
    throw Error(ErrorCode::refused, "no backfill is under way",
                "`afloat status` shows what is. Nothing was changed.");
  Backfills backfills(*opened.database);
  backfills.create();
  for (const BackfillState& state : states) apply(backfills, state.entry.version);
  states = states_of(*opened.database);
  std::string text;
  for (const BackfillState& state : states)
    text += fmt::format("{} is {}\n      {}\n", state.entry.title(), done, backfill_line(state));
  print(arguments, text, {{"command", "backfill " + arguments.subcommand}, {"backfills", nodes_of(states)}});
  return 0;
}

std::string who(const Database& database) {
  const char* user = std::getenv("USER");
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  const std::string role =
      database.facts().role.empty() ? "" : fmt::format(" (role {})", database.facts().role);
  return fmt::format("{} on {}{}", user && *user ? user : std::to_string(getuid()), host.data(), role);
}

int run_pause(const Arguments& arguments) {
  const std::string name = who(*open(arguments, Access::read).database);
  return change(
      arguments, [&](Backfills& backfills, std::int64_t version) { backfills.pause(version, name); },
      "paused");
}

int run_resume(const Arguments& arguments) {
  return change(
      arguments, [](Backfills& backfills, std::int64_t version) { backfills.resume(version); }, "resumed");
}

Error bad_setting(const std::string& typed, std::string_view why) {
  return Error(
      ErrorCode::usage, fmt::format("\"{}\" is {}", typed, why),
      "Write it like `batch=1000` or `batch=auto`, `rate=5000` or `rate=none`. Nothing was changed.");
}

/// batch=1000, batch=auto, rate=5000, rate=none: the name, and the number where there is one.
std::pair<std::string, std::optional<std::int64_t>> setting_of(const std::string& typed) {
  const std::size_t equals = typed.find('=');
  const std::string name = typed.substr(0, equals);
  if (equals == std::string::npos || (name != "batch" && name != "rate"))
    throw bad_setting(typed, "no setting of a backfill");
  const std::string text = typed.substr(equals + 1);
  if (name == "batch" && text == "auto") return {name, std::nullopt};
  if (name == "rate" && text == "none") return {name, 0};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1)
    throw bad_setting(typed, "not a number of rows");
  return {name, number};
}

int run_set(const Arguments& arguments) {
  std::vector<std::pair<std::string, std::optional<std::int64_t>>> settings;
  for (const std::string& typed : arguments.positionals) settings.push_back(setting_of(typed));
  return change(
      arguments,
      [&](Backfills& backfills, std::int64_t version) {
        for (const auto& [name, rows] : settings)
          name == "batch" ? backfills.set_batch(version, rows) : backfills.set_rate(version, rows);
      },
      "set");
}
} // namespace

const CommandRow k_backfill_status{"backfill status",
                                   "",
                                   0,
                                   0,
                                   "Show how far a backfill has come, and why it pauses",
                                   "Shows each backfill that is not over: rows, rate, time left, whether a "
                                   "runner is at work, and who or what "
                                   "holds it back since when. Changes nothing.",
                                   "afloat backfill status",
                                   {},
                                   run_status};

const CommandRow k_backfill_pause{
    "backfill pause",
    "",
    0,
    0,
    "Let a running backfill wait",
    "The runner stops behind its batch, within a second or so, and keeps its place. A pause outlives the "
    "runner: started again, it waits too. Both shapes stay in sync meanwhile.",
    "afloat backfill pause",
    {},
    run_pause};

const CommandRow k_backfill_resume{
    "backfill resume",
    "",
    0,
    0,
    "Let a paused backfill go on",
    "Ends a pause that somebody asked for. Brakes still hold it back when they must.",
    "afloat backfill resume",
    {},
    run_resume};

const CommandRow k_backfill_set{
    "backfill set",
    "SETTING…",
    2,
    1,
    "Change batch size or rate of a running backfill",
    "batch=ROWS is the number of rows in a batch (batch=auto: steered by time again), rate=ROWS the rows a "
    "second at most (rate=none: no limit). It holds until the migration is expanded, also for later runners.",
    "afloat backfill set rate=5000\nafloat backfill set batch=1000 rate=none",
    {},
    run_set};

} // namespace afloat
