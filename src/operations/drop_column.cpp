#include "model/domains.hpp"
#include "operations/aside.hpp"
#include "operations/common.hpp"
#include "operations/index_words.hpp"
#include "operations/lost_statistics.hpp"
#include "operations/revert.hpp"
#include "operations/row_identity.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"

#include <algorithm>

#include <fmt/format.h>

// Expand only makes it possible to leave the column out; nothing is hidden. Contract renames the column into
// the attic and drops what could reject rows without it; purge drops it.
namespace afloat {
namespace {
struct Doomed {
  const Table& table;
  const Column& column;
  std::string down, attic;
  std::optional<AsideTable> aside; ///< `attic = "aside"`
};

Doomed doomed(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& column = required_column(spec, table);
  Doomed what{table, column, text(spec.fields, "down"), attic_name(context, column.name), std::nullopt};
  if (wants_aside(spec, context)) what.aside = aside_of(spec, context, table, {{column, what.down}});
  return what;
}

/// Counts the writes of the old release, and fills the column with `down` where an INSERT left it out.
Sync window_sync(const Doomed& what, const OperationContext& context) {
  Sync sync;
  sync.kind = what.down.empty() ? Sync::Kind::watch : Sync::Kind::fill;
  sync.id = sync_id(context);
  sync.table = what.table;
  sync.old_column = what.column.name;
  sync.new_column = what.down.empty() ? "" : what.column.name;
  sync.new_type = what.column.type;
  sync.up = what.down;
  sync.required = what.column.not_null;
  return sync;
}

Sync attic_sync(const Doomed& what, const OperationContext& context) {
  Sync sync = window_sync(what, context);
  for (Column& column : sync.table.columns)
    if (column.name == what.column.name) column.name = what.attic;
  sync.old_column.clear();
  sync.new_column = what.attic;
  sync.count_old_writes = false;
  return sync;
}

/// On SQLite the fill comes after the constraints are checked; on PostgreSQL before.
bool must_relax(const Doomed& what, Dialect dialect) {
  return dialect == Dialect::sqlite && what.column.not_null && !what.column.default_sql;
}

Step expand_step(const Doomed& what, const OperationContext& context) {
  std::vector<Piece> pieces;
  if (must_relax(what, context.sql.dialect()))
    pieces.push_back(context.sql.relax_not_null(what.table, what.column.name));
  pieces.push_back(context.sql.create_sync(window_sync(what, context)));
  if (what.aside) pieces.push_back(what.aside->open);
  std::string title = "count writes to " + touched(what.table, what.column.name);
  if (!what.down.empty()) title += ", fill it where left out";
  if (what.aside) title += ", keep it in " + display(what.aside->rows.name);
  Step step = combine(Phase::expand, title, std::move(pieces));
  step.undo = "takes the triggers away; rows without the column would stop it where the column is NOT NULL";
  return step;
}

bool has_column(const Constraint& constraint, const Doomed& what) {
  return std::ranges::count(constraint.columns, what.column.name) > 0;
}

bool in_constraint(const Doomed& what) {
  return std::ranges::any_of(what.table.constraints,
                             [&](const Constraint& c) { return has_column(c, what); });
}

/// PostgreSQL knows them one by one. In SQLite they are parts of the table's text, and all go in one edit.
std::vector<Piece> drop_constraints(const Doomed& what, const OperationContext& context) {
  std::vector<Piece> pieces;
  if (context.sql.dialect() == Dialect::sqlite) {
    if (in_constraint(what))
      pieces.push_back(context.sql.drop_constraints_of(what.table, what.column.name, sync_id(context)));
    return pieces;
  }
  for (const Constraint& constraint : what.table.constraints)
    if (has_column(constraint, what)) pieces.push_back(context.sql.drop_constraint(what.table, constraint));
  return pieces;
}

Step swap_step(const Doomed& what, const OperationContext& context, std::vector<std::string>& remembered) {
  const SqlWriter& sql = context.sql;
  std::vector<Piece> pieces{sql.drop_sync(window_sync(what, context))};
  if (what.aside) pieces.push_back(what.aside->close);
  for (Piece& piece : drop_constraints(what, context)) pieces.push_back(std::move(piece));
  for (const Constraint& constraint : what.table.constraints)
    if (has_column(constraint, what))
      remembered.push_back((constraint.name.empty()
                                ? std::string()
                                : fmt::format("CONSTRAINT {} ", sql.identifier(constraint.name)))
                           + constraint.definition);
  for (const Index& index : what.table.indexes)
    if (index.constraint.empty() && uses_column(index, what.table, what.column.name)) {
      pieces.push_back(sql.drop_index(what.table, index));
      remembered.push_back(index_words(what.table, index, sql));
    }
  if (what.column.not_null) remembered.push_back("NOT NULL");
  if (what.column.not_null && !must_relax(what, context.sql.dialect()))
    pieces.push_back(sql.relax_not_null(what.table, what.column.name));
  if (what.aside) return aside_swap(*what.aside, what.table, {what.column.name}, std::move(pieces), context);
  pieces.push_back(sql.rename_column(what.table, what.column.name, what.attic));
  if (!what.down.empty()) pieces.push_back(sql.create_sync(attic_sync(what, context)));
  Step step =
      combine(Phase::contract, fmt::format("hide {} in the attic", touched(what.table, what.column.name)),
              std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert`: the column and its values are in the attic until they are purged";
  return step;
}

/// The column comes back as the table's last, and gets its values while the new release goes on.
std::vector<Step> revert_from_aside(const Doomed& what, const OperationContext& context) {
  std::vector<Step> steps = aside_returns(*what.aside, what.table, {returning(what.column)},
                                          {context.sql.create_sync(window_sync(what, context))}, context);
  const HiddenColumns remade{what.table, {{what.column.name, what.column.name}}};
  for (Step& step : rebuild_hidden(remade, context)) steps.push_back(std::move(step));
  if (context.sql.dialect() == Dialect::postgres && what.column.not_null && !what.column.default_sql)
    for (Step& step : context.sql.not_null_steps(what.table, what.column.name, Phase::revert))
      steps.push_back(std::move(step));
  append_index_settings(remade, steps);
  return steps;
}

HiddenColumns hidden(const Doomed& what) {
  return {what.table, {{what.column.name, what.attic}}};
}

std::vector<Step> revert_steps(const Doomed& what, const OperationContext& context) {
  if (what.aside) return revert_from_aside(what, context);
  const SqlWriter& sql = context.sql;
  const bool sqlite = sql.dialect() == Dialect::sqlite;
  std::vector<Piece> pieces;
  if (!what.down.empty()) pieces.push_back(sql.drop_sync(attic_sync(what, context)));
  pieces.push_back(undone(sql.rename_column(what.table, what.column.name, what.attic)));
  if (sqlite && what.column.not_null && !must_relax(what, sql.dialect()))
    pieces.push_back(undone(sql.relax_not_null(what.table, what.column.name)));
  if (sqlite)
    for (Piece& piece : drop_constraints(what, context)) pieces.push_back(undone(std::move(piece)));
  pieces.push_back(sql.create_sync(window_sync(what, context)));
  std::vector<Step> steps{revert_step(
      fmt::format("bring {} back from the attic", touched(what.table, what.column.name)), std::move(pieces))};
  for (Step& step : rebuild_hidden(hidden(what), context)) steps.push_back(std::move(step));
  if (!sqlite && what.column.not_null)
    for (Step& step : sql.not_null_steps(what.table, what.column.name, Phase::revert))
      steps.push_back(std::move(step));
  append_index_settings(hidden(what), steps);
  return steps;
}

void become_purge(Step& step) {
  step.inverse.clear();
  step.destroys = true;
  step.undo = "POINT OF NO RETURN: the values are gone, only a backup has them";
}

/// The table as contract leaves it, as far as a rebuild looks at it.
Table hidden_table(const Doomed& what, const OperationContext& context) {
  Table table = what.table;
  std::vector<Piece> pieces = drop_constraints(what, context);
  for (const Index& index : what.table.indexes)
    if (index.constraint.empty() && uses_column(index, what.table, what.column.name))
      pieces.push_back(context.sql.drop_index(what.table, index));
  if (what.column.not_null) pieces.push_back(context.sql.relax_not_null(what.table, what.column.name));
  pieces.push_back(context.sql.rename_column(what.table, what.column.name, what.attic));
  note_change(table, context, std::move(pieces));
  std::erase_if(table.indexes,
                [&](const Index& index) { return uses_column(index, table, what.column.name); });
  std::erase_if(table.constraints,
                [&](const Constraint& constraint) { return has_column(constraint, what); });
  table.triggers.clear();
  Column& column = *table.find_column(what.column.name);
  column.not_null = false;
  column.name = what.attic;
  return table;
}

/// On SQLite, ALTER TABLE refuses a column that a constraint of the table's text had.
std::vector<Step> rebuild_without(const Doomed& what, const OperationContext& context) {
  if (context.sql.dialect() != Dialect::sqlite || !in_constraint(what)) return {};
  const Rebuild rebuild{sync_id(context), what.table.name, {{"drop_column", {what.attic}}}};
  const Table table = hidden_table(what, context);
  if (!context.sql.rebuild_obstacle(table, rebuild).empty()) return {}; // in place it goes all the same
  return context.sql.rebuild_steps(table, rebuild, Phase::purge);
}

std::vector<Step> purge_steps(const Doomed& what, const OperationContext& context) {
  if (what.aside) {
    std::vector<Step> steps{aside_purge(*what.aside)};
    become_purge(steps.back());
    return steps;
  }
  const Sync sync = attic_sync(what, context);
  std::vector<Piece> pieces;
  if (!what.down.empty()) pieces.push_back(context.sql.drop_sync(sync));
  const std::string attic = fmt::format("{}.{}", display(what.table.name), what.attic);
  std::vector<Step> steps = rebuild_without(what, context);
  if (steps.empty()) {
    pieces.push_back(context.sql.drop_column(sync.table, what.attic));
    steps.push_back(combine(Phase::purge, "drop " + attic, std::move(pieces)));
    become_purge(steps.back());
    return steps;
  }
  become_purge(*std::ranges::find_if(steps, &Step::swap));
  if (pieces.empty()) return steps;
  Step quiet = combine(Phase::purge, "stop filling " + attic, std::move(pieces));
  quiet.inverse.clear();
  quiet.undo = "not needed: the column is about to go";
  steps.insert(steps.begin(), std::move(quiet));
  return steps;
}

/// Foreign keys elsewhere that point at the column, in words: the gate of contract asks.
std::vector<std::string> pointing_at(const Doomed& what, const SqlWriter& sql) {
  const auto unique = [&](const Index& index) {
    return index.unique && uses_column(index, what.table, what.column.name);
  };
  if (what.table.referenced_by.empty() || !std::ranges::any_of(what.table.indexes, unique)) return {};
  const std::string name = sql.literal(display(what.table.name) + "." + what.column.name);
  if (sql.dialect() == Dialect::sqlite)
    return {fmt::format(
        "SELECT DISTINCT 'a foreign key of ' || m.name || ' points at ' || {} || ': drop it first' FROM "
        "sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = {} "
        "COLLATE "
        "NOCASE AND f.\"to\" = {} COLLATE NOCASE ORDER BY 1",
        name, sql.literal(what.table.name.name), sql.literal(what.column.name))};
  return {fmt::format(
      "SELECT DISTINCT 'a foreign key of ' || c.conrelid::regclass::text || ' points at ' || {} || ': drop "
      "it "
      "first' FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND "
      "a.attnum = ANY (c.confkey) WHERE c.contype = 'f' AND c.confrelid = pg_catalog.to_regclass({}) AND "
      "a.attname = {} ORDER BY 1",
      name, sql.literal(sql.relation(what.table.name)), sql.literal(what.column.name))};
}

/// Until contract the constraint holds, and the new release leaves the column to its default.
void refuse_unique_default(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  if (!what.down.empty() || !what.column.default_sql || !what.column.default_is_constant) return;
  for (const Index& index : what.table.indexes)
    if (index.unique && index.parts.size() == 1 && index.parts[0].column == what.column.name
        && index.predicate.empty() && *what.column.default_sql != "NULL")
      throw invalid(
          spec, context, "column",
          fmt::format(
              "\"{}\" is unique and has a default: the new release, which leaves it out, could insert "
              "one row only",
              what.column.name),
          "Drop the default or the unique constraint first. Nothing was changed.");
}

/// The server asks a domain about the NULL of an INSERT that leaves the column out before it calls a trigger.
void refuse_without_null(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  const TypeDefinition* domain = domain_of(context.before, what.column.type);
  if (!domain || what.column.default_sql || !refuses_null(context.before, *domain)) return;
  throw invalid(
      spec, context, "column",
      fmt::format("\"{}\" is of the domain {}, which takes no NULL: an INSERT of the new release, which "
                  "leaves it out, would be turned away before `down` could fill it",
                  what.column.name, display(domain->name)),
      "Give the column a default first, with `set_default`. Nothing was changed.");
}

void refuse_undroppable(const OperationSpec& spec, const OperationContext& context, const Doomed& what) {
  if (is_own_name(what.column.name))
    throw invalid(spec, context, "column", fmt::format("\"{}\" belongs to afloat itself", what.column.name),
                  "Use `afloat attic purge`. Nothing was changed.");
  if (std::ranges::count(what.table.primary_key, what.column.name) > 0)
    throw invalid(spec, context, "column", fmt::format("\"{}\" is part of the primary key", what.column.name),
                  "Dropping a key column is not supported. Nothing was changed.");
  for (const ColumnUser& user : what.table.users)
    if (user.kind == "partition key" && user.column == what.column.name)
      throw invalid(spec, context, "column", fmt::format("\"{}\" is in the {}", what.column.name, user.words),
                    "It says which partition a row goes to, and PostgreSQL does not drop it. Nothing was "
                    "changed.");
  if (what.column.not_null && !what.column.default_sql && what.down.empty())
    throw invalid(
        spec, context, "column",
        fmt::format(
            "\"{}\" is NOT NULL without a default: the new release, which leaves it out, could not insert",
            what.column.name),
        "Say what the old release reads for such rows: `down = \"…\"`. Nothing was changed.");
  refuse_without_null(spec, context, what);
  if (!what.column.identity.empty())
    throw invalid(spec, context, "column", fmt::format("\"{}\" is an identity column", what.column.name),
                  "Dropping one is not supported yet. Nothing was changed.");
  for (const Column& column : what.table.columns)
    if (!column.generated.empty() && mentions(column.generated, what.table.name.name, what.column.name))
      throw invalid(
          spec, context, "column",
          fmt::format("the generated column \"{}\" is computed from \"{}\"", column.name, what.column.name),
          "Drop that one first. Nothing was changed.");
  refuse_lost_identity(spec, context, "column", identity_lost_with(what.table, what.column.name));
  refuse_unique_default(spec, context, what);
  if (what.aside) refuse_aside(spec, context, what.table, what.column);
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Doomed what = doomed(spec, context);
  refuse_undroppable(spec, context, what);
  const Sync sync = window_sync(what, context);
  refuse_placeholders(spec, context, what.table);
  refuse_obstacle(spec, context, sync);
  OperationPlan plan;
  plan.reads = columns_read(what.table, what.down, what.column.name);
  AtticEntry entry{what.table.name, what.column.name, what.attic, {}};
  entry.aside = what.aside.has_value();
  if (what.aside) entry.name = display(what.aside->rows.name);
  plan.steps.push_back(expand_step(what, context));
  if (what.aside) append_aside_checks(*what.aside, what.table, {what.column.name}, plan);
  plan.steps.push_back(swap_step(what, context, entry.remembered));
  for (Step& step : purge_steps(what, context)) plan.steps.push_back(std::move(step));
  append_revert(plan, revert_steps(what, context));
  plan.revert_losses = what.aside ? aside_losses(*what.aside, what.table, {&what.column}, context)
                                  : losses_of_rebuild(hidden(what), context);
  if (std::ranges::any_of(plan.steps, [](const Step& step) { return step.rebuild.has_value(); }))
    plan.notes.push_back(
        fmt::format("The purge makes {} anew beside its writers, from the table as it is then; the "
                    "file grows by its size meanwhile.",
                    display(what.table.name)));
  plan.touches = {touched(what.table, what.column.name)};
  plan.counters = context.sql.counters(sync);
  plan.attic.push_back(std::move(entry));
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  plan.contract_obstacles = pointing_at(what, context.sql);
  for (std::string& query : context.sql.column_users(what.table, what.column.name))
    plan.contract_obstacles.push_back(std::move(query));
  plan.doomed.push_back({what.table.name, what.column.name});
  if (what.aside)
    append_aside_facts(*what.aside, what.table, {what.column.name}, context, plan);
  else
    plan.notes.push_back(
        fmt::format("Contract changes what `SELECT *` and positional INSERTs see of {}: the column has its "
                    "attic name from then on, and is gone after the purge.",
                    display(what.table.name)));
  for (std::string& note : habit_notes(what.table)) plan.notes.push_back(std::move(note));
  for (std::string& note :
       lost_statistics_notes(what.table, {what.column.name}, what.aside ? "Contract" : "The purge"))
    plan.notes.push_back(std::move(note));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Doomed what = doomed(spec, context);
  Table& table = *schema.find(what.table.name);
  if (shape == Shape::window) {
    if (!must_relax(what, context.sql.dialect())) return;
    note_change(table, context, {context.sql.relax_not_null(what.table, what.column.name)});
    table.find_column(what.column.name)->not_null = false;
    return;
  }
  const std::string name = what.column.name; // `what` may refer into the schema that is changed here
  std::vector<Piece> pieces = drop_constraints(what, context);
  pieces.push_back(context.sql.drop_column(what.table, name));
  note_change(table, context, std::move(pieces));
  std::erase_if(table.indexes, [&](const Index& index) { return uses_column(index, table, name); });
  std::erase_if(table.constraints, [&](const Constraint& constraint) {
    return std::ranges::count(constraint.columns, name) > 0;
  });
  std::erase_if(table.columns, [&](const Column& column) { return column.name == name; });
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column that goes"},
    {"down", FieldType::text, false,
     "SQL expression: what the old release reads in rows that the new one inserts; needed for NOT NULL "
     "without default",
     k_expression},
    k_attic_field,
};
} // namespace

const OperationRow k_drop_column{
    "drop_column", "Drop a column that the new release no longer uses", k_fields, only_table, plan, apply,
    false};

} // namespace afloat
