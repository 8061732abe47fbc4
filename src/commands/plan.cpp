#include "commands/rows.hpp"
#include "commands/work.hpp"
#include "model/plan_json.hpp"
#include "report/plan_text.hpp"
#include "snapshot/policy.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// A migration to be shown, with the reason why it cannot start yet, if there is one.
struct Shown {
  Plan plan;
  std::string state, waits_for;
};

std::vector<Shown> plans_of(Work& work, Database* database) {
  std::vector<Shown> shown;
  std::optional<Ledger> ledger;
  if (database)
    read_ledger(work, ledger.emplace(*database));
  else
    parse_pending(work);
  PlanMaker maker(work, database, PlanMaker::Purpose::show);
  for (const Migration& migration : work.migrations) {
    const LedgerEntry* entry = find_entry(work.entries, migration.version);
    const bool named = work.target.version.has_value();
    if (!work.target.includes(migration.version)
        || (entry && entry->complete() && !entry->in_attic && !named)) {
      if (!database) { // later files may build on this one
        maker.make(migration);
        maker.assume_contracted(migration);
      }
      continue;
    }
    Shown& one = shown.emplace_back();
    one.plan = entry ? ledger->plan(migration.version) : maker.make(migration);
    one.state = entry ? entry->state : "pending";
    if (entry && entry->in_attic) one.state += ", in the attic";
    if (!entry && ledger) one.waits_for = window_in_the_way(one.plan, work, *ledger);
    for (const Shown& earlier : shown)
      if (&earlier != &one && !entry && earlier.plan.has(Phase::contract) && one.waits_for.empty()
          && !shared_touch(earlier.plan, one.plan).empty())
        one.waits_for =
            fmt::format("{} waits until the window of {} is closed", one.plan.title(), earlier.plan.title());
    if (!database && one.plan.has(Phase::contract)) maker.assume_contracted(migration);
  }
  return shown;
}

std::vector<std::string> snapshots_of(const Plan& plan, const Config& config) {
  return snapshot_lines(plan, config.snapshot, config.project_name, config.env_name);
}

std::string text_of(const std::vector<Shown>& shown, const Arguments& arguments, const Work& work,
                    bool offline) {
  std::string text;
  if (offline) text += "Planned from the migration files alone, without a database.\n\n";
  for (const Shown& one : shown) {
    if (&one != &shown.front()) text += '\n';
    text += plan_text(one.plan, {wants_color(arguments), work.config.lock_timeout});
    text += '\n';
    for (const std::string& line : snapshots_of(one.plan, work.config)) text += line + "\n";
    text += fmt::format("State: {}\n", one.state);
    if (!one.waits_for.empty()) text += one.waits_for + "\n";
  }
  return shown.empty() ? text + "nothing to do\n" : text;
}

int run_plan(const Arguments& arguments) {
  Work work = load_work(arguments);
  const bool offline = arguments.has("--offline") || work.config.url.empty();
  const auto database = offline ? nullptr : connect(work.config, Access::read);
  const std::vector<Shown> shown = plans_of(work, database.get());
  Node::List plans;
  for (const Shown& one : shown) {
    const std::vector<std::string> snapshots = snapshots_of(one.plan, work.config);
    plans.push_back(Node::Object{{"state", one.state},
                                 {"waits_for", one.waits_for},
                                 {"snapshots", Node::List(snapshots.begin(), snapshots.end())},
                                 {"plan", Node::Json{to_json_text(one.plan)}}});
  }
  print(arguments, text_of(shown, arguments, work, offline),
        {{"command", "plan"}, {"offline", offline}, {"migrations", std::move(plans)}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--to", "", "VERSION", "All pending migrations up to and including this one"},
    {"--offline", "", "", "From the migration files alone, without a database"},
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
                        "afloat plan\nafloat plan 0007 --output json",
                        k_options,
                        run_plan};

} // namespace afloat
