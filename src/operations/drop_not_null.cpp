#include "operations/common.hpp"
#include "operations/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

// The new release may write NULL as soon as it runs, so NOT NULL goes at expand. Going back needs it again,
// which fails while there are NULLs: those are counted before anything is changed.
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

Step place_for(Step back, std::vector<Statement> inverse) {
  Step step;
  step.title = fmt::format("nothing yet: the place of `{}` on the way back", back.title);
  step.inverse = std::move(inverse);
  step.undo = std::move(back.title);
  return step;
}

/// Putting NOT NULL back takes several transactions on PostgreSQL, so that the table is not read under a
/// strong lock: they become the inverses of steps that do nothing on the way there.
std::vector<Step> steps_of(const Wanted& want, const OperationContext& context) {
  const std::vector<Step> back = context.sql.not_null_steps(want.table, want.column.name, Phase::expand);
  const bool in_steps = back.size() == 3; // add a check, validate it, SET NOT NULL
  Piece relax = context.sql.relax_not_null(want.table, want.column.name);
  if (in_steps) relax.inverse = back[2].statements;
  std::vector<Step> steps{combine(Phase::expand,
                                  fmt::format("let {} be NULL", touched(want.table, want.column.name)),
                                  {std::move(relax)})};
  steps.back().undo =
      in_steps ? back[2].title : std::string("NOT NULL comes back, if no row is NULL by then");
  if (!in_steps) return steps;
  // An expand that stopped between these two is taken back without the check.
  const std::string body =
      fmt::format("BEGIN {}; EXCEPTION WHEN undefined_object THEN NULL; END", back[1].statements.front().sql);
  steps.push_back(place_for(back[1], {"DO " + context.sql.literal(body)}));
  steps.push_back(place_for(back[0], back[0].statements));
  return steps;
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  const std::string& name = want.column.name;
  if (std::ranges::count(want.table.primary_key, name) > 0)
    throw invalid(spec, context, "column", fmt::format("\"{}\" is part of the primary key", name),
                  "A key column is never NULL. Nothing was changed.");
  if (!want.column.identity.empty())
    throw invalid(spec, context, "column", fmt::format("\"{}\" is an identity column", name),
                  "An identity column is never NULL. Nothing was changed.");
  if (!want.column.not_null)
    throw invalid(spec, context, "column", fmt::format("\"{}\" can be NULL already", name),
                  "There is nothing to do: take this operation out. Nothing was changed.");
  if (is_own_name(name))
    throw invalid(spec, context, "column", fmt::format("\"{}\" belongs to afloat itself", name));
  if (want.table.inheritance.starts_with("a partition") || want.table.inheritance.starts_with("a child"))
    throw invalid(
        spec, context, "table",
        fmt::format("{} is {}, which says NOT NULL too", display(want.table.name), want.table.inheritance),
        "Let the column of the parent be NULL. Nothing was changed.");
}

/// NULLs that stand in the way of NOT NULL when going back.
Loss nulls_of(const Wanted& want, const OperationContext& context) {
  const std::string table = context.sql.relation(want.table.name);
  const std::string column = context.sql.identifier(want.column.name);
  Loss loss;
  loss.what = fmt::format("NOT NULL on {}", touched(want.table, want.column.name));
  loss.remedy =
      fmt::format("Give these rows a value first, such as with `UPDATE {} SET {} = … WHERE {} IS NULL`.",
                  table, column, column);
  loss.check = context.sql.nulls(want.table, want.column.name);
  loss.query = loss.check->count_left;
  return loss;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  refuse_unfit(spec, context, want);
  refuse_placeholders(spec, context, want.table);
  OperationPlan plan;
  plan.steps = steps_of(want, context);
  plan.touches = {touched(want.table, want.column.name)};
  plan.losses.push_back(nulls_of(want, context));
  plan.notes.push_back(fmt::format(
      "The old release may meet NULL in {} as soon as the new one writes it: see that it can read that.",
      touched(want.table, want.column.name)));
  plan.notes.push_back(
      "Going back is refused while there are NULLs: their number and the first keys are shown.");
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Wanted want = wanted(spec, context);
  Table& table = *schema.find(want.table.name);
  note_change(table, context, {context.sql.relax_not_null(want.table, want.column.name)});
  table.find_column(want.column.name)->not_null = false;
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column that may be NULL from now on"},
};
} // namespace

const OperationRow k_drop_not_null{
    "drop_not_null", "Let a column be NULL", k_fields, only_table, plan, apply};

} // namespace afloat
