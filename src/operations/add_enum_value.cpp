#include "operations/common.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  const Column& column;
  EnumValue value;
};

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  Wanted want{table, required_column(spec, table), {}};
  const std::string before = text(spec.fields, "before"), after = text(spec.fields, "after");
  want.value = {text(spec.fields, "value"), before.empty() ? after : before, !before.empty()};
  return want;
}

EnumChange change_of(const Wanted& want, const OperationContext& context) {
  return context.sql.add_enum_value(want.table, want.column, context.before.types, want.value);
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Wanted& want,
                  const EnumChange& change) {
  if (!change.refused.empty())
    throw invalid(spec, context, "column", change.refused,
                  context.sql.dialect() == Dialect::sqlite
                      ? "Another form of CHECK is not supported. Nothing was changed."
                      : "Nothing was changed.");
  if (!text(spec.fields, "before").empty() && !text(spec.fields, "after").empty())
    throw invalid(spec, context, "after", "`before` and `after` are both given",
                  "Give one. Nothing was changed.");
  const std::string& neighbour = want.value.neighbour;
  if (!neighbour.empty() && std::ranges::count(change.labels, neighbour) == 0) {
    const auto near = nearest(neighbour, change.labels);
    throw invalid(spec, context, want.value.before ? "before" : "after",
                  fmt::format("\"{}\" is not one of the values", neighbour),
                  near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                       : fmt::format("They are: {}. Nothing was changed.", join(change.labels, ", ")));
  }
}

/// Where the value can be taken back, only while no row has it.
Loss rows_that_have_it(const Wanted& want, const OperationContext& context) {
  const std::string table = context.sql.relation(want.table.name),
                    column = context.sql.identifier(want.column.name);
  const std::string rows =
      fmt::format("FROM {} WHERE {} = {}", table, column, context.sql.literal(want.value.value));
  std::vector<std::string> key;
  for (const std::string& name : want.table.primary_key)
    key.push_back(
        fmt::format("{} || CAST({} AS text)", context.sql.literal(name + " "), context.sql.identifier(name)));
  Loss loss;
  loss.what = fmt::format("taking \"{}\" from {}", want.value.value, touched(want.table, want.column.name));
  loss.remedy =
      fmt::format("Give these rows another value first, such as with `UPDATE {} SET {} = …`.", table, column);
  RangeWork work;
  work.table = want.table.name;
  work.in_range_from_start =
      fmt::format("SELECT {} {} LIMIT {{limit}}", key.empty() ? column : join(key, " || ', ' || "), rows);
  work.count_left = "SELECT count(*) " + rows;
  loss.query = work.count_left;
  loss.check = std::move(work);
  return loss;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  EnumChange change = change_of(want, context);
  refuse_placeholders(spec, context, want.table);
  refuse_unfit(spec, context, want, change);
  const bool sqlite = context.sql.dialect() == Dialect::sqlite;
  const std::string subject = touched(want.table, want.column.name);
  const std::string type = display(change.type);
  OperationPlan plan;
  plan.touches = {subject};
  plan.notes.push_back(
      fmt::format("The old release may read \"{}\" as soon as the new one writes it.", want.value.value));
  if (std::ranges::count(change.labels, want.value.value) > 0)
    plan.notes.push_back(fmt::format(
        "\"{}\" is one of the values already, wherever it stands: nothing changes.", want.value.value));
  if (sqlite && change.piece.statements.empty()) return plan;
  Step step =
      combine(Phase::expand,
              fmt::format("let {} take \"{}\"", sqlite ? subject : "the enum " + type, want.value.value),
              {std::move(change.piece)});
  step.undo = sqlite ? "the value is taken out of the list, if no row has it"
                     : "the value stays in the enum, which does no harm: PostgreSQL cannot take it out";
  plan.steps.push_back(std::move(step));
  if (sqlite)
    plan.losses.push_back(rows_that_have_it(want, context));
  else
    plan.notes.push_back(fmt::format("All columns of the type {} take the value.", type));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Wanted want = wanted(spec, context);
  EnumChange change = change_of(want, context);
  if (!change.refused.empty() || std::ranges::count(change.labels, want.value.value) > 0) return;
  Table& table = *schema.find(want.table.name);
  note_change(table, context, {change.piece});
  table.constraints = std::move(change.constraints);
  for (TypeDefinition& type : schema.types) {
    if (type.name != change.type) continue;
    const auto at = std::ranges::find(type.labels, want.value.neighbour);
    type.labels.insert(at == type.labels.end() || want.value.before ? at : at + 1, want.value.value);
  }
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "A table with a column of the type"},
    {"column", FieldType::text, true,
     "The column: an enum on PostgreSQL, with CHECK (column IN (…)) on SQLite"},
    {"value", FieldType::text, true, "The new value"},
    {"before", FieldType::text, false, "The value that it goes before"},
    {"after", FieldType::text, false, "The value that it goes behind; at the end if neither is given"},
};
} // namespace

const OperationRow k_add_enum_value{
    "add_enum_value", "Let an enum take one more value", k_fields, only_table, plan, apply};

} // namespace afloat
