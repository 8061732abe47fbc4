#include "commands/backfill_text.hpp"
#include "commands/rows.hpp"
#include "commands/way_back.hpp"
#include "commands/work.hpp"
#include "report/table.hpp"
#include "support/text.hpp"
#include "verification/gate.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat {
namespace {
struct StateText {
  std::string_view state, meaning, next;
  std::string_view at_work = {}; ///< while a runner is
};
constexpr std::array k_states{
    StateText{"expanding", "expand stopped half-way", "afloat expand", "expand is under way"},
    StateText{"expanded", "window open: both releases can run", "afloat contract"},
    StateText{"contracting", "contract stopped half-way", "afloat contract", "contract is under way"},
    StateText{"aborting", "abort stopped half-way", "afloat abort", "abort is under way"},
    StateText{"reverting", "revert stopped half-way", "afloat revert", "revert is under way"},
    StateText{"purging", "purge stopped half-way", "afloat attic purge", "purge is under way"},
};

struct Window {
  const LedgerEntry* entry;
  std::vector<CounterReading> readings;
  std::optional<BackfillState> backfill; ///< that is not over
};

/// What contract has taken out of sight, and whether it could come back now.
struct Hidden {
  const LedgerEntry* entry;
  RevertOutlook outlook;
  std::string refusal; ///< not empty: it cannot, whatever the rows are
};

struct Status {
  std::vector<const Migration*> pending;
  std::vector<Window> unfinished;
  std::vector<Hidden> hidden;
  std::size_t complete = 0, in_attic = 0;
  std::size_t shapes = 0; ///< that those have there
  std::string last;
  std::string runner; ///< who changes this database now, or nothing
};

constexpr double k_look_for = 2; ///< seconds for the rows of all attics; `plan --revert` looks at all of them

Hidden hidden_of(const LedgerEntry& entry, const Plan& plan, Database& database, Ledger& ledger,
                 const Config& config, double most) {
  const auto refusal = revert_refusal(plan, entry, ledger, config);
  return {&entry, refusal ? RevertOutlook{} : revert_outlook(database, plan, most),
          refusal ? refusal->why : std::string()};
}

Status status_of(const Work& work, Database& database, Ledger& ledger) {
  Status status;
  for (const Migration& migration : work.migrations)
    if (!find_entry(work.entries, migration.version) && work.target.includes(migration.version))
      status.pending.push_back(&migration);
  status.in_attic =
      static_cast<std::size_t>(std::ranges::count_if(work.entries, [&](const LedgerEntry& entry) {
        return work.target.includes(entry.version) && entry.in_attic;
      }));
  for (const LedgerEntry& entry : work.entries) {
    if (!work.target.includes(entry.version)) continue;
    status.last = entry.title();
    if (entry.state == "complete") ++status.complete;
    if (entry.in_attic) {
      const Plan plan = ledger.plan(entry.version);
      status.shapes += plan.attic.size();
      if (entry.state == "complete")
        status.hidden.push_back(hidden_of(entry, plan, database, ledger, work.config,
                                          k_look_for / static_cast<double>(status.in_attic)));
    }
    if (entry.state == "complete") continue;
    Window window{&entry, {}, std::nullopt};
    window.backfill = backfill_state(database, entry);
    if (entry.state == "expanded") window.readings = read_counters(database, ledger.plan(entry.version));
    status.unfinished.push_back(std::move(window));
  }
  if (!status.unfinished.empty()) status.runner = runner_at_work(database);
  // Nothing is kept of it, or needs to be: what is there has every value.
  const LedgerEntry* newest = newest_without_attic(work, ledger);
  if (newest && work.target.includes(newest->version))
    if (const Plan plan = ledger.plan(newest->version); !plan.attic.empty())
      status.hidden.push_back(hidden_of(*newest, plan, database, ledger, work.config, k_look_for));
  return status;
}

std::string text_of(const Hidden& hidden) {
  const std::string answer = hidden.refusal.empty() ? outlook_text(hidden.outlook) : "no: " + hidden.refusal;
  std::string text = fmt::format("  {}  can I still go back: ", hidden.entry->title());
  const std::vector<std::string> lines = split(answer, '\n');
  for (const std::string& line : lines)
    text += (&line == &lines.front() ? "" : std::string(6, ' ')) + line + "\n";
  return text;
}

const StateText& text_of(const std::string& state) {
  return *std::ranges::find(k_states, state, &StateText::state);
}

std::string since(const LedgerEntry& entry) {
  if (!entry.expanded_seconds_ago) return "";
  return fmt::format(", for {}", human_duration(std::chrono::milliseconds(
                                     static_cast<std::int64_t>(*entry.expanded_seconds_ago * 1000))));
}

std::string text_of(const Window& window, const std::string& runner) {
  const StateText& state = text_of(window.entry->state);
  const bool at_work = !runner.empty() && !state.at_work.empty();
  std::string text = fmt::format("  {}  {}{}\n", window.entry->title(),
                                 at_work ? fmt::format("{}: {}", state.at_work, runner) : state.meaning,
                                 since(*window.entry));
  if (window.backfill)
    text += fmt::format("      step {}: {}: {}\n", window.backfill->step, window.backfill->title,
                        backfill_line(*window.backfill));
  for (const CounterReading& reading : window.readings) {
    const std::string last =
        reading.seconds_ago ? fmt::format(", the last {} ago",
                                          human_duration(std::chrono::milliseconds(static_cast<std::int64_t>(
                                              std::max(0.0, *reading.seconds_ago) * 1000))))
                            : "";
    text += fmt::format("      {}: {} by the old release since expand{}\n", reading.subject,
                        count_of(reading.writes, "write"), last);
  }
  return at_work ? text : text + fmt::format("      next: `{} {}`\n", state.next, window.entry->label);
}

std::string text_of(const Status& status, const Work& work, const Database& database) {
  std::string text = fmt::format("Database  {} ({})\n", work.config.safe_url, name_of(database.dialect()));
  text += fmt::format("Complete  {}{}\n", count_of(static_cast<std::int64_t>(status.complete), "migration"),
                      status.last.empty() ? "" : ", newest started: " + status.last);
  if (!status.unfinished.empty()) text += "Open\n";
  for (const Window& window : status.unfinished) text += text_of(window, status.runner);
  if (!status.pending.empty()) text += "Pending\n";
  for (const Migration* migration : status.pending)
    text += fmt::format("  {}{}\n", migration->title(),
                        migration->description.empty() ? "" : "  " + migration->description);
  if (status.in_attic > 0)
    text += fmt::format("Attic     {} of {}, see `afloat attic list`\n",
                        count_of(static_cast<std::int64_t>(status.shapes), "old shape"),
                        count_of(static_cast<std::int64_t>(status.in_attic), "migration"));
  else if (!status.hidden.empty())
    text += "Attic     nothing hidden: a revert makes the old shape again of what is there\n";
  for (const Hidden& hidden : status.hidden) text += text_of(hidden);
  if (status.pending.empty() && status.unfinished.empty()) text += "Everything is applied.\n";
  return text;
}

Node::Object document_of(const Status& status, const Work& work) {
  Node::List pending, open;
  for (const Migration* migration : status.pending) pending.emplace_back(migration->title());
  for (const Window& window : status.unfinished) {
    Node::List readings;
    for (const CounterReading& reading : window.readings)
      readings.push_back(
          Node::Object{{"subject", reading.subject},
                       {"old_writes", reading.writes},
                       {"seconds_ago", reading.seconds_ago ? Node(*reading.seconds_ago) : Node()}});
    open.push_back(
        Node::Object{{"migration", window.entry->title()},
                     {"state", window.entry->state},
                     {"expanded_at", window.entry->expanded_at},
                     {"old_side", std::move(readings)},
                     {"backfill", window.backfill ? Node(backfill_node(*window.backfill)) : Node()}});
  }
  Node::List way_back;
  for (const Hidden& hidden : status.hidden)
    way_back.push_back(Node::Object{{"migration", hidden.entry->title()},
                                    {"refused", hidden.refusal},
                                    {"revert", outlook_node(hidden.outlook)}});
  return {{"command", "status"},
          {"database", work.config.safe_url},
          {"runner", status.runner},
          {"complete", static_cast<std::int64_t>(status.complete)},
          {"newest_started", status.last},
          {"open", std::move(open)},
          {"pending", std::move(pending)},
          {"in_attic", static_cast<std::int64_t>(status.in_attic)},
          {"old_shapes", static_cast<std::int64_t>(status.shapes)},
          {"way_back", std::move(way_back)}};
}

int run_status(const Arguments& arguments) {
  const auto [work, database] = open_work(arguments);
  Ledger ledger(*database);
  const Status status = status_of(work, *database, ledger);
  print(arguments, text_of(status, work, *database), document_of(status, work));
  return arguments.has("--check") && !status.pending.empty() ? 1 : 0;
}

constexpr OptionRow k_options[] = {
    {"--to", "", "VERSION", "Only migrations up to and including this one"},
    {"--check", "", "", "Exit with 1 when a migration is pending; an open window is not"},
};
} // namespace

const CommandRow k_status{"status",
                          "[VERSION]",
                          1,
                          0,
                          "Show what is applied, open and pending",
                          "Shows open windows with how often and when last an old release wrote its side, "
                          "pending migrations, and what is in the "
                          "attic. Changes nothing.",
                          "afloat status\nafloat status --check",
                          k_options,
                          run_status};

} // namespace afloat
