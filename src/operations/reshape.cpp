#include "operations/reshape.hpp"

#include "operations/aside_sides.hpp"
#include "operations/column_list.hpp"
#include "operations/common.hpp"
#include "operations/empty_column.hpp"
#include "operations/index_words.hpp"
#include "operations/lost_statistics.hpp"
#include "operations/revert.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// On SQLite sync runs after the constraints are checked, so NOT NULL on an old column would reject the new
/// release.
bool must_relax(const Column& column, Dialect dialect) {
  return dialect == Dialect::sqlite && column.not_null && !column.default_sql;
}

/// Whoever may do something with all of the old columns may do it with the new ones. What different roles
/// have given the owner gives.
std::vector<Grant> common_grants(const Reshape& reshape) {
  std::vector<Grant> grants;
  for (Grant grant : reshape.goes.front().column->grants) {
    const auto on_all = [&](const auto& is_meant) {
      return std::ranges::all_of(reshape.goes, [&](const ColumnThatGoes& one) {
        return std::ranges::any_of(one.column->grants, is_meant);
      });
    };
    const auto as_owner = [&](Grant other) {
      other.grantor = grant.grantor;
      other.may_act = grant.may_act;
      return other == grant;
    };
    if (!on_all(as_owner)) continue;
    if (!on_all([&](const Grant& other) { return other == grant; }))
      grant.grantor = {}, grant.may_act = false;
    grants.push_back(std::move(grant));
  }
  return grants;
}

/// A new column as expand adds it: NULL means "not filled yet".
Column bare(const Reshape& reshape, const ColumnThatComes& comes) {
  Column column = comes.column;
  column.not_null = false;
  column.grants = common_grants(reshape);
  return column;
}

Table with_new_columns(const Reshape& reshape) {
  Table table = reshape.table;
  for (const ColumnThatComes& comes : reshape.comes) table.columns.push_back(bare(reshape, comes));
  return table;
}

Sync window_sync(const Reshape& reshape, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = sync_id(context);
  sync.table = reshape.table;
  sync.policy = reshape.policy;
  for (const ColumnThatGoes& one : reshape.goes)
    sync.old_columns.push_back(
        {one.column->name, one.column->type, one.down, {}, must_relax(*one.column, context.sql.dialect())});
  for (const ColumnThatComes& comes : reshape.comes)
    sync.new_columns.push_back({comes.column.name, comes.column.type, comes.up});
  sync.never_null =
      std::ranges::any_of(reshape.comes, [](const ColumnThatComes& comes) { return comes.column.not_null; });
  return sync;
}

/// `up`, over the old columns under their names in the attic.
std::string over_attic(const std::string& up, const Reshape& reshape, const OperationContext& context) {
  return replace_columns(up, reshape.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           for (const ColumnThatGoes& one : reshape.goes)
                             if (one.column->name == name)
                               return context.sql.identifier(attic_name(context, name));
                           return std::nullopt;
                         });
}

Sync attic_sync(const Reshape& reshape, const OperationContext& context) {
  Sync sync = window_sync(reshape, context);
  sync.kind = Sync::Kind::attic;
  sync.table = with_new_columns(reshape);
  for (SyncColumn& old : sync.old_columns) {
    Column& column = *sync.table.find_column(old.name);
    column.name = old.name = attic_name(context, old.name);
    column.not_null = old.required = false;
    column.default_sql.reset();
  }
  for (SyncColumn& column : sync.new_columns)
    column.expression = over_attic(column.expression, reshape, context);
  return sync;
}

std::string sides(const Reshape& reshape) {
  return fmt::format("{}.{} and {}", display(reshape.table.name), names_that_go(reshape),
                     names_that_come(reshape));
}

Step expand_step(const Reshape& reshape, const OperationContext& context) {
  std::vector<Piece> pieces;
  Table table = reshape.table;
  for (const ColumnThatGoes& one : reshape.goes)
    if (must_relax(*one.column, context.sql.dialect()))
      pieces.push_back(context.sql.relax_not_null(table, one.column->name));
  for (const ColumnThatComes& comes : reshape.comes) {
    pieces.push_back(
        context.sql.add_column(table, empty_column(bare(reshape, comes), context.sql.dialect())));
    table.columns.push_back(bare(reshape, comes));
  }
  pieces.push_back(context.sql.create_sync(window_sync(reshape, context)));
  Step step = combine(Phase::expand,
                      fmt::format("add {} to {}, in step with {}", names_that_come(reshape),
                                  display(reshape.table.name), names_that_go(reshape)),
                      std::move(pieces));
  step.undo = fmt::format("drops the sync and the new columns; what {} can say of them stays there",
                          names_that_go(reshape));
  return step;
}

std::vector<Step> null_checks(const Reshape& reshape, const OperationContext& context, Phase phase) {
  const Table table = with_new_columns(reshape);
  std::vector<Step> steps;
  for (const ColumnThatComes& comes : reshape.comes)
    if (comes.column.not_null)
      steps.push_back(
          range_step(phase, StepKind::check,
                     fmt::format("look for rows where {} is NULL", touched(table, comes.column.name)),
                     context.sql.nulls(table, comes.column.name), table));
  return steps;
}

bool has_old_column(const Constraint& constraint, const Reshape& reshape) {
  return std::ranges::any_of(reshape.goes, [&](const ColumnThatGoes& one) {
    return std::ranges::count(constraint.columns, one.column->name) > 0;
  });
}

bool has_old_column(const Index& index, const Reshape& reshape) {
  return std::ranges::any_of(reshape.goes, [&](const ColumnThatGoes& one) {
    return uses_column(index, reshape.table, one.column->name);
  });
}

/// What stands on an old column does not fit another shape, and could reject what sync puts there. What is
/// dropped is remembered with the first of the columns.
void append_drops(const Reshape& reshape, const OperationContext& context, std::vector<Piece>& pieces,
                  std::vector<AtticEntry>& attic) {
  const SqlWriter& sql = context.sql;
  const Table& table = reshape.table;
  std::vector<std::string>& remembered = attic.front().remembered;
  for (const Constraint& constraint : table.constraints)
    if (has_old_column(constraint, reshape)) {
      pieces.push_back(sql.drop_constraint(table, constraint));
      remembered.push_back(
          fmt::format("CONSTRAINT {} {}", sql.identifier(constraint.name), constraint.definition));
    }
  for (const Index& index : table.indexes)
    if (index.constraint.empty() && has_old_column(index, reshape)) {
      pieces.push_back(sql.drop_index(table, index));
      remembered.push_back(index_words(table, index, sql));
    }
  for (std::size_t i = 0; i < reshape.goes.size(); ++i) {
    const Column& column = *reshape.goes[i].column;
    if (column.default_sql) {
      // Sync would take it for what a release has written.
      pieces.push_back(sql.drop_default(table, column.name));
      attic[i].remembered.push_back("DEFAULT " + *column.default_sql);
    }
    if (!column.not_null) continue;
    attic[i].remembered.push_back("NOT NULL");
    if (!must_relax(column, sql.dialect())) pieces.push_back(sql.relax_not_null(table, column.name));
  }
}

Step swap_step(const Reshape& reshape, const OperationContext& context, std::vector<AtticEntry>& attic) {
  std::vector<Piece> pieces;
  append_drops(reshape, context, pieces, attic);
  for (const AtticEntry& entry : attic)
    pieces.push_back(context.sql.rename_column(reshape.table, entry.was, entry.name));
  const Sync window = window_sync(reshape, context), hidden = attic_sync(reshape, context);
  if (reshape.aside)
    pieces = aside_swap_pieces(*reshape.aside, window, hidden, std::move(pieces), context);
  else {
    pieces.insert(pieces.begin(), context.sql.drop_sync(window));
    pieces.push_back(context.sql.create_sync(hidden));
  }
  const std::string table = display(reshape.table.name), goes = names_that_go(reshape);
  const std::string come = names_that_come(reshape);
  Step step =
      combine(Phase::contract,
              reshape.aside ? fmt::format("take {}.{} out of the table, where {} stays", table, goes, come)
                            : fmt::format("hide {}.{} in the attic, in step with {}", table, goes, come),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = reshape.aside ? "`afloat revert`: the old shape is made again of what is kept and of `down`"
                            : "`afloat revert`: the old shape is in the attic, in step, until it is purged";
  return step;
}

HiddenColumns hidden(const Reshape& reshape, const OperationContext& context) {
  HiddenColumns columns{reshape.table, {}};
  for (const ColumnThatGoes& one : reshape.goes)
    columns.names.emplace_back(one.column->name, attic_name(context, one.column->name));
  return columns;
}

/// What contract has made NOT NULL may be left out by the old release.
void append_relaxing(const Reshape& reshape, const OperationContext& context, std::vector<Piece>& pieces) {
  const Table table = with_new_columns(reshape);
  for (const ColumnThatComes& comes : reshape.comes)
    if (comes.column.not_null) pieces.push_back(context.sql.relax_not_null(table, comes.column.name));
}

/// The columns in the attic, where contract has left none: without what they get back with their names.
std::vector<Step> remade(const Reshape& reshape, const OperationContext& context) {
  const Sync attic = attic_sync(reshape, context);
  std::vector<Column> columns;
  std::vector<Piece> properties;
  for (const ColumnThatGoes& one : reshape.goes) {
    const std::string name = attic_name(context, one.column->name);
    Column column;
    column.name = name;
    column.type = one.column->type;
    column.collation = one.column->collation;
    columns.push_back(std::move(column));
    properties.push_back(context.sql.copy_properties(attic.table, *one.column, name));
  }
  return aside_remade(*reshape.aside, attic, columns, std::move(properties), context);
}

std::vector<Step> revert_steps(const Reshape& reshape, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const bool sqlite = sql.dialect() == Dialect::sqlite;
  std::vector<Piece> pieces{sql.drop_sync(attic_sync(reshape, context))};
  if (reshape.aside) pieces.push_back(reshape.aside->drop);
  for (const ColumnThatGoes& one : reshape.goes)
    pieces.push_back(
        undone(sql.rename_column(reshape.table, one.column->name, attic_name(context, one.column->name))));
  for (const ColumnThatGoes& one : reshape.goes) {
    if (one.column->default_sql) pieces.push_back(undone(sql.drop_default(reshape.table, one.column->name)));
    if (sqlite && one.column->not_null && !must_relax(*one.column, sql.dialect()))
      pieces.push_back(undone(sql.relax_not_null(reshape.table, one.column->name)));
  }
  append_relaxing(reshape, context, pieces);
  pieces.push_back(sql.create_sync(window_sync(reshape, context)));
  std::vector<Step> steps;
  if (reshape.aside) steps = remade(reshape, context);
  steps.push_back(
      revert_step(fmt::format("bring {}.{} back from the attic, in step both ways with {}",
                              display(reshape.table.name), names_that_go(reshape), names_that_come(reshape)),
                  std::move(pieces)));
  for (Step& step : rebuild_hidden(hidden(reshape, context), context)) steps.push_back(std::move(step));
  for (const ColumnThatGoes& one : reshape.goes)
    if (!sqlite && one.column->not_null)
      for (Step& step : sql.not_null_steps(reshape.table, one.column->name, Phase::revert))
        steps.push_back(std::move(step));
  append_index_settings(hidden(reshape, context), steps);
  return steps;
}

std::vector<Loss> revert_losses(const Reshape& reshape, const OperationContext& context) {
  const bool required =
      std::ranges::any_of(reshape.goes, [](const ColumnThatGoes& one) { return one.column->not_null; });
  std::vector<Loss> losses = losses_of_rebuild(hidden(reshape, context), context);
  const Sync attic = attic_sync(reshape, context);
  if (!required) losses.push_back(unmapped_rows(attic, false, context));
  if (!reshape.aside) append_attached_rows(attic, context, losses);
  return reshape.aside ? asked_aside(*reshape.aside, attic, std::move(losses), context) : losses;
}

Step purge_step(const Reshape& reshape, const OperationContext& context,
                const std::vector<AtticEntry>& attic) {
  if (reshape.aside) return aside_sides_purge(*reshape.aside, window_sync(reshape, context));
  const Sync sync = attic_sync(reshape, context);
  std::vector<Piece> pieces{context.sql.drop_sync(sync)};
  for (const AtticEntry& entry : attic) pieces.push_back(context.sql.drop_column(sync.table, entry.name));
  Step step = combine(Phase::purge,
                      fmt::format("drop what was {}.{}", display(reshape.table.name), names_that_go(reshape)),
                      std::move(pieces));
  step.inverse.clear();
  step.destroys = true;
  step.undo = fmt::format("POINT OF NO RETURN: what {} cannot say of it is gone", names_that_come(reshape));
  return step;
}

void contract_steps(const Reshape& reshape, const OperationContext& context, OperationPlan& plan) {
  const Table table = with_new_columns(reshape);
  plan.steps.push_back(range_step(Phase::contract, StepKind::check,
                                  "compare " + sides(reshape) + " in every row",
                                  context.sql.compare(window_sync(reshape, context)), reshape.table));
  for (Step& step : null_checks(reshape, context, Phase::contract)) plan.steps.push_back(std::move(step));
  for (const ColumnThatComes& comes : reshape.comes)
    if (comes.column.not_null)
      for (Step& step : context.sql.not_null_steps(table, comes.column.name, Phase::contract))
        plan.steps.push_back(std::move(step));
  for (const ColumnThatGoes& one : reshape.goes)
    plan.attic.push_back({reshape.table.name, one.column->name, attic_name(context, one.column->name), {}});
  if (reshape.aside) append_keeping(*reshape.aside, window_sync(reshape, context), plan);
  plan.steps.push_back(swap_step(reshape, context, plan.attic));
  if (!reshape.aside) plan.steps.push_back(attic_check(attic_sync(reshape, context), context));
  plan.steps.push_back(purge_step(reshape, context, plan.attic));
  append_revert(plan, revert_steps(reshape, context));
  plan.revert_losses = revert_losses(reshape, context);
}

/// Rows of which the new columns say more than the old ones can keep.
Loss loss_of(const Reshape& reshape, const OperationContext& context) {
  const bool postgres = context.sql.dialect() == Dialect::postgres;
  std::vector<std::string> filled, differs, names, values;
  for (const ColumnThatComes& comes : reshape.comes) {
    const std::string name = context.sql.identifier(comes.column.name);
    filled.push_back(name + " IS NOT NULL");
    differs.push_back(fmt::format("{} IS NOT +({}) COLLATE BINARY", name, comes.up));
    names.push_back(name);
    values.push_back(fmt::format("CAST(({}) AS {})", comes.up, comes.column.type));
  }
  const std::string more = postgres ? fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))",
                                                  join(names, ", "), join(values, ", "))
                                    : "(" + join(differs, " OR ") + ")";
  return {fmt::format("values of {} in {} that {} cannot say", names_that_come(reshape),
                      display(reshape.table.name), names_that_go(reshape)),
          fmt::format("SELECT count(*) FROM {} WHERE ({}) AND {}", context.sql.relation(reshape.table.name),
                      join(filled, " OR "), more)};
}

void append_column_notes(const Reshape& reshape, std::vector<std::string>& notes) {
  const bool may_be_null =
      std::ranges::any_of(reshape.comes, [](const ColumnThatComes& comes) { return !comes.column.not_null; });
  for (const ColumnThatGoes& one : reshape.goes) {
    if (one.column->not_null && may_be_null)
      notes.push_back(
          fmt::format("{0} is NOT NULL: until contract a write by the new release for which `down` "
                      "of {0} gives NULL is rejected.",
                      one.column->name));
    if (one.column->default_sql && !one.column->default_is_constant)
      notes.push_back(
          fmt::format("{} has a default that differs from row to row: explicit NULLs in {} by the "
                      "new release cannot be told from columns left out.",
                      one.column->name, names_that_come(reshape)));
  }
}

std::vector<std::string> notes_of(const Reshape& reshape, const OperationContext& context) {
  const Table& table = reshape.table;
  std::vector<std::string> notes = added_column_notes(table, context.sql.dialect()), left;
  for (std::string& note : backfill_notes(table, context.before)) notes.push_back(std::move(note));
  for (std::string& note : column_list_notes(window_sync(reshape, context))) notes.push_back(std::move(note));
  append_column_notes(reshape, notes);
  for (const Index& index : table.indexes)
    if (has_old_column(index, reshape)) left.push_back(index.name);
  for (const Constraint& constraint : table.constraints)
    if (has_old_column(constraint, reshape) && std::ranges::count(left, constraint.name) == 0)
      left.push_back(constraint.name);
  if (!left.empty())
    notes.push_back(
        fmt::format("What stands on {} goes with it at contract: {}. Make what {} need by operations of "
                    "their own.",
                    names_that_go(reshape), join(left, ", "), names_that_come(reshape)));
  std::vector<std::string> old_columns;
  for (const ColumnThatGoes& one : reshape.goes) old_columns.push_back(one.column->name);
  for (std::string& note :
       lost_statistics_notes(table, old_columns, reshape.aside ? "Contract" : "The purge"))
    notes.push_back(std::move(note));
  if (context.sql.dialect() == Dialect::sqlite)
    notes.push_back(
        fmt::format("`RETURNING {}` shows the values before sync ran for the release that wrote {}, "
                    "and the other way round.",
                    names_that_go(reshape), names_that_come(reshape)));
  if (reshape.aside) return notes;
  notes.push_back(
      fmt::format("Contract changes what `SELECT *` and positional INSERTs see of {}: {} under names "
                  "in the attic, and nothing of it after the purge.",
                  display(table.name), names_that_go(reshape)));
  return notes;
}

void append_guards(const Reshape& reshape, const OperationContext& context, OperationPlan& plan) {
  plan.guards = context.sql.guards(window_sync(reshape, context));
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  if (reshape.aside)
    return append_aside_sides_facts(*reshape.aside, window_sync(reshape, context), context, plan);
  for (Guard guard : context.sql.guards(attic_sync(reshape, context))) {
    guard.until = Phase::purge;
    plan.guards.push_back(std::move(guard));
  }
}
} // namespace

ConflictPolicy conflict_policy(const OperationSpec& spec, const OperationContext& context) {
  const std::string word = text(spec.fields, "conflict");
  if (word.empty() || word == "new_wins") return ConflictPolicy::new_wins;
  if (word == "reject") return ConflictPolicy::reject;
  throw invalid(spec, context, "conflict", fmt::format("\"{}\" is no conflict policy", word),
                "Write \"new_wins\" or \"reject\". Nothing was changed.");
}

ColumnThatComes column_that_comes(const OperationSpec& spec, const Record& record, std::string_view name) {
  const auto place = [&](std::string_view key) {
    const Field* field = find(record, key);
    return field ? field->where : spec.where;
  };
  ColumnThatComes comes{{}, text(record, "up"), place(name), place("column_type"), place("up")};
  comes.column.name = text(record, name);
  comes.column.type = text(record, "column_type");
  comes.column.not_null = flag(record, "not_null", false);
  const std::string words = lower_case(comes.column.type);
  if (const std::size_t at = words.find(" collate "); at != std::string::npos) {
    comes.column.collation = trimmed(comes.column.type.substr(at + 9));
    comes.column.type = trimmed(comes.column.type.substr(0, at));
  }
  return comes;
}

OperationPlan plan_reshape(const OperationSpec& spec, const OperationContext& context, Reshape reshape) {
  refuse_unfit(spec, context, reshape);
  refuse_placeholders(spec, context, reshape.table);
  const Sync sync = window_sync(reshape, context);
  refuse_obstacle(spec, context, sync);
  reshape.aside = aside_of_sides(spec, context, sync, attic_sync(reshape, context));
  OperationPlan plan;
  plan.notes = notes_of(reshape, context);
  for (const ColumnThatGoes& one : reshape.goes)
    if (one.column->default_sql)
      append_stored_default(reshape.table, *one.column, std::nullopt, context, plan);
  plan.steps.push_back(expand_step(reshape, context));
  plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill,
                                  fmt::format("fill {} of {} from {}", names_that_come(reshape),
                                              display(reshape.table.name), names_that_go(reshape)),
                                  context.sql.backfill(sync), reshape.table));
  plan.steps.push_back(range_step(Phase::backfill, StepKind::check,
                                  "compare " + sides(reshape) + " in every row", context.sql.compare(sync),
                                  reshape.table));
  for (Step& step : null_checks(reshape, context, Phase::backfill)) plan.steps.push_back(std::move(step));
  contract_steps(reshape, context, plan);
  for (const ColumnThatGoes& one : reshape.goes) {
    plan.touches.push_back(touched(reshape.table, one.column->name));
    plan.doomed.push_back({reshape.table.name, one.column->name});
    for (std::string& query : context.sql.column_users(reshape.table, one.column->name))
      plan.contract_obstacles.push_back(std::move(query));
  }
  for (const ColumnThatComes& comes : reshape.comes)
    plan.touches.push_back(touched(reshape.table, comes.column.name));
  plan.counters = context.sql.counters(sync);
  plan.losses.push_back(loss_of(reshape, context));
  append_guards(reshape, context, plan);
  return plan;
}

void apply_reshape(const OperationContext& context, const Reshape& reshape, Schema& schema, Shape shape) {
  const bool final = shape == Shape::complete;
  const Table grown = with_new_columns(reshape);
  std::vector<Piece> pieces;
  std::vector<std::string> gone;
  for (const ColumnThatGoes& one : reshape.goes)
    if (!final && must_relax(*one.column, context.sql.dialect()))
      pieces.push_back(context.sql.relax_not_null(reshape.table, gone.emplace_back(one.column->name)));
    else
      gone.push_back(one.column->name);
  for (const ColumnThatComes& comes : reshape.comes) {
    pieces.push_back(context.sql.add_column(reshape.table, bare(reshape, comes)));
    if (final && comes.column.not_null)
      pieces.push_back(context.sql.restore_not_null(grown, comes.column.name));
  }
  if (final)
    for (const std::string& name : gone) pieces.push_back(context.sql.drop_column(grown, name));
  Table& table = *schema.find(reshape.table.name);
  note_change(table, context, std::move(pieces));
  for (const ColumnThatComes& comes : reshape.comes) {
    table.columns.push_back(*grown.find_column(comes.column.name));
    table.columns.back().not_null = final && comes.column.not_null;
  }
  for (const std::string& name : gone) {
    if (!final) {
      if (Column* column = table.find_column(name); must_relax(*column, context.sql.dialect()))
        column->not_null = false;
      continue;
    }
    std::erase_if(table.indexes, [&](const Index& index) { return uses_column(index, table, name); });
    std::erase_if(table.constraints, [&](const Constraint& constraint) {
      return std::ranges::count(constraint.columns, name) > 0;
    });
    std::erase_if(table.columns, [&](const Column& column) { return column.name == name; });
  }
}

} // namespace afloat
