#include "dialect/partitions.hpp"
#include "model/inheritance.hpp"
#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

// Expand only counts who still writes the table. Contract renames it into the attic, with its indexes,
// constraints and sequences; only foreign keys that would still reject what happens to other tables go.
// Purge drops it.
namespace afloat {
namespace {
struct Doomed {
  const Table& table;
  std::string attic;
};

Doomed doomed(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  return {table, attic_name(context, table.name.name)};
}

Sync counting(const Doomed& what, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::table;
  sync.id = sync_id(context);
  sync.table = what.table;
  return sync;
}

Step expand_step(const Doomed& what, const OperationContext& context) {
  Step step = combine(Phase::expand, fmt::format("count writes to {}", display(what.table.name)),
                      {context.sql.create_sync(counting(what, context))});
  step.undo = "takes the triggers away";
  return step;
}

bool points_elsewhere(const Constraint& constraint, const Table& table) {
  return constraint.kind == ConstraintKind::foreign_key && constraint.references != table.name;
}

Step hide_step(const Doomed& what, const OperationContext& context) {
  Step step =
      combine(Phase::contract, fmt::format("hide {} in the attic", display(what.table.name)),
              {context.sql.drop_sync(counting(what, context)), context.sql.drop_foreign_keys(what.table),
               context.sql.rename_table(what.table, what.attic)});
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: the table and its rows are in the attic until they are purged";
  return step;
}

Step purge_step(const Doomed& what, const OperationContext& context) {
  const RelationName hidden{what.table.name.schema, what.attic};
  Step step = combine(Phase::purge, fmt::format("drop {}", display(hidden)),
                      {context.sql.drop_table(hidden), forget_partitions(what.table, what.attic)});
  step.rows = what.table.rows;
  step.destroys = true;
  step.undo = "POINT OF NO RETURN: the rows are gone, only a backup has them";
  return step;
}

/// PostgreSQL: NOT VALID with the name, then checked. In SQLite's text they come back in the same
/// transaction.
std::vector<Step> revert_steps(const Doomed& what, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  std::vector<Piece> pieces{undone(sql.rename_table(what.table, what.attic))};
  if (sql.dialect() == Dialect::sqlite) pieces.push_back(undone(sql.drop_foreign_keys(what.table)));
  pieces.push_back(sql.create_sync(counting(what, context)));
  std::vector<Step> steps{
      revert_step(fmt::format("bring {} back from the attic", display(what.table.name)), std::move(pieces))};
  if (sql.dialect() == Dialect::sqlite) return steps;
  for (const Constraint& constraint : what.table.constraints)
    if (points_elsewhere(constraint, what.table))
      for (Step& step : rebuild_constraint(what.table, constraint, sql)) steps.push_back(std::move(step));
  return steps;
}

/// Rows of other tables may have gone since.
std::vector<Loss> revert_losses(const Doomed& what, const OperationContext& context) {
  Table hidden = what.table;
  hidden.name.name = what.attic;
  std::vector<Loss> losses;
  for (const Constraint& constraint : what.table.constraints)
    if (points_elsewhere(constraint, what.table))
      if (auto loss = loss_of_constraint(hidden, constraint, context)) losses.push_back(std::move(*loss));
  return losses;
}

/// Of a partition it is not the table above it that should go.
std::string way_out(const Table& table) {
  if (!table.inheritance.starts_with("a partition")) return way_out_of_inheritance(table);
  return fmt::format("Take it out first, in a migration in SQL (ALTER TABLE <parent> DETACH PARTITION {} "
                     "CONCURRENTLY), or drop the whole table. Nothing was changed.",
                     display(table.name));
}

void refuse_undroppable(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  const std::string name = display(what.table.name);
  if (is_own_name(what.table.name.name))
    throw invalid(spec, context, "table", fmt::format("\"{}\" belongs to afloat itself", name),
                  "Use `afloat attic purge`. Nothing was changed.");
  if (!what.table.inheritance.empty())
    throw invalid(spec, context, "table", fmt::format("\"{}\" is {}", name, what.table.inheritance),
                  way_out(what.table));
}

std::vector<std::string> remembered(const Doomed& what, const SqlWriter& sql) {
  std::vector<std::string> all;
  for (const Constraint& constraint : what.table.constraints)
    if (points_elsewhere(constraint, what.table))
      all.push_back(
          (constraint.name.empty() ? "" : fmt::format("CONSTRAINT {} ", sql.identifier(constraint.name)))
          + constraint.definition);
  return all;
}

std::vector<std::string> notes_of(const Doomed& what, const OperationContext& context) {
  const std::string name = display(what.table.name);
  std::vector<std::string> notes{
      fmt::format("Only writes are counted: a release that still reads {} fails from contract on.", name)};
  if (what.table.partitioned)
    notes.push_back(
        fmt::format("All partitions that {} has at contract, also those that come until then, go to "
                    "the attic with it and are purged with it: detach first what you want to keep.",
                    name));
  for (const Constraint& constraint : what.table.constraints)
    if (points_elsewhere(constraint, what.table))
      notes.push_back(
          fmt::format("Until contract, rows of {} still count for its foreign key to {}: a DELETE "
                      "there can be rejected by them.",
                      name, display(constraint.references)));
  for (const RelationName& other : what.table.referenced_by)
    if (other != what.table.name)
      notes.push_back(
          fmt::format("Contract is refused while a foreign key of {} points at {}: drop it first.",
                      display(other), name));
  for (const View& view : context.before.views)
    if (std::ranges::any_of(view.reads, [&](const auto& read) { return read.first == what.table.name; }))
      notes.push_back(fmt::format("Contract is refused while the view {} reads {}: change or drop it first.",
                                  display(view.name), name));
  for (const std::string& publication : what.table.publications)
    notes.push_back(fmt::format("Publication \"{}\" carries {}: from contract on under its attic name.",
                                publication, name));
  return notes;
}

Guard kept(const Doomed& what, const SqlWriter& sql) {
  const RelationName hidden{what.table.name.schema, what.attic};
  const std::string there =
      sql.dialect() == Dialect::postgres
          ? fmt::format("pg_catalog.to_regclass({}) IS NOT NULL", sql.literal(sql.relation(hidden)))
          : fmt::format("EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {})",
                        sql.literal(hidden.name));
  return {Phase::purge, fmt::format("{} in the attic", display(hidden)),
          fmt::format("SELECT CASE WHEN {} THEN 'ok' ELSE 'missing' END", there)};
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Doomed what = doomed(spec, context);
  refuse_undroppable(spec, context, what);
  const Sync sync = counting(what, context);
  refuse_obstacle(spec, context, sync);
  OperationPlan plan;
  plan.steps = {expand_step(what, context), hide_step(what, context), purge_step(what, context)};
  append_revert(plan, revert_steps(what, context));
  plan.revert_losses = revert_losses(what, context);
  plan.notes = notes_of(what, context);
  plan.touches = {display(what.table.name) + ".*"};
  plan.counters = context.sql.counters(sync);
  plan.attic.push_back({what.table.name, "", what.attic, remembered(what, context.sql)});
  plan.contract_obstacles = context.sql.table_users(what.table.name);
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  plan.guards.push_back(kept(what, context.sql));
  return plan;
}

void forget(const RelationName& name, Schema& schema) {
  for (Table& table : schema.tables) std::erase(table.referenced_by, name);
  std::erase_if(schema.tables, [&](const Table& table) { return table.name == name; });
  std::erase_if(schema.sequences, [&](const Sequence& sequence) { return sequence.table == name; });
  std::erase(schema.known, name);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const RelationName name = doomed(spec, context).table.name;
  if (shape == Shape::window) return;
  std::vector<RelationName> gone{name};
  for (const Partition& partition : schema.find(name)->partitions) gone.push_back(partition.name);
  for (const RelationName& each : gone) forget(each, schema);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table that goes, with its schema if that is not the default"},
};
} // namespace

const OperationRow k_drop_table{
    "drop_table", "Drop a table that the new release no longer uses", k_fields, only_table, plan, apply,
    false};

} // namespace afloat
