#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

// NOT NULL may reject what the old release writes, so it is enforced at contract only. Until then a trigger
// fills what is left NULL with `up`, and the backfill what was NULL before; without `up` NULLs are only
// counted. The backfill notes what it fills, so that abort can take exactly that back.
namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  const Column& column;
  std::string up;
};

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  return {table, required_column(spec, table), text(spec.fields, "up")};
}

Sync window_sync(const Wanted& want, const OperationContext& context) {
  Sync sync;
  sync.kind = want.up.empty() ? Sync::Kind::watch : Sync::Kind::fill;
  sync.id = sync_id(context);
  sync.table = want.table;
  sync.new_column = want.column.name;
  sync.new_type = want.column.type;
  sync.up = want.up;
  sync.count_old_writes = false;
  sync.count_left_out = true;
  sync.updates_too = true;
  sync.note_fills = !want.up.empty() && !want.table.primary_key.empty();
  return sync;
}

std::string subject_of(const Wanted& want) {
  return touched(want.table, want.column.name);
}

Step null_check(const Wanted& want, const OperationContext& context, Phase phase) {
  return range_step(phase, StepKind::check, "look for rows where " + subject_of(want) + " is NULL",
                    context.sql.nulls(want.table, want.column.name), want.table);
}

Step notes_step(const Wanted& want, const OperationContext& context) {
  Step step = combine(Phase::expand, "make a table for the keys that the backfill fills",
                      {context.sql.fill_notes(window_sync(want, context))});
  step.undo =
      "sets " + subject_of(want) + " back to NULL where the backfill filled it and nobody wrote it since";
  return step;
}

Step expand_step(const Wanted& want, const OperationContext& context) {
  const std::string title =
      want.up.empty() ? "count writes that leave " + subject_of(want) + " NULL"
                      : "fill " + subject_of(want) + " where a write leaves it NULL, and count such writes";
  Step step = combine(Phase::expand, title, {context.sql.create_sync(window_sync(want, context))});
  step.undo = "takes the triggers away; what they filled stays";
  return step;
}

void contract_steps(const Wanted& want, const OperationContext& context, std::vector<Step>& steps) {
  const Sync sync = window_sync(want, context);
  append_fill_since(sync, context, steps);
  steps.push_back(null_check(want, context, Phase::contract));
  for (Step& step : context.sql.not_null_steps(want.table, want.column.name, Phase::contract))
    steps.push_back(std::move(step));
  std::vector<Piece> pieces{context.sql.drop_sync(sync)};
  if (sync.note_fills) pieces.push_back(context.sql.drop_fill_notes(sync));
  Step step =
      combine(Phase::contract,
              fmt::format("stop {} {}", want.up.empty() ? "counting NULLs in" : "filling", subject_of(want)),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: NULL is let in again, and filled or counted as before";
  steps.push_back(std::move(step));
}

/// The notes are empty from then on: what the backfill has filled stays filled.
std::vector<Step> revert_steps(const Wanted& want, const OperationContext& context) {
  const Sync sync = window_sync(want, context);
  std::vector<Piece> pieces;
  if (sync.note_fills) pieces.push_back(context.sql.fill_notes(sync));
  pieces.push_back(context.sql.relax_not_null(want.table, want.column.name));
  pieces.push_back(context.sql.create_sync(sync));
  return {revert_step(fmt::format("let {} be NULL again, {}", subject_of(want),
                                  want.up.empty() ? "and count that" : "and fill it"),
                      std::move(pieces))};
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  const std::string& name = want.column.name;
  const bool key = std::ranges::count(want.table.primary_key, name) > 0;
  if (want.column.not_null)
    throw invalid(spec, context, "column", fmt::format("\"{}\" is NOT NULL already", name),
                  "There is nothing to do: take this operation out. Nothing was changed.");
  if (is_own_name(name))
    throw invalid(spec, context, "column", fmt::format("\"{}\" belongs to afloat itself", name));
  if (!want.column.generated.empty())
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is a generated column, which nobody writes", name),
                  "Make the columns that it is computed from NOT NULL. Nothing was changed.");
  if (key && context.sql.dialect() == Dialect::sqlite)
    throw invalid(spec, context, "column", fmt::format("\"{}\" is part of the primary key", name),
                  "NOT NULL on a key column is not supported on SQLite. Nothing was changed.");
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  refuse_unfit(spec, context, want);
  refuse_placeholders(spec, context, want.table);
  const Sync sync = window_sync(want, context);
  refuse_obstacle(spec, context, sync);
  OperationPlan plan;
  if (want.up.empty()) plan.steps.push_back(null_check(want, context, Phase::expand));
  if (sync.note_fills) plan.steps.push_back(notes_step(want, context));
  plan.steps.push_back(expand_step(want, context));
  if (!want.up.empty()) {
    plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill,
                                    "fill " + subject_of(want) + " where it is NULL",
                                    context.sql.backfill(sync), want.table));
    plan.steps.back().undo = sync.note_fills ? "by the notes that it makes, see the first step"
                                             : "stays filled: without a primary key no row can be noted";
    plan.steps.push_back(null_check(want, context, Phase::backfill));
    for (std::string& note : backfill_notes(want.table, context.before))
      plan.notes.push_back(std::move(note));
    plan.notes.push_back(fmt::format(
        "A NULL in {} that either release writes is filled, until contract; after an abort it stays filled.",
        subject_of(want)));
  }
  contract_steps(want, context, plan.steps);
  append_revert(plan, revert_steps(want, context));
  plan.notes.push_back(
      fmt::format("From contract on a write that leaves {} NULL is rejected.", subject_of(want)));
  plan.touches = {subject_of(want)};
  plan.reads = columns_read(want.table, want.up, want.column.name);
  if (sync.note_fills) // the notes tell rows by it
    for (const std::string& key : want.table.primary_key) plan.reads.push_back(touched(want.table, key));
  plan.counters = context.sql.counters(sync);
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Wanted want = wanted(spec, context);
  if (shape == Shape::window) return;
  Table& table = *schema.find(want.table.name);
  note_change(table, context, {context.sql.restore_not_null(want.table, want.column.name)});
  table.find_column(want.column.name)->not_null = true;
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column that must have a value"},
    {"up", FieldType::text, false,
     "SQL expression over the row's columns: the value of rows that are NULL, and of rows that either "
     "release "
     "leaves NULL until contract",
     k_expression},
};
} // namespace

const OperationRow k_set_not_null{
    "set_not_null", "Make a column NOT NULL once the old release is gone", k_fields, only_table, plan, apply};

} // namespace afloat
