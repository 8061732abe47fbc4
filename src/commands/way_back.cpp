#include "commands/way_back.hpp"

#include "commands/snapshot_policy.hpp"
#include "load/load.hpp"
#include "operations/operation.hpp"
#include "operations/sql_blocks.hpp"
#include "planning/touches.hpp"
#include "planning/written_way_back.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
/// What a later migration uses of this one: a column that both touch, or anything of a table that this one
/// made.
std::string used_by(const Plan& plan, const Plan& later) {
  for (const std::string& own : plan.touches)
    for (const std::string& touch : later.touches)
      if (is_part_of(touch, own)) return touch;
  return shared_touch(plan, later);
}

std::string purged_at(Ledger& ledger, std::int64_t version) {
  std::string at;
  for (const EventRecord& event : ledger.events(version))
    if (event.event == "purged") at = event.at;
  return at;
}

/// Nothing but the author's own SQL.
bool is_written(const Plan& plan) {
  return plan.no_revert == std::vector{sql_without_revert(1)} && operation_of(plan.steps.back()) == 1;
}

/// Of all the rows once all were looked at; else as many as each question was asked of.
void note_rows(RevertOutlook& outlook, std::int64_t rows, bool whole) {
  if (outlook.whole && !whole)
    outlook.rows = rows;
  else if (outlook.whole)
    outlook.rows = std::max(outlook.rows.value_or(0), rows);
  else if (!whole)
    outlook.rows = std::min(*outlook.rows, rows);
  outlook.whole = outlook.whole && whole;
}
} // namespace

const LedgerEntry* chosen(const Work& work, const BackTarget& target) {
  if (work.target.version) {
    const LedgerEntry* entry = find_entry(work.entries, *work.target.version);
    if (!entry)
      throw Error(
          ErrorCode::refused, fmt::format("migration {} has not been started", work.target.version.value()),
          fmt::format("There is nothing to {}; `afloat status` shows what there is. Nothing was changed.",
                      target.verb));
    return entry;
  }
  std::vector<const LedgerEntry*> fitting;
  std::vector<std::string> titles;
  for (const LedgerEntry& entry : work.entries)
    if (target.fits(entry)) {
      fitting.push_back(&entry);
      titles.push_back(entry.title());
    }
  if (fitting.empty()) return nullptr;
  if (fitting.size() == 1) return fitting.front();
  throw Error(ErrorCode::usage, fmt::format("{}: {}", target.several, join(titles, ", ")),
              fmt::format("Name the one to {0}: `afloat {0} VERSION`. Nothing was changed.", target.verb));
}

const LedgerEntry* newest_without_attic(const Work& work, Ledger& ledger) {
  if (work.entries.empty()) return nullptr;
  const auto version = ledger.newest_contracted();
  const LedgerEntry* entry = version ? find_entry(work.entries, *version) : nullptr;
  return entry && !entry->in_attic && !ledger.plan(*version).has(Phase::purge) ? entry : nullptr;
}

Work load_started(const Arguments& arguments) {
  Work work = load_work(arguments);
  const auto database = connect(work.config, Access::read);
  work.entries = Ledger(*database).entries();
  return work;
}

int nothing_to_do(const Arguments& arguments, const Work& work, const WayBack& way, const std::string& text) {
  record_what_is_left(arguments, work.config, *connect(work.config, Access::read));
  print(arguments, text, {{"command", std::string(way.command)}, {std::string(way.done), ""}});
  return 0;
}

LedgerEntry still_there(Ledger& ledger, const LedgerEntry& entry) {
  const auto now = ledger.entry(entry.version);
  if (now) return *now;
  throw Error(ErrorCode::refused, fmt::format("{} has just been aborted by another process", entry.title()),
              "There is nothing left to do; `afloat status` shows it.");
}

void refuse_built_upon(Ledger& ledger, const Work& work, const Plan& plan, std::string_view verb) {
  for (const LedgerEntry& later : work.entries) {
    if (later.version <= plan.version) continue;
    const std::string used = used_by(plan, ledger.plan(later.version));
    if (!used.empty())
      throw Error(ErrorCode::refused,
                  fmt::format("{} came after {} and uses {} too", later.title(), plan.title(), used),
                  fmt::format("{} {} first. Nothing was changed.", verb, later.label));
  }
}

void take_written(WritingSession& session, const Work& work, const LedgerEntry& entry, Phase way,
                  bool missing, Plan& plan) {
  const Migration* file = find_migration(work.migrations, plan.version);
  if (!file || file->checksum == entry.checksum) return;
  const auto records = session.ledger().steps(plan.version);
  const bool begun = std::ranges::any_of(
      plan.steps, [&](const Step& step) { return step.phase == way && records.contains(step.id); });
  const bool stuck = entry.state == (way == Phase::abort ? "aborting" : "reverting") && !begun;
  if (!stuck && !missing) return;
  const Dialect dialect = session.database().dialect();
  const auto writer = make_sql_writer(dialect, session.database().facts().server_version);
  const Migration parsed = parse_migration(file->path, file->text, operation_rows(), dialect);
  if (auto better = with_written_way_back(plan, parsed, way, *writer, {work.config.newer_syntax}))
    plan = std::move(*better);
}

std::string write_way_back(Phase way) {
  return fmt::format("Or write what undoes it into the file, as its `{}`, and run this again. ",
                     name_of(way));
}

std::string listed(const Disagreement& found) {
  std::string list;
  for (const std::string& row : found.first) list += "\n    " + row;
  if (found.count > static_cast<std::int64_t>(found.first.size())) list += "\n    …";
  return list;
}

std::optional<Refusal> revert_refusal(const Plan& plan, const LedgerEntry& entry, Ledger& ledger,
                                      const Config& config) {
  if (!plan.has(Phase::contract))
    return Refusal{fmt::format("{} is complete after expand: contract has taken nothing away", plan.title()),
                   fmt::format("`afloat abort {}` takes it back. Nothing was changed.", entry.label)};
  const bool purged =
      plan.has(Phase::purge) && (entry.state == "purging" || (entry.complete() && !entry.in_attic));
  if (purged) {
    const std::string when =
        entry.state == "purging" ? "is being purged" : "was purged at " + purged_at(ledger, plan.version);
    return Refusal{
        fmt::format("{} {}: that was the point of no return, the old shape is gone", plan.title(), when),
        rows_that_are_left(ledger, plan.version, config.snapshot.folder) + " Nothing was changed."};
  }
  if (const Step* swap = swap_without_revert(plan))
    return Refusal{fmt::format("step {} ({}) of {} has no way back in the ledger: it was frozen by an afloat "
                               "that could not revert yet",
                               swap->id, swap->title, plan.title()),
                   plan.attic.empty()
                       ? "Write a migration that goes back. Nothing was changed."
                       : "The old shape is in the attic, in sync (`afloat attic list`): do not purge it, and "
                         "write a migration that brings it back. Nothing was changed."};
  if (!plan.no_revert.empty())
    return Refusal{fmt::format("there is no way back from {}: {}", plan.title(), join(plan.no_revert, " ")),
                   fmt::format("Write a migration that goes back. {}Nothing was changed.",
                               is_written(plan) ? write_way_back(Phase::revert) : "")};
  return std::nullopt;
}

std::string looked_for(const Loss& loss) {
  return fmt::format("look for rows in the way of {}", loss.what);
}

RevertOutlook revert_outlook(Database& database, const Plan& plan, std::optional<double> most,
                             Looking* looking) {
  using Time = std::chrono::steady_clock;
  const auto questions =
      std::ranges::count_if(plan.revert_losses, [](const Loss& loss) { return loss.check.has_value(); });
  RevertOutlook outlook;
  for (const Loss& loss : plan.revert_losses) {
    if (!loss.check) continue;
    const auto start = Time::now();
    std::int64_t rows = 0;
    bool whole = true;
    Disagreement found = find_disagreements_while(database, *loss.check, [&](std::int64_t seen) {
      rows = seen;
      if (looking) looking->at(looked_for(loss), seen);
      const double seconds = std::chrono::duration<double>(Time::now() - start).count();
      whole = !most || seconds <= *most / static_cast<double>(questions);
      return whole;
    });
    if (found.count > 0)
      outlook.losses.push_back({loss.what, loss.remedy, loss.remedy.empty(), std::move(found)});
    // What is asked in one query over the table tells nothing of its rows.
    if (!loss.check->next_bound.empty()) note_rows(outlook, rows, whole);
  }
  return outlook;
}

std::string outlook_text(const RevertOutlook& outlook) {
  if (outlook.losses.empty()) {
    if (!outlook.rows) return "yes";
    return outlook.whole ? fmt::format("yes, all {}", count_of(*outlook.rows, "row"))
                         : fmt::format("yes, as far as the first {} go; `afloat plan --revert` looks at all",
                                       count_of(*outlook.rows, "row"));
  }
  std::vector<std::string> texts;
  for (const RevertLoss& loss : outlook.losses)
    texts.push_back(fmt::format("{}{} cannot ({}), first: {}", outlook.whole ? "" : "at least ",
                                count_of(loss.found.count, "row"), loss.what, join(loss.found.first, "; ")));
  return join(texts, "\n");
}

Node outlook_node(const RevertOutlook& outlook) {
  Node::List losses;
  for (const RevertLoss& loss : outlook.losses)
    losses.push_back(Node::Object{{"what", loss.what},
                                  {"rows", loss.found.count},
                                  {"first", Node::List(loss.found.first.begin(), loss.found.first.end())},
                                  {"acceptable", loss.acceptable},
                                  {"remedy", loss.remedy}});
  return Node::Object{{"possible", outlook.losses.empty()},
                      {"rows", outlook.rows ? Node(*outlook.rows) : Node()},
                      {"whole", outlook.whole},
                      {"in_the_way", std::move(losses)}};
}

} // namespace afloat
