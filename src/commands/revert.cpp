#include "commands/rows.hpp"
#include "commands/way_back.hpp"
#include "commands/work.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr WayBack k_done{"revert", "reverted"};

/// Whether contract has committed a swap, so that abort is over.
bool has_swapped(Ledger& ledger, const LedgerEntry& entry, const Plan& plan) {
  if (entry.complete() || entry.state == "reverting") return true;
  const auto records = ledger.steps(plan.version);
  return std::ranges::any_of(plan.steps, [&](const Step& step) {
    const auto record = records.find(step.id);
    return step.swap && step.phase == Phase::contract && record != records.end()
           && record->second.state == "done";
  });
}

/// Without a version: what has something in the attic, a revert that stopped half-way, a contract that did
/// so behind a swap, or the newest that was contracted.
const LedgerEntry* meant(const Work& work) {
  const BackTarget named{"revert", "several migrations can be reverted", {}};
  if (work.target.version) return chosen(work, named);
  const auto database = connect(work.config, Access::read);
  Ledger ledger(*database);
  const LedgerEntry* newest = newest_without_attic(work, ledger);
  return chosen(work, {named.verb, named.several, [&](const LedgerEntry& entry) {
                         return entry.in_attic || entry.state == "reverting" || &entry == newest
                                || (entry.state == "contracting"
                                    && has_swapped(ledger, entry, ledger.plan(entry.version)));
                       }});
}

void refuse_loss(WritingSession& session, const Plan& plan, bool accepted) {
  Looking looking(session.clock(), session.reporter());
  const RevertOutlook outlook = revert_outlook(session.database(), plan, std::nullopt, &looking);
  for (const RevertLoss& loss : outlook.losses) {
    if (loss.acceptable && accepted) continue;
    throw Error(ErrorCode::refused,
                fmt::format("{} cannot be reverted: {} in the way of {}:{}", plan.title(),
                            count_of(loss.found.count, "row is", "rows are"), loss.what, listed(loss.found)),
                (loss.acceptable ? "The old release would read NULL there. Correct these rows, or give "
                                   "--accept-data-loss if that is meant."
                                 : loss.remedy)
                    + " Nothing was changed.");
  }
}

void refuse_early(const LedgerEntry& entry, const Plan& plan) {
  if (entry.state == "aborting")
    throw Error(ErrorCode::refused, fmt::format("{} is being aborted", plan.title()),
                fmt::format("Run `afloat abort {}` again to finish that. Nothing was changed.", entry.label));
  throw Error(ErrorCode::refused,
              fmt::format("{} has not been contracted: there is nothing to revert yet", plan.title()),
              fmt::format("`afloat abort {}` goes back from here. Nothing was changed.", entry.label));
}

/// A run that was killed behind its last COMMIT: the same command ends well.
bool was_reverted(Ledger& ledger, const LedgerEntry& entry) {
  const std::vector<EventRecord> events = ledger.events(entry.version);
  return entry.state == "expanded" && !events.empty() && events.back().event == "reverted";
}

/// The same without a version: what the newest event says, before another migration is taken for what is
/// meant.
std::string reverted_last(const Work& work) {
  if (work.target.version) return {};
  const auto database = connect(work.config, Access::read);
  Ledger ledger(*database);
  const std::vector<EventRecord> events = ledger.events({});
  if (events.empty()) return {};
  const LedgerEntry* entry = find_entry(work.entries, events.back().version);
  return entry && was_reverted(ledger, *entry) ? entry->title() : "";
}

/// Where nothing is left to revert: the newest that was contracted may have been purged. Error refused, with
/// the way back that there is.
void refuse_purged(const Work& work) {
  if (work.entries.empty()) return;
  const auto database = connect(work.config, Access::read);
  Ledger ledger(*database);
  const auto newest = ledger.newest_contracted();
  const LedgerEntry* entry = newest ? find_entry(work.entries, *newest) : nullptr;
  const auto refusal =
      entry ? revert_refusal(ledger.plan(*newest), *entry, ledger, work.config) : std::nullopt;
  if (!refusal) return;
  const bool has_older = entry != &work.entries.front();
  throw Error(ErrorCode::refused, refusal->why,
              (has_older ? "Name the version of an older migration to revert that. " : "") + refusal->hint);
}

int run_revert(const Arguments& arguments) {
  const Work work = load_started(arguments);
  if (const std::string title = reverted_last(work); !title.empty())
    return nothing_to_do(
        arguments, work, k_done,
        fmt::format("{} has been reverted: its window is open\nAnother one is reverted by its "
                    "version.\n",
                    title));
  const LedgerEntry* entry = meant(work);
  if (!entry) {
    refuse_purged(work);
    return nothing_to_do(arguments, work, k_done, "nothing was contracted: nothing to revert\n");
  }
  WritingSession session(arguments, work.config);
  Ledger& ledger = session.ledger();
  const LedgerEntry now = still_there(ledger, *entry);
  Plan plan = ledger.plan(now.version);
  if (was_reverted(ledger, now)) {
    print(arguments, fmt::format("{} has been reverted: its window is open\n", plan.title()),
          {{"command", "revert"}, {"reverted", ""}});
    return 0;
  }
  if (!has_swapped(ledger, now, plan)) refuse_early(now, plan);
  take_written(session, work, now, Phase::revert, !plan.no_revert.empty(), plan);
  if (const auto refusal = revert_refusal(plan, now, ledger, work.config))
    throw Error(ErrorCode::refused, refusal->why, refusal->hint);
  refuse_built_upon(ledger, work, plan, "Go back from");
  if (now.state != "reverting") refuse_loss(session, plan, arguments.has("--accept-data-loss"));
  located(find_migration(work.migrations, plan.version), [&] { session.runner().revert(plan); });
  print(arguments,
        fmt::format("{} is reverted: its window is open again, both releases can run\n", plan.title()),
        {{"command", "revert"}, {"reverted", plan.title()}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--accept-data-loss", "", "", "Go back even where the old release will read NULL"},
};
} // namespace

const CommandRow k_revert{
    "revert",
    "[VERSION]",
    1,
    0,
    "Go back after contract: open the window again",
    "Brings the old shape back from the attic, with every write of the new release in "
    "it: names swapped back in one short transaction a table, what contract has dropped "
    "built again, then both releases work. Refuses (exit 1) while there are rows that "
    "the old shape cannot hold, and names them. Possible until the attic is purged. "
    "Without a version: the one migration that is in the attic, or the newest that has nothing there.",
    "afloat revert\nafloat revert 0007",
    k_options,
    run_revert};

} // namespace afloat
