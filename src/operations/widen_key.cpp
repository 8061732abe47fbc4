#include "dialect/partitions.hpp"
#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "operations/widen_key_columns.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// The key and every column that points at it, and so on, get a wider successor beside them, in sync both
// ways. What can reject a row (the unique index, the foreign keys between successors, NOT NULL) is built at
// contract, just before one transaction exchanges all the names.
namespace afloat {
namespace {
Succession succession_of(const WidenedKey& key, const WidenedColumn& one, const OperationContext& context) {
  const Column& column = *one.column;
  return {.id = one.id,
          .table = *one.table,
          .from = column.name,
          .successor = context.sql.successor_of(column, one.beside, key.type),
          .name = column.name,
          .attic = one.attic,
          .not_null = column.not_null,
          .default_sql = column.default_sql,
          .keep_default = column.default_sql && column.default_is_constant,
          .sequences = sequences_of(context.before, one, context.sql)};
}

SuccessionGroup successions(const WidenedKey& key, const OperationContext& context) {
  SuccessionGroup group{{}, key.pointing};
  for (const WidenedColumn& one : key.columns) group.members.push_back(succession_of(key, one, context));
  return group;
}

Sync window_sync(const WidenedKey& key, const WidenedColumn& one, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = one.id;
  sync.table = *one.table;
  sync.old_column = one.column->name;
  sync.new_column = one.beside;
  sync.new_type = key.type;
  sync.up = context.sql.identifier(sync.old_column);
  sync.down = context.sql.identifier(sync.new_column);
  sync.hidden = true;
  sync.count_old_writes = false;
  return sync;
}

/// Behind the swap. What the narrow column cannot hold is NULL there.
Sync attic_sync(const WidenedKey& key, const WidenedColumn& one, const OperationContext& context) {
  Sync sync = window_sync(key, one, context);
  const bool keeps_default = one.column->default_sql && one.column->default_is_constant;
  sync.kind = Sync::Kind::attic;
  Column& old_shape = *sync.table.find_column(one.column->name);
  old_shape.name = one.attic;
  old_shape.not_null = false;
  old_shape.identity.clear();
  if (!keeps_default) old_shape.default_sql.reset();
  Column successor = context.sql.successor_of(*one.column, one.column->name, key.type);
  successor.default_sql = one.column->default_sql;
  successor.default_is_constant = one.column->default_is_constant;
  sync.table.columns.push_back(successor);
  sync.old_column = one.attic;
  sync.new_column = one.column->name;
  sync.up = context.sql.identifier(sync.old_column);
  sync.down = context.sql.identifier(sync.new_column);
  if (keeps_default) sync.new_default = one.column->default_sql;
  return sync;
}

std::string subject_of(const WidenedColumn& one) {
  return touched(*one.table, one.column->name);
}

const Column& key_column(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  if (!text(spec.fields, "column").empty()) return required_column(spec, table);
  if (table.primary_key.size() == 1) return *table.find_column(table.primary_key.front());
  throw invalid(spec, context, "table",
                table.primary_key.empty() ? fmt::format("{} has no primary key", display(table.name))
                                          : fmt::format("the primary key of {} has several columns ({})",
                                                        display(table.name), join(table.primary_key, ", ")),
                "Say which column, with `column`. Nothing was changed.");
}

std::string type_of(const OperationSpec& spec, const OperationContext& context) {
  const std::string written = text(spec.fields, "column_type");
  return written.empty() ? "bigint" : context.sql.type_name(written);
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Table& table,
                  const Column& column, const std::string& type) {
  const bool is_key = std::ranges::any_of(table.indexes, [&](const Index& index) {
    return index.unique && uses_column(index, table, column.name);
  });
  if (std::ranges::count(table.primary_key, column.name) == 0 && !is_key)
    throw invalid(spec, context, "column", fmt::format("\"{}\" is part of no key", column.name),
                  "Use change_type for a plain column. Nothing was changed.");
  if (is_own_name(column.name))
    throw invalid(spec, context, "column", "names that begin with \"afloat_\" belong to afloat itself",
                  "Nothing was changed.");
  if (type != "bigint" && type != "integer")
    throw invalid(spec, context, "column_type", fmt::format("\"{}\" is no wider integer", type),
                  "It is bigint, or integer for a smallint. Nothing was changed.");
  if (!holds_more(type, column.type))
    throw invalid(
        spec, context, "column_type",
        fmt::format("\"{}\" is of type {}, which {} does not widen", column.name, column.type, type),
        "Only smallint and integer keys are widened. Nothing was changed.");
}

// The steps.

Step expand_step(const WidenedKey& key, const WidenedColumn& one, const OperationContext& context) {
  Step step = combine(Phase::expand,
                      fmt::format("add {}.{} of type {}, in sync with {}", display(one.table->name),
                                  one.beside, key.type, one.column->name),
                      {context.sql.add_column(*one.table, succession_of(key, one, context).successor),
                       context.sql.create_sync(window_sync(key, one, context))});
  step.undo = "drops the sync and the new column; the old one has what both releases wrote";
  return step;
}

Step swap_step(const WidenedKey& key, const OperationContext& context, const Carry& carry) {
  std::vector<Piece> pieces{before_swap(successions(key, context))};
  // Taking the triggers away locks the tables: those that point at others first, as most writers do.
  for (auto one = key.columns.rbegin(); one != key.columns.rend(); ++one)
    pieces.push_back(context.sql.drop_sync(window_sync(key, *one, context)));
  pieces.push_back(carry.swap);
  for (const WidenedColumn& one : key.columns)
    pieces.push_back(context.sql.create_sync(attic_sync(key, one, context)));
  std::vector<std::string> subjects;
  for (const WidenedColumn& one : key.columns) subjects.push_back(subject_of(one));
  Step step =
      combine(Phase::contract,
              fmt::format("{} {} to the attic, in sync; {} of type {} {}", join(subjects, ", "),
                          subjects.size() == 1 ? "goes" : "go", subjects.size() == 1 ? "that" : "those",
                          key.type, subjects.size() == 1 ? "takes its name" : "take their names"),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo =
      "`afloat revert`: the old columns are in the attic from here on, and are kept in sync until they "
      "are purged";
  return step;
}

Step purge_step(const WidenedKey& key, const WidenedColumn& one, const OperationContext& context) {
  const Sync sync = attic_sync(key, one, context);
  Step step = combine(Phase::purge, fmt::format("drop {}.{}", display(one.table->name), one.attic),
                      {context.sql.drop_sync(sync), context.sql.drop_column(sync.table, one.attic)});
  step.inverse.clear();
  step.destroys = true;
  step.undo = "POINT OF NO RETURN: only a backup has the narrow column";
  return step;
}

/// The columns in the attic succeed those that have taken their names.
SuccessionGroup successions_back(const WidenedKey& key, const OperationContext& context) {
  SuccessionGroup group{{}, key.pointing};
  for (const WidenedColumn& one : key.columns) {
    Succession back = succession_of(key, one, context);
    back.back = true;
    back.attic = one.beside;
    Column now = back.successor;
    now.name = one.column->name;
    now.not_null = back.not_null;
    now.default_sql = back.default_sql;
    now.identity = one.column->identity;
    back.keep_default = false;
    back.successor = *one.column;
    back.successor.name = one.attic;
    *back.table.find_column(one.column->name) = now;
    group.members.push_back(std::move(back));
  }
  return group;
}

std::vector<Step> revert_steps(const WidenedKey& key, const OperationContext& context, const Carry& forward) {
  const SuccessionGroup group = successions_back(key, context);
  const Carry back = context.sql.carry(group);
  std::vector<Step> steps = back.beside;
  std::ranges::copy(back.before, std::back_inserter(steps));
  std::vector<Piece> pieces{before_swap(group)};
  std::vector<std::string> subjects;
  for (auto one = key.columns.rbegin(); one != key.columns.rend(); ++one)
    pieces.push_back(context.sql.drop_sync(attic_sync(key, *one, context)));
  pieces.push_back(back.swap);
  for (const WidenedColumn& one : key.columns) {
    pieces.push_back(context.sql.create_sync(window_sync(key, one, context)));
    subjects.push_back(subject_of(one));
  }
  steps.push_back(revert_step(fmt::format("{} {} back from the attic, in sync both ways",
                                          join(subjects, ", "), subjects.size() == 1 ? "comes" : "come"),
                              std::move(pieces)));
  std::ranges::copy(back.after, std::back_inserter(steps));
  std::ranges::copy(forward.beside, std::back_inserter(steps));
  return steps;
}

void append_steps(const WidenedKey& key, const OperationContext& context, const Carry& carry,
                  OperationPlan& plan) {
  const auto compare = [&](Phase phase, const WidenedColumn& one) {
    plan.steps.push_back(range_step(
        phase, StepKind::check, fmt::format("compare {} and {} in every row", subject_of(one), one.beside),
        context.sql.compare(window_sync(key, one, context)), *one.table));
  };
  for (const WidenedColumn& one : key.columns) plan.steps.push_back(expand_step(key, one, context));
  plan.steps.front().trial = carry.trial;
  for (const WidenedColumn& one : key.columns)
    plan.steps.push_back(
        range_step(Phase::backfill, StepKind::backfill,
                   fmt::format("fill {}.{} from {}", display(one.table->name), one.beside, one.column->name),
                   context.sql.backfill(window_sync(key, one, context)), *one.table));
  std::ranges::copy(carry.beside, std::back_inserter(plan.steps));
  for (const WidenedColumn& one : key.columns) compare(Phase::backfill, one);
  for (const WidenedColumn& one : key.columns) compare(Phase::contract, one);
  std::ranges::copy(carry.before, std::back_inserter(plan.steps));
  plan.steps.push_back(swap_step(key, context, carry));
  std::ranges::copy(carry.after, std::back_inserter(plan.steps));
  for (const WidenedColumn& one : key.columns)
    plan.steps.push_back(attic_check(attic_sync(key, one, context), context));
  for (const WidenedColumn& one : key.columns) plan.steps.push_back(purge_step(key, one, context));
  append_revert(plan, revert_steps(key, context, carry));
  for (const WidenedColumn& one : key.columns) {
    const Sync attic = attic_sync(key, one, context);
    plan.revert_losses.push_back(unmapped_rows(attic, one.column->not_null, context));
    append_attached_rows(attic, context, plan.revert_losses);
    append_keys_since(*one.table, one.column->name, context, plan.revert_losses);
  }
}

std::vector<std::string> notes_of(const WidenedKey& key, const OperationContext& context) {
  std::vector<std::string> notes, subjects, tables;
  for (const WidenedColumn& one : key.columns) {
    for (std::string& note : added_column_notes(*one.table, context.sql.dialect()))
      notes.push_back(std::move(note));
    for (std::string& note : backfill_notes(*one.table, context.before)) notes.push_back(std::move(note));
    subjects.push_back(subject_of(one));
    if (const std::string name = display(one.table->name); std::ranges::count(tables, name) == 0)
      tables.push_back(name);
  }
  if (subjects.size() > 1)
    notes.push_back(fmt::format("Foreign keys lead from {} to the columns that are widened with it: {}.",
                                subjects.front(), join({subjects.begin() + 1, subjects.end()}, ", ")));
  for (const PointingKey& pointing : key.pointing)
    notes.push_back(fmt::format("Foreign key {} of {} is built again for the new key; its own column stays.",
                                pointing.constraint.name, display(pointing.table.name)));
  notes.push_back(
      fmt::format("Until contract the key holds no more than {} does.", key.columns.front().column->type));
  notes.push_back(
      fmt::format("From contract on the columns are the last of {}: `SELECT *` and positional INSERTs see "
                  "another order, and prepared statements that return them fail once with 0A000 (cached plan "
                  "must not change result type).",
                  join(tables, ", ")));
  notes.push_back("While contract builds the foreign keys there are two unique indexes: of two sessions that "
                  "upsert one new key at the same instant, one may fail with a duplicate key.");
  if (const auto time = swap_time(key); time.count() > 0)
    notes.push_back(
        fmt::format("The swap works on every partition under its locks: writers wait about {} ms on "
                    "a machine that is not busy, longer with more partitions.",
                    time.count()));
  for (const WidenedColumn& one : key.columns)
    if (!one.column->identity.empty())
      notes.push_back(fmt::format("The identity of {} gets a new sequence of the same name, settings and "
                                  "grants, which goes on where the old one stood; "
                                  "currval() fails in a session until its next number.",
                                  subject_of(one)));
  return notes;
}

void append_promises(const WidenedKey& key, const OperationContext& context, const Carry& carry,
                     OperationPlan& plan) {
  std::vector<Guard> behind;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const WidenedColumn& one = key.columns[i];
    plan.touches.push_back(subject_of(one));
    plan.touches.push_back(touched(*one.table, one.beside));
    plan.attic.push_back(
        {one.table->name, one.column->name, one.attic, carry.remembered_of.at(i), /*succeeded=*/true});
    for (Guard guard : context.sql.guards(window_sync(key, one, context))) {
      guard.until = Phase::contract;
      plan.guards.push_back(std::move(guard));
    }
    for (Guard guard : context.sql.guards(attic_sync(key, one, context))) {
      guard.until = Phase::purge;
      behind.push_back(std::move(guard));
    }
  }
  std::ranges::move(behind, std::back_inserter(plan.guards));
  for (const PointingKey& pointing : key.pointing)
    for (const std::string& column : pointing.constraint.columns)
      plan.touches.push_back(touched(pointing.table, column));
}

/// SQLite stores every integer in up to 64 bits, whatever the declared type.
OperationPlan sqlite_plan(const OperationSpec& spec, const OperationContext& context, const Table& table,
                          const Column& column) {
  if (lower_case(column.type) != "integer" && lower_case(column.type) != "bigint")
    throw invalid(
        spec, context, "column",
        fmt::format("\"{}\" is declared \"{}\", and SQLite stores integers of 64 bits in it already",
                    column.name, column.type),
        "There is nothing to widen; leave the operation out. Nothing was changed.");
  OperationPlan plan;
  plan.notes.push_back(
      fmt::format("Nothing to do: SQLite stores {} in up to 64 bits already.", touched(table, column.name)));
  return plan;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& column = key_column(spec, context, table);
  if (context.sql.dialect() == Dialect::sqlite) return sqlite_plan(spec, context, table, column);
  const std::string type = type_of(spec, context);
  refuse_unfit(spec, context, table, column, type);
  const WidenedKey key = widened_key(spec, context, table, column, type);
  refuse_long_swap(spec, context, key);
  for (const WidenedColumn& one : key.columns) {
    refuse_placeholders(spec, context, *one.table);
    refuse_obstacle(spec, context, window_sync(key, one, context));
  }
  const Carry carry = context.sql.carry(successions(key, context));
  if (!carry.refusal.empty()) throw invalid(spec, context, "table", carry.refusal, carry.hint);

  OperationPlan plan;
  append_steps(key, context, carry, plan);
  append_promises(key, context, carry, plan);
  plan.notes = notes_of(key, context);
  std::ranges::copy(carry.notes, std::back_inserter(plan.notes));
  plan.contract_obstacles = carry.obstacles;
  return plan;
}

/// The successor stands behind the other columns.
void widen(Table& table, const std::string& name, const std::string& type) {
  const Column* column = table.find_column(name);
  if (!column) return;
  Column widened = *column;
  widened.type = type;
  std::erase_if(table.columns, [&](const Column& each) { return each.name == name; });
  table.columns.push_back(std::move(widened));
}

/// With those of the schema that are partitions of it, on every level.
void widen_all(Schema& schema, const RelationName& name, const std::string& column, const std::string& type) {
  widen(*schema.find(name), column, type);
  for (const Table& table : schema.tables)
    if (table.inheritance == "a partition of " + name.name
        || table.inheritance == "a partition of " + display(name))
      widen_all(schema, table.name, column, type);
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  if (context.sql.dialect() == Dialect::sqlite) return;
  const Table& table = required_table(spec, context);
  const WidenedKey key =
      widened_key(spec, context, table, key_column(spec, context, table), type_of(spec, context));
  for (const WidenedColumn& one : key.columns) {
    const Succession succession = succession_of(key, one, context);
    Table* changed = schema.find(one.table->name);
    if (!changed) continue;
    if (shape == Shape::window) {
      changed->columns.push_back(succession.successor);
      continue;
    }
    widen_all(schema, one.table->name, one.column->name, key.type);
    for (const Sequence& sequence : succession.sequences)
      for (Sequence& known : schema.sequences)
        if (known.name == sequence.name && holds_more(key.type, known.type)) known.type = key.type;
  }
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, false, "The key column; without it the one column of the primary key"},
    {"column_type", FieldType::text, false, "The wider integer type: `bigint` (if not given) or `integer`"},
    {"long_swap", FieldType::flag, false,
     "true: writers may wait longer than 50 ms for the swap of many partitions"},
};
} // namespace

const OperationRow k_widen_key{
    "widen_key", "Widen an integer key with its sequence and all foreign keys that point at it",
    k_fields,    only_table,
    plan,        apply,
    false,       nullptr,
    true};

} // namespace afloat
