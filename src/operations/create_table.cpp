#include "operations/common.hpp"
#include "operations/rows.hpp"
#include "operations/trials.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace afloat {
namespace {
Column column_of(const Record& record) {
  Column column;
  column.name = text(record, "name");
  column.type = text(record, "type");
  column.not_null = flag(record, "not_null", false);
  if (const std::string expression = text(record, "default"); !expression.empty()) {
    column.default_sql = expression;
    column.default_is_constant = is_constant_expression(expression);
  }
  return column;
}

void add_constraint(Table& table, ConstraintKind kind, std::string column, std::string definition,
                    RelationName references = {}) {
  Constraint constraint;
  constraint.kind = kind;
  constraint.columns = {std::move(column)};
  constraint.definition = std::move(definition);
  constraint.references = std::move(references);
  table.constraints.push_back(std::move(constraint));
}

void add_constraints(Table& table, const Record& record, const SqlWriter& sql) {
  const std::string name = text(record, "name");
  if (flag(record, "unique", false))
    add_constraint(table, ConstraintKind::unique, name, fmt::format("UNIQUE ({})", sql.identifier(name)));
  if (const std::string check = text(record, "check"); !check.empty())
    add_constraint(table, ConstraintKind::check, name, fmt::format("CHECK ({})", check));
  if (const std::string target = text(record, "references"); !target.empty())
    add_constraint(table, ConstraintKind::foreign_key, name,
                   fmt::format("FOREIGN KEY ({}) REFERENCES {}", sql.identifier(name), target),
                   parse_relation(trimmed(target.substr(0, target.find('(')))));
}

/// To SQLite two names that differ in capital letters are one.
bool has_column(const Table& table, const std::string& name, Dialect dialect) {
  if (dialect == Dialect::postgres) return table.find_column(name) != nullptr;
  return std::ranges::any_of(
      table.columns, [&](const Column& column) { return lower_case(column.name) == lower_case(name); });
}

Table table_of(const OperationSpec& spec, const OperationContext& context) {
  Table table;
  table.name = context.before.resolved(table_field(spec));
  table.primary_key = list(spec.fields, "primary_key");
  for (const Record& record : records(spec.fields, "columns")) {
    Column column = column_of(record);
    if (has_column(table, column.name, context.sql.dialect()))
      throw invalid(spec, context, "columns", fmt::format("column \"{}\" is given twice", column.name),
                    "Remove one of them. Nothing was changed.");
    table.columns.push_back(std::move(column));
    if (flag(record, "primary_key", false)) table.primary_key.push_back(text(record, "name"));
    add_constraints(table, record, context.sql);
  }
  for (const std::string& key : table.primary_key) {
    Column* column = table.find_column(key);
    if (!column)
      throw invalid(spec, context, "primary_key", fmt::format("there is no column \"{}\"", key),
                    "Name columns of this table. Nothing was changed.");
    if (std::ranges::count(table.primary_key, key) > 1)
      throw invalid(
          spec, context, "primary_key", fmt::format("column \"{}\" is in the key twice", key),
          "Name it once: with `primary_key = true` at the column, or in the list. Nothing was changed.");
    column->not_null = true;
  }
  return table;
}

/// The table for this session alone; and those defaults by which a row shows whether they fit a type with a
/// length.
std::vector<std::string> trial_of(const Table& table, const SqlWriter& sql) {
  std::vector<std::string> statements{make_temporary(trial_table(table, sql), sql)};
  for (const Column& column : table.columns)
    if (column.default_sql && column.default_is_constant && column.type.find('(') != std::string::npos)
      std::ranges::move(sql.default_trial(table, column, *column.default_sql),
                        std::back_inserter(statements));
  return statements;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table table = table_of(spec, context);
  if (context.before.find(table.name) || std::ranges::count(context.before.known, table.name) > 0)
    throw invalid(spec, context, "table",
                  fmt::format("there is a table or view \"{}\" already", display(table.name)),
                  "Choose another name. Nothing was changed.");
  OperationPlan plan;
  Step step = combine(Phase::expand, "create " + display(table.name), {context.sql.create_table(table)});
  step.trial = trial_of(table, context.sql);
  step.undo = "drops the table, and with it what was written there";
  plan.steps.push_back(std::move(step));
  plan.touches = {display(table.name) + ".*"};
  plan.losses.push_back({"rows of " + display(table.name),
                         fmt::format("SELECT count(*) FROM {}", context.sql.relation(table.name))});
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  Table table = table_of(spec, context);
  if (schema.offline || context.sql.dialect() == Dialect::postgres) { // with the names that the server gives
    context.sql.replay(context.sql.create_table(table).statements, schema);
    if (Table* made = schema.find(table.name)) made->rows = 0;
    return;
  }
  table.rows = 0;
  if (context.sql.dialect() == Dialect::sqlite)
    table.create_sql = context.sql.create_table(table).statements.front().sql;
  schema.known.push_back(table.name);
  schema.tables.push_back(std::move(table));
}

constexpr FieldRow k_column_fields[] = {
    {"name", FieldType::text, true, "Name of the column"},
    {"type", FieldType::text, true, "Its type, as in CREATE TABLE", k_column_type},
    {"not_null", FieldType::flag, false, "NOT NULL"},
    {"default", FieldType::text, false, "Default, an SQL expression", k_expression},
    {"primary_key", FieldType::flag, false, "The column is (part of) the primary key"},
    {"unique", FieldType::flag, false, "UNIQUE"},
    {"references", FieldType::text, false, "Foreign key: `users(id)`, with `ON DELETE …` behind it if wanted",
     k_reference},
    {"check", FieldType::text, false, "CHECK, an SQL condition", k_expression},
};

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"columns", FieldType::records, true, "Its columns, in order", {}, k_column_fields},
    {"primary_key", FieldType::text_list, false, "Columns of the primary key, where it has several"},
};
} // namespace

const OperationRow k_create_table{"create_table", "Create a table", k_fields, only_table, plan, apply};

} // namespace afloat
