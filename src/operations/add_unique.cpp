#include "dialect/partitions.hpp"
#include "operations/duplicates.hpp"
#include "operations/new_constraint.hpp"
#include "operations/new_key.hpp"
#include "operations/rows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

// A unique index rejects duplicates from the first moment of its build, so it is built at contract. Who
// writes a duplicate cannot be counted before: without an index each write would read the whole table.
namespace afloat {
namespace {
Constraint constraint_of(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  Constraint constraint;
  constraint.kind = ConstraintKind::unique;
  constraint.columns = key_columns(spec, context, table);
  constraint.deferrable = flag(spec.fields, "deferrable", false);
  const std::vector<std::string> included = list(spec.fields, "include");
  constraint.definition = fmt::format(
      "UNIQUE {}{}{}{}", flag(spec.fields, "nulls_not_distinct", false) ? "NULLS NOT DISTINCT " : "",
      column_list(constraint.columns, context.sql),
      included.empty() ? "" : " INCLUDE " + column_list(included, context.sql), timing(spec, context));
  constraint.name = chosen_name(spec, context, table, constraint, "key");
  return constraint;
}

Index index_of(const OperationSpec& spec, const Constraint& constraint) {
  Index index = index_for(constraint);
  index.nulls_not_distinct = flag(spec.fields, "nulls_not_distinct", false);
  index.include = list(spec.fields, "include");
  return index;
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  refuse_unfit_key_table(spec, context, table);
  if (!list(spec.fields, "include").empty()) key_columns(spec, context, table, "include");
  if (context.sql.dialect() == Dialect::sqlite) {
    for (const char* field : {"nulls_not_distinct", "include", "deferrable"})
      if (find(spec.fields, field))
        throw invalid(spec, context, field, fmt::format("SQLite has no unique index with `{}`", field),
                      "Leave it out. Nothing was changed.");
  } else if (const int version = context.before.server_version;
             flag(spec.fields, "nulls_not_distinct", false) && version != 0 && version < 150'000) {
    throw invalid(spec, context, "nulls_not_distinct", "NULLS NOT DISTINCT needs PostgreSQL 15",
                  "Leave it out. Nothing was changed.");
  }
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  refuse_placeholders(spec, context, table);
  refuse_unfit(spec, context, table);
  NewConstraint adding{
      .table = table, .constraint = constraint_of(spec, context, table), .phase = enforced_in(spec, context)};
  refuse_without_partition_key(spec, context, table, adding.constraint);
  const Index index = index_of(spec, adding.constraint);
  std::ranges::move(look_for_names(table, index), std::back_inserter(adding.looks));
  adding.looks.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for duplicates that {} would reject", index.name),
                                    duplicates(table, index, context.sql), table));
  adding.steps = context.sql.key_steps(table, index, adding.constraint, adding.phase);
  const std::vector<std::string> notes = key_notes(table, index, adding.constraint, context);
  const bool at_contract = adding.phase == Phase::contract;
  OperationPlan plan = plan_of(std::move(adding), context);
  if (at_contract) plan.contract_obstacles = index_obstacles(table, index);
  std::ranges::copy(notes, std::back_inserter(plan.notes));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Table& table = required_table(spec, context);
  if (shape == Shape::window && enforced_in(spec, context) != Phase::expand) return;
  const Constraint constraint = constraint_of(spec, context, table);
  if (context.sql.dialect() == Dialect::postgres) return apply_constraint(table, constraint, context, schema);
  schema.find(table.name)->indexes.push_back(index_of(spec, constraint));
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"columns", FieldType::text_list, true, "The columns whose values, taken together, occur once"},
    k_constraint_name_field,
    k_enforce_field,
    {"nulls_not_distinct", FieldType::flag, false, "PostgreSQL 15: NULL occurs once as well"},
    {"include", FieldType::text_list, false, "PostgreSQL: columns that the index only carries"},
    {"deferrable", FieldType::flag, false, "PostgreSQL: DEFERRABLE"},
    {"initially_deferred", FieldType::flag, false, "PostgreSQL: INITIALLY DEFERRED"},
};
} // namespace

const OperationRow k_add_unique{
    "add_unique", "Add UNIQUE without keeping writers out while its index is built",
    k_fields,     only_table,
    plan,         apply};

} // namespace afloat
