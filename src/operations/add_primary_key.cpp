#include "dialect/partitions.hpp"
#include "operations/duplicates.hpp"
#include "operations/new_constraint.hpp"
#include "operations/new_key.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
Constraint constraint_of(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  Constraint constraint;
  constraint.kind = ConstraintKind::primary_key;
  constraint.columns = key_columns(spec, context, table);
  constraint.definition = "PRIMARY KEY " + column_list(constraint.columns, context.sql);
  constraint.name = chosen_name(spec, context, table, constraint, "pkey");
  return constraint;
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  if (!table.primary_key.empty())
    throw invalid(
        spec, context, "table",
        fmt::format("{} has a primary key already: ({})", display(table.name), join(table.primary_key, ", ")),
        "`add_unique` adds another key. Nothing was changed.");
  if (context.sql.dialect() == Dialect::sqlite && enforced_in(spec, context) == Phase::expand)
    throw invalid(spec, context, "enforce",
                  "on SQLite the table is made anew for its primary key, which abort could not undo",
                  "Leave `enforce` out: the key comes at contract. Nothing was changed.");
  refuse_unfit_key_table(spec, context, table);
}

std::vector<std::string> nullable(const Table& table, const Constraint& constraint) {
  std::vector<std::string> columns;
  for (const std::string& name : constraint.columns)
    if (!table.find_column(name)->not_null) columns.push_back(name);
  return columns;
}

/// The columns must be NOT NULL before the key comes, or adding it reads the table under its strong lock.
void require_values(NewConstraint& adding, const OperationContext& context) {
  const std::vector<std::string> columns = nullable(adding.table, adding.constraint);
  if (columns.empty()) return;
  std::vector<std::string> present, missing;
  for (const std::string& column : columns) {
    present.push_back(context.sql.identifier(column) + " IS NOT NULL");
    missing.push_back(context.sql.identifier(column) + " IS NULL");
    if (context.sql.dialect() == Dialect::sqlite) continue; // in the rebuild
    std::vector<Step> steps = context.sql.not_null_steps(adding.table, column, adding.phase);
    for (Step& step : steps) {
      if (step.inverse.empty()) step.inverse = steps.front().inverse; // of VALIDATE: drops the check
      adding.steps.push_back(step);
    }
  }
  adding.condition = join(present, " AND ");
  adding.looks.push_back(range_step(
      Phase::expand, StepKind::check,
      fmt::format("look for rows of {} where {} is NULL", display(adding.table.name), join(columns, " or ")),
      context.sql.rows_where(adding.table, adding.constraint.columns, join(missing, " OR ")), adding.table));
}

/// SQLite: the table with its key, and NOT NULL for the columns, as PostgreSQL has it.
Rebuild rebuild_of(const Table& table, const Constraint& constraint, const OperationContext& context) {
  Rebuild rebuild{sync_id(context), table.name, {}};
  for (const std::string& column : nullable(table, constraint))
    rebuild.edits.push_back({"add_not_null", {column}});
  rebuild.edits.push_back(
      {"add_constraint",
       {fmt::format("CONSTRAINT {} {}", context.sql.identifier(constraint.name), constraint.definition)}});
  return rebuild;
}

/// SQLite: one INTEGER column becomes the number of the row, which nothing but an integer can be.
void require_integers(NewConstraint& adding, const OperationContext& context) {
  const std::vector<std::string>& columns = adding.constraint.columns;
  if (columns.size() != 1 || lower_case(adding.table.find_column(columns[0])->type) != "integer") return;
  adding.looks.push_back(range_step(
      Phase::expand, StepKind::check,
      fmt::format("look for rows of {} where {} is no integer", display(adding.table.name), columns[0]),
      context.sql.rows_where(
          adding.table, columns,
          fmt::format("typeof({}) NOT IN ('integer', 'null')", context.sql.identifier(columns[0]))),
      adding.table));
}

void rebuild_with_key(const OperationSpec& spec, NewConstraint& adding, const OperationContext& context) {
  const Rebuild rebuild = rebuild_of(adding.table, adding.constraint, context);
  const std::string obstacle = context.sql.rebuild_obstacle(adding.table, rebuild);
  if (!obstacle.empty()) throw invalid(spec, context, "table", obstacle, "Nothing was changed.");
  require_integers(adding, context);
  std::ranges::move(context.sql.rebuild_steps(adding.table, rebuild, adding.phase),
                    std::back_inserter(adding.steps));
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  refuse_placeholders(spec, context, table);
  refuse_unfit(spec, context, table);
  NewConstraint adding{
      .table = table, .constraint = constraint_of(spec, context, table), .phase = enforced_in(spec, context)};
  refuse_without_partition_key(spec, context, table, adding.constraint);
  const Index index = index_for(adding.constraint);
  require_values(adding, context);
  std::ranges::move(look_for_names(table, index), std::back_inserter(adding.looks));
  adding.looks.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for duplicates that {} would reject", index.name),
                                    duplicates(table, index, context.sql), table));
  if (context.sql.dialect() == Dialect::sqlite)
    rebuild_with_key(spec, adding, context);
  else
    std::ranges::move(context.sql.key_steps(table, index, adding.constraint, adding.phase),
                      std::back_inserter(adding.steps));
  std::vector<std::string> notes;
  if (context.sql.dialect() == Dialect::postgres) notes = key_notes(table, index, adding.constraint, context);
  const std::vector<std::string> not_null = nullable(table, adding.constraint);
  const bool at_contract = adding.phase == Phase::contract;
  OperationPlan plan = plan_of(std::move(adding), context);
  if (at_contract) plan.contract_obstacles = index_obstacles(table, index);
  if (context.sql.dialect() == Dialect::sqlite)
    plan.no_revert.push_back(
        fmt::format("On SQLite {} is made anew for its primary key.", display(table.name)));
  std::ranges::copy(notes, std::back_inserter(plan.notes));
  for (const std::string& column : not_null) plan.touches.push_back(touched(table, column));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Table& table = required_table(spec, context);
  if (shape == Shape::window && enforced_in(spec, context) != Phase::expand) return;
  const Constraint constraint = constraint_of(spec, context, table);
  if (context.sql.dialect() == Dialect::postgres) return apply_constraint(table, constraint, context, schema);
  Table& changed = *schema.find(table.name);
  changed = context.sql.rebuilt(table, rebuild_of(table, constraint, context));
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"columns", FieldType::text_list, true, "The columns of the key, in order"},
    k_constraint_name_field,
    k_enforce_field,
};
} // namespace

const OperationRow k_add_primary_key{"add_primary_key",
                                     "Give a table its primary key without keeping writers out",
                                     k_fields,
                                     only_table,
                                     plan,
                                     apply};

} // namespace afloat
