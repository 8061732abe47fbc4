#include "commands/expand.hpp"

#include "commands/earlier.hpp"
#include "commands/plans_ahead.hpp"
#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "commands/throttle_options.hpp"
#include "commands/work.hpp"
#include "model/fields.hpp"
#include "snapshot/policy.hpp"
#include "support/text.hpp"
#include "verification/gate.hpp"

#include <malloc.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
struct Outcome {
  std::vector<std::string> opened, completed;
  std::string stopped; ///< why it went no further, or empty
};

bool anything_to_expand(const Work& work) {
  for (const Migration& migration : work.migrations)
    if (work.target.includes(migration.version) && needs_expand(find_entry(work.entries, migration.version)))
      return true;
  return false;
}

void refuse_aborting(const Work& work) {
  for (const LedgerEntry& entry : work.entries)
    if (entry.state == "aborting" && work.target.includes(entry.version))
      throw Error(ErrorCode::refused,
                  fmt::format("{} is being aborted, and that stopped half-way", entry.title()),
                  fmt::format("Run `afloat abort {}` again to finish it. Nothing was changed.", entry.label));
}

void count(const Plan& plan, Outcome& outcome) {
  (plan.has(Phase::contract) ? outcome.opened : outcome.completed).push_back(plan.title());
}

std::vector<std::string> done_by(const Outcome& outcome) {
  std::vector<std::string> done = outcome.completed;
  for (const std::string& title : outcome.opened) done.push_back("the expand of " + title);
  return done;
}

/// The plan has the statements of a SQL file now, and an error in one of them has its place with it.
void let_go_of_statements(Migration& migration) {
  constexpr std::size_t k_many = 10'000;
  std::size_t count = 0;
  for (OperationSpec& operation : migration.operations) {
    if (!find(operation.fields, "blocks")) continue;
    for (const Record& block : records(operation.fields, "blocks"))
      count += records(block, "statements").size();
    operation.fields.clear();
  }
#ifdef __GLIBC__
  if (count > k_many) malloc_trim(0); // else so many small pieces would stay, unused, beside the plan's text
#endif
}

/// What a migration finds wrong may be that a window on one of its tables is still open.
void mention_window(Error& error, const Migration& migration, const Work& work, WritingSession& session) {
  if (error.code != ErrorCode::invalid_migration) return;
  const auto writer =
      make_sql_writer(session.database().dialect(), session.database().facts().server_version);
  for (const LedgerEntry& entry : work.entries) {
    if (entry.complete() || entry.in_attic) continue;
    for (const RelationName& open : touched_relations(session.ledger().plan(entry.version)))
      for (const RelationName& table : tables_of(migration, *writer))
        if (table.name == open.name) {
          error.hint = fmt::format("The window of {} is open: where this is meant for what comes behind it, "
                                   "`afloat contract {}` first. {}",
                                   entry.title(), entry.label, error.hint);
          return;
        }
  }
}

void expand_all(WritingSession& session, Work& work, Outcome& outcome,
                const std::function<bool(const Plan&)>& after_each) {
  PlanMaker maker(work, &session.database(), PlanMaker::Purpose::execute);
  maker.check_written();
  PlansAhead plans(maker, fresh_migrations(work));
  for (Migration& migration : work.migrations) {
    const LedgerEntry* entry = find_entry(work.entries, migration.version);
    if (!work.target.includes(migration.version) || !needs_expand(entry)) continue;
    Plan plan;
    behind(done_by(outcome), [&] {
      try {
        plan = entry ? session.ledger().plan(migration.version) : plans.next();
      } catch (Error& error) {
        mention_window(error, migration, work, session);
        throw;
      }
      outcome.stopped = window_in_the_way(plan, work, session.ledger());
      if (!outcome.stopped.empty()) return;
      let_go_of_statements(migration);
      located(&migration, [&] {
        if (!entry) snapshot_before(session, work.config, plan, Phase::expand);
        session.runner().expand(plan, entry != nullptr);
      });
    });
    if (!outcome.stopped.empty()) return;
    count(plan, outcome);
    if (plan.has(Phase::contract)) {
      plans.forget();
      work.entries = session.ledger().entries();
    }
    if (!after_each(plan)) return;
  }
}

std::string text_of(const Outcome& outcome) {
  std::string text;
  for (const std::string& title : outcome.completed) text += fmt::format("{} is complete\n", title);
  for (const std::string& title : outcome.opened)
    text += fmt::format("{} is expanded: its window is open, both releases can run\n", title);
  if (text.empty() && outcome.stopped.empty()) text = "nothing to do\n";
  if (!outcome.stopped.empty()) text += outcome.stopped + "\n";
  return text;
}

Node::List list_of(const std::vector<std::string>& texts) {
  return Node::List(texts.begin(), texts.end());
}

int finish(const Arguments& arguments, const Outcome& outcome) {
  print(arguments, text_of(outcome),
        {{"command", arguments.command},
         {"completed", list_of(outcome.completed)},
         {"expanded", list_of(outcome.opened)},
         {"stopped", outcome.stopped}});
  return outcome.stopped.empty() ? 0 : 1;
}

/// True when the first look, without lease or ledger tables, shows that there is nothing to do.
bool is_up_to_date(const Work& work) {
  refuse_aborting(work);
  if (!anything_to_expand(work)) return true;
  if (!work.config.any_order) check_order(work.migrations, work.entries, work.target);
  return false;
}

int run_expand(const Arguments& arguments) {
  OpenWork open = open_work(arguments);
  Work work = std::move(open.work);
  Outcome outcome;
  if (is_up_to_date(work)) {
    record_what_is_left(arguments, work.config, *open.database);
    return finish(arguments, outcome);
  }
  open.database.reset();
  WritingSession session(arguments, work.config);
  read_ledger(work, session.ledger());
  session.require_no_drift(arguments, work.config);
  expand_all(session, work, outcome, [](const Plan&) { return true; });
  return finish(arguments, outcome);
}

int run_migrate(const Arguments& arguments) {
  OpenWork open = open_work(arguments);
  Work work = std::move(open.work);
  Outcome outcome;
  const auto quiet = quiet_of(arguments, work.config);
  const auto contract_left = [&] {
    for (const LedgerEntry& entry : work.entries)
      if (work.target.includes(entry.version) && entry.open()) return true;
    return false;
  };
  if (is_up_to_date(work) && !contract_left()) {
    record_what_is_left(arguments, work.config, *open.database);
    return finish(arguments, outcome);
  }
  open.database.reset();
  WritingSession session(arguments, work.config);
  read_ledger(work, session.ledger());
  session.require_no_drift(arguments, work.config);
  const auto close = [&](const Plan& plan) {
    if (!plan.has(Phase::contract)) return true;
    std::string closed;
    behind(done_by(outcome), [&] { closed = contract_one(session, work, plan, quiet, arguments); });
    work.entries = session.ledger().entries();
    std::erase(outcome.opened, plan.title());
    if (closed.empty()) {
      outcome.completed.push_back(plan.title());
      return true;
    }
    outcome.opened.push_back(plan.title());
    outcome.stopped = closed;
    return false;
  };
  for (const LedgerEntry& entry : std::vector<LedgerEntry>(work.entries))
    if (work.target.includes(entry.version) && (entry.state == "expanded" || entry.state == "contracting"))
      if (!close(session.ledger().plan(entry.version))) return finish(arguments, outcome);
  expand_all(session, work, outcome, close);
  return finish(arguments, outcome);
}

constexpr auto k_expand_options = with_throttle(std::array{
    OptionRow{"--to", "", "VERSION", "All pending migrations up to and including this one"},
    OptionRow{"--accept-drift", "", "REASON",
              "Go on although the schema is not the recorded one, and record it as it is"},
});
constexpr auto k_migrate_options = with_throttle(std::array{
    OptionRow{"--to", "", "VERSION", "All pending migrations up to and including this one"},
    OptionRow{"--accept-drift", "", "REASON",
              "Go on although the schema is not the recorded one, and record it as it is"},
    OptionRow{"--quiet", "", "DURATION",
              "How long the old side must stand still before contract (contract.quiet)"},
    OptionRow{"--accept-data-loss", "", "",
              "With retention = \"0\": purge at once what cannot be derived back"},
});
} // namespace

const CommandRow k_expand{"expand",
                          "[VERSION]",
                          1,
                          0,
                          "Open the window: add the new shape, keep it in sync, fill it",
                          "Adds what the new release needs and keeps both shapes equal, fills rows that are "
                          "there, and compares. Afterwards the "
                          "old and the new release both work. Run it before the new release is deployed. "
                          "Killed at any instant, the same command "
                          "resumes.",
                          "afloat expand\nafloat expand 0007",
                          k_expand_options,
                          run_expand};

const CommandRow k_migrate{"migrate",
                           "[VERSION]",
                           1,
                           0,
                           "Expand and, where the gate is open, contract",
                           "What a laptop and a test database use: expand, and contract where nothing uses "
                           "the old shape any more. With the gate "
                           "closed it exits with 1 and the window stays open.",
                           "afloat migrate",
                           k_migrate_options,
                           run_migrate};

} // namespace afloat
