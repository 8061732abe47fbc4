#include "operations/aside.hpp"
#include "operations/column_list.hpp"
#include "operations/common.hpp"
#include "operations/empty_column.hpp"
#include "operations/renamed_column.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// The new name is first a twin of the old column, kept equal by sync. Contract then swaps names: the old
// column itself takes the new name and the twin goes to the attic. So whatever is bound to the column
// (indexes, constraints, foreign keys, views, policies, statistics, its place in the row) stays bound to it,
// as it would with a plain RENAME COLUMN.
namespace afloat {
namespace {
Step expand_step(const RenamedColumn& names, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Sync sync = window_sync(names, context);
  std::vector<Piece> pieces;
  if (sync.required) pieces.push_back(sql.relax_not_null(names.table, names.from.name));
  pieces.push_back(sql.add_column(names.table, empty_column(twin_of(names.from, names.to), sql.dialect())));
  if (sync.new_default) pieces.push_back(sql.set_default(names.table, names.to, *sync.new_default));
  pieces.push_back(sql.copy_properties(names.table, names.from, names.to));
  pieces.push_back(sql.create_sync(sync));
  Step step = combine(
      Phase::expand,
      fmt::format("add {}.{}, kept equal to {}", display(names.table.name), names.to, names.from.name),
      std::move(pieces));
  step.undo = "drops the sync and the new column; what either release wrote stays in the old one";
  return step;
}

Step swap_step(const RenamedColumn& names, const OperationContext& context, const std::vector<Index>& twins) {
  const SqlWriter& sql = context.sql;
  const Sync window = window_sync(names, context);
  std::vector<Piece> pieces{sql.drop_sync(window)};
  for (const Index& twin : twins) pieces.push_back(sql.drop_index(names.table, twin));
  if (window.required) pieces.push_back(sql.restore_not_null(names.table, names.from.name));
  pieces.push_back(sql.keep_view_columns(context.before.views, names.table, names.from.name));
  pieces.push_back(sql.rename_column(names.table, names.to, names.attic));
  pieces.push_back(sql.rename_column(names.table, names.from.name, names.to));
  const Sync attic = attic_sync(names, context);
  pieces.push_back(names.aside ? sql.drop_column(attic.table, names.attic) : sql.create_sync(attic));
  Step step =
      combine(Phase::contract,
              fmt::format("{}.{} takes the name {}; its twin {}", display(names.table.name), names.from.name,
                          names.to, names.aside ? "goes" : "goes to the attic, kept equal"),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = names.aside ? "`afloat revert`: a twin is made again of what is there"
                          : "`afloat revert`, until it is purged: the old name is in the attic from here on, "
                            "and stays equal";
  return step;
}

/// Without an attic the twin is made anew while the new release goes on.
std::vector<Step> remake_twin(const RenamedColumn& names, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Sync attic = attic_sync(names, context);
  Sync fill = attic;
  fill.kind = Sync::Kind::pair;
  fill.table = swapped(names);
  std::swap(fill.old_column, fill.new_column);
  std::swap(fill.up, fill.down);
  std::vector<Piece> pieces{
      sql.add_column(fill.table, empty_column(twin_of(names.from, names.attic), sql.dialect()))};
  if (attic.table.find_column(names.attic)->default_sql)
    pieces.push_back(sql.set_default(fill.table, names.attic, *names.from.default_sql));
  pieces.push_back(sql.copy_properties(fill.table, names.from, names.attic));
  pieces.push_back(sql.create_sync(attic));
  const std::string twin = touched(names.table, names.attic);
  RangeWork work = sql.backfill(fill);
  work.trial.clear(); // asked before expand, when the column is not there
  return {revert_step(fmt::format("add {}, kept equal to {}", twin, names.to), std::move(pieces)),
          range_step(Phase::revert, StepKind::backfill, fmt::format("fill {} from {}", twin, names.to),
                     std::move(work), fill.table),
          range_step(Phase::revert, StepKind::check,
                     fmt::format("compare {} and {} in every row", twin, names.to), sql.compare(attic),
                     attic.table)};
}

/// The twin in the attic gets its indexes before it takes its name back: the new release, which is at work,
/// needs them in ON CONFLICT.
std::vector<Step> revert_steps(const RenamedColumn& names, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Sync window = window_sync(names, context), attic = attic_sync(names, context);
  RenamedColumn hidden = names;
  hidden.to = names.attic;
  std::vector<Step> steps;
  if (names.aside) steps = remake_twin(names, context);
  for (const Index& index : names.table.indexes) {
    if (!index.valid || is_own_name(index.name) || !uses_column(index, names.table, names.from.name))
      continue;
    for (Step& step : sql.create_index_steps(attic.table, twin_index(index, hidden, context)))
      steps.push_back(std::move(step));
  }
  // Back in the order in which contract did it, last first.
  std::vector<Piece> pieces{
      sql.drop_sync(attic), undone(sql.rename_column(names.table, names.from.name, names.to)),
      undone(sql.rename_column(names.table, names.to, names.attic)),
      undone(sql.keep_view_columns(context.before.views, names.table, names.from.name))};
  if (window.required) pieces.push_back(sql.relax_not_null(names.table, names.from.name));
  pieces.push_back(sql.create_sync(window));
  steps.push_back(
      revert_step(fmt::format("{}.{} takes the name {} back; its twin takes {}, kept equal both ways",
                              display(names.table.name), names.to, names.from.name, names.to),
                  std::move(pieces)));
  return steps;
}

Step purge_step(const RenamedColumn& names, const OperationContext& context) {
  const Sync sync = attic_sync(names, context);
  Step step = combine(Phase::purge, fmt::format("drop {}.{}", display(names.table.name), names.attic),
                      {context.sql.drop_sync(sync), context.sql.drop_column(sync.table, names.attic)});
  step.inverse.clear();
  step.undo = "no way back from here; nothing is lost, the value is the same as in the renamed column";
  return step;
}

void refuse_special(const OperationSpec& spec, const OperationContext& context, const RenamedColumn& names) {
  if (!names.from.generated.empty())
    throw invalid(spec, context, "from",
                  fmt::format("\"{}\" is a generated column, which nobody writes", names.from.name),
                  "Add a generated column under the new name and drop the old one. Nothing was changed.");
  if (is_own_name(names.from.name) || is_own_name(names.to))
    throw invalid(spec, context, "from", "names that begin with \"afloat_\" belong to afloat itself");
}

void refuse_upsert(const OperationSpec& spec, const OperationContext& context,
                   const std::vector<Index>& twins) {
  const std::string upsert = text(spec.fields, "upsert");
  if (upsert.empty()) return;
  if (upsert != "serialize")
    throw invalid(spec, context, "upsert", fmt::format("\"{}\" is no way to upsert", upsert),
                  "It is: serialize. Nothing was changed.");
  if (std::ranges::none_of(twins, &Index::unique))
    throw invalid(spec, context, "upsert", "the column has no unique index, so that no upsert can name it",
                  "Leave `upsert` out. Nothing was changed.");
}

std::vector<std::string> notes_of(const RenamedColumn& names, const OperationContext& context,
                                  const std::vector<Index>& twins) {
  const Dialect dialect = context.sql.dialect();
  std::vector<std::string> notes = added_column_notes(names.table, dialect);
  for (std::string& note : backfill_notes(names.table, context.before)) notes.push_back(std::move(note));
  for (std::string& note : column_list_notes(window_sync(names, context))) notes.push_back(std::move(note));
  if (names.from.default_sql && !names.from.default_is_constant)
    notes.push_back(fmt::format(
        "{} has a default that differs from row to row: an explicit NULL in {} by the new release "
        "cannot be told from a column left out.",
        names.from.name, names.to));
  if (std::ranges::any_of(twins, &Index::unique))
    notes.push_back(
        names.serialize && dialect == Dialect::postgres
            ? fmt::format(
                  "{} and {} are both unique in the window: INSERTs of one value wait for each other "
                  "until COMMIT. Transactions that insert several values in different orders can deadlock.",
                  names.from.name, names.to)
            : fmt::format(
                  "{} and {} are both unique in the window: two sessions that upsert one new key at the same "
                  "moment can meet a duplicate-key error on the index that is not their arbiter; retry{}.",
                  names.from.name, names.to,
                  dialect == Dialect::postgres ? ", or use `upsert = \"serialize\"`" : ""));
  if (dialect == Dialect::sqlite)
    notes.push_back(
        fmt::format("`RETURNING {}` shows the value before sync ran for the release that wrote {}, and the "
                    "other way round.",
                    names.from.name, names.to));
  if (names.aside) {
    notes.push_back(
        fmt::format("Contract drops the twin: `SELECT *` and positional INSERTs see {} as it was, "
                    "under its new name.",
                    display(names.table.name)));
    if (dialect == Dialect::sqlite) notes.push_back(rewriting_note(names.table));
  }
  return notes;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const RenamedColumn names = renamed_column(spec, context);
  refuse_special(spec, context, names);
  refuse_existing_column(spec, names.table, "to");
  refuse_placeholders(spec, context, names.table);
  const Sync sync = window_sync(names, context);
  refuse_obstacle(spec, context, sync);
  const std::vector<Index> twins = twin_indexes(names, context);
  refuse_upsert(spec, context, twins);
  const std::string subject =
      fmt::format("{}.{} and {}", display(names.table.name), names.from.name, names.to);

  OperationPlan plan;
  plan.steps.push_back(expand_step(names, context));
  plan.steps.push_back(
      range_step(Phase::backfill, StepKind::backfill,
                 fmt::format("fill {}.{} from {}", display(names.table.name), names.to, names.from.name),
                 context.sql.backfill(sync), names.table));
  for (const Index& twin : twins) {
    for (Step& step : context.sql.create_index_steps(names.table, twin)) {
      step.phase = Phase::backfill;
      if (!names.table.partitioned) step.undo = "drops the index";
      plan.steps.push_back(std::move(step));
    }
  }
  plan.steps.push_back(range_step(Phase::backfill, StepKind::check, "compare " + subject + " in every row",
                                  context.sql.compare(sync), names.table));
  plan.steps.push_back(range_step(Phase::contract, StepKind::check, "compare " + subject + " in every row",
                                  context.sql.compare(sync), names.table));
  plan.steps.push_back(swap_step(names, context, twins));
  if (!names.aside) {
    plan.steps.push_back(attic_check(attic_sync(names, context), context));
    plan.steps.push_back(purge_step(names, context));
    plan.revert_losses.push_back(parted_rows(attic_sync(names, context), context));
  }
  append_index_obstacles({names.table, {{names.from.name, names.attic}}}, plan.revert_losses);
  append_revert(plan, revert_steps(names, context));
  plan.notes = notes_of(names, context, twins);
  plan.touches = {touched(names.table, names.from.name), touched(names.table, names.to)};
  plan.counters = context.sql.counters(sync);
  plan.attic.push_back(
      {names.table.name, names.from.name, names.aside ? "" : names.attic, {}, false, names.aside});
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  if (names.aside) return plan;
  for (Guard guard : context.sql.guards(attic_sync(names, context))) {
    guard.until = Phase::purge;
    plan.guards.push_back(std::move(guard));
  }
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const RenamedColumn names = renamed_column(spec, context);
  Table& table = *schema.find(names.table.name);
  if (shape == Shape::window) {
    Column twin = twin_of(names.from, names.to);
    if (has_constant_default(names.from)) twin.default_sql = names.from.default_sql;
    note_change(table, context, {context.sql.add_column(names.table, twin)});
    if (must_relax(names, context.sql.dialect())) {
      note_change(table, context, {context.sql.relax_not_null(names.table, names.from.name)});
      table.find_column(names.from.name)->not_null = false;
    }
    stay_empty(twin, schema);
    table.columns.push_back(std::move(twin));
    for (Index& twin_index : twin_indexes(names, context)) table.indexes.push_back(std::move(twin_index));
    return;
  }
  if (context.sql.dialect() == Dialect::postgres) { // what names the column in its text follows, too
    const Statement rename(
        fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", context.sql.relation(names.table.name),
                    context.sql.identifier(names.from.name), context.sql.identifier(names.to)));
    return context.sql.replay(std::span(&rename, 1), schema);
  }
  const Piece views = context.sql.keep_view_columns(context.before.views, names.table, names.from.name);
  const Piece rename = context.sql.rename_column(names.table, names.from.name, names.to);
  // SQLite itself changes the texts that name the column: of constraints, of indexes, triggers and views.
  for (const Statement& statement : views.statements) table.changes_since.push_back(statement.sql);
  std::vector<Unknown> unknown = schema.unknown;
  context.sql.replay(rename.statements, schema);
  Table& renamed = *schema.find(names.table.name);
  if (!renamed.find_column(names.from.name)) return;
  // It cannot be made in memory, where not all is that the texts mention: the values at least are told.
  schema.unknown = std::move(unknown);
  note_change(renamed, context, {rename});
  for (Index& index : renamed.indexes) {
    const std::string name = index.name;
    if (!uses_column(index, names.table, names.from.name)) continue;
    const bool primary = index.primary;
    const std::string constraint = index.constraint;
    index = twin_index(index, names, context);
    index.name = name;
    index.primary = primary;
    index.constraint = constraint;
  }
  std::ranges::replace(renamed.primary_key, names.from.name, names.to);
  renamed.find_column(names.from.name)->name = names.to;
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true,
     "The table, with its schema if that is not the default: `users`, `shop.users`"},
    {"from", FieldType::text, true, "The column as it is named now"},
    {"to", FieldType::text, true, "Its new name"},
    {"upsert", FieldType::text, false,
     "`serialize`: INSERTs of one value wait for each other in the window, where the column is unique and "
     "both "
     "releases upsert by it (PostgreSQL)"},
    k_attic_field,
};
} // namespace

const OperationRow k_rename_column{"rename_column",
                                   "Rename a column while both releases use it under their own name",
                                   k_fields,
                                   only_table,
                                   plan,
                                   apply,
                                   false};

} // namespace afloat
