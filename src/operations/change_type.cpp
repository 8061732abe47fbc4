#include "dialect/partitions.hpp"
#include "operations/aside.hpp"
#include "operations/aside_sides.hpp"
#include "operations/bare_type.hpp"
#include "operations/column_list.hpp"
#include "operations/common.hpp"
#include "operations/empty_column.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "operations/type_change.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// Three ways. A change that the database does in its catalog alone is one step. Else the new shape lives
// beside the old one, in sync both ways: under a working name that nobody writes, which contract exchanges
// for the column's own (everything that hangs on the column is carried over, see Carry); or, with `to`, under
// a name of its own, and contract hides the old one.
namespace afloat {
namespace {
// The steps.

Step expand_step(const OperationSpec& spec, const TypeChange& want, const OperationContext& context,
                 std::vector<std::string> trial) {
  const SqlWriter& sql = context.sql;
  const Sync sync = window_sync(spec, want, context);
  std::vector<Piece> pieces;
  if (sync.required) pieces.push_back(sql.relax_not_null(want.table, want.column.name));
  pieces.push_back(
      sql.add_column(want.table, empty_column(succession_of(want, context).successor, sql.dialect())));
  if (sync.new_default) pieces.push_back(sql.set_default(want.table, want.beside, *sync.new_default));
  pieces.push_back(sql.create_sync(sync));
  Step step = combine(Phase::expand,
                      fmt::format("add {}.{} of type {}, in sync with {}", display(want.table.name),
                                  want.beside, want.type, want.column.name),
                      std::move(pieces));
  step.trial = std::move(trial);
  step.undo =
      "drops the sync and the new column; the old one has what both releases wrote, as `down` maps it";
  return step;
}

Step swap_step(const OperationSpec& spec, const TypeChange& want, const OperationContext& context,
               const Carry& carry) {
  const Sync window = window_sync(spec, want, context), attic = attic_sync(spec, want, context);
  const std::string name_taken = want.hidden ? ", that of type " + want.type + " takes its name" : "";
  std::vector<Piece> pieces =
      want.aside
          ? aside_swap_pieces(*want.aside, window, attic, {carry.swap}, context)
          : std::vector<Piece>{context.sql.drop_sync(window), carry.swap, context.sql.create_sync(attic)};
  pieces.insert(pieces.begin(), before_swap({{succession_of(want, context)}, {}}));
  Step step = combine(Phase::contract,
                      fmt::format("{}.{} {}{}{}", display(want.table.name), want.column.name,
                                  want.aside ? "leaves the table" : "goes to the attic", name_taken,
                                  want.aside ? "" : ", in sync"),
                      std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = want.aside ? "`afloat revert`: the old column is made again of what is kept and of `down`"
                         : "`afloat revert`: the old column is in the attic from here on, and is kept in "
                           "sync until it is purged";
  return step;
}

Step purge_step(const OperationSpec& spec, const TypeChange& want, const OperationContext& context) {
  if (want.aside) return aside_sides_purge(*want.aside, window_sync(spec, want, context));
  const Sync sync = attic_sync(spec, want, context);
  Step step = combine(Phase::purge, fmt::format("drop {}.{}", display(want.table.name), want.attic),
                      {context.sql.drop_sync(sync), context.sql.drop_column(sync.table, want.attic)});
  step.inverse.clear();
  step.destroys = true;
  step.undo = "POINT OF NO RETURN: what `up` left out of the old values is gone, only a backup has it";
  return step;
}

/// The column in the attic, where contract has left none. What moves with the name comes with it.
std::vector<Step> remade(const OperationSpec& spec, const TypeChange& want, const OperationContext& context) {
  const Sync attic = attic_sync(spec, want, context);
  Column column;
  column.name = want.attic;
  column.type = want.column.type;
  column.collation = want.column.collation;
  column.default_sql = attic.table.find_column(want.attic)->default_sql;
  if (want.hidden) return aside_remade(*want.aside, attic, {column}, {}, context);
  // SQLite leaves any default with the column that goes.
  if (context.sql.dialect() == Dialect::sqlite) column.default_sql = want.column.default_sql;
  return aside_remade(*want.aside, attic, {column},
                      {context.sql.copy_properties(attic.table, want.column, want.attic)}, context);
}

/// What can reject is built on the column in the attic before it takes its name back; the indexes that the
/// new shape has in the window come afterwards.
std::vector<Step> revert_steps(const OperationSpec& spec, const TypeChange& want,
                               const OperationContext& context, const Carry& forward) {
  const Succession succession = succession_back(want, context);
  const Carry back = context.sql.carry(succession);
  std::vector<Step> steps;
  if (want.aside) steps = remade(spec, want, context);
  std::ranges::copy(back.beside, std::back_inserter(steps));
  std::ranges::copy(back.before, std::back_inserter(steps));
  std::vector<Piece> pieces{before_swap({{succession}, {}}),
                            context.sql.drop_sync(attic_sync(spec, want, context)), back.swap,
                            context.sql.create_sync(window_sync(spec, want, context))};
  if (want.aside) pieces.insert(pieces.begin() + 2, want.aside->drop);
  steps.push_back(revert_step(fmt::format("{}.{} of type {} comes back from the attic, in sync both ways",
                                          display(want.table.name), want.column.name, want.column.type),
                              std::move(pieces)));
  std::ranges::copy(back.after, std::back_inserter(steps));
  std::ranges::copy(forward.beside, std::back_inserter(steps));
  return steps;
}

std::vector<Loss> revert_losses(const OperationSpec& spec, const TypeChange& want,
                                const OperationContext& context) {
  std::vector<Loss> losses = losses_of_rebuild({want.table, {{want.column.name, want.attic}}}, context);
  const Sync attic = attic_sync(spec, want, context);
  if (!want.column.not_null) losses.push_back(unmapped_rows(attic, false, context));
  if (want.aside)
    losses = asked_aside(*want.aside, attic, std::move(losses), context);
  else
    append_attached_rows(attic, context, losses);
  append_keys_since(want.table, want.column.name, context, losses);
  return losses;
}

/// Values of the new shape that the old one does not hold wholly.
Loss loss_of(const TypeChange& want, const OperationContext& context) {
  const bool is_sqlite = context.sql.dialect() == Dialect::sqlite;
  const std::string name = context.sql.identifier(want.name);
  const std::string differs =
      is_sqlite
          ? fmt::format("{} IS NOT ({})", name, want.up)
          : fmt::format("pg_catalog.record_image_ne(ROW(CAST({} AS {})), ROW({}))", want.up, want.type, name);
  return {fmt::format("values of {} that {} holds only in part", touched(want.table, want.name),
                      want.column.name),
          fmt::format("SELECT count(*) FROM {} WHERE {}", context.sql.relation(want.table.name), differs)};
}

std::vector<std::string> notes_of(const TypeChange& want, const OperationContext& context) {
  const Dialect dialect = context.sql.dialect();
  const std::string subject = touched(want.table, want.column.name);
  std::vector<std::string> notes = added_column_notes(want.table, dialect);
  for (std::string& note : backfill_notes(want.table, context.before)) notes.push_back(std::move(note));
  if (!want.stored_only)
    notes.push_back(
        fmt::format("Where `up` fails for a value, the old release's write of that value fails until "
                    "contract: let it give NULL instead where that can be."));
  if (want.hidden)
    notes.push_back(
        fmt::format("Both releases use the name {}, with the old type until contract: nothing tells them "
                    "apart, so contract when no release needs the old type.",
                    subject));
  else if (want.column.not_null)
    notes.push_back(fmt::format(
        "Until contract a row is rejected for which `down` gives NULL, because {} is NOT NULL.", subject));
  if (want.hidden)
    notes.push_back(
        fmt::format("From contract on the column is the last of {}: `SELECT *` and positional INSERTs see "
                    "another order{}.",
                    display(want.table.name),
                    dialect == Dialect::postgres
                        ? ", and prepared statements that return it fail once with 0A000 (cached plan must "
                          "not change result type)"
                        : ""));
  return notes;
}

OperationPlan catalog_plan(const TypeChange& want, const OperationContext& context, TypeEdit edit) {
  const std::string subject = touched(want.table, want.column.name);
  OperationPlan plan;
  Step step =
      combine(Phase::expand, fmt::format("change the type of {} to {}", subject, want.type), {edit.piece});
  step.undo = context.sql.dialect() == Dialect::sqlite
                  ? "puts the declared type back"
                  : "sets the type back, which reads and may write every row under the same lock";
  plan.steps.push_back(std::move(step));
  std::ranges::move(edit.after, std::back_inserter(plan.steps));
  plan.touches = {subject};
  if (!edit.misfit.empty())
    plan.losses.push_back(
        {.what = fmt::format("values of {} that {} does not hold", subject, want.column.type),
         .query = fmt::format("SELECT count(*) FROM {} WHERE {}", context.sql.relation(want.table.name),
                              edit.misfit)});
  plan.notes.push_back(
      fmt::format("{} changes in the catalog alone: no row and no index is written, and both releases "
                  "use the one column.",
                  subject));
  if (context.sql.dialect() == Dialect::postgres)
    plan.notes.push_back(
        "Prepared statements that return the column fail once with 0A000 (cached plan must not change "
        "result type); drivers that retry do not notice.");
  return plan;
}

/// SQLite: the fill passes over rows for which `up` gives NULL. They would show the default that contract
/// gives the new shape.
void append_stored_nulls(const TypeChange& want, const OperationContext& context, OperationPlan& plan) {
  Table table = want.table;
  table.columns.push_back(succession_of(want, context).successor);
  Column& successor = table.columns.back();
  successor.not_null = want.column.not_null;
  const std::optional<std::string> then = final_default(want, context);
  auto work = then ? context.sql.store_default(table, successor, then) : std::nullopt;
  if (!work) return;
  plan.steps.push_back(
      range_step(Phase::backfill, StepKind::backfill,
                 fmt::format("store NULL in {}, where it is to stay NULL when its default comes",
                             touched(want.table, want.beside)),
                 std::move(*work), want.table));
  plan.steps.back().undo = "nothing to undo: the column goes with abort";
}

void append_steps(const OperationSpec& spec, const TypeChange& want, const OperationContext& context,
                  Carry carry, OperationPlan& plan) {
  const Sync sync = window_sync(spec, want, context);
  const std::string subject =
      fmt::format("{}.{} and {}", display(want.table.name), want.column.name, want.beside);
  const auto compare = [&](Phase phase) {
    return range_step(phase, StepKind::check, "compare " + subject + " in every row",
                      context.sql.compare(sync), want.table);
  };
  if (want.stored_only)
    if (auto misfits = context.sql.misfits(sync))
      plan.steps.push_back(range_step(Phase::expand, StepKind::check,
                                      fmt::format("look for values of {} that are none of {}",
                                                  touched(want.table, want.column.name), want.type),
                                      std::move(*misfits), want.table));
  plan.steps.push_back(expand_step(spec, want, context, std::move(carry.trial)));
  RangeWork fill = context.sql.backfill(sync);
  if (!want.stored_only) {
    std::vector<std::string> whole = context.sql.up_trial(sync); // first, because it names the rows
    fill.trial.insert(fill.trial.begin(), whole.begin(), whole.end());
  }
  plan.steps.push_back(
      range_step(Phase::backfill, StepKind::backfill,
                 fmt::format("fill {}.{} from {}", display(want.table.name), want.beside, want.column.name),
                 std::move(fill), want.table));
  append_stored_nulls(want, context, plan);
  std::ranges::copy(carry.beside, std::back_inserter(plan.steps));
  plan.steps.push_back(compare(Phase::backfill));
  plan.steps.push_back(compare(Phase::contract));
  std::ranges::copy(carry.before, std::back_inserter(plan.steps));
  if (want.aside) append_keeping(*want.aside, sync, plan);
  plan.steps.push_back(swap_step(spec, want, context, carry));
  std::ranges::copy(carry.after, std::back_inserter(plan.steps));
  if (!want.aside) plan.steps.push_back(attic_check(attic_sync(spec, want, context), context));
  plan.steps.push_back(purge_step(spec, want, context));
  append_revert(plan, revert_steps(spec, want, context, carry));
  plan.revert_losses = revert_losses(spec, want, context);
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  TypeChange want = type_change_of(spec, context);
  wants_aside(spec, context); // refuses another word
  refuse_type(spec, context, want);
  refuse_column(spec, context, want);
  refuse_placeholders(spec, context, want.table);
  const bool plain = want.hidden && want.stored_only && text(spec.fields, "down").empty();
  if (plain)
    if (auto edit = context.sql.type_edit(want.table, want.column, want.type))
      return catalog_plan(want, context, std::move(*edit));
  refuse_values(spec, context, want);
  const Sync sync = window_sync(spec, want, context);
  refuse_obstacle(spec, context, sync);
  want.aside = aside_of_sides(spec, context, sync, attic_sync(spec, want, context));
  Carry carry = context.sql.carry(succession_of(want, context));
  if (!carry.refusal.empty()) throw invalid(spec, context, "column", carry.refusal, carry.hint);

  OperationPlan plan;
  plan.notes = notes_of(want, context);
  if (!want.hidden) std::ranges::move(column_list_notes(sync), std::back_inserter(plan.notes));
  std::ranges::move(carry.notes, std::back_inserter(plan.notes));
  plan.attic.push_back({want.table.name, want.column.name, want.attic, carry.remembered, want.hidden});
  plan.contract_obstacles = carry.obstacles;
  append_steps(spec, want, context, std::move(carry), plan);
  plan.touches = {touched(want.table, want.column.name), touched(want.table, want.beside)};
  plan.reads = columns_read(want.table, want.up, want.column.name);
  for (std::string& column : columns_read(want.table, want.down, want.column.name))
    plan.reads.push_back(std::move(column));
  plan.counters = context.sql.counters(sync);
  if (!want.hidden) {
    plan.losses.push_back(loss_of(want, context));
    plan.doomed.push_back({want.table.name, want.column.name});
  }
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  if (want.aside) {
    append_aside_sides_facts(*want.aside, sync, context, plan);
    return plan;
  }
  for (Guard guard : context.sql.guards(attic_sync(spec, want, context))) {
    guard.until = Phase::purge;
    plan.guards.push_back(std::move(guard));
  }
  return plan;
}

// The schema afterwards.

void apply_complete(const TypeChange& want, const OperationContext& context, Schema& schema) {
  Column column = want.column;
  const Column successor = succession_of(want, context).successor;
  column.name = want.name;
  column.type = want.type;
  column.collation = successor.collation;
  column.storage = successor.storage;
  column.default_sql = final_default(want, context);
  column.default_is_constant = !column.default_sql || is_constant_expression(*column.default_sql);
  const std::string old_name = want.column.name;
  if (!want.hidden) rename_in(*schema.find(want.table.name), want, context);
  stay_empty(column, context.before);
  stand_last(schema, want.table.name, old_name, column);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const TypeChange want = type_change_of(spec, context);
  Table& table = *schema.find(want.table.name);
  const bool plain = want.hidden && want.stored_only && text(spec.fields, "down").empty();
  const auto edit = plain ? context.sql.type_edit(want.table, want.column, want.type) : std::nullopt;
  if (edit) {
    note_change(table, context, {edit->piece});
    table.find_column(want.column.name)->type = want.type;
    return;
  }
  Column successor = succession_of(want, context).successor;
  stay_empty(successor, schema);
  if (shape == Shape::complete) {
    apply_complete(want, context, schema);
    if (const auto left = final_default(want, context); left && context.sql.dialect() == Dialect::postgres)
      context.sql.replay(context.sql.set_default(want.table, want.name, *left).statements, schema);
    return;
  }
  std::vector<Piece> pieces{context.sql.add_column(want.table, successor)};
  if (must_relax(want, context.sql.dialect()))
    pieces.push_back(context.sql.relax_not_null(want.table, want.column.name));
  note_change(table, context, std::move(pieces));
  if (must_relax(want, context.sql.dialect())) table.find_column(want.column.name)->not_null = false;
  table.columns.push_back(successor);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column"},
    {"column_type", FieldType::text, true, "Its new type, as in CREATE TABLE", k_column_type},
    {"up", FieldType::text, false,
     "SQL expression over the row's columns: the new value, from what the old release wrote; without it a "
     "cast, where "
     "every value can be cast",
     k_expression},
    {"down", FieldType::text, false,
     "SQL expression: the old value, from what the new release wrote (the column by its new name); without "
     "it a cast",
     k_expression},
    {"to", FieldType::text, false,
     "A name of its own for the new shape: both are there until contract, which hides the old one"},
    {"conflict", FieldType::text, false,
     "With `to`, when one statement writes both and they do not agree: `new_wins` (if not given) or "
     "`reject`"},
    k_attic_field,
};
} // namespace

const OperationRow k_change_type{
    "change_type", "Change the type of a column, in the catalog or with a second column in sync",
    k_fields,      only_table,
    plan,          apply,
    false};

} // namespace afloat
