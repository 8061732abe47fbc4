#include "commands/rows.hpp"
#include "commands/way_back.hpp"
#include "commands/work.hpp"
#include "execution/range.hpp"
#include "support/text.hpp"
#include "verification/dropped_users.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_abortable(const LedgerEntry& entry) {
  return entry.open();
}

const BackTarget k_target{"abort", "several windows are open", is_abortable};
constexpr WayBack k_done{"abort", "aborted"};

void refuse_after_swap(Ledger& ledger, const Config& config, const LedgerEntry& entry, const Plan& plan) {
  const auto records = ledger.steps(plan.version);
  const auto swapped = [&](const Step& step) {
    return step.swap && step.phase == Phase::contract
           && (entry.complete() || (records.contains(step.id) && records.at(step.id).state == "done"));
  };
  if (std::ranges::none_of(plan.steps, swapped)) return;
  if (const auto refusal = revert_refusal(plan, entry, ledger, config))
    throw Error(ErrorCode::refused,
                fmt::format("{} has been contracted: abort is over, and a revert is not possible: {}",
                            plan.title(), refusal->why),
                refusal->hint);
  throw Error(
      ErrorCode::refused,
      entry.state == "reverting"
          ? fmt::format("{} is being reverted", plan.title())
          : fmt::format("{} has been contracted: abort is over, and going back needs a revert", plan.title()),
      fmt::format("`afloat revert {}` opens the window again; then abort is possible. Nothing was "
                  "changed.",
                  entry.label));
}

const Step* without_way_back(const std::map<std::string, StepRecord>& records, const LedgerEntry& entry,
                             const Plan& plan) {
  const bool half_way = entry.state == "expanding";
  return step_without_way_back(plan,
                               [&](const Step& begun) { return !half_way || records.contains(begun.id); });
}

void refuse_without_inverse(Ledger& ledger, const LedgerEntry& entry, const Plan& plan) {
  const auto records = ledger.steps(plan.version);
  const bool half_way = entry.state == "expanding";
  const Step* step = without_way_back(records, entry, plan);
  if (!step) return;
  throw Error(
      ErrorCode::refused,
      fmt::format("step {} ({}) of {} cannot be undone: the operation has no `abort`", step->id, step->title,
                  plan.title()),
      fmt::format("{} {}Nothing was changed.",
                  entry.complete()
                      ? "A new migration can change it back."
                      : fmt::format("Go on with `afloat {} {}`; a new migration can change it back later.",
                                    half_way ? "expand" : "contract", plan.label),
                  operation_of(plan.steps.back()) == 1 ? write_way_back(Phase::abort) : ""));
}

/// "1 value of users.note", "2 values of users.note"
std::string counted(std::int64_t count, const std::string& what) {
  constexpr std::string_view k_many = "values ";
  const bool one = count == 1 && what.starts_with(k_many);
  return with_commas(count) + " " + (one ? "value " + what.substr(k_many.size()) : what);
}

void refuse_loss(Database& database, const Plan& plan) {
  for (const Loss& loss : plan.losses) {
    if (loss.check) continue;
    const std::int64_t count = std::stoll(database.query(loss.query).scalar().value_or("0"));
    if (count > 0)
      throw Error(ErrorCode::refused,
                  fmt::format("going back from {} loses {}", plan.title(), counted(count, loss.what)),
                  "Give --accept-data-loss if that is meant. Nothing was changed.");
  }
}

/// What no option can accept: going back would fail half-way.
void refuse_impossible(WritingSession& session, const Plan& plan) {
  Looking looking(session.clock(), session.reporter());
  for (const Loss& loss : plan.losses) {
    if (!loss.check) continue;
    const Disagreement found = find_disagreements(
        session.database(), *loss.check, [&](std::int64_t rows) { looking.at(looked_for(loss), rows); });
    if (found.count == 0) continue;
    throw Error(ErrorCode::refused,
                fmt::format("{} cannot be taken back: {} in the way of {}:{}", plan.title(),
                            count_of(found.count, "row is", "rows are"), loss.what, listed(found)),
                loss.remedy + " Nothing was changed.");
  }
}

/// A run that was killed behind its last COMMIT has left nothing but an event: the same command ends well.
/// The title of the migration that was named and is aborted, or nothing.
std::string aborted_already(const Work& work) {
  if (!work.target.version || find_entry(work.entries, *work.target.version)) return {};
  const auto database = connect(work.config, Access::read);
  const std::vector<EventRecord> events = Ledger(*database).events(work.target.version);
  return events.empty() || events.back().event != "aborted" ? "" : events.back().name;
}

/// What the server would refuse half-way: what the application, or a person, has built on the new shape.
void refuse_used(Database& database, const Plan& plan) {
  const std::vector<DroppedUser> users = users_of_dropped(database, plan.steps);
  if (users.empty()) return;
  std::vector<std::string> words, drops;
  for (const DroppedUser& user : users) {
    words.push_back(user.words);
    if (!user.drop.empty()) drops.push_back("`" + user.drop + "`");
  }
  throw Error(ErrorCode::refused, fmt::format("{} cannot be taken back: {}", plan.title(), join(words, ", ")),
              fmt::format("Change it so that it does not, or drop it first{}{}. Nothing was changed.",
                          drops.empty() ? "" : ": ", join(drops, ", ")));
}

int run_abort(const Arguments& arguments) {
  const Work work = load_started(arguments);
  if (const std::string title = aborted_already(work); !title.empty())
    return nothing_to_do(arguments, work, k_done,
                         title + " is aborted already: the schema is as it was before\n");
  const LedgerEntry* entry = chosen(work, k_target);
  if (!entry) return nothing_to_do(arguments, work, k_done, "no window is open: nothing to abort\n");
  WritingSession session(arguments, work.config);
  const LedgerEntry now = still_there(session.ledger(), *entry);
  Plan plan = session.ledger().plan(now.version);
  refuse_after_swap(session.ledger(), work.config, now, plan);
  take_written(session, work, now, Phase::abort,
               without_way_back(session.ledger().steps(plan.version), now, plan) != nullptr, plan);
  refuse_built_upon(session.ledger(), work, plan, "Abort");
  refuse_without_inverse(session.ledger(), now, plan);
  if (now.state != "aborting") refuse_impossible(session, plan);
  if (!plan.has(Phase::abort)) refuse_used(session.database(), plan);
  if (now.state != "aborting" && now.state != "expanding" && !arguments.has("--accept-data-loss"))
    refuse_loss(session.database(), plan);
  located(find_migration(work.migrations, plan.version), [&] { session.runner().abort(plan); });
  print(arguments, fmt::format("{} is aborted: the schema is as it was before\n", plan.title()),
        {{"command", "abort"}, {"aborted", plan.title()}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--accept-data-loss", "", "", "Go back even where values of the new release are lost"},
};
} // namespace

const CommandRow k_abort{"abort",
                         "[VERSION]",
                         1,
                         0,
                         "Go back: undo an expand, before contract",
                         "Undoes each step that was done, last first; works from any state until contract "
                         "has hidden the old shape. What either "
                         "release wrote is in the old shape, which has been kept in sync. Without a version: "
                         "the one window that is open.",
                         "afloat abort\nafloat abort 0007",
                         k_options,
                         run_abort};

} // namespace afloat
