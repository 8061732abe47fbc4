#include "dialect/numbering.hpp"
#include "operations/bare_type.hpp"
#include "operations/common.hpp"
#include "operations/empty_column.hpp"
#include "operations/numbered_column.hpp"
#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "operations/trials.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

// Two ways. A column that is nullable, or whose default is a literal, is one catalog change. A column whose
// value is computed
// (`up`, or a default that differs from row to row) is added empty; a trigger fills it for rows whose INSERT
// left it out, the backfill for the rows that are there; contract sets NOT NULL and the default, and takes
// the trigger away. A column that numbers the rows goes the second way, with a sequence of its own.
namespace afloat {
namespace {
struct Wanted {
  const Table& table;
  Column column;                    ///< as it will be in the end
  std::string fill;                 ///< expression for rows that lack it; empty for the one-step way
  std::vector<std::string> sources; ///< whose change computes it anew
  std::optional<Numbering> numbers; ///< of a serial or identity column
};

/// The columns that `up` reads, or those that are named.
std::vector<std::string> sources_of(const OperationSpec& spec, const Table& table, const std::string& up) {
  if (!flag(spec.fields, "follow", false)) return {};
  std::vector<std::string> sources = list(spec.fields, "sources");
  if (sources.empty())
    for (const Column& column : table.columns)
      if (mentions(up, table.name.name, column.name)) sources.push_back(column.name);
  return sources;
}

Wanted wanted(const OperationSpec& spec, const OperationContext& context) {
  Wanted result{required_table(spec, context), {}, text(spec.fields, "up"), {}, {}};
  result.sources = sources_of(spec, result.table, result.fill);
  result.column.generated = text(spec.fields, "generated");
  result.column.name = text(spec.fields, "column");
  result.column.type = text(spec.fields, "column_type");
  result.column.not_null = flag(spec.fields, "not_null", false);
  if (const std::string expression = text(spec.fields, "default"); !expression.empty()) {
    result.column.default_sql = expression;
    result.column.default_is_constant = is_constant_expression(expression);
    if (result.fill.empty() && !result.column.default_is_constant) result.fill = expression;
  }
  if (wants_numbers(spec)) {
    make_numbered(spec, result.column);
    if (context.sql.dialect() != Dialect::postgres) return result; // it is refused there
    result.column.type = context.sql.type_name(result.column.type);
    result.numbers = postgres_numbering(result.table, result.column);
    result.fill = result.numbers->next;
  }
  return result;
}

/// The column as expand adds it: empty and without default, so that NULL means "not filled yet".
Column bare(const Column& column) {
  Column result = column;
  result.not_null = false;
  result.default_sql.reset();
  result.default_is_constant = true;
  result.identity.clear();
  return result;
}

Sync fill_sync(const Wanted& want, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::fill;
  sync.id = sync_id(context);
  sync.table = want.table;
  sync.new_column = want.column.name;
  sync.new_type = want.column.type;
  sync.up = want.fill;
  sync.count_old_writes = false;
  sync.sources = want.sources;
  // Who leaves out a column that will be NOT NULL without a default is a release that does not know it yet.
  sync.count_left_out = want.column.not_null && !want.column.default_sql && !want.numbers;
  return sync;
}

Table with_column(const Wanted& want) {
  Table table = want.table;
  table.columns.push_back(bare(want.column));
  return table;
}

/// The column on an empty copy of the table, as it is in the end: also the default, which may come at
/// contract alone.
std::vector<std::string> trial_of(const Wanted& want, const SqlWriter& sql) {
  if (want.numbers) return {}; // all of it is afloat's own
  const Table copy = trial_copy(want.table, sql);
  Column column = want.column;
  column.not_null = false;
  std::vector<std::string> statements{make_temporary(copy, sql),
                                      sql.add_column(copy, column).statements.front().sql};
  // SQLite looks a function up when a row is written.
  if (column.default_sql && !want.fill.empty())
    std::ranges::move(sql.default_trial(want.table, column, *column.default_sql),
                      std::back_inserter(statements));
  return statements;
}

Step add_step(const Wanted& want, const OperationContext& context) {
  const std::string name = display(want.table.name);
  std::vector<Piece> pieces;
  if (want.fill.empty()) {
    pieces.push_back(context.sql.add_column(want.table, want.column));
  } else {
    pieces.push_back(
        context.sql.add_column(want.table, empty_column(bare(want.column), context.sql.dialect())));
    if (want.numbers) pieces.push_back(want.numbers->make);
    pieces.push_back(context.sql.create_sync(fill_sync(want, context)));
  }
  Step step = combine(
      Phase::expand,
      fmt::format("add {}.{}{}", name, want.column.name, want.fill.empty() ? "" : ", filled where left out"),
      std::move(pieces));
  step.trial = trial_of(want, context.sql);
  step.undo = "drops the column, and with it what the new release wrote there";
  return step;
}

void contract_steps(const Wanted& want, const OperationContext& context, std::vector<Step>& steps) {
  const std::string subject = touched(want.table, want.column.name);
  const Table table = with_column(want);
  if (want.column.not_null) {
    append_fill_since(fill_sync(want, context), context, steps);
    steps.push_back(range_step(Phase::contract, StepKind::check,
                               "look for rows where " + subject + " is NULL",
                               context.sql.nulls(table, want.column.name), table));
    for (Step& step : context.sql.not_null_steps(table, want.column.name, Phase::contract))
      steps.push_back(std::move(step));
  }
  std::vector<Piece> pieces{context.sql.drop_sync(fill_sync(want, context))};
  std::string title = "stop filling " + subject;
  if (want.column.default_sql) {
    pieces.push_back(context.sql.set_default(table, want.column.name, *want.column.default_sql));
    title += ", set its default";
  }
  if (want.numbers) {
    pieces.push_back(want.numbers->finish);
    title += want.column.identity.empty() ? ", set its default" : ", make it an identity";
  }
  Step step = combine(Phase::contract, title, std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert` fills it again";
  steps.push_back(std::move(step));
}

std::vector<Step> revert_steps(const Wanted& want, const OperationContext& context) {
  const std::string subject = touched(want.table, want.column.name);
  Table table = with_column(want);
  std::vector<Piece> pieces;
  if (want.column.default_sql)
    pieces.push_back(undone(context.sql.set_default(table, want.column.name, *want.column.default_sql)));
  if (want.numbers) pieces.push_back(want.numbers->give_back);
  if (want.column.not_null) pieces.push_back(context.sql.relax_not_null(table, want.column.name));
  pieces.push_back(context.sql.create_sync(fill_sync(want, context)));
  return {revert_step("fill " + subject + " where left out again", std::move(pieces))};
}

void refuse_clauses(const OperationSpec& spec, const OperationContext& context, const std::string& type) {
  if (std::string more = beyond_a_type(type); !more.empty())
    throw invalid(
        spec, context, "column_type", std::move(more),
        "Give the bare type; `not_null`, `default` and `up` are keys of their own. Nothing was changed.");
}

void refuse_unfit_follow(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  const std::vector<std::string> named = list(spec.fields, "sources");
  const bool follow = flag(spec.fields, "follow", false);
  if (!follow && !named.empty())
    throw invalid(spec, context, "sources", "`sources` says what the column follows, and it follows nothing",
                  "Add `follow = true`. Nothing was changed.");
  if (follow && text(spec.fields, "up").empty())
    throw invalid(spec, context, "follow", "nothing says what the column is computed from",
                  "Add `up = \"…\"`. Nothing was changed.");
  for (const std::string& source : want.sources)
    if (!want.table.find_column(source))
      throw invalid(spec, context, "sources",
                    fmt::format("table \"{}\" has no column \"{}\"", display(want.table.name), source),
                    "Nothing was changed.");
  if (follow && want.sources.empty())
    throw invalid(spec, context, "follow", "`up` reads no column of the table that could change",
                  "Take `follow` out. Nothing was changed.");
}

/// Only a VIRTUAL one is a change of the catalog alone: PostgreSQL would write every row anew for a STORED
/// one, under a lock that keeps all others out, and SQLite's ALTER TABLE does not know it.
void refuse_unfit_generated(const OperationSpec& spec, const OperationContext& context, const Wanted& want) {
  constexpr std::string_view k_instead =
      "Use `up = \"…\"` with `follow = true`: a plain column that is kept up to date until contract. Nothing "
      "was changed.";
  const bool postgres = context.sql.dialect() == Dialect::postgres;
  if (flag(spec.fields, "stored", false))
    throw invalid(
        spec, context, "stored",
        postgres ? "PostgreSQL would write every row anew while it keeps all others out"
                 : "SQLite adds a STORED generated column only as it makes the table",
        postgres ? std::string(k_instead)
                 : "Take `stored` out: a VIRTUAL one is computed when it is read, and can have an index. "
                   "Nothing was changed.");
  if (want.column.generated.empty()) return;
  if (const int version = context.before.server_version; postgres && version > 0 && version < 180'000)
    throw invalid(spec, context, "generated",
                  fmt::format("PostgreSQL {} has STORED ones alone, for which it would write every row anew "
                              "while it keeps all others out",
                              version / 10'000),
                  std::string(k_instead));
  if (!want.fill.empty() || want.column.default_sql || want.column.not_null)
    throw invalid(spec, context, "generated",
                  "a generated column takes neither `up`, `default` nor `not_null`",
                  "Take them out. Nothing was changed.");
}

/// Values that going back loses: those that differ from what the column has by itself.
Loss loss_of(const Wanted& want, const OperationContext& context) {
  const std::string column = context.sql.identifier(want.column.name);
  const std::string by_itself = !want.fill.empty()        ? "(" + want.fill + ")"
                                : want.column.default_sql ? "(" + *want.column.default_sql + ")"
                                                          : "NULL";
  const std::string differs = context.sql.dialect() == Dialect::postgres ? "IS DISTINCT FROM" : "IS NOT";
  return {fmt::format("values of {}", touched(want.table, want.column.name)),
          fmt::format("SELECT count(*) FROM {} WHERE {} IS NOT NULL AND {} {} {}",
                      context.sql.relation(want.table.name), column, column, differs, by_itself)};
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Wanted want = wanted(spec, context);
  refuse_existing_column(spec, want.table, "column");
  if (wants_numbers(spec)) refuse_unfit_numbers(spec, context, want.table, want.column);
  refuse_clauses(spec, context, want.column.type);
  refuse_unfit_follow(spec, context, want);
  refuse_unfit_generated(spec, context, want);
  if (is_own_name(want.column.name))
    throw invalid(spec, context, "column", "names that begin with \"afloat_\" belong to afloat itself");
  if (want.column.not_null && want.fill.empty() && !want.column.default_sql)
    throw invalid(
        spec, context, "not_null",
        fmt::format("\"{}\" is NOT NULL, and nothing says what rows without it get", want.column.name),
        "Add `up = \"…\"` (computed for each row) or `default = \"…\"`. Nothing was changed.");
  if (context.sql.dialect() == Dialect::sqlite && !want.column.not_null && want.column.default_sql
      && want.column.default_is_constant && !want.fill.empty())
    throw invalid(spec, context, "default",
                  "with both `up` and a literal default SQLite would show the default in rows for which `up` "
                  "gives NULL",
                  "Make the column NOT NULL, or leave the default out. Nothing was changed.");
  OperationPlan plan;
  plan.steps.push_back(add_step(want, context));
  plan.notes = added_column_notes(want.table, context.sql.dialect());
  plan.touches = {touched(want.table, want.column.name)};
  // A default that differs from row to row cannot be told from a written value.
  const bool comparable =
      !want.numbers && (want.column.default_is_constant || !text(spec.fields, "up").empty());
  if (comparable && want.column.generated.empty()) plan.losses.push_back(loss_of(want, context));
  if (want.fill.empty()) {
    if (context.sql.dialect() == Dialect::postgres && !want.column.generated.empty()
        && context.before.server_version == 0)
      plan.notes.push_back("A VIRTUAL generated column needs PostgreSQL 18.");
    return plan;
  }
  const Sync sync = fill_sync(want, context);
  refuse_placeholders(spec, context, want.table);
  refuse_obstacle(spec, context, sync);
  plan.reads = columns_read(want.table, want.fill, want.column.name);
  plan.counters = context.sql.counters(sync);
  const std::string subject = touched(want.table, want.column.name);
  plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill, "fill " + subject,
                                  context.sql.backfill(sync), want.table));
  plan.steps.push_back(range_step(Phase::backfill, StepKind::check,
                                  "look for rows where " + subject + " was not filled",
                                  context.sql.compare(sync), want.table));
  contract_steps(want, context, plan.steps);
  append_revert(plan, revert_steps(want, context));
  plan.guards = context.sql.guards(sync);
  for (Guard& guard : plan.guards) guard.until = Phase::contract;
  for (std::string& note : backfill_notes(want.table, context.before)) plan.notes.push_back(std::move(note));
  if (want.numbers)
    plan.notes.push_back(
        fmt::format("The rows that are there are numbered in no certain order. {} is granted to "
                    "who may insert into {} as the window opens.",
                    display(want.numbers->sequence), display(want.table.name)));
  plan.notes.push_back(
      fmt::format("An explicit NULL in {} on INSERT is filled as well, until contract.", subject));
  return plan;
}

/// All that is done to the table itself, until the window opens or until the end.
std::vector<Piece> pieces_of(const Wanted& want, const OperationContext& context, bool final) {
  if (want.fill.empty()) return {context.sql.add_column(want.table, want.column)};
  std::vector<Piece> pieces{context.sql.add_column(want.table, bare(want.column))};
  if (!final) return pieces;
  const Table table = with_column(want);
  if (want.column.not_null) pieces.push_back(context.sql.restore_not_null(table, want.column.name));
  if (want.column.default_sql)
    pieces.push_back(context.sql.set_default(table, want.column.name, *want.column.default_sql));
  return pieces;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Wanted want = wanted(spec, context);
  const bool final = shape == Shape::complete || want.fill.empty();
  if (want.numbers)
    schema.sequences.push_back({want.numbers->sequence, want.column.type, want.table.name, want.column.name});
  Table& table = *schema.find(want.table.name);
  if (context.sql.dialect() == Dialect::sqlite) note_change(table, context, pieces_of(want, context, final));
  Column& column = table.columns.emplace_back(final ? want.column : bare(want.column));
  column.type = context.sql.type_name(want.column.type);
  if (final && want.numbers && want.column.identity.empty()) {
    column.default_sql = want.numbers->next;
    column.default_is_constant = false;
  }
  if (!want.fill.empty()) stay_empty(column, schema);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"column", FieldType::text, true, "The name of the new column"},
    {"column_type", FieldType::text, true, "Its type, as in CREATE TABLE", k_column_type},
    {"not_null", FieldType::flag, false, "NOT NULL from contract on (at once with a literal default)"},
    {"default", FieldType::text, false, "Default, an SQL expression: `'none'`, `0`, `now()`", k_expression},
    {"up", FieldType::text, false,
     "SQL expression over the row's columns: its value for rows that are there, and for rows whose INSERT "
     "leaves it out",
     k_expression},
    {"follow", FieldType::flag, false,
     "Until contract `up` is computed anew when one of its sources changes and the statement does not write "
     "the "
     "column itself"},
    {"sources", FieldType::text_list, false,
     "The columns that it follows; those that `up` reads if left out"},
    {"generated", FieldType::text, false, "Expression of a VIRTUAL generated column (SQLite, PostgreSQL 18)",
     k_expression},
    {"stored", FieldType::flag, false, "A STORED generated column: refused, with the reason"},
    {"identity", FieldType::text, false,
     "PostgreSQL: `always` or `by default`: an identity column, numbered for the rows that are there"},
};
} // namespace

const OperationRow k_add_column{
    "add_column", "Add a column, computed for the rows that are there if `up` is given",
    k_fields,     only_table,
    plan,         apply};

} // namespace afloat
