#include "operations/aside.hpp"

#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string subject_of(const Table& table, const std::vector<std::string>& columns) {
  return fmt::format("{}.{}", display(table.name), join(columns, ", "));
}

bool is_one_of(const std::vector<const Column*>& columns, const std::string& name) {
  return std::ranges::any_of(columns, [&](const Column* column) { return column->name == name; });
}

/// No other column of the table: then it can be asked of what is kept alone.
bool has_only(const Index& index, const Table& table, const std::vector<const Column*>& columns) {
  return std::ranges::none_of(table.columns, [&](const Column& column) {
    return !is_one_of(columns, column.name) && uses_column(index, table, column.name);
  });
}

bool has_only(const Constraint& constraint, const std::vector<const Column*>& columns) {
  return std::ranges::all_of(constraint.columns,
                             [&](const std::string& name) { return is_one_of(columns, name); });
}

Step aside_check(Phase phase, const AsideTable& aside, const Table& table,
                 const std::vector<std::string>& columns) {
  return range_step(
      phase, StepKind::check,
      fmt::format("compare {} and {} in every row", subject_of(table, columns), display(aside.rows.name)),
      aside.compare, table);
}
} // namespace

std::string rewriting_note(const Table& table) {
  return fmt::format(
      "Contract writes every row of {} anew in one transaction (DROP COLUMN), which keeps other writers "
      "out: about 60 ms for 100,000 rows.",
      display(table.name));
}

bool wants_aside(const OperationSpec& spec, const OperationContext& context) {
  const std::string attic = text(spec.fields, "attic");
  if (attic.empty() || attic == "column") return false;
  if (attic == "aside") return true;
  throw invalid(spec, context, "attic", fmt::format("\"{}\" is no way to keep the old shape", attic),
                "It is: column (the default), aside. Nothing was changed.");
}

void refuse_aside_here(const OperationSpec& spec, const OperationContext& context, const std::string& why) {
  if (!wants_aside(spec, context)) return;
  throw invalid(spec, context, "attic", why,
                "Leave `attic` out: the old column is then hidden in the table. Nothing was changed.");
}

AsideTable aside_of(const OperationSpec& spec, const OperationContext& context, const Table& table,
                    std::vector<AsideColumn> columns) {
  AsideTable aside = context.sql.aside({sync_id(context), table, std::move(columns)});
  if (!aside.refused.empty()) refuse_aside_here(spec, context, aside.refused);
  return aside;
}

void refuse_aside(const OperationSpec& spec, const OperationContext& context, const Table& table,
                  const Column& column) {
  const auto refuse = [&](const std::string& why) {
    refuse_aside_here(spec, context, fmt::format("\"{}\" {}", column.name, why));
  };
  const std::vector<const Column*> columns{&column};
  if (!column.generated.empty()) refuse("is a generated column, of which there is nothing to keep");
  if (column.default_sql && !column.default_is_constant)
    refuse("has a default that differs from row to row, so that no row can be without it");
  for (const Index& index : table.indexes) {
    if (!index.unique || !uses_column(index, table, column.name)) continue;
    if (column.default_sql) refuse("is unique and has a default, of which there could be one row only");
    if (!has_only(index, table, columns))
      refuse(fmt::format("is unique together with other columns ({}): what is kept by itself cannot be asked "
                         "whether it could come back",
                         index.name));
  }
  for (const Constraint& constraint : table.constraints) {
    if (std::ranges::count(constraint.columns, column.name) == 0) continue;
    if (context.sql.dialect() == Dialect::sqlite)
      refuse("is part of a UNIQUE, CHECK or FOREIGN KEY, which stands in the text of the table and would not "
             "come back with the column");
    if (!has_only(constraint, columns))
      refuse(fmt::format("is part of {} together with other columns: what is kept by itself cannot be asked "
                         "whether it could come back",
                         constraint.name));
  }
}

Column returning(const Column& column) {
  Column back = column;
  back.not_null = column.not_null && column.default_sql.has_value();
  return back;
}

void append_aside_checks(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                         OperationPlan& plan) {
  plan.steps.push_back(range_step(
      Phase::backfill, StepKind::backfill,
      fmt::format("keep {} in {}", subject_of(table, columns), display(aside.rows.name)), aside.keep, table));
  plan.steps.back().undo = "the table goes with abort";
  plan.steps.push_back(aside_check(Phase::backfill, aside, table, columns));
  plan.steps.push_back(aside_check(Phase::contract, aside, table, columns));
}

Step aside_swap(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                std::vector<Piece> pieces, const OperationContext& context) {
  for (const std::string& column : columns) pieces.push_back(context.sql.drop_column(table, column));
  Step step = combine(Phase::contract,
                      fmt::format("take {} out of the table; {} keeps what was there",
                                  subject_of(table, columns), display(aside.rows.name)),
                      std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: the values are kept by key until they are purged";
  return step;
}

std::vector<Step> aside_returns(const AsideTable& aside, const Table& table,
                                const std::vector<Column>& columns, std::vector<Piece> window,
                                const OperationContext& context) {
  std::vector<std::string> names;
  std::vector<Piece> pieces;
  for (const Column& column : columns) {
    names.push_back(column.name);
    pieces.push_back(context.sql.add_column(table, column));
  }
  for (Piece& piece : window) pieces.push_back(std::move(piece));
  pieces.push_back(aside.reopen);
  const std::string subject = subject_of(table, names), kept = display(aside.rows.name);
  std::vector<Step> steps{revert_step(fmt::format("add {} again, in sync", subject), std::move(pieces))};
  steps.push_back(range_step(Phase::revert, StepKind::backfill, fmt::format("fill {} from {}", subject, kept),
                             aside.bring_back, table));
  steps.push_back(aside_check(Phase::revert, aside, table, names));
  return steps;
}

Step aside_purge(const AsideTable& aside) {
  Step step = combine(Phase::purge, "drop " + display(aside.rows.name), {aside.drop});
  step.inverse.clear();
  return step;
}

std::vector<Loss> aside_losses(const AsideTable& aside, const Table& table,
                               const std::vector<const Column*>& columns, const OperationContext& context) {
  Table kept = aside.rows;
  HiddenColumns hidden{kept, {}};
  std::vector<Loss> losses;
  for (const Column* column : columns) {
    hidden.names.emplace_back(column->name, column->name);
    if (!column->not_null || column->default_sql) continue;
    Loss loss{fmt::format("NOT NULL on {}", touched(table, column->name)), aside.left_out.count_left,
              fmt::format("Give these rows a value in {}.", display(kept.name)), std::nullopt};
    loss.check = aside.left_out;
    losses.push_back(std::move(loss));
  }
  for (const Index& index : table.indexes)
    if (std::ranges::any_of(columns, [&](const Column* one) { return uses_column(index, table, one->name); })
        && has_only(index, table, columns))
      kept.indexes.push_back(index);
  for (const Constraint& constraint : table.constraints)
    if (!constraint.columns.empty() && has_only(constraint, columns)) kept.constraints.push_back(constraint);
  for (Loss& loss : losses_of_rebuild(hidden, context)) losses.push_back(std::move(loss));
  return losses;
}

void append_aside_facts(const AsideTable& aside, const Table& table, const std::vector<std::string>& columns,
                        const OperationContext& context, OperationPlan& plan) {
  for (const std::string& key : table.primary_key) plan.reads.push_back(touched(table, key));
  for (const Guard& guard : aside.guards) plan.guards.push_back(guard);
  plan.notes.push_back(
      fmt::format("Contract takes {} out of {}: `SELECT *` and positional INSERTs see the new shape alone. "
                  "After a revert it is the table's last column.",
                  join(columns, ", "), display(table.name)));
  if (context.sql.dialect() == Dialect::sqlite) plan.notes.push_back(rewriting_note(table));
}

} // namespace afloat
