#include "operations/duplicates.hpp"
#include "operations/enum_succession.hpp"
#include "operations/revert.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

// Every column of the type gets a successor of the new one, in sync both ways, under a name that nobody else
// writes. One transaction exchanges the names of all columns and of the two types.
namespace afloat {
namespace {
// What can go wrong with rows.

/// As the index would be with the new values.
Index mapped(const Index& index, const std::vector<const EnumMember*>& members) {
  Index with = index;
  for (IndexPart& part : with.parts)
    for (const EnumMember* member : members)
      if (part.column == member->column.name) {
        part.column.clear();
        part.expression = member->in_old;
      }
  return with;
}

/// Rows that differ in the value alone become equal where it becomes another.
std::vector<Step> look_for_duplicates(const RemovedValue& what, Phase phase) {
  std::vector<Step> looks;
  if (what.becomes.empty()) return looks;
  std::vector<std::pair<RelationName, std::string>> seen;
  for (const EnumMember& member : what.removal.members)
    for (const Index& index : member.table.indexes) {
      if (!index.unique || is_own_name(index.name) || !uses_column(index, member.table, member.column.name)
          || std::ranges::count(seen, std::pair(member.table.name, index.name)) > 0)
        continue;
      seen.emplace_back(member.table.name, index.name);
      std::vector<const EnumMember*> members;
      for (const EnumMember& other : what.removal.members)
        if (other.table.name == member.table.name) members.push_back(&other);
      looks.push_back(
          range_step(phase, StepKind::check,
                     fmt::format("look for rows of {} that {} would reject when \"{}\" is \"{}\"",
                                 display(member.table.name), index.name, what.value, what.becomes),
                     duplicates(member.table, mapped(index, members), what.context.sql), member.table));
    }
  return looks;
}

std::string guard_name(const RemovedValue& what, const EnumMember& member) {
  return what.context.sql.fitting_name(fmt::format("_afloat_{}_without_value", member.id));
}

std::string alter(const RemovedValue& what, const EnumMember& member, const std::string& action) {
  return fmt::format("ALTER TABLE {} {}", what.context.sql.relation(member.table.name), action);
}

std::string drop_guard(const RemovedValue& what, const EnumMember& member) {
  return alter(what, member,
               "DROP CONSTRAINT IF EXISTS " + what.context.sql.identifier(guard_name(what, member)));
}

/// From here on nobody writes the value: a row that came behind the last look would lose it.
Step guard_step(const RemovedValue& what, const EnumMember& member) {
  Step step{.phase = Phase::contract,
            .title = fmt::format("let {} take no \"{}\"", subject_of(member), what.value)};
  step.statements = {
      alter(what, member,
            fmt::format("ADD CONSTRAINT {} CHECK (NOT coalesce({}, false)) NOT VALID",
                        what.context.sql.identifier(guard_name(what, member)), member.has_value))};
  step.inverse = {drop_guard(what, member)};
  step.locks = {{member.table.name, LockLevel::access_exclusive}};
  step.undo = "the value is let in again";
  return step;
}

// The steps.

Step create_step(const RemovedValue& what) {
  Step step = combine(Phase::expand,
                      fmt::format("make the enum {} anew as {}, without \"{}\"", type_of(what),
                                  display(what.removal.beside), what.value),
                      {what.removal.succession.create});
  step.undo = "drops the new type";
  return step;
}

Step expand_step(const RemovedValue& what, const EnumMember& member) {
  const SqlWriter& sql = what.context.sql;
  std::vector<Piece> pieces{sql.add_column(member.table, succession_of(what, member).successor),
                            sql.create_sync(window_sync(member))};
  const auto counter = value_counter(what, member);
  if (counter) pieces.push_back(sql.create_sync(*counter));
  Step step =
      combine(Phase::expand,
              fmt::format("add {}.{} of the new type, in sync with {}{}", display(member.table.name),
                          member.beside, member.column.name,
                          counter ? fmt::format("; count writes of \"{}\"", what.value) : std::string()),
              std::move(pieces));
  step.undo = "drops the sync and the new column; the old one has what both releases wrote";
  return step;
}

Step swap_step(const RemovedValue& what, const Carry& carry) {
  const SqlWriter& sql = what.context.sql;
  std::vector<Piece> pieces;
  std::vector<std::string> subjects;
  for (auto member = what.removal.members.rbegin(); member != what.removal.members.rend(); ++member) {
    pieces.push_back(sql.drop_sync(window_sync(*member)));
    if (const auto counter = value_counter(what, *member)) pieces.push_back(sql.drop_sync(*counter));
    if (what.becomes.empty()) pieces.push_back(Piece{.statements = {drop_guard(what, *member)}});
  }
  pieces.push_back(carry.swap);
  for (const EnumMember& member : what.removal.members) {
    pieces.push_back(sql.create_sync(attic_sync(what, member)));
    subjects.push_back(subject_of(member));
  }
  Step step =
      combine(Phase::contract,
              fmt::format("{} and the enum {} go to the attic, in sync; the new ones take their names",
                          join(subjects, ", "), type_of(what)),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: the old columns are in the attic from here on, and are kept in sync until "
              "they are purged";
  return step;
}

void append_purge(const RemovedValue& what, OperationPlan& plan) {
  const SqlWriter& sql = what.context.sql;
  const auto add = [&](std::string title, std::vector<Piece> pieces) {
    Step step = combine(Phase::purge, std::move(title), std::move(pieces));
    step.inverse.clear();
    step.destroys = true;
    step.undo = fmt::format("POINT OF NO RETURN: which rows had \"{}\" only a backup knows", what.value);
    plan.steps.push_back(std::move(step));
  };
  for (const EnumMember& member : what.removal.members)
    plan.steps.push_back(attic_check(attic_sync(what, member), what.context));
  for (const EnumMember& member : what.removal.members) {
    const Sync sync = attic_sync(what, member);
    add(fmt::format("drop {}.{}", display(member.table.name), member.attic),
        {sql.drop_sync(sync), sql.drop_column(sync.table, member.attic)});
  }
  add("drop the old type " + display(what.removal.attic), {what.removal.drop});
}

void append_steps(const RemovedValue& what, const Carry& carry, OperationPlan& plan) {
  const SqlWriter& sql = what.context.sql;
  const std::vector<EnumMember>& members = what.removal.members;
  const auto append = [&](std::vector<Step> steps) {
    std::ranges::move(steps, std::back_inserter(plan.steps));
  };
  const auto compare = [&](Phase phase) {
    for (const EnumMember& member : members)
      plan.steps.push_back(
          range_step(phase, StepKind::check,
                     fmt::format("compare {} and {} in every row", subject_of(member), member.beside),
                     sql.compare(window_sync(member)), member.table));
  };
  append(look_for_value(what, Phase::expand));
  append(look_for_duplicates(what, Phase::expand));
  plan.steps.push_back(create_step(what));
  plan.steps.back().trial = carry.trial;
  for (const EnumMember& member : members) plan.steps.push_back(expand_step(what, member));
  for (const EnumMember& member : members) {
    RangeWork fill = sql.backfill(window_sync(member));
    fill.trial.clear(); // the type is not there yet; nothing in the mapping is an author's
    plan.steps.push_back(range_step(
        Phase::backfill, StepKind::backfill,
        fmt::format("fill {}.{} from {}", display(member.table.name), member.beside, member.column.name),
        std::move(fill), member.table));
  }
  append(carry.beside);
  compare(Phase::backfill);
  append(look_for_value(what, Phase::contract));
  append(look_for_duplicates(what, Phase::contract));
  if (what.becomes.empty()) {
    for (const EnumMember& member : members) plan.steps.push_back(guard_step(what, member));
    append(look_for_value(what, Phase::contract));
  }
  compare(Phase::contract);
  append(carry.before);
  plan.steps.push_back(swap_step(what, carry));
  append(carry.after);
  append_purge(what, plan);
}

std::vector<std::string> notes_of(const RemovedValue& what) {
  std::vector<std::string> notes, subjects;
  for (const EnumMember& member : what.removal.members) {
    for (std::string& note : added_column_notes(member.table, what.context.sql.dialect()))
      notes.push_back(std::move(note));
    for (std::string& note : backfill_notes(member.table, what.context.before))
      notes.push_back(std::move(note));
    subjects.push_back(subject_of(member));
  }
  notes.push_back(fmt::format("Columns of the enum {}: {}.", type_of(what), join(subjects, ", ")));
  notes.push_back(
      what.becomes.empty()
          ? fmt::format("Until contract the old release may go on to write \"{}\"; contract refuses while "
                        "rows have it, and then lets nobody write it.",
                        what.value)
          : fmt::format("Until contract both releases read \"{}\" where a row has it; from then on it is "
                        "\"{}\".",
                        what.value, what.becomes));
  notes.push_back("From contract on the columns are the last of their tables: `SELECT *` and positional "
                  "INSERTs see another order, and prepared statements that return them fail once with 0A000 "
                  "(cached plan must not change result type).");
  notes.push_back(fmt::format(
      "A statement that was prepared before contract and compares such a column with a parameter "
      "(`WHERE {} = $1`) fails with 42883 until it is prepared again: let the application connect "
      "anew behind contract. Parameters that are only stored go on to work.",
      what.column.name));
  return notes;
}

void append_promises(const RemovedValue& what, const Carry& carry, OperationPlan& plan) {
  const SqlWriter& sql = what.context.sql;
  std::vector<Guard> behind;
  const std::vector<EnumMember>& members = what.removal.members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const EnumMember& member = members[i];
    plan.touches.push_back(subject_of(member));
    plan.touches.push_back(touched(member.table, member.beside));
    plan.attic.push_back({member.table.name, member.column.name, member.attic, carry.remembered_of.at(i),
                          /*succeeded=*/true});
    const auto keep = [&](std::vector<Guard> guards, Phase until, std::vector<Guard>& to) {
      for (Guard& guard : guards) {
        guard.until = until;
        to.push_back(std::move(guard));
      }
    };
    keep(sql.guards(window_sync(member)), Phase::contract, plan.guards);
    keep(sql.guards(attic_sync(what, member)), Phase::purge, behind);
    const auto counter = value_counter(what, member);
    if (!counter) continue;
    keep(sql.guards(*counter), Phase::contract, plan.guards);
    std::ranges::move(value_counters(what, member), std::back_inserter(plan.counters));
  }
  std::ranges::move(behind, std::back_inserter(plan.guards));
}
} // namespace

OperationPlan plan_new_type(const RemovedValue& what) {
  SuccessionGroup group;
  for (const EnumMember& member : what.removal.members) {
    refuse_placeholders(what.spec, what.context, member.table);
    refuse_obstacle(what.spec, what.context, window_sync(member));
    group.members.push_back(succession_of(what, member));
  }
  group.type = what.removal.succession;
  const Carry carry = what.context.sql.carry(group);
  if (!carry.refusal.empty()) throw invalid(what.spec, what.context, "column", carry.refusal, carry.hint);
  OperationPlan plan;
  append_steps(what, carry, plan);
  append_promises(what, carry, plan);
  plan.notes = notes_of(what);
  std::ranges::copy(carry.notes, std::back_inserter(plan.notes));
  plan.contract_obstacles = carry.obstacles;
  plan.contract_obstacles.push_back(what.removal.obstacles);
  append_revert(plan, revert_steps(what, carry));
  plan.revert_losses = revert_losses(what);
  return plan;
}

void apply_new_type(const RemovedValue& what, Schema& schema, Shape shape) {
  for (const EnumMember& member : what.removal.members) {
    Table* table = schema.find(member.table.name);
    if (!table) continue;
    if (shape == Shape::window)
      table->columns.push_back(succession_of(what, member).successor);
    else
      table->find_column(member.column.name)->default_sql = member.default_sql;
    if (shape == Shape::complete) {
      const Column column = *table->find_column(member.column.name);
      stand_last(schema, member.table.name, column.name, column);
    }
  }
  if (shape == Shape::window) return;
  for (TypeDefinition& type : schema.types)
    if (type.name == what.removal.type) std::erase(type.labels, what.value);
}

} // namespace afloat
