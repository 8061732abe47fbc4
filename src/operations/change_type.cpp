#include "operations/aside.hpp"
#include "operations/aside_sides.hpp"
#include "operations/bare_type.hpp"
#include "operations/column_list.hpp"
#include "operations/common.hpp"
#include "operations/empty_column.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// Three ways. A change that the database does in its catalog alone is one step. Else the new shape lives
// beside the old one, in sync both ways: under a working name that nobody writes, which contract exchanges
// for the column's own (everything that hangs on the column is carried over, see Carry); or, with `to`, under
// a name of its own, and contract hides the old one.
namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  const Column& column;
  std::string type;
  std::string name;         ///< of the new shape in the end
  std::string beside;       ///< of the new shape in the window
  std::string attic;        ///< of the old shape behind contract
  std::string up, down;     ///< as written, or made; empty where an author must say
  bool hidden = false;      ///< the new shape has a working name
  std::string default_sql;  ///< of the new shape, where another operation says it
  bool stored_only = false; ///< nothing was said about values: `up` stores the value as it is, or casts it
  std::optional<AsideTable> aside = {}; ///< `attic = "aside"`
};

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& column = required_column(spec, table);
  Wanted want{table,
              column,
              text(spec.fields, "column_type") == column.type
                  ? column.type
                  : context.sql.type_name(text(spec.fields, "column_type")),
              text(spec.fields, "to"),
              {},
              {},
              text(spec.fields, "up"),
              text(spec.fields, "down")};
  want.hidden = want.name.empty();
  if (want.hidden) want.name = column.name;
  want.beside = want.hidden
                    ? context.sql.fitting_name(fmt::format("_afloat_new_{}_{}", context.version, column.name))
                    : want.name;
  want.attic = attic_name(context, column.name);
  want.stored_only = want.up.empty();
  want.default_sql = text(spec.fields, "new_default");
  const SqlWriter& sql = context.sql;
  if (want.up.empty())
    want.up = sql.cast(sql.identifier(column.name), column.type, want.type, false).value_or("");
  // Where nobody writes the new shape before contract, `down` serves the attic only, which never raises.
  if (want.down.empty())
    want.down = sql.cast(sql.identifier(want.name), want.type, column.type, want.hidden).value_or("");
  return want;
}

std::string renamed(std::string_view expression, const Wanted& want, const std::string& from,
                    const std::string& to, const SqlWriter& sql) {
  return replace_columns(expression, want.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           return name == from ? std::optional(sql.identifier(to)) : std::nullopt;
                         });
}

/// What the old default becomes; nothing if there is none, or `up` needs more than the column.
std::optional<std::string> final_default(const Wanted& want, const OperationContext& context) {
  if (!want.column.default_sql) return std::nullopt;
  if (!want.default_sql.empty()) return want.default_sql;
  if (want.up == context.sql.identifier(want.column.name)) return want.column.default_sql;
  return replace_columns(want.up, want.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           if (name != want.column.name) return std::nullopt;
                           return "(" + *want.column.default_sql + ")";
                         });
}

bool has_constant_default(const Wanted& want) {
  return want.column.default_sql && want.column.default_is_constant;
}

bool must_relax(const Wanted& want, Dialect dialect) {
  return dialect == Dialect::sqlite && !want.hidden && want.column.not_null && !want.column.default_sql;
}

void rename_in(Table& table, const Wanted& want, const OperationContext& context) {
  const auto follow = [&](std::string& expression) {
    expression = renamed(expression, want, want.column.name, want.name, context.sql);
  };
  for (Index& index : table.indexes) {
    for (IndexPart& part : index.parts) {
      if (part.column == want.column.name) part.column = want.name;
      follow(part.expression);
    }
    std::ranges::replace(index.include, want.column.name, want.name);
    follow(index.predicate);
  }
  for (Constraint& constraint : table.constraints) {
    if (constraint.kind == ConstraintKind::check) follow(constraint.definition);
    std::ranges::replace(constraint.columns, want.column.name, want.name);
  }
  std::ranges::replace(table.primary_key, want.column.name, want.name);
}

/// The new shape has a default in the window already.
bool window_has_default(const Wanted& want, const OperationContext& context) {
  return !want.hidden && has_constant_default(want) && context.sql.dialect() == Dialect::postgres;
}

ConflictPolicy policy_of(const OperationSpec& spec) {
  return text(spec.fields, "conflict") == "reject" ? ConflictPolicy::reject : ConflictPolicy::new_wins;
}

Sync window_sync(const OperationSpec& spec, const Wanted& want, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = sync_id(context);
  sync.table = want.table;
  sync.old_column = want.column.name;
  sync.new_column = want.beside;
  sync.new_type = want.type;
  sync.up = want.up;
  sync.down = renamed(want.down, want, want.name, want.beside, context.sql);
  sync.policy = policy_of(spec);
  sync.hidden = want.hidden;
  sync.count_old_writes = !want.hidden;
  sync.required = must_relax(want, context.sql.dialect());
  sync.never_null = want.column.not_null;
  if (window_has_default(want, context)) sync.new_default = final_default(want, context);
  return sync;
}

/// Behind the swap the old shape has its attic name.
Sync attic_sync(const OperationSpec& spec, const Wanted& want, const OperationContext& context) {
  Sync sync = window_sync(spec, want, context);
  sync.kind = Sync::Kind::attic;
  Column& old_shape = *sync.table.find_column(want.column.name);
  old_shape.name = want.attic;
  old_shape.not_null = false;
  if (!has_constant_default(want)) old_shape.default_sql.reset();
  Column successor = context.sql.successor_of(want.column, want.name, want.type);
  successor.default_sql = final_default(want, context);
  successor.default_is_constant = want.column.default_is_constant;
  sync.table.columns.push_back(successor);
  std::ranges::replace(sync.table.primary_key, want.column.name, want.name);
  sync.old_column = want.attic;
  sync.new_column = want.name;
  sync.up = renamed(want.up, want, want.column.name, want.attic, context.sql);
  sync.down = want.down;
  sync.new_default = has_constant_default(want) ? successor.default_sql : std::nullopt;
  sync.required = false;
  return sync;
}

Succession succession_of(const Wanted& want, const OperationContext& context) {
  return {.id = sync_id(context),
          .table = want.table,
          .from = want.column.name,
          .successor = context.sql.successor_of(want.column, want.beside, want.type),
          .name = want.name,
          .attic = want.attic,
          .not_null = want.column.not_null,
          .default_sql = final_default(want, context),
          .keep_default = has_constant_default(want)};
}

/// The way back is a succession too: the column in the attic succeeds the one that has taken its name.
Succession succession_back(const Wanted& want, const OperationContext& context) {
  Succession forward = succession_of(want, context), back = forward;
  back.back = true;
  back.from = want.name;
  back.name = want.column.name;
  back.attic = want.beside;
  back.default_sql = want.column.default_sql;
  back.not_null = want.column.not_null && !must_relax(want, context.sql.dialect());
  back.keep_default = window_has_default(want, context);
  back.successor = want.column;
  back.successor.name = want.attic;
  Column now = forward.successor;
  now.name = want.name;
  now.not_null = forward.not_null;
  now.default_sql = forward.default_sql;
  now.identity = want.column.identity;
  std::ranges::replace_if(
      back.table.columns, [&](const Column& column) { return column.name == want.column.name; }, now);
  if (!want.hidden) rename_in(back.table, want, context);
  for (ColumnUser& user : back.table.users)
    if (user.column == want.column.name) user.column = want.name;
  back.table.columns.push_back(back.successor);
  return back;
}

// What is refused.

void refuse_type(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  if (std::string more = beyond_a_type(text(spec.fields, "column_type"), "collate"); !more.empty())
    throw invalid(
        spec, context, "column_type", std::move(more),
        "Give the bare type; default, NOT NULL and constraints stay as they are. Nothing was changed.");
  if (want.hidden && want.stored_only && want.type == want.column.type)
    throw invalid(spec, context, "column_type",
                  fmt::format("\"{}\" is of type {} already", want.column.name, want.column.type),
                  "Nothing was changed.");
}

void refuse_column(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  if (!want.column.generated.empty())
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is a generated column, which nobody writes", want.column.name),
                  "Add a generated column of the new type and drop the old one. Nothing was changed.");
  if (!want.column.identity.empty())
    throw invalid(
        spec, context, "column",
        fmt::format("\"{}\" is an identity column, whose sequence cannot be moved by a change of type",
                    want.column.name),
        "Nothing was changed.");
  if (is_own_name(want.column.name) || (!want.hidden && is_own_name(want.name)))
    throw invalid(spec, context, want.hidden ? "column" : "to",
                  "names that begin with \"afloat_\" belong to afloat itself", "Nothing was changed.");
  if (!want.hidden) refuse_existing_column(spec, want.table, "to");
}

void refuse_values(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  const std::string change = fmt::format("{} to {}", want.column.type, want.type);
  if (want.up.empty())
    throw invalid(
        spec, context, "column_type",
        fmt::format("not every value can be cast from {}, and nothing says what becomes of \"{}\"", change,
                    want.column.name),
        fmt::format("Add `up`, an expression over the row's columns of type {}, and `down` for the way back. "
                    "Nothing was changed.",
                    want.type));
  if (want.down.empty())
    throw invalid(
        spec, context, "column_type",
        fmt::format("nothing says what the old release reads in \"{}\" when the new one writes \"{}\"",
                    want.column.name, want.name),
        fmt::format("Add `down`, an expression of type {}. Nothing was changed.", want.column.type));
  if (!want.hidden && mentions(want.down, want.table.name.name, want.column.name))
    throw invalid(
        spec, context, "down",
        fmt::format("`down` reads \"{}\", which contract takes away: it may not read what it makes",
                    want.column.name),
        fmt::format("Write it over \"{}\", the name of the new shape. Nothing was changed.", want.name));
  const std::string conflict = text(spec.fields, "conflict");
  if (!conflict.empty() && conflict != "new_wins" && conflict != "reject")
    throw invalid(spec, context, "conflict", fmt::format("\"{}\" is no policy for conflicts", conflict),
                  "It is one of: new_wins, reject. Nothing was changed.");
  if (want.column.default_sql && !columns_read(want.table, want.up, want.column.name).empty())
    throw invalid(spec, context, "up",
                  fmt::format("\"{}\" has a default, and `up` reads other columns, which no default can",
                              want.column.name),
                  "Drop the default first (drop_default), and set one after contract. Nothing was changed.");
}

// The steps.

Step expand_step(const OperationSpec& spec, const Wanted& want, const OperationContext& context,
                 std::vector<std::string> trial) {
  const SqlWriter& sql = context.sql;
  const Sync sync = window_sync(spec, want, context);
  std::vector<Piece> pieces;
  if (sync.required) pieces.push_back(sql.relax_not_null(want.table, want.column.name));
  pieces.push_back(
      sql.add_column(want.table, empty_column(succession_of(want, context).successor, sql.dialect())));
  if (sync.new_default) pieces.push_back(sql.set_default(want.table, want.beside, *sync.new_default));
  pieces.push_back(sql.create_sync(sync));
  Step step = combine(Phase::expand,
                      fmt::format("add {}.{} of type {}, in sync with {}", display(want.table.name),
                                  want.beside, want.type, want.column.name),
                      std::move(pieces));
  step.trial = std::move(trial);
  step.undo =
      "drops the sync and the new column; the old one has what both releases wrote, as `down` maps it";
  return step;
}

Step swap_step(const OperationSpec& spec, const Wanted& want, const OperationContext& context,
               const Carry& carry) {
  const Sync window = window_sync(spec, want, context), attic = attic_sync(spec, want, context);
  const std::string name_taken = want.hidden ? ", that of type " + want.type + " takes its name" : "";
  Step step = want.aside
                  ? combine(Phase::contract,
                            fmt::format("{}.{} leaves the table{}", display(want.table.name),
                                        want.column.name, name_taken),
                            aside_swap_pieces(*want.aside, window, attic, {carry.swap}, context))
                  : combine(Phase::contract,
                            fmt::format("{}.{} goes to the attic{}, in sync", display(want.table.name),
                                        want.column.name, name_taken),
                            {context.sql.drop_sync(window), carry.swap, context.sql.create_sync(attic)});
  step.inverse.clear();
  step.swap = true;
  step.undo = want.aside ? "`afloat revert`: the old column is made again of what is kept and of `down`"
                         : "`afloat revert`: the old column is in the attic from here on, and is kept in "
                           "sync until it is purged";
  return step;
}

Step purge_step(const OperationSpec& spec, const Wanted& want, const OperationContext& context) {
  if (want.aside) return aside_sides_purge(*want.aside, window_sync(spec, want, context));
  const Sync sync = attic_sync(spec, want, context);
  Step step = combine(Phase::purge, fmt::format("drop {}.{}", display(want.table.name), want.attic),
                      {context.sql.drop_sync(sync), context.sql.drop_column(sync.table, want.attic)});
  step.inverse.clear();
  step.destroys = true;
  step.undo = "POINT OF NO RETURN: what `up` left out of the old values is gone, only a backup has it";
  return step;
}

/// The column in the attic, where contract has left none. What moves with the name comes with it.
std::vector<Step> remade(const OperationSpec& spec, const Wanted& want, const OperationContext& context) {
  const Sync attic = attic_sync(spec, want, context);
  Column column;
  column.name = want.attic;
  column.type = want.column.type;
  column.collation = want.column.collation;
  column.default_sql = attic.table.find_column(want.attic)->default_sql;
  if (want.hidden) return aside_remade(*want.aside, attic, {column}, {}, context);
  // SQLite leaves any default with the column that goes.
  if (context.sql.dialect() == Dialect::sqlite) column.default_sql = want.column.default_sql;
  return aside_remade(*want.aside, attic, {column},
                      {context.sql.copy_properties(attic.table, want.column, want.attic)}, context);
}

/// What can reject is built on the column in the attic before it takes its name back; the indexes that the
/// new shape has in the window come afterwards.
std::vector<Step> revert_steps(const OperationSpec& spec, const Wanted& want, const OperationContext& context,
                               const Carry& forward) {
  const Carry back = context.sql.carry(succession_back(want, context));
  std::vector<Step> steps;
  if (want.aside) steps = remade(spec, want, context);
  std::ranges::copy(back.beside, std::back_inserter(steps));
  std::ranges::copy(back.before, std::back_inserter(steps));
  std::vector<Piece> pieces{context.sql.drop_sync(attic_sync(spec, want, context)), back.swap,
                            context.sql.create_sync(window_sync(spec, want, context))};
  if (want.aside) pieces.insert(pieces.begin() + 1, want.aside->drop);
  steps.push_back(revert_step(fmt::format("{}.{} of type {} comes back from the attic, in sync both ways",
                                          display(want.table.name), want.column.name, want.column.type),
                              std::move(pieces)));
  std::ranges::copy(back.after, std::back_inserter(steps));
  std::ranges::copy(forward.beside, std::back_inserter(steps));
  return steps;
}

std::vector<Loss> revert_losses(const OperationSpec& spec, const Wanted& want,
                                const OperationContext& context) {
  std::vector<Loss> losses = losses_of_rebuild({want.table, {{want.column.name, want.attic}}}, context);
  const Sync attic = attic_sync(spec, want, context);
  if (!want.column.not_null) losses.push_back(unmapped_rows(attic, false, context));
  return want.aside ? asked_aside(*want.aside, attic, std::move(losses), context) : losses;
}

/// Values of the new shape that the old one does not hold wholly.
Loss loss_of(const Wanted& want, const OperationContext& context) {
  const bool is_sqlite = context.sql.dialect() == Dialect::sqlite;
  const std::string name = context.sql.identifier(want.name);
  const std::string differs =
      is_sqlite
          ? fmt::format("{} IS NOT ({})", name, want.up)
          : fmt::format("pg_catalog.record_image_ne(ROW(CAST({} AS {})), ROW({}))", want.up, want.type, name);
  return {fmt::format("values of {} that {} holds only in part", touched(want.table, want.name),
                      want.column.name),
          fmt::format("SELECT count(*) FROM {} WHERE {}", context.sql.relation(want.table.name), differs)};
}

std::vector<std::string> notes_of(const Wanted& want, const OperationContext& context) {
  const Dialect dialect = context.sql.dialect();
  const std::string subject = touched(want.table, want.column.name);
  std::vector<std::string> notes = added_column_notes(want.table, dialect);
  for (std::string& note : backfill_notes(want.table, context.before)) notes.push_back(std::move(note));
  if (!want.stored_only)
    notes.push_back(
        fmt::format("Where `up` fails for a value, the old release's write of that value fails until "
                    "contract: let it give NULL instead where that can be."));
  if (want.hidden)
    notes.push_back(
        fmt::format("Both releases use the name {}, with the old type until contract: nothing tells them "
                    "apart, so contract when no release needs the old type.",
                    subject));
  else if (want.column.not_null)
    notes.push_back(fmt::format(
        "Until contract a row is rejected for which `down` gives NULL, because {} is NOT NULL.", subject));
  if (want.hidden)
    notes.push_back(
        fmt::format("From contract on the column is the last of {}: `SELECT *` and positional INSERTs see "
                    "another order{}.",
                    display(want.table.name),
                    dialect == Dialect::postgres
                        ? ", and prepared statements that return it fail once with 0A000 (cached plan must "
                          "not change result type)"
                        : ""));
  return notes;
}

OperationPlan catalog_plan(const Wanted& want, const OperationContext& context, TypeEdit edit) {
  const std::string subject = touched(want.table, want.column.name);
  OperationPlan plan;
  Step step =
      combine(Phase::expand, fmt::format("change the type of {} to {}", subject, want.type), {edit.piece});
  step.undo = context.sql.dialect() == Dialect::sqlite
                  ? "puts the declared type back"
                  : "sets the type back, which reads and may write every row under the same lock";
  plan.steps.push_back(std::move(step));
  std::ranges::move(edit.after, std::back_inserter(plan.steps));
  plan.touches = {subject};
  if (!edit.misfit.empty())
    plan.losses.push_back(
        {.what = fmt::format("values of {} that {} does not hold", subject, want.column.type),
         .query = fmt::format("SELECT count(*) FROM {} WHERE {}", context.sql.relation(want.table.name),
                              edit.misfit)});
  plan.notes.push_back(
      fmt::format("{} changes in the catalog alone: no row and no index is written, and both releases "
                  "use the one column.",
                  subject));
  if (context.sql.dialect() == Dialect::postgres)
    plan.notes.push_back(
        "Prepared statements that return the column fail once with 0A000 (cached plan must not change "
        "result type); drivers that retry do not notice.");
  return plan;
}

/// SQLite: the fill passes over rows for which `up` gives NULL. They would show the default that contract
/// gives the new shape.
void append_stored_nulls(const Wanted& want, const OperationContext& context, OperationPlan& plan) {
  Table table = want.table;
  table.columns.push_back(succession_of(want, context).successor);
  Column& successor = table.columns.back();
  successor.not_null = want.column.not_null;
  const std::optional<std::string> then = final_default(want, context);
  auto work = then ? context.sql.store_default(table, successor, then) : std::nullopt;
  if (!work) return;
  plan.steps.push_back(
      range_step(Phase::backfill, StepKind::backfill,
                 fmt::format("store NULL in {}, where it is to stay NULL when its default comes",
                             touched(want.table, want.beside)),
                 std::move(*work), want.table));
  plan.steps.back().undo = "nothing to undo: the column goes with abort";
}

void append_steps(const OperationSpec& spec, const Wanted& want, const OperationContext& context, Carry carry,
                  OperationPlan& plan) {
  const Sync sync = window_sync(spec, want, context);
  const std::string subject =
      fmt::format("{}.{} and {}", display(want.table.name), want.column.name, want.beside);
  const auto compare = [&](Phase phase) {
    return range_step(phase, StepKind::check, "compare " + subject + " in every row",
                      context.sql.compare(sync), want.table);
  };
  if (want.stored_only)
    if (auto misfits = context.sql.misfits(sync))
      plan.steps.push_back(range_step(Phase::expand, StepKind::check,
                                      fmt::format("look for values of {} that are none of {}",
                                                  touched(want.table, want.column.name), want.type),
                                      std::move(*misfits), want.table));
  plan.steps.push_back(expand_step(spec, want, context, std::move(carry.trial)));
  RangeWork fill = context.sql.backfill(sync);
  if (!want.stored_only) {
    std::vector<std::string> whole = context.sql.up_trial(sync); // first, because it names the rows
    fill.trial.insert(fill.trial.begin(), whole.begin(), whole.end());
  }
  plan.steps.push_back(
      range_step(Phase::backfill, StepKind::backfill,
                 fmt::format("fill {}.{} from {}", display(want.table.name), want.beside, want.column.name),
                 std::move(fill), want.table));
  append_stored_nulls(want, context, plan);
  std::ranges::copy(carry.beside, std::back_inserter(plan.steps));
  plan.steps.push_back(compare(Phase::backfill));
  plan.steps.push_back(compare(Phase::contract));
  std::ranges::copy(carry.before, std::back_inserter(plan.steps));
  if (want.aside) append_keeping(*want.aside, sync, plan);
  plan.steps.push_back(swap_step(spec, want, context, carry));
  std::ranges::copy(carry.after, std::back_inserter(plan.steps));
  if (!want.aside) plan.steps.push_back(attic_check(attic_sync(spec, want, context), context));
  plan.steps.push_back(purge_step(spec, want, context));
  append_revert(plan, revert_steps(spec, want, context, carry));
  plan.revert_losses = revert_losses(spec, want, context);
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  Wanted want = wanted(spec, context);
  wants_aside(spec, context); // refuses another word
  refuse_type(spec, context, want);
  refuse_column(spec, context, want);
  refuse_placeholders(spec, context, want.table);
  const bool plain = want.hidden && want.stored_only && text(spec.fields, "down").empty();
  if (plain)
    if (auto edit = context.sql.type_edit(want.table, want.column, want.type))
      return catalog_plan(want, context, std::move(*edit));
  refuse_values(spec, context, want);
  const Sync sync = window_sync(spec, want, context);
  refuse_obstacle(spec, context, sync);
  want.aside = aside_of_sides(spec, context, sync, attic_sync(spec, want, context));
  Carry carry = context.sql.carry(succession_of(want, context));
  if (!carry.refusal.empty()) throw invalid(spec, context, "column", carry.refusal, carry.hint);

  OperationPlan plan;
  plan.notes = notes_of(want, context);
  if (!want.hidden) std::ranges::move(column_list_notes(sync), std::back_inserter(plan.notes));
  std::ranges::move(carry.notes, std::back_inserter(plan.notes));
  plan.attic.push_back({want.table.name, want.column.name, want.attic, carry.remembered, want.hidden});
  plan.contract_obstacles = carry.obstacles;
  append_steps(spec, want, context, std::move(carry), plan);
  plan.touches = {touched(want.table, want.column.name), touched(want.table, want.beside)};
  plan.reads = columns_read(want.table, want.up, want.column.name);
  for (std::string& column : columns_read(want.table, want.down, want.column.name))
    plan.reads.push_back(std::move(column));
  plan.counters = context.sql.counters(sync);
  if (!want.hidden) {
    plan.losses.push_back(loss_of(want, context));
    plan.doomed.push_back({want.table.name, want.column.name});
  }
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  if (want.aside) {
    append_aside_sides_facts(*want.aside, sync, context, plan);
    return plan;
  }
  for (Guard guard : context.sql.guards(attic_sync(spec, want, context))) {
    guard.until = Phase::purge;
    plan.guards.push_back(std::move(guard));
  }
  return plan;
}

// The schema afterwards.

void apply_complete(const Wanted& want, const OperationContext& context, Table& table) {
  Column column = want.column;
  const Column successor = succession_of(want, context).successor;
  column.name = want.name;
  column.type = want.type;
  column.collation = successor.collation;
  column.storage = successor.storage;
  column.default_sql = final_default(want, context);
  column.default_is_constant = !column.default_sql || is_constant_expression(*column.default_sql);
  const std::string old_name = want.column.name;
  if (!want.hidden) rename_in(table, want, context);
  // The successor stands behind the others.
  std::erase_if(table.columns, [&](const Column& each) { return each.name == old_name; });
  table.columns.push_back(std::move(column));
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Wanted want = wanted(spec, context);
  Table& table = *schema.find(want.table.name);
  const bool plain = want.hidden && want.stored_only && text(spec.fields, "down").empty();
  const auto edit = plain ? context.sql.type_edit(want.table, want.column, want.type) : std::nullopt;
  if (edit) {
    note_change(table, context, {edit->piece});
    table.find_column(want.column.name)->type = want.type;
    return;
  }
  const Column successor = succession_of(want, context).successor;
  if (shape == Shape::complete) {
    apply_complete(want, context, table);
    if (const auto left = final_default(want, context); left && context.sql.dialect() == Dialect::postgres)
      context.sql.replay(context.sql.set_default(want.table, want.name, *left).statements, schema);
    return;
  }
  std::vector<Piece> pieces{context.sql.add_column(want.table, successor)};
  if (must_relax(want, context.sql.dialect()))
    pieces.push_back(context.sql.relax_not_null(want.table, want.column.name));
  note_change(table, context, std::move(pieces));
  if (must_relax(want, context.sql.dialect())) table.find_column(want.column.name)->not_null = false;
  table.columns.push_back(successor);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The column"},
    {"column_type", FieldType::text, true, "Its new type, as in CREATE TABLE", k_column_type},
    {"up", FieldType::text, false,
     "SQL expression over the row's columns: the new value, from what the old release wrote; without it a "
     "cast, where "
     "every value can be cast",
     k_expression},
    {"down", FieldType::text, false,
     "SQL expression: the old value, from what the new release wrote (the column by its new name); without "
     "it a cast",
     k_expression},
    {"to", FieldType::text, false,
     "A name of its own for the new shape: both are there until contract, which hides the old one"},
    {"conflict", FieldType::text, false,
     "With `to`, when one statement writes both and they do not agree: `new_wins` (if not given) or "
     "`reject`"},
    k_attic_field,
};
} // namespace

const OperationRow k_change_type{
    "change_type", "Change the type of a column, in the catalog or with a second column in sync",
    k_fields,      only_table,
    plan,          apply,
    false};

} // namespace afloat
