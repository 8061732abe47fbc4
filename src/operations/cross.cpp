#include "operations/cross.hpp"

#include "dialect/cross_names.hpp"
#include "operations/aside_cross.hpp"
#include "operations/revert.hpp"
#include "operations/row_identity.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
bool has_any(const Index& index, const CrossSync& sync) {
  return std::ranges::any_of(
      sync.columns, [&](const CrossColumn& pair) { return uses_column(index, sync.source, pair.source); });
}

std::string source_names(const CrossSync& sync) {
  return join(names_of(sync.columns, &CrossColumn::source), ", ");
}

/// Takes away what could reject rows without the columns, and hides these or drops them.
Step swap_step(const CrossSync& sync, const std::optional<AsideTable>& aside, const OperationContext& context,
               OperationPlan& plan) {
  const SqlWriter& sql = context.sql;
  const CrossSync attic = attic_sync(sync, context);
  std::vector<std::string> remembered;
  std::vector<Piece> pieces{sql.drop_cross_sync(sync)};
  for (const Constraint& constraint : sync.source.constraints)
    if (has_any(constraint, sync)) {
      pieces.push_back(sql.drop_constraint(sync.source, constraint));
      remembered.push_back(
          fmt::format("CONSTRAINT {} {}", sql.identifier(constraint.name), constraint.definition));
    }
  for (const Index& index : sync.source.indexes)
    if (index.constraint.empty() && has_any(index, sync)) {
      pieces.push_back(sql.drop_index(sync.source, index));
      remembered.push_back(sql.create_index(sync.source, index).statements.at(0).sql);
    }
  for (std::size_t i = 0; i < sync.columns.size(); ++i) {
    const Column& column = source_column(sync, sync.columns[i]);
    std::vector<std::string> with_column = i == 0 ? remembered : std::vector<std::string>{};
    if (column.not_null) with_column.emplace_back("NOT NULL");
    plan.attic.push_back({sync.source.name, column.name, attic.columns[i].source, std::move(with_column)});
    if (aside) {
      plan.attic.back().name = display(aside->rows.name);
      plan.attic.back().aside = true;
      pieces.push_back(sql.drop_column(sync.source, column.name));
      continue;
    }
    if (column.not_null && !must_relax(column))
      pieces.push_back(sql.relax_not_null(sync.source, column.name));
    pieces.push_back(sql.rename_column(sync.source, column.name, attic.columns[i].source));
  }
  pieces.push_back(aside ? aside->close : sql.create_cross_sync(attic));
  const std::string source = display(sync.source.name), names = source_names(sync);
  const std::string target = display(sync.target.name);
  Step step = combine(
      Phase::contract,
      aside ? fmt::format("take {}.{} out of the table, where {} has the values", source, names, target)
            : fmt::format("hide {}.{} in the attic, kept equal to {}", source, names, target),
      std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = aside ? fmt::format("`afloat revert`: the columns are made again of what {} has", target)
                    : "`afloat revert`: the columns are in the attic, and stay equal until they are purged";
  return step;
}

HiddenColumns hidden(const CrossSync& sync, const OperationContext& context) {
  HiddenColumns columns{sync.source, {}};
  for (const CrossColumn& pair : sync.columns)
    columns.names.emplace_back(pair.source, attic_name(context, pair.source));
  return columns;
}

std::vector<Step> revert_steps(const CrossSync& sync, const std::optional<AsideTable>& aside,
                               const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const bool sqlite = sql.dialect() == Dialect::sqlite;
  std::vector<Piece> pieces{sql.drop_cross_sync(attic_sync(sync, context))};
  if (aside) pieces.push_back(aside->drop);
  for (const CrossColumn& pair : sync.columns)
    pieces.push_back(undone(sql.rename_column(sync.source, pair.source, attic_name(context, pair.source))));
  std::vector<Step> filled;
  for (const CrossColumn& pair : sync.columns) {
    const Column& column = source_column(sync, pair);
    if (!column.not_null || must_relax(column)) continue;
    if (sqlite)
      pieces.push_back(undone(sql.relax_not_null(sync.source, column.name)));
    else
      for (Step& step : sql.not_null_steps(sync.source, column.name, Phase::revert))
        filled.push_back(std::move(step));
  }
  pieces.push_back(sql.create_cross_sync(sync));
  std::vector<Step> steps;
  if (aside) steps = cross_remade(*aside, sync, context);
  steps.push_back(
      revert_step(fmt::format("bring {}.{} back from the attic, kept equal to {} both ways",
                              display(sync.source.name), source_names(sync), display(sync.target.name)),
                  std::move(pieces)));
  for (Step& step : rebuild_hidden(hidden(sync, context), context)) steps.push_back(std::move(step));
  for (Step& step : filled) steps.push_back(std::move(step));
  append_index_settings(hidden(sync, context), steps);
  return steps;
}

/// Columns that expand let be NULL stay so in the window.
HiddenColumns required_again(const CrossSync& sync, const OperationContext& context, Table& table) {
  for (Column& column : table.columns)
    if (must_relax(column)) column.not_null = false;
  return {table, hidden(sync, context).names};
}

Step purge_step(const CrossSync& sync, const OperationContext& context) {
  const CrossSync attic = attic_sync(sync, context);
  std::vector<Piece> pieces{context.sql.drop_cross_sync(attic)};
  for (const CrossColumn& pair : attic.columns)
    pieces.push_back(context.sql.drop_column(attic.source, pair.source));
  Step step = combine(Phase::purge, fmt::format("drop {}.{}", display(sync.source.name), source_names(attic)),
                      std::move(pieces));
  step.inverse.clear();
  step.destroys = !sync.owns_target;
  step.undo = sync.owns_target
                  ? "no way back from here; nothing is lost, the values are in " + display(sync.target.name)
                  : end_of_partings(sync);
  return step;
}
} // namespace

const Column& source_column(const CrossSync& sync, const CrossColumn& pair) {
  return *sync.source.find_column(pair.source);
}

bool has_any(const Constraint& constraint, const CrossSync& sync) {
  return std::ranges::any_of(sync.columns, [&](const CrossColumn& pair) {
    return std::ranges::count(constraint.columns, pair.source) > 0;
  });
}

bool must_relax(const Column& column) {
  return column.not_null && !column.default_sql;
}

Column moved(const Column& column, std::string name) {
  Column copy = column;
  copy.name = std::move(name);
  copy.not_null = false;
  return copy;
}

std::string subject_of(const CrossSync& sync) {
  return fmt::format("{}.{} and {}.{}", display(sync.source.name), source_names(sync),
                     display(sync.target.name), join(names_of(sync.columns, &CrossColumn::target), ", "));
}

void refuse_unmovable(const OperationSpec& spec, const OperationContext& context, std::string_view field,
                      const Table& table, const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    const Column& column = *table.find_column(name);
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw invalid(spec, context, field, fmt::format("\"{}\" {}", name, why), hint + "Nothing was changed.");
    };
    if (is_own_name(name)) refuse("belongs to afloat itself", "");
    if (std::ranges::count(table.primary_key, name) > 0) refuse("is part of the primary key", "");
    if (!column.generated.empty())
      refuse("is a generated column, which nobody writes", "Move the columns that it is computed from. ");
    if (!column.identity.empty()) refuse("is an identity column", "");
    if (const std::string reason = identity_lost_with(table, name); !reason.empty())
      refuse("cannot go: " + reason, fmt::format("{} ", k_keep_identity));
    if (column.default_sql && !column.default_is_constant)
      refuse("has a default that differs from row to row, so that nobody can tell whether it was written",
             "Drop the default first (`drop_default`). ");
    for (const Column& other : table.columns)
      if (!other.generated.empty() && mentions(other.generated, table.name.name, name))
        refuse(fmt::format("is what the generated column \"{}\" is computed from", other.name),
               "Drop that first. ");
    const bool in_text = std::ranges::any_of(table.constraints, [&](const Constraint& constraint) {
      return std::ranges::count(constraint.columns, name) > 0;
    });
    if (context.sql.dialect() == Dialect::sqlite && in_text)
      refuse("is part of a UNIQUE, CHECK or FOREIGN KEY of the table, which SQLite cannot take away without "
             "rebuilding the table",
             "Not supported yet on SQLite. ");
  }
}

CrossSync attic_sync(const CrossSync& window, const OperationContext& context) {
  CrossSync sync = window;
  sync.attic = true;
  for (CrossColumn& pair : sync.columns) {
    const std::string hidden = attic_name(context, pair.source);
    if (Column* column = sync.source.find_column(pair.source)) column->name = hidden;
    pair.source = hidden;
  }
  return sync;
}

std::vector<Piece> relax_pieces(const CrossSync& sync, const OperationContext& context) {
  std::vector<Piece> pieces;
  for (const CrossColumn& pair : sync.columns)
    if (must_relax(source_column(sync, pair)))
      pieces.push_back(context.sql.relax_not_null(sync.source, pair.source));
  return pieces;
}

std::string end_of_partings(const CrossSync& sync) {
  return fmt::format("POINT OF NO RETURN: what rows of {} had that lost their row of {} is gone",
                     display(sync.source.name), display(sync.target.name));
}

void append_contract(const CrossSync& sync, const std::optional<AsideTable>& aside,
                     const OperationContext& context, OperationPlan& plan) {
  plan.steps.push_back(range_step(Phase::contract, StepKind::check,
                                  fmt::format("compare {} in every row", subject_of(sync)),
                                  context.sql.compare(sync, true), sync.source));
  plan.steps.push_back(swap_step(sync, aside, context, plan));
  const CrossSync attic = attic_sync(sync, context);
  if (aside)
    append_cross_purge(*aside, sync, plan);
  else {
    plan.steps.push_back(range_step(Phase::purge, StepKind::check,
                                    fmt::format("compare {} in every row", subject_of(attic)),
                                    // A row that has lost its partner keeps what it had, for a revert.
                                    context.sql.compare(attic, sync.owns_target), attic.source));
    plan.steps.push_back(purge_step(sync, context));
  }
  append_revert(plan, revert_steps(sync, aside, context));
  Table table = sync.source;
  plan.revert_losses = losses_of_rebuild(required_again(sync, context, table), context);
  if (aside) plan.revert_losses = asked_of_cross(*aside, sync, std::move(plan.revert_losses), context);
}

void apply_to_source(const CrossSync& sync, const OperationContext& context, Schema& schema, Shape shape) {
  Table& table = *schema.find(sync.source.name);
  for (const CrossColumn& pair : sync.columns) {
    const std::string& name = pair.source;
    if (shape == Shape::window) {
      if (!must_relax(source_column(sync, pair))) continue;
      note_change(table, context, {context.sql.relax_not_null(sync.source, name)});
      table.find_column(name)->not_null = false;
      continue;
    }
    note_change(table, context, {context.sql.drop_column(sync.source, name)});
    std::erase_if(table.indexes, [&](const Index& index) { return uses_column(index, table, name); });
    std::erase_if(table.constraints, [&](const Constraint& constraint) {
      return std::ranges::count(constraint.columns, name) > 0;
    });
    std::erase_if(table.columns, [&](const Column& column) { return column.name == name; });
  }
}

} // namespace afloat
