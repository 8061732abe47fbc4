#include "commands/expand.hpp"
#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "support/text.hpp"
#include "verification/gate.hpp"

#include <algorithm>

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

int run_contract(const Arguments& arguments) {
  Work work = open_work(arguments).work;
  const auto quiet = quiet_of(arguments, work.config);
  explain_named(work);
  std::vector<LedgerEntry> targets;
  for (const LedgerEntry& entry : work.entries)
    if (work.target.includes(entry.version) && is_contractable(entry)) targets.push_back(entry);
  std::string text;
  Node::List contracted;
  std::string refusal;
  if (!targets.empty()) {
    WritingSession session(arguments, work.config);
    read_ledger(work, session.ledger());
    session.require_no_drift(arguments, work.config);
    for (const LedgerEntry& entry : targets) {
      const Plan plan = session.ledger().plan(entry.version);
      refusal = contract_one(session, work, plan, quiet, arguments);
      if (!refusal.empty()) break;
      contracted.emplace_back(plan.title());
      text += fmt::format("{} is contracted{}\n", plan.title(),
                          !plan.has(Phase::purge) || plan.attic.empty()
                              ? ""
                              : "; the old shape is in the attic, see `afloat attic list`");
    }
  }
  for (const LedgerEntry& entry : work.entries)
    if (targets.empty() && work.target.includes(entry.version)
        && (entry.state == "expanding" || entry.state == "aborting" || entry.state == "reverting"))
      refusal = fmt::format("{} stopped half-way: run `afloat {} {}` first\n", entry.title(),
                            entry.state == "expanding"  ? "expand"
                            : entry.state == "aborting" ? "abort"
                                                        : "revert",
                            entry.label);
  if (targets.empty() && refusal.empty()) text = "nothing to do\n";
  print(arguments, text + refusal,
        {{"command", "contract"}, {"contracted", contracted}, {"stopped", refusal}});
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
  if (!has_swapped(session.ledger(), plan)) {
    const GateAnswer gate =
        ask_gate(session.database(), plan, *entry, quiet, session.clock(), session.reporter());
    for (const std::string& line : gate.evidence)
      if (gate.open) session.reporter().say(line);
    if (!gate.open)
      return fmt::format("contract of {} is refused, the window stays open:\n  {}\n", plan.title(),
                         join(gate.evidence, "\n  "));
  }
  located(find_migration(work.migrations, plan.version), [&] {
    if (entry->state == "expanded") snapshot_before(session, work.config, plan, Phase::contract);
    session.runner().contract(plan);
    if (!purge_at_once) return;
    require_kept(arguments, session, plan);
    snapshot_before(session, work.config, plan, Phase::purge);
    session.runner().purge(plan);
  });
  return {};
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
