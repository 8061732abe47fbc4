#include "operations/common.hpp"
#include "operations/duplicates.hpp"
#include "operations/revert.hpp"
#include "operations/row_identity.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// The old release's queries may need the index, so it goes at contract. Nothing counts who does: what a
// planner chooses says little about a release.
namespace afloat {
namespace {
struct Doomed {
  const Table& table;
  const Index& index;
};

Doomed doomed(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const std::string wanted = text(spec.fields, "name");
  std::vector<std::string> names;
  for (const Index& index : table.indexes) {
    if (index.name == wanted) return {table, index};
    names.push_back(index.name);
  }
  const auto near = nearest(wanted, names);
  throw invalid(spec, context, "name",
                fmt::format("table \"{}\" has no index \"{}\"", display(table.name), wanted),
                (near            ? fmt::format("Did you mean \"{}\"? ", *near)
                 : names.empty() ? std::string("It has none. ")
                                 : fmt::format("It has: {}. ", join(names, ", ")))
                    + "Nothing was changed.");
}

void refuse_undroppable(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  const std::string& name = what.index.name;
  if (!what.index.constraint.empty()) {
    const bool sqlite = context.sql.dialect() == Dialect::sqlite;
    throw invalid(
        spec, context, "name",
        fmt::format("\"{}\" belongs to the constraint {}", name, what.index.constraint),
        sqlite ? "SQLite drops such an index only with its table. Nothing was changed."
               : fmt::format(
                     "Drop the constraint: `ALTER TABLE {} DROP CONSTRAINT {}` in an operation of type "
                     "`sql`, as its `contract`. Nothing was changed.",
                     context.sql.relation(what.table.name), context.sql.identifier(what.index.constraint)));
  }
  if (is_own_name(name))
    throw invalid(spec, context, "name", fmt::format("\"{}\" belongs to afloat itself", name),
                  "It goes with its migration. Nothing was changed.");
  refuse_lost_identity(spec, context, "name", identity_lost_with(what.table, what.index));
  if (what.table.partitioned)
    throw invalid(spec, context, "table",
                  fmt::format("{} is partitioned, and PostgreSQL cannot drop its indexes concurrently",
                              display(what.table.name)),
                  "A plain DROP INDEX locks every partition: write it in an operation of type `sql` if the "
                  "table may stand still for that. Nothing was changed.");
  // On SQLite the foreign key would only fail later, with each write to the table that has it.
  if (context.sql.dialect() == Dialect::sqlite && what.index.unique && !what.table.referenced_by.empty()
      && what.index.predicate.empty())
    throw invalid(spec, context, "name",
                  fmt::format("\"{}\" is unique, and \"{}\" has foreign keys to this table", name,
                              display(what.table.referenced_by.front())),
                  "Drop the foreign key first if it points at these columns. Nothing was changed.");
}

std::vector<Step> revert_steps(const Doomed& what, const OperationContext& context) {
  if (what.index.valid) return context.sql.create_index_steps(what.table, what.index);
  return {revert_step(fmt::format("nothing to bring back: {} was INVALID", what.index.name), {})};
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Doomed what = doomed(spec, context);
  refuse_undroppable(spec, context, what);
  OperationPlan plan;
  Step step = context.sql.drop_index_step(what.table, what.index);
  step.swap = true;
  step.undo = step.inverse.empty() ? "nothing to bring back: the index is INVALID, no query uses it"
                                   : "`afloat revert` builds it again: " + step.inverse.front().sql;
  plan.steps.push_back(std::move(step));
  append_revert(plan, revert_steps(what, context));
  if (what.index.unique && what.index.valid) {
    Loss loss{fmt::format("{} of {}", what.index.name, display(what.table.name)), "",
              "Delete or change all but one of each.", duplicates(what.table, what.index, context.sql)};
    loss.query = loss.check->count_left;
    plan.revert_losses.push_back(std::move(loss));
  }
  plan.touches = {display(what.table.name) + "#" + what.index.name};
  plan.notes.push_back(
      fmt::format("Queries that need {} become slow from contract on; the old release's are spared that.{}",
                  what.index.name,
                  context.sql.dialect() == Dialect::postgres
                      ? " pg_stat_user_indexes.idx_scan tells whether it is used at all."
                      : ""));
  if (what.index.unique)
    plan.notes.push_back(
        fmt::format("{} is unique: from contract on duplicates are possible, and ON CONFLICT on "
                    "its columns fails.",
                    what.index.name));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Doomed what = doomed(spec, context);
  if (shape == Shape::window) return;
  const std::string name = what.index.name; // `what` may refer into the schema that is changed here
  std::erase_if(schema.find(what.table.name)->indexes,
                [&](const Index& index) { return index.name == name; });
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"name", FieldType::text, true, "Name of the index"},
};
} // namespace

const OperationRow k_drop_index{
    "drop_index", "Drop an index without keeping anyone out (PostgreSQL: CONCURRENTLY)",
    k_fields,     only_table,
    plan,         apply};

} // namespace afloat
