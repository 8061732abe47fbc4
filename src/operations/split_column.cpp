#include "operations/aside.hpp"
#include "operations/common.hpp"
#include "operations/reshape.hpp"
#include "operations/rows.hpp"

namespace afloat {
namespace {
Reshape reshape_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  Reshape reshape{table, {}, {}, conflict_policy(spec, context)};
  reshape.goes.push_back({&required_column(spec, table), text(spec.fields, "down"), where(spec, "down")});
  for (const Record& record : records(spec.fields, "to"))
    reshape.comes.push_back(column_that_comes(spec, record, "column"));
  return reshape;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Reshape reshape = reshape_of(spec, context);
  if (reshape.comes.size() < 2)
    throw invalid(spec, context, "to", "a column is split into two columns or more",
                  "Give each a table [[operation.to]] of its own; for one column of another type there is "
                  "change_type. Nothing was changed.");
  return plan_reshape(spec, context, reshape);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  apply_reshape(context, reshape_of(spec, context), schema, shape);
}

constexpr FieldRow k_to_fields[] = {
    {"column", FieldType::text, true, "Name of the new column"},
    {"column_type", FieldType::text, true, "Its type, as in CREATE TABLE", k_column_type},
    {"up", FieldType::text, true, "SQL expression over the old column: the new column's value", k_expression},
    {"not_null", FieldType::flag, false, "NOT NULL from contract on"},
};

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column that is split"},
    {"down", FieldType::text, true,
     "SQL expression over the new columns: what the old release reads when the new one has written",
     k_expression},
    {"to", FieldType::records, true, "The new columns, each as a table [[operation.to]]", {}, k_to_fields},
    {"conflict", FieldType::text, false,
     "What becomes of a statement that writes both sides with values that do not agree: `new_wins`, the "
     "default, or `reject`"},
    k_attic_field,
};
} // namespace

const OperationRow k_split_column{
    "split_column", "Split a column into several while both releases write their own shape",
    k_fields,       only_table,
    plan,           apply};

} // namespace afloat
