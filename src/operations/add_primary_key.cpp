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
  if (context.sql.dialect() == Dialect::sqlite)
    throw invalid(
        spec, context, "table",
        "on SQLite only a rebuild of the table adds a primary key, which this operation does not do",
        "`set_not_null` for each column and `add_unique` make a key that foreign keys can point at. "
        "Nothing was changed.");
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

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  refuse_placeholders(spec, context, table);
  refuse_unfit(spec, context, table);
  NewConstraint adding{
      .table = table, .constraint = constraint_of(spec, context, table), .phase = enforced_in(spec, context)};
  const Index index = index_for(adding.constraint);
  require_values(adding, context);
  adding.looks.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for duplicates that {} would reject", index.name),
                                    duplicates(table, index, context.sql), table));
  std::ranges::move(context.sql.key_steps(table, index, adding.constraint, adding.phase),
                    std::back_inserter(adding.steps));
  const std::vector<std::string> notes = key_notes(table, index, adding.constraint, context);
  const std::vector<std::string> not_null = nullable(table, adding.constraint);
  OperationPlan plan = plan_of(std::move(adding), context);
  std::ranges::copy(notes, std::back_inserter(plan.notes));
  for (const std::string& column : not_null) plan.touches.push_back(touched(table, column));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Table& table = required_table(spec, context);
  if (shape == Shape::window && enforced_in(spec, context) != Phase::expand) return;
  apply_constraint(table, constraint_of(spec, context, table), context, schema);
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
