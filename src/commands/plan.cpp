#include "commands/rows.hpp"
#include "commands/way_back.hpp"
#include "commands/work.hpp"
#include "model/plan_json.hpp"
#include "planning/touches.hpp"
#include "report/plan_text.hpp"
#include "snapshot/make.hpp"
#include "snapshot/policy.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
/// A migration to be shown, with the reason why it cannot start yet, if there is one.
struct Shown {
  Plan plan;
  std::string state, waits_for;
  std::string way_back; ///< with --revert, of what could be reverted now: whether the rows let it
  Standing standing;
};

struct WayOption {
  std::string_view name;
  Phase phase;
  std::string_view nothing; ///< what to say where there are no steps
};
constexpr std::array k_ways{
    WayOption{"--revert", Phase::revert, "There is nothing to revert: contract takes nothing away.\n"},
    WayOption{"--abort", Phase::abort, "There is nothing to undo.\n"},
    WayOption{"--purge", Phase::purge, "There is nothing to purge.\n"}};

/// Null: the way forward.
const WayOption* way_asked_for(const Arguments& arguments) {
  const WayOption* found = nullptr;
  for (const WayOption& way : k_ways) {
    if (!arguments.has(way.name)) continue;
    if (found)
      throw Error(ErrorCode::usage, fmt::format("{} and {} cannot be given together", found->name, way.name),
                  "Each is a plan of its own.");
    found = &way;
  }
  return found;
}

/// Whether the rows let a revert begin; nothing where none could be asked for.
std::string way_back_of(const Shown& one, const LedgerEntry& entry, Database& database, Ledger& ledger,
                        const Config& config) {
  if (!entry.complete()) return {};
  if (const auto refusal = revert_refusal(one.plan, entry, ledger, config)) return "no: " + refusal->why;
  return outlook_text(revert_outlook(database, one.plan, std::nullopt));
}

/// `entry`: null before it has begun. `made`: the tables that those leave which are pending before it.
/// `maker`: has made the plan where it had not begun.
Standing standing_of(const Plan& plan, const LedgerEntry* entry, Database* database,
                     std::vector<RelationName> made, const PlanMaker& maker) {
  Standing standing{{std::move(made), {}}, {maker.tables(), maker.views()}};
  if (entry) standing.next = entry->state.starts_with("expand") ? Phase::contract : Phase::purge;
  TablesAndViews& now = standing.now;
  for (const RelationName& name : touched_relations(plan)) {
    if (!database) break;
    if (!existing_tables(*database, {&name, 1}).empty()) now.tables.push_back(name);
    if (!existing_views(*database, {&name, 1}).empty()) now.views.push_back(name);
  }
  if (entry) standing.in_window = now;
  return standing;
}

/// With a database, one that is asked for alone is planned on what that has: what it lacks may be what
/// pending ones make that come before it.
Plan fresh_plan(PlanMaker& maker, const Migration& migration, const Work& work) {
  try {
    return maker.make(migration);
  } catch (Error& error) {
    const Migration* before = first_pending(work.migrations, work.entries);
    if (error.code == ErrorCode::invalid_migration && work.target.version
        && before->version < migration.version)
      error.hint =
          fmt::format("{} is pending, and comes before it: `afloat plan --to {}` plans them together. {}",
                      before->title(), migration.label, error.hint);
    throw;
  }
}

/// What leads to the migration as if each window before it were closed first.
std::unique_ptr<PlanMaker> maker_behind_windows(const Migration& migration, const Work& work,
                                                Database& database) {
  auto maker = std::make_unique<PlanMaker>(work, &database, PlanMaker::Purpose::show_closed);
  for (const Migration* before : fresh_migrations(work)) {
    if (before->version >= migration.version) break;
    maker->make(*before);
    maker->assume_contracted();
  }
  return maker;
}

/// The plan of one that has not begun, on what pending ones before it leave in their windows. Where that does
/// not do and some of them have windows, as they leave it when these are closed; so are those behind it then.
Plan plan_behind(std::unique_ptr<PlanMaker>& maker, const Migration& migration, const Work& work,
                 Database* database, bool windows) {
  if (!database) return maker->make(migration);
  try {
    return fresh_plan(*maker, migration, work);
  } catch (const Error& error) {
    if (error.code != ErrorCode::invalid_migration || !windows) throw;
    std::unique_ptr<PlanMaker> closed;
    try {
      closed = maker_behind_windows(migration, work, *database);
      Plan plan = closed->make(migration);
      maker = std::move(closed);
      return plan;
    } catch (const Error&) { // then the window was not the reason
    }
    throw;
  }
}

std::vector<Shown> plans_of(Work& work, Database* database, const WayOption* way) {
  std::vector<Shown> shown;
  std::vector<std::size_t> windows; ///< those of `shown` that have one
  std::optional<Ledger> ledger;
  if (database)
    read_ledger(work, ledger.emplace(*database));
  else
    parse_pending(work);
  auto maker = std::make_unique<PlanMaker>(work, database, PlanMaker::Purpose::show);
  for (const Migration& migration : work.migrations) {
    const LedgerEntry* entry = find_entry(work.entries, migration.version);
    const bool named = work.target.version.has_value();
    if (!work.target.includes(migration.version)
        || (entry && entry->complete() && !entry->in_attic && !named)) {
      if (!database) { // later files may build on this one
        maker->make(migration);
        maker->assume_contracted();
      }
      continue;
    }
    Shown one;
    std::vector<RelationName> made = maker->tables();
    const PlanMaker* const before = maker.get();
    one.plan = entry ? ledger->plan(migration.version)
                     : plan_behind(maker, migration, work, database, !windows.empty());
    one.state = entry ? entry->state : "pending";
    one.standing = standing_of(one.plan, entry, database, std::move(made), *maker);
    if (entry && entry->in_attic) one.state += ", in the attic";
    if (entry && way && way->phase == Phase::revert)
      one.way_back = way_back_of(one, *entry, *database, *ledger, work.config);
    if (!entry && ledger) one.waits_for = window_in_the_way(one.plan, work, *ledger);
    for (const std::size_t window : windows)
      if (const Plan& earlier = shown[window].plan;
          !entry && one.waits_for.empty()
          && !(shared_touch(earlier, one.plan) + index_that_goes(earlier, one.plan)).empty())
        one.waits_for =
            fmt::format("{} waits until the window of {} is closed", one.plan.title(), earlier.title());
    if (maker.get() != before && one.waits_for.empty())
      one.waits_for = fmt::format("{} waits until the window of {} is closed", one.plan.title(),
                                  shown[windows.back()].plan.title());
    if (one.plan.has(Phase::contract)) windows.push_back(shown.size());
    shown.push_back(std::move(one));
    if (!entry) maker->assume_contracted();
  }
  return shown;
}

/// Why `expand` would refuse to begin with what is shown, or nothing.
std::string refusal_of(const Work& work) {
  try {
    if (!work.config.any_order) check_order(work.migrations, work.entries, work.target);
  } catch (const Error& error) {
    return fmt::format("`afloat expand` refuses: {}\n  hint: {}", error.message, error.hint);
  }
  return {};
}

std::string text_of(const Shown& one, const WayOption& way, const PlanTextOptions& options) {
  const Plan plan = way_of(one.plan, way.phase);
  std::string text = plan_text(plan, options);
  if (plan.steps.empty() && plan.notes.empty()) text += fmt::format("\n{}", way.nothing);
  if (const Step* swap = way.phase == Phase::revert ? swap_without_revert(one.plan) : nullptr)
    text += fmt::format("\nStep {} has no way back: an afloat that could not revert yet has frozen it.\n",
                        swap->id);
  return text;
}

std::vector<std::string> snapshots_of(const Shown& one, const Config& config, const WayOption* way) {
  return snapshot_lines(way ? way_of(one.plan, way->phase) : one.plan, config.snapshot, config.project_name,
                        config.env_name, one.standing);
}

std::string text_of(const std::vector<Shown>& shown, const Arguments& arguments, const Work& work,
                    bool offline, const WayOption* way) {
  std::string text;
  if (offline) text += "Planned from the migration files alone, without a database.\n\n";
  for (const Shown& one : shown) {
    if (&one != &shown.front()) text += '\n';
    PlanTextOptions options{wants_color(arguments), work.config.lock_timeout};
    options.way = way != nullptr;
    text += way ? text_of(one, *way, options) : plan_text(one.plan, options);
    text += '\n';
    for (const std::string& line : snapshots_of(one, work.config, way)) text += line + "\n";
    text += fmt::format("State: {}\n", one.state);
    if (!one.way_back.empty()) text += fmt::format("Can I still go back: {}\n", one.way_back);
    if (!one.waits_for.empty()) text += one.waits_for + "\n";
  }
  return shown.empty() ? text + "nothing to do\n" : text;
}

int run_plan(const Arguments& arguments) {
  Work work = load_work(arguments);
  const bool offline = arguments.has("--offline") || work.config.url.empty();
  const auto database = offline ? nullptr : connect(work.config, Access::read);
  const WayOption* way = way_asked_for(arguments);
  const std::vector<Shown> shown = plans_of(work, database.get(), way);
  Node::List plans;
  for (const Shown& one : shown) {
    const std::vector<std::string> snapshots = snapshots_of(one, work.config, way);
    plans.push_back(
        Node::Object{{"state", one.state},
                     {"waits_for", one.waits_for},
                     {"way_back", one.way_back},
                     {"snapshots", Node::List(snapshots.begin(), snapshots.end())},
                     {"plan", Node::Json{to_json_text(way ? way_of(one.plan, way->phase) : one.plan)}}});
  }
  const std::string refusal = database && !way ? refusal_of(work) : "";
  print(arguments,
        text_of(shown, arguments, work, offline, way) + (refusal.empty() ? "" : "\n" + refusal + "\n"),
        {{"command", "plan"}, {"offline", offline}, {"refused", refusal}, {"migrations", std::move(plans)}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--to", "", "VERSION", "All pending migrations up to and including this one"},
    {"--offline", "", "", "From the migration files alone, without a database"},
    {"--revert", "", "", "The way back from contract, and whether the rows let it"},
    {"--abort", "", "", "The way back from expand"},
    {"--purge", "", "", "What `attic purge` does"},
};
} // namespace

const CommandRow k_plan{"plan",
                        "[VERSION]",
                        1,
                        0,
                        "Show what would be done: statements, locks, cost, way back",
                        "Prints every statement of every phase with the locks that it takes, whether rows "
                        "are read or rewritten, what it can hurt "
                        "and how it is undone. Changes nothing. What is printed is what `expand` runs.",
                        "afloat plan\nafloat plan 0007 --output json\nafloat plan 0007 --revert",
                        k_options,
                        run_plan};

} // namespace afloat
