#include "commands/earlier.hpp"
#include "commands/expand.hpp"
#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "support/text.hpp"
#include "verification/gate.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_contractable(const LedgerEntry& entry) {
  return entry.state == "expanded" || entry.state == "contracting";
}

/// From the first swap on there is no way but forward, and the counters of what was swapped are gone.
bool has_swapped(Ledger& ledger, const Plan& plan) {
  const auto records = ledger.steps(plan.version);
  return std::ranges::any_of(plan.steps, [&](const Step& step) {
    const auto record = records.find(step.id);
    return step.swap && record != records.end() && record->second.state == "done";
  });
}

/// A migration that was named but cannot be contracted now: says why.
void explain_named(const Work& work) {
  if (!work.target.version) return;
  const LedgerEntry* entry = find_entry(work.entries, *work.target.version);
  if (entry && entry->complete()) return;
  const std::string title = find_migration(work.migrations, *work.target.version)->title();
  if (!entry || entry->state == "expanding")
    throw Error(ErrorCode::refused, fmt::format("{} has not been expanded yet", title),
                "Run `afloat expand` first; nothing was changed.");
  if (entry->state == "aborting")
    throw Error(
        ErrorCode::refused, fmt::format("{} is being aborted", title),
        fmt::format("Run `afloat abort {}` again to finish that; nothing was changed.", entry->label));
  if (entry->state == "reverting")
    throw Error(
        ErrorCode::refused, fmt::format("{} is being reverted", title),
        fmt::format("Run `afloat revert {}` again to finish that; nothing was changed.", entry->label));
}

/// Where there is nothing to contract: what stopped before or behind that.
std::string half_way(const Work& work) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_commands{
      {{"expanding", "expand"}, {"aborting", "abort"}, {"reverting", "revert"}, {"purging", "attic purge"}}};
  std::string text;
  for (const LedgerEntry& entry : work.entries)
    for (const auto& [state, command] : k_commands)
      if (work.target.includes(entry.version) && entry.state == state)
        text =
            fmt::format("{} stopped half-way: run `afloat {} {}` first", entry.title(), command, entry.label);
  return text;
}

/// With retention = "0", a run that was killed between contract and purge.
std::string left_in_attic(const Work& work) {
  std::string text;
  for (const LedgerEntry& entry : work.entries)
    if (work.config.retention.count() == 0 && work.target.includes(entry.version) && entry.in_attic)
      text +=
          fmt::format("{} is in the attic: `afloat attic purge {}` drops it\n", entry.title(), entry.label);
  return text;
}

/// Why contract is refused, in words; empty where the gate is open.
std::string closed_gate(WritingSession& session, const Plan& plan, const LedgerEntry& entry,
                        std::chrono::milliseconds quiet) {
  const GateAnswer gate =
      ask_gate(session.database(), plan, entry, quiet, session.clock(), session.reporter());
  if (!gate.open)
    return fmt::format("contract of {} is refused, the window stays open:\n  {}", plan.title(),
                       join(gate.evidence, "\n  "));
  for (const std::string& line : gate.evidence) session.reporter().say(line);
  return {};
}

std::string_view old_shape(const Plan& plan, const Config& config) {
  if (!plan.has(Phase::purge) || plan.attic.empty()) return "";
  return config.retention.count() == 0 ? "; the old shape is purged"
                                       : "; the old shape is in the attic, see `afloat attic list`";
}

int run_contract(const Arguments& arguments) {
  OpenWork open = open_work(arguments);
  Work work = std::move(open.work);
  const auto quiet = quiet_of(arguments, work.config);
  explain_named(work);
  std::vector<LedgerEntry> targets;
  for (const LedgerEntry& entry : work.entries)
    if (work.target.includes(entry.version) && is_contractable(entry)) targets.push_back(entry);
  std::string text;
  std::vector<std::string> contracted;
  std::string refusal;
  if (!targets.empty()) {
    open.database.reset();
    WritingSession session(arguments, work.config);
    read_ledger(work, session.ledger());
    session.require_no_drift(arguments, work.config);
    for (const LedgerEntry& entry : targets) {
      const Plan plan = session.ledger().plan(entry.version);
      behind(contracted, [&] { refusal = contract_one(session, work, plan, quiet, arguments); });
      if (!refusal.empty()) break;
      contracted.push_back(plan.title());
      text += fmt::format("{} is contracted{}\n", plan.title(), old_shape(plan, work.config));
    }
  }
  if (targets.empty()) refusal = half_way(work);
  if (targets.empty() && refusal.empty()) {
    record_what_is_left(arguments, work.config, *open.database);
    text = "nothing to do\n" + left_in_attic(work);
  }
  print(arguments, text + refusal + (refusal.empty() ? "" : "\n"),
        {{"command", "contract"},
         {"contracted", Node::List(contracted.begin(), contracted.end())},
         {"stopped", refusal}});
  return refusal.empty() ? 0 : 1;
}

constexpr OptionRow k_options[] = {
    {"--to", "", "VERSION", "All open windows up to and including this one"},
    {"--quiet", "", "DURATION", "How long the old side must stand still (default: contract.quiet, 60s)"},
    {"--accept-drift", "", "REASON",
     "Go on although the schema is not the recorded one, and record it as it is"},
    {"--accept-data-loss", "", "", "With retention = \"0\": purge at once what cannot be derived back"},
};
} // namespace

std::chrono::milliseconds quiet_of(const Arguments& arguments, const Config& config) {
  const auto typed = arguments.value("--quiet");
  if (!typed) return config.quiet;
  const auto duration = parse_duration(*typed);
  if (!duration)
    throw Error(ErrorCode::usage, fmt::format("--quiet \"{}\" is not a duration", *typed),
                "Write it like `2s`, `5m`, `24h`.");
  return *duration;
}

void require_accepted_loss(const Arguments& arguments, const Plan& plan) {
  const bool destroys = std::ranges::any_of(plan.steps, &Step::destroys);
  if (!destroys || arguments.has("--accept-data-loss")) return;
  throw Error(ErrorCode::refused,
              fmt::format("purging {} destroys values that cannot be derived back", plan.title()),
              "Give --accept-data-loss if that is meant; nothing was changed.");
}

std::string contract_one(WritingSession& session, const Work& work, const Plan& plan,
                         std::chrono::milliseconds quiet, const Arguments& arguments) {
  const auto entry = session.ledger().entry(plan.version);
  if (!entry || !is_contractable(*entry)) return {};
  const bool purge_at_once = work.config.retention.count() == 0 && plan.has(Phase::purge);
  if (purge_at_once) require_accepted_loss(arguments, plan);
  std::string closed;
  const auto is_closed = [&] {
    closed = has_swapped(session.ledger(), plan) ? "" : closed_gate(session, plan, *entry, quiet);
    return !closed.empty();
  };
  if (is_closed()) return closed;
  located(find_migration(work.migrations, plan.version), [&] {
    // A snapshot may take hours.
    if (entry->state == "expanded" && snapshot_before(session, work.config, plan, Phase::contract)
        && is_closed())
      return;
    session.runner().contract(plan);
    if (!purge_at_once) return;
    require_kept(arguments, session, plan);
    snapshot_before(session, work.config, plan, Phase::purge);
    session.runner().purge(plan);
  });
  return closed;
}

const CommandRow k_contract{
    "contract",
    "[VERSION]",
    1,
    0,
    "Close the window: hide the old shape in the attic",
    "Refuses (exit 1) while the old side is still written or rows differ. Then takes the old shape out of "
    "sight in one short "
    "transaction a table. Nothing is destroyed: it stays in the attic, in sync, until it is purged.",
    "afloat contract\nafloat contract 0007 --quiet 2s",
    k_options,
    run_contract};

} // namespace afloat
