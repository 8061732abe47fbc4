#include "commands/earlier.hpp"
#include "commands/expand.hpp"
#include "commands/looking.hpp"
#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "report/table.hpp"
#include "support/text.hpp"
#include "verification/verify.hpp"

#include <chrono>
#include <cstdint>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;

milliseconds kept_for(const LedgerEntry& entry) {
  return milliseconds(static_cast<std::int64_t>(entry.contracted_seconds_ago.value_or(0) * 1000));
}

std::vector<LedgerEntry> entries_in_attic(const Work& work) {
  std::vector<LedgerEntry> entries;
  for (const LedgerEntry& entry : work.entries)
    if (entry.in_attic && work.target.includes(entry.version)) entries.push_back(entry);
  return entries;
}

int run_list(const Arguments& arguments) {
  Work work = load_work(arguments);
  const auto database = connect(work.config, Access::read);
  Ledger ledger(*database);
  read_ledger(work, ledger);
  std::vector<std::vector<std::string>> rows{{"MIGRATION", "WAS", "NOW", "CONTRACTED", "MAY BE PURGED"}};
  Node::List list;
  for (const LedgerEntry& entry : entries_in_attic(work)) {
    const milliseconds left = work.config.retention - kept_for(entry);
    const std::string when = left.count() <= 0 ? "now" : "in " + human_duration(left);
    for (const AtticEntry& item : ledger.plan(entry.version).attic) {
      const std::string was = display(item.table) + (item.whole_table() ? "" : "." + item.was);
      rows.push_back({entry.title(), was, item.name, entry.contracted_at, when});
      list.push_back(Node::Object{{"migration", entry.title()},
                                  {"table", display(item.table)},
                                  {"was", item.was},
                                  {"name", item.name},
                                  {"contracted_at", entry.contracted_at},
                                  {"purgeable", left.count() <= 0}});
    }
  }
  print(arguments, rows.size() == 1 ? "the attic is empty\n" : aligned(rows),
        {{"command", "attic list"}, {"attic", list}});
  return 0;
}

int run_purge(const Arguments& arguments) {
  Work work = load_work(arguments);
  milliseconds retention = work.config.retention;
  if (const auto typed = arguments.value("--retention")) {
    const auto duration = parse_duration(*typed);
    if (!duration)
      throw Error(ErrorCode::usage, fmt::format("--retention \"{}\" is not a duration", *typed),
                  "Write it like `0`, `12h`, `7d`.");
    retention = *duration;
  }
  {
    const auto database = connect(work.config, Access::read);
    Ledger ledger(*database);
    read_ledger(work, ledger);
  }
  std::string text, refusal;
  std::vector<std::string> purged;
  if (!entries_in_attic(work).empty()) {
    WritingSession session(arguments, work.config);
    read_ledger(work, session.ledger());
    const auto is_due = [&](const LedgerEntry& entry) {
      return kept_for(entry) >= retention || entry.state == "purging";
    };
    for (const LedgerEntry& entry : entries_in_attic(work)) // all are asked before the first is purged
      if (is_due(entry)) {
        const Plan plan = session.ledger().plan(entry.version);
        require_accepted_loss(arguments, plan);
        require_kept(arguments, session, plan);
      }
    for (const LedgerEntry& entry : entries_in_attic(work)) {
      const Plan plan = session.ledger().plan(entry.version);
      if (!is_due(entry)) {
        refusal += fmt::format("{} stays in the attic for {} more\n", entry.title(),
                               human_duration(retention - kept_for(entry)));
        continue;
      }
      behind(purged, [&] {
        located(find_migration(work.migrations, plan.version), [&] {
          if (entry.state != "purging") snapshot_before(session, work.config, plan, Phase::purge);
          session.runner().purge(plan);
        });
      });
      purged.push_back(entry.title());
      text += fmt::format("{} is purged\n", entry.title());
    }
  }
  if (text.empty() && refusal.empty()) {
    record_what_is_left(arguments, work.config, *connect(work.config, Access::read));
    text = "the attic is empty: nothing to purge\n";
  }
  print(arguments, text + refusal,
        {{"command", "attic purge"},
         {"purged", Node::List(purged.begin(), purged.end())},
         {"stopped", refusal}});
  return refusal.empty() ? 0 : 1;
}

constexpr OptionRow k_options[] = {
    {"--retention", "", "DURATION", "Purge what has been there longer than this (contract.retention)"},
    {"--accept-data-loss", "", "", "Purge also what cannot be derived back"},
    {"--accept-difference", "", "",
     "Purge also an attic that differs from what took its place, or that nothing keeps in sync"},
};
} // namespace

void require_kept(const Arguments& arguments, WritingSession& session, const Plan& plan) {
  const auto entry = session.ledger().entry(plan.version);
  if (arguments.has("--accept-difference") || !entry) return;
  Looking looking(session.clock(), session.reporter());
  const auto progress = [&](const Step& step, std::int64_t rows) { looking.at(step.title, rows, step.rows); };
  for (const Verdict& verdict : verify_migration(session.database(), plan, *entry, progress))
    if (verdict.level == Verdict::Level::failure)
      throw Error(
          ErrorCode::refused,
          fmt::format("the attic of {} is not in order: {}", plan.title(), verdict.detail),
          "`afloat verify` shows all of it. Put it back, or give --accept-difference to `afloat attic "
          "purge` if what differs is not needed. Nothing was purged.");
}

const CommandRow k_attic_list{"attic list",
                              "[VERSION]",
                              1,
                              0,
                              "Show the old shapes that contract has hidden",
                              "Lists what can still come back, and when it may be purged.",
                              "afloat attic list",
                              {},
                              run_list};

const CommandRow k_attic_purge{"attic purge",
                               "[VERSION]",
                               1,
                               0,
                               "Really drop what is in the attic, after the retention",
                               "The point of no return. Drops what has been in the attic longer than the "
                               "retention; exits with 1 when something is not "
                               "old enough, or when the attic and what took its place are not equal in "
                               "every row.",
                               "afloat attic purge\nafloat attic purge 0007 --retention 0",
                               k_options,
                               run_purge};

} // namespace afloat
