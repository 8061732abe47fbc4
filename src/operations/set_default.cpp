#include "operations/common.hpp"
#include "operations/rows.hpp"

#include <fmt/format.h>

// A change of the catalog alone: no row changes. On SQLite rows that are older than the column hold no value
// of it and read the default of today, so they are given their value first.
namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  const Column& column;
  std::string expression;
};

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  return {table, required_column(spec, table), text(spec.fields, "default")};
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  refuse_without_default(spec, context, want.column);
  refuse_placeholders(spec, context, want.table);
  const std::string subject = touched(want.table, want.column.name);
  OperationPlan plan;
  append_stored_default(want.table, want.column, want.expression, context, plan);
  Step step = combine(Phase::expand, fmt::format("set the default of {} to {}", subject, want.expression),
                      {context.sql.set_default(want.table, want.column.name, want.expression)});
  step.trial = context.sql.default_trial(want.table, want.column, want.expression);
  step.undo = want.column.default_sql ? "sets the default back to " + *want.column.default_sql
                                      : "takes the default away again";
  plan.steps.push_back(std::move(step));
  plan.touches = {subject};
  plan.notes.push_back(fmt::format(
      "From expand on rows that the old release inserts without {} get the new default too. Rows that are "
      "there keep their value.",
      subject));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Wanted want = wanted(spec, context);
  Table& table = *schema.find(want.table.name);
  note_change(table, context, {context.sql.set_default(want.table, want.column.name, want.expression)});
  Column& column = *table.find_column(want.column.name);
  column.default_sql = want.expression;
  column.default_of = DefaultOf::column;
  column.default_is_constant = is_constant_expression(want.expression);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column"},
    {"default", FieldType::text, true, "Its new default, an SQL expression: `'new'`, `0`, `now()`",
     k_expression},
};
} // namespace

const OperationRow k_set_default{
    "set_default", "Give a column a default, or another one", k_fields, only_table, plan, apply};

} // namespace afloat
