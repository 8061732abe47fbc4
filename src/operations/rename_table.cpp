#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// Both names work in the window; how, the dialect knows. Contract leaves the new one alone.
namespace afloat {
namespace {
struct Names {
  const Table& table;
  RelationName to;
};

Names names_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  return {table, {table.name.schema, text(spec.fields, "to")}};
}

bool is_taken(const Names& names, const Schema& schema) {
  const bool sqlite = schema.dialect == Dialect::sqlite;
  const auto same = [&](const RelationName& other) {
    return other.schema == names.to.schema
           && (sqlite ? lower_case(other.name) == lower_case(names.to.name) : other.name == names.to.name);
  };
  return std::ranges::any_of(schema.known, same)
         || std::ranges::any_of(schema.tables, [&](const Table& table) { return same(table.name); });
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Names& names) {
  const std::string& to = names.to.name;
  if (is_own_name(names.table.name.name) || is_own_name(to))
    throw invalid(spec, context, "to", "names that begin with \"afloat_\" belong to afloat itself",
                  "Choose another name. Nothing was changed.");
  if (to.find('.') != std::string::npos)
    throw invalid(spec, context, "to", fmt::format("\"{}\" has a dot: the table stays in its schema", to),
                  "Write the new name alone. Nothing was changed.");
  if (is_taken(names, context.before))
    throw invalid(spec, context, "to",
                  fmt::format("there is a table or view \"{}\" already", display(names.to)),
                  "Choose another name. Nothing was changed.");
}

Step open_step(const Names& names, TwoNames& two) {
  Step step = combine(Phase::expand, two.opening, {std::move(two.open)});
  step.undo = fmt::format("only the name {} is left, and what either release wrote is there",
                          display(names.table.name));
  return step;
}

Step close_step(TwoNames& two) {
  Step step = combine(Phase::contract, two.closing, {std::move(two.close)});
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: both names work again";
  return step;
}

void append_compare(const Names& names, const TwoNames& two, Phase phase, std::vector<Step>& steps) {
  for (const RangeWork& work : two.compare)
    steps.push_back(
        range_step(phase, StepKind::check,
                   fmt::format("look for rows of {} that differ from the other table", display(work.table)),
                   work, names.table));
}

/// With a copy to fill, both names work only once the copy has all rows, and so has the old release's name.
std::vector<Step> revert_steps(const Names& names, TwoNames& two) {
  Table now = names.table;
  now.name = names.to;
  const std::string old_name = display(names.table.name);
  std::vector<Step> steps{revert_step(two.refill
                                          ? fmt::format("make {}, kept equal to {}", old_name, names.to.name)
                                          : fmt::format("bring the name {} back, as a view", old_name),
                                      {std::move(two.reopen)})};
  if (!two.refill) return steps;
  steps.push_back(range_step(Phase::revert, StepKind::backfill,
                             fmt::format("copy the rows of {} that were there", display(names.to)),
                             std::move(*two.refill), now));
  append_compare({now, names.table.name}, {.compare = std::move(two.recompare)}, Phase::revert, steps);
  steps.push_back(revert_step(fmt::format("exchange the names of the copy and of {}", display(names.to)),
                              {std::move(two.exchange)}));
  return steps;
}

/// Each column by name, and what is made beside them: no other window may be open on either name.
std::vector<std::string> touched_names(const Names& names) {
  std::vector<std::string> touches;
  Table renamed = names.table;
  renamed.name = names.to;
  for (const Table* table : {&names.table, static_cast<const Table*>(&renamed)}) {
    touches.push_back(display(table->name) + ".**");
    for (const Column& column : table->columns) touches.push_back(touched(*table, column.name));
  }
  return touches;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Names names = names_of(spec, context);
  refuse_unfit(spec, context, names);
  refuse_placeholders(spec, context, names.table);
  TwoNames two = context.sql.two_names(names.table, names.to.name, sync_id(context));
  if (!two.refused.empty()) throw invalid(spec, context, "table", two.refused, "Nothing was changed.");
  OperationPlan plan;
  plan.steps.push_back(open_step(names, two));
  if (two.fill) {
    plan.steps.push_back(
        range_step(Phase::backfill, StepKind::backfill,
                   fmt::format("copy the rows of {} that were there", display(names.table.name)),
                   std::move(*two.fill), names.table));
    plan.steps.back().undo = "nothing to undo: the copy goes with abort";
  }
  append_compare(names, two, Phase::backfill, plan.steps);
  append_compare(names, two, Phase::contract, plan.steps);
  plan.steps.push_back(close_step(two));
  std::ranges::move(two.discard, std::back_inserter(plan.steps));
  append_revert(plan, revert_steps(names, two));
  plan.notes = std::move(two.notes);
  plan.touches = touched_names(names);
  plan.counters = std::move(two.counters);
  plan.guards = std::move(two.guards);
  plan.contract_obstacles = std::move(two.contract_obstacles);
  for (const View& view : context.before.views)
    if (std::ranges::any_of(view.reads, [&](const auto& read) { return read.first == names.table.name; }))
      plan.notes.push_back(fmt::format("The view {} follows the table to its new name.", display(view.name)));
  return plan;
}

/// In the window the old name is a view; on SQLite it is the table still, and what comes after it is planned
/// for that one, which is the one that stays.
void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Names names = names_of(spec, context);
  const std::string from = context.sql.relation(names.table.name), to = context.sql.relation(names.to);
  std::vector<Statement> statements{
      fmt::format("ALTER TABLE {} RENAME TO {}", from, context.sql.identifier(names.to.name))};
  if (shape == Shape::window && context.sql.dialect() == Dialect::sqlite)
    statements = context.sql.two_names(names.table, names.to.name, sync_id(context)).open.statements;
  else if (shape == Shape::window)
    statements.emplace_back(fmt::format("CREATE VIEW {} AS SELECT * FROM {}", from, to));
  context.sql.replay(statements, schema);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true,
     "The table as it is named now, with its schema if that is not the default"},
    {"to", FieldType::text, true, "Its new name, without a schema"},
};
} // namespace

const OperationRow k_rename_table{
    "rename_table", "Rename a table while both releases use it under their own name",
    k_fields,       only_table,
    plan,           apply,
    false};

} // namespace afloat
