#include "planning/planner.hpp"

#include "operations/beside_writers.hpp"
#include "operations/early_looks.hpp"
#include "operations/operation.hpp"
#include "operations/sql_blocks.hpp"
#include "operations/sql_tables.hpp"
#include "planning/blind_trials.hpp"
#include "planning/domain_rewrites.hpp"
#include "planning/field_values.hpp"
#include "planning/implied_reads.hpp"
#include "planning/name_refusals.hpp"
#include "planning/plan_notes.hpp"
#include "planning/rules.hpp"
#include "planning/together.hpp"
#include "planning/touches.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
const OperationRow& row_of(const OperationSpec& spec) {
  const OperationRow* row = find_operation(spec.type);
  if (!row) throw Error(ErrorCode::bug, fmt::format("no operation \"{}\"", spec.type));
  return *row;
}

OperationContext context_of(const Migration& migration, const Schema& schema, const SqlWriter& sql,
                            int number, PlanSettings settings = {}) {
  return {schema, sql, migration.version, migration.label, number, lets_newer_through(settings, sql)};
}

void add_names(std::vector<RelationName>& names, std::vector<RelationName> more) {
  for (RelationName& name : more)
    if (std::ranges::count(names, name) == 0) names.push_back(std::move(name));
}

std::vector<RelationName> all_names(const OperationSpec& spec, const SqlWriter& sql) {
  const OperationRow& row = row_of(spec);
  std::vector<RelationName> names = row.tables(spec, sql);
  if (row.mentions) add_names(names, row.mentions(spec, sql));
  return names;
}

/// What an operation may look at: the tables that it names. A copy of all of them for each operation would
/// cost a run over many migrations the square of their number.
Schema part_of(const Schema& schema, const std::vector<RelationName>& names) {
  Schema part;
  part.dialect = schema.dialect;
  part.server_version = schema.server_version;
  part.default_schema = schema.default_schema;
  part.views = schema.views;
  part.known = schema.known;
  part.types = schema.types;
  part.sequences = schema.sequences;
  part.unknown = schema.unknown;
  part.offline = schema.offline;
  part.silent_backfill = schema.silent_backfill;
  for (const RelationName& name : names)
    if (const Table* table = schema.find(name)) part.tables.push_back(*table);
  return part;
}

/// With the tables whose foreign keys point at them, and so on; in the order in which they are met.
std::vector<RelationName> with_pointing(std::vector<RelationName> names, const Schema& schema) {
  for (RelationName& name : names) name = schema.resolved(name);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const Table* table = schema.find(names[i])) add_names(names, table->referenced_by);
  return names;
}

/// With all other tables that the operation works on.
std::vector<RelationName> followed(const OperationSpec& spec, std::vector<RelationName> names,
                                   const Schema& schema, const SqlWriter& sql) {
  const OperationRow& row = row_of(spec);
  if (row.follows_keys) names = with_pointing(std::move(names), schema);
  if (!row.follows) return names;
  for (RelationName& name : names) name = schema.resolved(name);
  add_names(names, row.follows(spec, schema, sql));
  return names;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void add(Plan& plan, OperationPlan operation, const Schema& before, int number) {
  int step_number = 0;
  for (Step& step : operation.steps) {
    if (step.id.empty()) step.id = fmt::format("{}.{}", number, ++step_number);
    const Table* table = step.locks.empty() ? nullptr : before.find(step.locks.front().relation);
    if (!step.rows && table) step.rows = table->rows;
  }
  add_notes(plan, operation, before);
  append(plan.steps, std::move(operation.steps));
  append(plan.touches, std::move(operation.touches));
  append(plan.reads, std::move(operation.reads));
  append(plan.counters, std::move(operation.counters));
  append(plan.attic, std::move(operation.attic));
  append(plan.losses, std::move(operation.losses));
  append(plan.revert_losses, std::move(operation.revert_losses));
  append(plan.no_revert, std::move(operation.no_revert));
  append(plan.guards, std::move(operation.guards));
  append(plan.doomed, std::move(operation.doomed));
  append(plan.contract_obstacles, std::move(operation.contract_obstacles));
}

/// With what statements that change these tables, or come behind operations that do, are followed by.
std::vector<RelationName> with_around(std::vector<RelationName> names, const Schema& schema) {
  std::vector<RelationName> changed = names;
  for (const Table& table : schema.tables)
    if (!table.changes_since.empty()) changed.push_back(table.name);
  add_names(names, read_around(changed, schema));
  return names;
}

/// The schema after an operation. From files alone it is told as the database would: SQLite's texts, and what
/// it makes of types and names, by making it in memory. What is live is looked at again.
void apply(const OperationRow& row, const OperationSpec& spec, const OperationContext& context,
           Schema& schema, Shape shape) {
  row.apply(spec, context, schema, shape);
  if (schema.offline && spec.type != "sql") context.sql.replay({}, schema);
}

/// The schema after an operation whose window is closed.
void apply_whole(const OperationSpec& spec, const Migration& migration, const SqlWriter& sql, int number,
                 PlanSettings settings, Schema& schema) {
  const Schema before = part_of(schema, followed(spec, all_names(spec, sql), schema, sql));
  apply(row_of(spec), spec, context_of(migration, before, sql, number, settings), schema, Shape::complete);
}
} // namespace

bool lets_newer_through(PlanSettings settings, const SqlWriter& sql) {
  return settings.newer_syntax && sql.dialect() == Dialect::postgres;
}

std::vector<RelationName> tables_of(const Migration& migration, const SqlWriter& sql) {
  std::vector<RelationName> tables;
  for (const OperationSpec& spec : migration.operations) add_names(tables, row_of(spec).tables(spec, sql));
  return tables;
}

std::vector<RelationName> mentions_of(const Migration& migration, const SqlWriter& sql) {
  std::vector<RelationName> names;
  for (const OperationSpec& spec : migration.operations)
    if (row_of(spec).mentions) add_names(names, row_of(spec).mentions(spec, sql));
  return names;
}

std::vector<RelationName> pointing_tables(const Migration& migration, const SqlWriter& sql,
                                          const Schema& schema) {
  std::vector<RelationName> names;
  for (const OperationSpec& spec : migration.operations)
    add_names(names, followed(spec, row_of(spec).tables(spec, sql), schema, sql));
  std::erase_if(names, [&](const RelationName& name) { return schema.find(name) != nullptr; });
  return names;
}

std::vector<RelationName> unread_around(const Schema& schema) {
  std::vector<RelationName> all;
  for (const Table& table : schema.tables) all.push_back(table.name);
  for (const View& view : schema.views) all.push_back(view.name);
  std::vector<RelationName> names = read_around(all, schema);
  std::erase_if(names, [&](const RelationName& name) { return std::ranges::count(all, name) > 0; });
  return names;
}

Plan make_plan(const Migration& migration, Schema& schema, const SqlWriter& sql, PlanSettings settings,
               std::optional<Schema>* closed) {
  Plan plan;
  plan.version = migration.version;
  plan.label = migration.label;
  plan.name = migration.name;
  plan.description = migration.description;
  plan.checksum = migration.checksum;
  plan.dialect = sql.dialect();
  int number = 0;
  const bool several = migration.operations.size() > 1;
  const Schema start = several ? schema : Schema{};
  BlindTrials blind(start);
  EarlyLooks early_looks(start);
  std::set<std::string> first; // ids of what comes before all else
  Plan hidden;                 // what operations of this migration have touched and hide
  std::vector<std::string> attic_reads;
  Together earlier;
  for (const OperationSpec& spec : migration.operations) {
    const OperationRow& row = row_of(spec);
    std::vector<RelationName> names = all_names(spec, sql);
    earlier.refuse_copies(spec, names, migration.label, ++number);
    earlier.refuse_pairs(spec, names, migration.label, number, sql.dialect());
    std::vector<RelationName> works_on = names;
    names = followed(spec, std::move(names), schema, sql);
    if (spec.type == "sql") names = with_around(std::move(names), schema);
    const Schema before = part_of(schema, names);
    const OperationContext context = context_of(migration, before, sql, number, settings);
    refuse_module_tables(spec, names, before);
    std::vector<std::string> let_through = check_field_values(spec, row, context);
    OperationPlan operation = row.plan(spec, context);
    for (const Step& step : operation.steps)
      for (const TableLock& lock : step.locks) add_names(works_on, {lock.relation});
    earlier.refuse_pairs(spec, works_on, migration.label, number, sql.dialect());
    mark_domain_rewrites(spec, context, operation);
    heed_rules(spec, context, operation);
    operation.notes.insert(operation.notes.begin(), std::make_move_iterator(let_through.begin()),
                           std::make_move_iterator(let_through.end()));
    earlier.look_later(spec, operation);
    std::vector<Step> looks = early_looks.of(spec, row, context);
    early_looks.add(spec, context);
    for (std::size_t i = 1; i <= looks.size(); ++i) first.insert(fmt::format("{}.{}", number, i));
    operation.steps.insert(operation.steps.begin(), std::make_move_iterator(looks.begin()),
                           std::make_move_iterator(looks.end()));
    drop_beside_writers(spec, row, context, operation);
    if (several) blind.drop(spec, operation, schema);
    append(operation.reads, implied_reads(operation, before));
    const bool window =
        std::ranges::any_of(operation.steps, [](const Step& s) { return s.phase == Phase::contract; });
    Plan alone, changed;
    alone.steps = std::exchange(operation.steps, {}); // lent: there may be a hundred thousand statements
    add(alone, operation, before, number);
    refuse_names(spec, alone, before, sql);
    operation.steps = std::move(alone.steps);
    // Contract goes operation by operation: what an earlier one only reads is let go before a later one swaps
    // it, unless its sync with the attic reads it further on.
    changed.touches = earlier.kept_from(spec);
    changed.reads = attic_reads;
    std::ranges::copy_if(plan.attic, std::back_inserter(changed.attic), &AtticEntry::whole_table);
    std::string shared = shared_touch(changed, alone);
    if (shared.empty()) shared = hidden_under_index(hidden, alone);
    if (shared.empty()) shared = index_that_goes(plan, alone);
    if (shared.empty() && sql.dialect() == Dialect::postgres) shared = earlier.constrained(spec, operation);
    add_hidden(hidden, alone, spec.type);
    if (!shared.empty() && plan.has(Phase::contract))
      throw Error(ErrorCode::invalid_migration,
                  fmt::format("migration {}: operation {} ({}) touches {}, as an operation before it does",
                              migration.label, number, spec.type, shared),
                  earlier.hint(spec, shared) + ". Nothing was changed.")
          .at(spec.where);
    if (syncs_attic(operation)) append(attic_reads, operation.reads);
    earlier.add(spec, operation, std::move(works_on), before);
    add(plan, std::move(operation), before, number);
    if (!settings.apply) continue;
    const std::size_t unknown_before = schema.unknown.size();
    if (closed && window && !*closed) *closed = schema; // until here they are the same
    if (closed && *closed) apply_whole(spec, migration, sql, number, settings, **closed);
    apply(row, spec, context, schema, window ? Shape::window : Shape::complete);
    note_unknown(plan, schema, names, unknown_before);
  }
  std::ranges::stable_sort(plan.steps, {},
                           [&](const Step& step) { return std::pair(step.phase, !first.contains(step.id)); });
  return plan;
}

void check_written(const Migration& migration, const SqlWriter& sql, PlanSettings settings) {
  const Schema blank = empty_schema(sql.dialect());
  int number = 0;
  for (const OperationSpec& spec : migration.operations) {
    const OperationContext context = context_of(migration, blank, sql, ++number, settings);
    check_field_values(spec, row_of(spec), context);
    if (spec.type == "sql") check_statements(spec, context);
  }
}

Schema after_contract(const Migration& migration, Schema before, const SqlWriter& sql) {
  int number = 0;
  for (const OperationSpec& spec : migration.operations)
    apply_whole(spec, migration, sql, ++number, {}, before);
  return before;
}

bool schema_after_is_exact(const Migration& migration) {
  return std::ranges::all_of(migration.operations,
                             [](const OperationSpec& spec) { return row_of(spec).exact; });
}

Schema empty_schema(Dialect dialect) {
  Schema schema;
  schema.dialect = dialect;
  schema.default_schema = dialect == Dialect::postgres ? "public" : "";
  schema.offline = true;
  return schema;
}

} // namespace afloat
