#include "model/domains.hpp"
#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"

#include <fmt/format.h>

// Without NOT NULL this is a change of the catalog alone, complete after expand. With NOT NULL it would
// reject the inserts of a release that relies on the default, so then it waits for contract.
namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  const Column& column;
};

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  return {table, required_column(spec, table)};
}

Step drop_step(const Wanted& want, const OperationContext& context) {
  const Phase phase = want.column.not_null ? Phase::contract : Phase::expand;
  const std::string before = *want.column.default_sql;
  Step step = combine(phase, fmt::format("drop the default of {}", touched(want.table, want.column.name)),
                      {context.sql.drop_default(want.table, want.column.name)});
  step.undo = "sets the default back to " + before;
  if (phase == Phase::contract) {
    step.inverse.clear();
    step.swap = true;
    step.undo = fmt::format("`afloat revert` gives it back, it was {}", before);
  }
  return step;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  refuse_without_default(spec, context, want.column);
  if (!want.column.default_sql)
    throw invalid(spec, context, "column", fmt::format("\"{}\" has no default", want.column.name),
                  "There is nothing to do: take this operation out. Nothing was changed.");
  refuse_placeholders(spec, context, want.table);
  const std::string subject = touched(want.table, want.column.name);
  OperationPlan plan;
  append_stored_default(want.table, want.column, std::nullopt, context, plan);
  plan.steps.push_back(drop_step(want, context));
  if (want.column.not_null)
    append_revert(
        plan, {revert_step(fmt::format("set the default of {} back to {}", subject, *want.column.default_sql),
                           {undone(context.sql.drop_default(want.table, want.column.name))})});
  plan.touches = {subject};
  plan.notes.push_back(
      want.column.not_null
          ? fmt::format(
                "From contract on an insert without {} is rejected: it is NOT NULL. Who still relies on "
                "the default cannot be seen; contract when the old release is gone.",
                subject)
          : fmt::format("From expand on rows that the old release inserts without {} get NULL.", subject));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Wanted want = wanted(spec, context);
  if (want.column.not_null && shape == Shape::window) return;
  Table& table = *schema.find(want.table.name);
  note_change(table, context, {context.sql.drop_default(want.table, want.column.name)});
  Column& column = *table.find_column(want.column.name);
  column.default_sql.reset();
  column.default_is_constant = true;
  column.default_of = domain_of(schema, column.type) ? DefaultOf::null : DefaultOf::column;
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column"},
};
} // namespace

const OperationRow k_drop_default{"drop_default", "Take a column's default away", k_fields, only_table, plan,
                                  apply};

} // namespace afloat
