#include "model/passed_on.hpp"
#include "operations/common.hpp"
#include "operations/rows.hpp"
#include "operations/sql_backfill.hpp"
#include "operations/sql_blocks.hpp"
#include "operations/sql_steps.hpp"
#include "operations/sql_tables.hpp"
#include "operations/sql_touches.hpp"

#include <algorithm>

#include <fmt/format.h>

// The author's own statements: a whole SQL file, or an operation of a TOML file. Each block is one short
// transaction; a statement that cannot be in one is a step of its own, and needs a probe so that a later run
// knows whether it took effect.
namespace afloat {
namespace {
/// In words, for the plan.
std::string undo_text(Phase phase, const std::vector<SqlBlock>& blocks) {
  const auto has = [&](Phase wanted) { return std::ranges::count(blocks, wanted, &SqlBlock::phase) > 0; };
  if (phase <= Phase::contract && has(phase == Phase::contract ? Phase::revert : Phase::abort))
    return sql_undo_text(phase);
  switch (phase) {
  case Phase::expand:
    return "afloat cannot undo this: there are no abort statements";
  case Phase::backfill:
    return "afloat cannot undo this; filled values stay";
  case Phase::contract:
    return "not by afloat: there are no revert statements";
  default:
    return {};
  }
}

void add_names(std::vector<RelationName>& names, const std::vector<RelationName>& more) {
  for (const RelationName& name : more)
    if (std::ranges::count(names, name) == 0) names.push_back(name);
}

void add_names(std::vector<RelationName>& names, const SqlBlock& block, const SqlWriter& sql) {
  for (const Record& record : *block.statements)
    add_names(names, sql.facts(std::get<std::string>(find(record, "sql")->value)).relations);
}

void add_steps(OperationPlan& plan, std::vector<Step> steps, const std::vector<SqlBlock>& blocks) {
  for (Step& step : steps) {
    step.undo = undo_text(step.phase, blocks);
    plan.steps.push_back(std::move(step));
  }
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const std::vector<SqlBlock> blocks = sql_blocks(spec, context.sql.dialect());
  OperationPlan plan;
  std::vector<RelationName> named;
  for (const SqlBlock& block : blocks) {
    BlockSteps steps(context, block);
    for (const Record& record : *block.statements) {
      Judged statement = judged(spec, context, block, written(record));
      if (block.phase <= Phase::contract) add_names(named, statement.facts.relations);
      if (const std::string& error = statement.facts.syntax_error; !error.empty())
        plan.notes.push_back(passed_on(statement.written.where, error));
      if (block.phase == Phase::backfill)
        add_steps(plan, {backfill_step(spec, context, block, statement)}, blocks);
      else
        steps.add(std::move(statement));
    }
    add_steps(plan, std::move(steps).steps(), blocks);
  }
  if (std::ranges::none_of(plan.steps, [](const Step& step) { return step.phase <= Phase::contract; }))
    throw invalid(spec, context, "expand", "there are no statements for expand, backfill or contract",
                  "Give `expand`, `contract` or both. Nothing was changed.");
  const auto has = [&](Phase phase) { return std::ranges::count(blocks, phase, &SqlBlock::phase) > 0; };
  if (has(Phase::contract) && !has(Phase::revert))
    plan.no_revert.push_back(sql_without_revert(context.number));
  plan.touches = touches_of(context, blocks, named);
  plan.notes.emplace_back(
      "These statements are yours: afloat does not know whether the old release survives them.");
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const std::vector<SqlBlock> blocks = sql_blocks(spec, schema.dialect);
  context.sql.replay(statements_of(blocks, Phase::expand, schema.dialect), schema);
  if (shape == Shape::complete)
    context.sql.replay(statements_of(blocks, Phase::contract, schema.dialect), schema);
}

/// What is walked in batches; and, where there is a window, all that is named: it decides which windows may
/// be open at once.
std::vector<RelationName> tables(const OperationSpec& spec, const SqlWriter& sql) {
  std::vector<RelationName> names;
  const std::vector<SqlBlock> blocks = sql_blocks(spec, sql.dialect());
  const bool window = std::ranges::count(blocks, Phase::contract, &SqlBlock::phase) > 0;
  for (const SqlBlock& block : blocks) {
    if (!block.table.empty()) names.push_back(parse_relation(block.table));
    if (window) add_names(names, block, sql);
  }
  return names;
}

/// Of a block that is no backfill.
std::vector<Step> steps_of(const OperationSpec& spec, const OperationContext& context,
                           const SqlBlock& block) {
  BlockSteps steps(context, block);
  for (const Record& record : *block.statements) steps.add(judged(spec, context, block, written(record)));
  return std::move(steps).steps();
}
} // namespace

void check_statements(const OperationSpec& spec, const OperationContext& context) {
  for (const SqlBlock& block : sql_blocks(spec, context.sql.dialect()))
    if (block.phase == Phase::backfill)
      for (const Record& record : *block.statements) judged(spec, context, block, written(record));
    else
      steps_of(spec, context, block);
}

std::string sql_undo_text(Phase phase) {
  return phase == Phase::contract
             ? "`afloat revert` runs the revert statements; abort is over once this is done"
             : "`afloat abort` runs the abort statements";
}

std::string sql_without_revert(int number) {
  return fmt::format("Operation {} is in SQL and has no revert statements.", number);
}

std::vector<Step> sql_way_back(const OperationSpec& spec, const OperationContext& context, Phase phase) {
  std::vector<Step> steps;
  for (const SqlBlock& block : sql_blocks(spec, context.sql.dialect()))
    if (block.phase == phase) std::ranges::move(steps_of(spec, context, block), std::back_inserter(steps));
  return steps;
}

namespace {
constexpr FieldRow k_fields[] = {
    {"expand", FieldType::text_or_list, false, "Statements of the expand phase"},
    {"contract", FieldType::text_or_list, false, "Statements of the contract phase"},
    {"abort", FieldType::text_or_list, false, "Statements that undo `expand`"},
    {"revert", FieldType::text_or_list, false, "Statements that undo `contract`"},
    {"transaction", FieldType::flag, false, "false: each statement is a step of its own"},
    {"done_when", FieldType::text, false,
     "With `transaction = false`: a query that is true once the statement took effect"},
};
} // namespace

const OperationRow k_sql{
    "sql", "Your own statements for each phase", k_fields, tables, plan, apply, false, named_in_sql};

} // namespace afloat
