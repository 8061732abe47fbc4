#include "planning/plan_notes.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// On PostgreSQL a row that is filled is written anew, and the old one stays until it is vacuumed.
std::string growth_note(const Step& step, const Schema& before) {
  if (before.dialect != Dialect::postgres || step.kind != StepKind::backfill || step.phase == Phase::revert)
    return {};
  const std::string& sql = step.work->written ? step.work->written->sql : step.work->in_range;
  if (!lower_case(trimmed(sql)).starts_with("update")) return {};
  const Table* table = before.find(step.work->table);
  constexpr std::int64_t k_mega = 1024 * 1024;
  const bool known = table && table->bytes && *table->bytes >= k_mega;
  return fmt::format(
      "Filling {} writes each row anew: the table grows {} until vacuum has given the old rows' "
      "space back. `--vacuum-every` does that between batches.",
      display(step.work->table),
      known ? fmt::format("by about {} MB, to twice its size,", with_commas(*table->bytes / k_mega))
            : std::string("to about twice its size"));
}

/// What it costs to keep the way back, until the purge.
std::string attic_note(const AtticEntry& entry, const OperationPlan& operation, const Schema& before) {
  const std::string name = display(entry.table);
  const Table* table = before.find(entry.table);
  constexpr std::int64_t k_mega = 1024 * 1024;
  const auto share = static_cast<std::int64_t>(
      entry.whole_table() || !table ? 1 : std::max<std::size_t>(1, table->columns.size()));
  const std::int64_t bytes = table ? table->bytes.value_or(0) / share : 0;
  const std::string space = bytes >= k_mega ? fmt::format(", about {} MB", with_commas(bytes / k_mega)) : "";
  if (entry.whole_table())
    return fmt::format("The attic keeps {} with its rows and indexes{} until the purge; nobody writes it.",
                       name, space);
  if (entry.aside && entry.name.empty())
    return fmt::format("Nothing is kept of {}.{}: a revert makes it again from what has taken its place.",
                       name, entry.was);
  const auto keeps_in_contract = [](const Step& step) {
    return step.phase == Phase::contract && step.kind == StepKind::backfill;
  };
  if (entry.aside && std::ranges::any_of(operation.steps, keeps_in_contract))
    return fmt::format(
        "{} keeps by key what `down` does not give back of {}.{}, until the purge: each {}, and "
        "each change of the key or of what has taken its place, pays for a look.",
        entry.name, name, entry.was, before.dialect == Dialect::sqlite ? "INSERT and DELETE" : "DELETE");
  const auto keeps_in_window = [&](const Step& step) {
    return step.phase == Phase::expand && step.title.find(entry.name) != std::string::npos;
  };
  if (entry.aside && std::ranges::none_of(operation.steps, keeps_in_window))
    return fmt::format("{} is there for the few values of {}.{} that a revert will not find elsewhere, until "
                       "the purge: each INSERT, DELETE and change of a key pays for a look.",
                       entry.name, name, entry.was);
  if (entry.aside)
    return fmt::format(
        "{} keeps {}.{} by key until the purge{}: in the window each write of that column pays "
        "for a second row, from contract on each INSERT, DELETE and change of the key.",
        entry.name, name, entry.was, space);
  const bool synced = syncs_attic(operation);
  return fmt::format(
      "The attic keeps {}.{} as {} until the purge{}: `SELECT *` shows that column, a positional "
      "INSERT counts it{}.",
      name, entry.was, entry.name, space,
      // docs/explanation/performance.md: 7 and 8 µs
      synced ? ", and each write to it or to what has taken its place pays for the trigger that "
               "keeps them in sync, about 10 µs"
             : "");
}

/// Functions that name a column which contract takes away, or gives another name.
std::vector<std::string> body_notes(const AtticEntry& entry, const Schema& before) {
  std::vector<std::string> notes;
  const Table* table = entry.succeeded ? nullptr : before.find(entry.table);
  for (const ColumnUser& user : table ? table->users : std::vector<ColumnUser>())
    if (user.kind == "body" && user.column == entry.was)
      notes.push_back(
          fmt::format("The {} may use {}.{}: its body is text, which does not follow. If it does, "
                      "change it before contract.",
                      user.words, display(entry.table), entry.was));
  return notes;
}

/// Column grants which this role cannot give in the name of who gave them.
std::vector<std::string> grant_notes(const AtticEntry& entry, const OperationPlan& operation,
                                     const Schema& before) {
  std::vector<std::string> notes;
  const Table* table = before.find(entry.table);
  const Column* column = table ? table->find_column(entry.was) : nullptr;
  const auto grants = [](const Step& step) {
    return std::ranges::any_of(step.statements,
                               [](const Statement& each) { return each.sql.starts_with("GRANT "); });
  };
  if (!column || std::ranges::none_of(operation.steps, grants)) return notes;
  for (const Grant& grant : column->grants)
    if (!grant.grantor.empty() && !grant.may_act)
      notes.push_back(fmt::format(
          "{} on {}.{} for {}, which {} has given, comes back as given by the owner. Let "
          "this role be a member of {} first, if that matters.",
          grant.privilege, display(entry.table), entry.was, grant.grantee, grant.grantor, grant.grantor));
  return notes;
}

/// The files do not tell all of what the server binds to the column and not to its name.
std::string binding_note(const AtticEntry& entry, const Schema& before) {
  if (!before.offline || before.dialect != Dialect::postgres || !entry.succeeded) return {};
  return fmt::format("Of what hangs on {}.{} the files tell views, triggers, policies, rules, statistics and "
                     "publications. Whose they are, who may use them, comments on them and the bodies of "
                     "functions are looked at in a database only.",
                     display(entry.table), entry.was);
}

void add_note(Plan& plan, std::string note) {
  if (!note.empty() && std::ranges::count(plan.notes, note) == 0) plan.notes.push_back(std::move(note));
}

} // namespace

bool syncs_attic(const OperationPlan& operation) {
  return std::ranges::any_of(operation.guards,
                             [](const Guard& guard) { return guard.until == Phase::purge; });
}

void add_notes(Plan& plan, const OperationPlan& operation, const Schema& before) {
  for (const std::string& note : operation.notes) add_note(plan, note);
  for (const Step& step : operation.steps) add_note(plan, growth_note(step, before));
  for (const AtticEntry& entry : operation.attic) {
    for (std::string& note : body_notes(entry, before)) add_note(plan, std::move(note));
    for (std::string& note : grant_notes(entry, operation, before)) add_note(plan, std::move(note));
    add_note(plan, binding_note(entry, before));
    add_note(plan, attic_note(entry, operation, before));
  }
  for (const std::string& why : operation.no_revert) add_note(plan, note_without_revert(why));
}

void note_unknown(Plan& plan, const Schema& schema, const std::vector<RelationName>& names,
                  std::size_t known_before) {
  for (std::size_t i = 0; i < schema.unknown.size(); ++i) {
    const Unknown& unknown = schema.unknown[i];
    const std::string what =
        unknown.relation.name.empty() ? "the schema" : fmt::format("\"{}\"", display(unknown.relation));
    const auto is_meant = [&](const RelationName& name) { return schema.resolved(name) == unknown.relation; };
    if (i >= known_before)
      add_note(plan, fmt::format("afloat cannot tell what becomes of {}: {}.", what, unknown.why));
    else if (unknown.relation.name.empty() || std::ranges::any_of(names, is_meant))
      add_note(plan, fmt::format("{} may differ from what this plan is made from: {}.", what, unknown.why));
  }
}

std::string note_without_revert(std::string_view why) {
  return fmt::format("There is no way back after contract: {}", why);
}

} // namespace afloat
