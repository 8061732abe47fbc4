#include "operations/common.hpp"

#include "dialect/partitions.hpp"
#include "model/inheritance.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
std::vector<std::string> known_names(const Schema& schema) {
  std::vector<std::string> names;
  for (const RelationName& name : schema.known)
    names.push_back(name.schema == schema.default_schema ? name.name : display(name));
  for (const Table& table : schema.tables)
    names.push_back(table.name.schema == schema.default_schema ? table.name.name : display(table.name));
  return names;
}

std::string looked_where(const Schema& schema, const RelationName& wanted) {
  if (schema.offline)
    return schema.unknown.empty()
               ? "the migration files before this one do not create it"
               : fmt::format("the migration files before this one do not create it, unless {}",
                             schema.unknown.front().why);
  const std::string in = wanted.schema.empty() ? schema.default_schema : wanted.schema;
  if (schema.dialect == Dialect::sqlite)
    return wanted.schema.empty() ? "the database has no such table" : "SQLite has no schemas";
  for (const RelationName& name : schema.known)
    if (name.name == wanted.name && name.schema != in)
      return fmt::format("schema \"{}\" has no such table; schema \"{}\" has", in, name.schema);
  return fmt::format("schema \"{}\" has no such table", in);
}
} // namespace

Error invalid(const OperationSpec& spec, const OperationContext& context, std::string_view field,
              std::string message, std::string hint) {
  return Error(ErrorCode::invalid_migration,
               fmt::format("migration {}: operation {} ({}): {}", context.label, context.number, spec.type,
                           message),
               std::move(hint))
      .at(where(spec, field));
}

RelationName table_field(const OperationSpec& spec) {
  return parse_relation(text(spec.fields, "table"));
}

std::vector<RelationName> only_table(const OperationSpec& spec, const SqlWriter&) {
  return {table_field(spec)};
}

const Table& required_table(const OperationSpec& spec, const OperationContext& context,
                            std::string_view field) {
  return known_table(spec, context, parse_relation(text(spec.fields, field)), where(spec, field));
}

const Table& known_table(const OperationSpec& spec, const OperationContext& context,
                         const RelationName& wanted, const SourcePosition& where) {
  if (const Table* table = context.before.find(wanted)) return *table;
  std::string hint;
  if (context.before.dialect == Dialect::sqlite && !wanted.schema.empty())
    hint = fmt::format("Write \"{}\" alone. ", wanted.name);
  else if (const auto near = nearest(display(wanted), known_names(context.before));
           near && *near != display(wanted))
    hint = fmt::format("Did you mean \"{}\"? ", *near);
  else if (context.before.offline)
    hint = "Give --url or set one in afloat.toml to plan against a database. ";
  Error error = invalid(
      spec, context, "",
      fmt::format("table \"{}\" is not known: {}", display(wanted), looked_where(context.before, wanted)),
      hint + "Nothing was changed.");
  throw std::move(error).at(where);
}

const Column& required_column(const OperationSpec& spec, const Table& table, std::string_view field) {
  const std::string wanted = text(spec.fields, field);
  if (const Column* column = table.find_column(wanted)) return *column;
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  const auto near = nearest(wanted, names);
  throw Error(ErrorCode::invalid_migration,
              fmt::format("{}: table \"{}\" has no column \"{}\"", spec.type, display(table.name), wanted),
              near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                   : fmt::format("It has: {}. Nothing was changed.", join(names, ", ")))
      .at(where(spec, field));
}

void refuse_existing_column(const OperationSpec& spec, const Table& table, std::string_view field) {
  const std::string name = text(spec.fields, field);
  if (!table.find_column(name)) return;
  throw Error(
      ErrorCode::invalid_migration,
      fmt::format("{}: table \"{}\" already has a column \"{}\"", spec.type, display(table.name), name),
      "Choose another name, or run `afloat status` to see whether this change is there already. Nothing was "
      "changed.")
      .at(where(spec, field));
}

void refuse_obstacle(const OperationSpec& spec, const OperationContext& context, const Sync& sync) {
  const std::string obstacle = context.sql.sync_obstacle(sync);
  if (!obstacle.empty())
    throw invalid(spec, context, "table", obstacle,
                  sync.table.inheritance.empty() ? "Nothing was changed."
                                                 : way_out_of_inheritance(sync.table));
}

void note_change(Table& table, const OperationContext& context, std::vector<Piece> pieces) {
  if (context.sql.dialect() != Dialect::sqlite || table.create_sql.empty()) return;
  for (Piece& piece : pieces)
    for (Statement& statement : piece.statements) table.changes_since.push_back(std::move(statement.sql));
}

std::string sync_id(const OperationContext& context) {
  return fmt::format("{}_{}", context.version, context.number);
}

std::string attic_name(const OperationContext& context, std::string_view column) {
  return context.sql.fitting_name(fmt::format("_afloat_attic_{}_{}", context.version, column));
}

std::string touched(const Table& table, std::string_view column) {
  return fmt::format("{}.{}", display(table.name), column);
}

std::vector<std::string> columns_read(const Table& table, std::string_view expression,
                                      std::string_view except) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns)
    if (column.name != except && mentions(expression, table.name.name, column.name))
      columns.push_back(touched(table, column.name));
  return columns;
}

namespace {
/// All texts of an operation, those of its records too.
void append_texts(const Record& fields, std::vector<std::string>& texts) {
  for (const Field& field : fields) {
    if (const auto* value = std::get_if<std::string>(&field.value)) texts.push_back(*value);
    for (const Record& record : records(fields, field.name)) append_texts(record, texts);
  }
}
} // namespace

void refuse_placeholders(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  std::vector<std::string> texts{table.name.schema, table.name.name};
  append_texts(spec.fields, texts);
  for (const std::string& key : table.primary_key) texts.push_back(key);
  for (const std::string& written : texts)
    for (const std::string_view word : {"{after}", "{upto}", "{limit}"})
      if (written.find(word) != std::string::npos)
        throw invalid(
            spec, context, "table", fmt::format("\"{}\" cannot stand in names or expressions", word),
            "afloat uses it itself; write it in another way, such as '{' || 'limit}'. Nothing was changed.");
}

bool is_constant_expression(std::string_view sql) {
  bool literal_seen = false, cast = false;
  for (const Token& token : tokenize(sql)) {
    if (token.kind == TokenKind::space || token.text == "-" || token.text == "+") continue;
    if (token.text == "::") {
      cast = true;
      continue;
    }
    const bool keyword = token.is("true") || token.is("false") || token.is("null");
    if (token.kind == TokenKind::string || token.kind == TokenKind::number || keyword) {
      literal_seen = true;
      continue;
    }
    const bool in_type = cast
                         && (token.kind == TokenKind::word || token.kind == TokenKind::quoted_word
                             || std::string_view("()[],.").find(token.text) != std::string_view::npos);
    const bool blob = !literal_seen && token.is("x");
    if (!in_type && !blob) return false;
  }
  return literal_seen;
}

void stand_last(Schema& schema, const RelationName& table, const std::string& was, const Column& column) {
  std::vector<RelationName> names{table};
  if (const Table* whole = schema.find(table))
    for (const Partition& partition : whole->partitions) names.push_back(partition.name);
  for (const RelationName& name : names)
    if (Table* each = schema.find(name)) {
      std::erase_if(each->columns, [&](const Column& other) { return other.name == was; });
      each->columns.push_back(column);
    }
}

Step range_step(Phase phase, StepKind kind, std::string title, RangeWork work, const Table& table) {
  Step step;
  step.phase = phase;
  step.kind = kind;
  step.title = std::move(title);
  step.work = std::move(work);
  // There is no backfill to end, but for the rows that came with a partition.
  const bool fills = phase == Phase::backfill || (phase == Phase::contract && table.partitioned);
  if (kind == StepKind::check && !fills) {
    step.work->sweep.clear();
    step.work->before_batch.clear();
  }
  step.rows = table.rows;
  step.scans = true;
  step.undo = kind == StepKind::check ? "reads only" : "nothing to undo: the column goes with abort";
  return step;
}

RangeWork asked_once(const Table& table, const std::string& query) {
  RangeWork work;
  work.table = table.name;
  work.in_range_from_start = query + " LIMIT {limit}";
  work.count_left = fmt::format("SELECT count(*) FROM ({}) AS found", query);
  return work;
}

std::vector<Step> look_for_names(const Table& table, const Index& index) {
  const auto taken = taken_names(table, index);
  if (!taken) return {};
  Step step = range_step(Phase::expand, StepKind::check,
                         fmt::format("see that the names of {} and its parts are free", index.name),
                         asked_once(table, *taken), table);
  step.scans = false;
  step.rows.reset();
  return {std::move(step)};
}

void append_fill_since(const Sync& sync, const OperationContext& context, std::vector<Step>& steps) {
  if (!sync.table.partitioned || sync.up.empty()) return;
  steps.push_back(range_step(
      Phase::contract, StepKind::check,
      fmt::format("fill {} in rows that came with a partition", touched(sync.table, sync.new_column)),
      context.sql.compare(sync), sync.table));
}

void refuse_without_default(const OperationSpec& spec, const OperationContext& context,
                            const Column& column) {
  if (!column.generated.empty())
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is a generated column, which has no default", column.name),
                  "Nothing was changed.");
  if (!column.identity.empty())
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is an identity column: its sequence is its default", column.name),
                  "Nothing was changed.");
  if (is_own_name(column.name))
    throw invalid(spec, context, "column", fmt::format("\"{}\" belongs to afloat itself", column.name),
                  "Nothing was changed.");
}

void append_stored_default(const Table& table, const Column& column,
                           const std::optional<std::string>& expression, const OperationContext& context,
                           OperationPlan& plan) {
  auto work = context.sql.store_default(table, column, expression);
  if (!work) return;
  plan.steps.push_back(range_step(Phase::expand, StepKind::backfill,
                                  fmt::format("store {} in rows that only read it from the default of today",
                                              touched(table, column.name)),
                                  std::move(*work), table));
  plan.steps.back().undo = "nothing to undo: no value changes";
  plan.notes.push_back(
      fmt::format("Rows of {} that were there before {} was added are written again, unchanged, in short "
                  "batches: SQLite would show them the new default.",
                  display(table.name), column.name));
}

std::vector<std::string> added_column_notes(const Table& table, Dialect dialect) {
  const std::string name = display(table.name);
  std::vector<std::string> notes;
  if (dialect == Dialect::sqlite) {
    notes.push_back(
        fmt::format("A positional `INSERT INTO {} VALUES (…)` without a column list fails once the column is "
                    "there: name the columns.",
                    name));
    return notes;
  }
  notes.push_back(
      fmt::format("A prepared `SELECT *` or `RETURNING *` on {} fails once with 0A000 (cached plan must not "
                  "change result type) after the column is added; drivers that retry do not notice.",
                  name));
  notes.push_back(fmt::format("`COPY {}` without a column list expects the new column as well.", name));
  for (const std::string& publication : table.publications)
    notes.push_back(
        fmt::format("Publication \"{}\" carries {}: subscribers stop until they have the column too. Add it "
                    "there first.",
                    publication, name));
  for (std::string& note : habit_notes(table)) notes.push_back(std::move(note));
  return notes;
}

std::vector<std::string> habit_notes(const Table& table) {
  constexpr std::size_t most_roles = 3;
  std::vector<std::pair<std::string, std::vector<std::string>>> kinds; // in the order of the habits
  for (const Habit& habit : table.habits) {
    if (kinds.empty() || kinds.back().first != habit.what) kinds.push_back({habit.what, {}});
    kinds.back().second.push_back(
        fmt::format("{} ({}: `{}`)", habit.role, count_of(habit.calls, "call"), habit.statement));
  }
  std::vector<std::string> notes;
  for (auto& [what, roles] : kinds) {
    const std::size_t more = roles.size() - std::min(roles.size(), most_roles);
    roles.resize(roles.size() - more);
    if (more > 0) roles.push_back(count_of(static_cast<std::int64_t>(more), "more role"));
    notes.push_back(
        fmt::format("pg_stat_statements has {} on {} by {}.", what, display(table.name), join(roles, ", ")));
  }
  if (table.habits_hidden)
    notes.push_back(
        fmt::format("pg_stat_statements hides the statements of other roles: who else runs `SELECT *` on {} "
                    "is not known (GRANT pg_read_all_stats).",
                    display(table.name)));
  return notes;
}

std::vector<std::string> backfill_notes(const Table& table, const Schema& schema) {
  std::vector<std::string> notes;
  if (schema.dialect == Dialect::sqlite || schema.silent_backfill) return notes;
  for (const Trigger& trigger : table.triggers)
    if (trigger.on_update && trigger.update_of.empty() && trigger.enabled != "D")
      notes.push_back(fmt::format(
          "Trigger \"{}\" on {} fires for each row that the backfill fills: this role may not set "
          "session_replication_role (GRANT SET ON PARAMETER, PostgreSQL 15).",
          trigger.name, display(table.name)));
  return notes;
}

bool uses_column(const Index& index, const Table& table, std::string_view column) {
  const auto in_part = [&](const IndexPart& part) {
    return part.column == column || mentions(part.expression, table.name.name, column);
  };
  return std::ranges::any_of(index.parts, in_part)
         || std::ranges::count(index.include, std::string(column)) > 0
         || mentions(index.predicate, table.name.name, column);
}

} // namespace afloat
