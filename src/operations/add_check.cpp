#include "operations/new_constraint.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::vector<std::string> columns_of(const Table& table, std::string_view condition) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns)
    if (mentions(condition, table.name.name, column.name)) columns.push_back(column.name);
  return columns;
}

Constraint constraint_of(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  const std::string condition = text(spec.fields, "check");
  Constraint constraint;
  constraint.kind = ConstraintKind::check;
  constraint.columns = columns_of(table, condition);
  constraint.definition = fmt::format("CHECK ({})", condition);
  constraint.name = chosen_name(spec, context, table, constraint, "check");
  return constraint;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  refuse_placeholders(spec, context, table);
  NewConstraint adding{
      .table = table, .constraint = constraint_of(spec, context, table), .phase = enforced_in(spec, context)};
  const std::string& name = adding.constraint.name;
  adding.condition = text(spec.fields, "check");
  const std::string rejected = fmt::format("NOT ({})", adding.condition);
  adding.looks.push_back(
      range_step(Phase::expand, StepKind::check, fmt::format("look for rows that {} would reject", name),
                 context.sql.rows_where(table, adding.constraint.columns, rejected), table));
  adding.steps = context.sql.constraint_steps(table, adding.constraint, rejected, adding.phase);
  adding.steps.front().trial = context.sql.constraint_trial(table, adding.constraint, nullptr);
  return plan_of(std::move(adding), context);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Table& table = required_table(spec, context);
  const bool there = shape == Shape::complete || enforced_in(spec, context) == Phase::expand;
  if (there) apply_constraint(table, constraint_of(spec, context, table), context, schema);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"check", FieldType::text, true, "SQL condition over the row's columns that no row may break",
     k_expression},
    k_constraint_name_field,
    k_enforce_field,
};
} // namespace

const OperationRow k_add_check{"add_check", "Add a CHECK without reading the table under a strong lock",
                               k_fields,    only_table,
                               plan,        apply};

} // namespace afloat
