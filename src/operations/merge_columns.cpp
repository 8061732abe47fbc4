#include "operations/aside.hpp"
#include "operations/common.hpp"
#include "operations/reshape.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat {
namespace {
const Column& old_column(const OperationSpec& spec, const Table& table, const Record& record) {
  OperationSpec one = spec; // so that the message stands where the name does
  one.fields = record;
  return required_column(one, table);
}

Reshape reshape_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  Reshape reshape{table, {}, {}, conflict_policy(spec, context)};
  for (const Record& record : records(spec.fields, "from"))
    reshape.goes.push_back(
        {&old_column(spec, table, record), text(record, "down"), find(record, "down")->where});
  reshape.comes.push_back(column_that_comes(spec, spec.fields, "to"));
  return reshape;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Reshape reshape = reshape_of(spec, context);
  if (reshape.goes.size() < 2)
    throw invalid(spec, context, "from", "two columns or more are merged into one",
                  "Give each a table [[operation.from]] of its own; for one column of another type there is "
                  "change_type. Nothing was changed.");
  return plan_reshape(spec, context, reshape);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  apply_reshape(context, reshape_of(spec, context), schema, shape);
}

constexpr FieldRow k_from_fields[] = {
    {"column", FieldType::text, true, "Name of the column that is merged"},
    {"down", FieldType::text, true,
     "SQL expression over the new column: what the old release reads in this one when the new one has "
     "written",
     k_expression},
};

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"from",
     FieldType::records,
     true,
     "The columns that are merged, each as a table [[operation.from]]",
     {},
     k_from_fields},
    {"to", FieldType::text, true, "Name of the new column"},
    {"column_type", FieldType::text, true, "Its type, as in CREATE TABLE", k_column_type},
    {"up", FieldType::text, true, "SQL expression over the old columns: the new column's value",
     k_expression},
    {"not_null", FieldType::flag, false, "NOT NULL from contract on"},
    {"conflict", FieldType::text, false,
     "What becomes of a statement that writes both sides with values that do not agree: `new_wins`, the "
     "default, or `reject`"},
    k_attic_field,
};
} // namespace

const OperationRow k_merge_columns{"merge_columns",
                                   "Merge several columns into one while both releases write their own shape",
                                   k_fields,
                                   only_table,
                                   plan,
                                   apply};

} // namespace afloat
