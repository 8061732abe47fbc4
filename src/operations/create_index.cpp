#include "operations/common.hpp"
#include "operations/duplicates.hpp"
#include "operations/index_reads.hpp"
#include "operations/index_words.hpp"
#include "operations/rows.hpp"
#include "operations/trials.hpp"
#include "operations/unreadable.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// "email", "email DESC", `"my column" COLLATE "C"`, or an expression such as "lower(email)". The longest
/// name that fits is the column's.
IndexPart part_of(const Table& table, const std::string& written) {
  IndexPart part;
  const auto take = [&](const std::string& name, const std::string& column) {
    if (!written.starts_with(name) || column.size() <= part.column.size()) return;
    if (written.size() > name.size() && written[name.size()] != ' ') return;
    part.column = column;
    part.suffix = trimmed(written.substr(name.size()));
  };
  for (const Column& column : table.columns) {
    take(column.name, column.name);
    take(fmt::format("\"{}\"", column.name), column.name);
  }
  if (part.column.empty()) part.expression = written;
  return part;
}

/// "lower(email) DESC": words behind an expression that ends with its parenthesis, where the whole is none.
void part_words(IndexPart& part, const SqlWriter& sql) {
  const std::size_t end = part.expression.rfind(')') + 1;
  if (end == 0 || end == part.expression.size()) return;
  const auto is_read = [&](const std::string& text) {
    return sql.facts(fmt::format("CREATE INDEX i ON t ({})", text)).syntax_error.empty();
  };
  const std::string expression = part.expression.substr(0, end),
                    suffix = trimmed(part.expression.substr(end));
  if (is_read(fmt::format("({})", part.expression)) || !is_read(fmt::format("({}) {}", expression, suffix)))
    return;
  part.expression = expression;
  part.suffix = suffix;
}

bool looks_like_name(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Index index_of(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  Index index;
  index.name = text(spec.fields, "name");
  index.unique = flag(spec.fields, "unique", false);
  index.method = text(spec.fields, "method");
  index.predicate = text(spec.fields, "where");
  index.include = list(spec.fields, "include");
  index.nulls_not_distinct = flag(spec.fields, "nulls_not_distinct", false);
  index.options = text(spec.fields, "options");
  index.tablespace = text(spec.fields, "tablespace");
  for (const std::string& written : list(spec.fields, "columns")) {
    IndexPart part = part_of(table, written);
    if (part.column.empty() && looks_like_name(part.expression)) {
      std::vector<std::string> names;
      for (const Column& column : table.columns) names.push_back(column.name);
      const auto near = nearest(written, names);
      throw invalid(spec, context, "columns",
                    fmt::format("table \"{}\" has no column \"{}\"", display(table.name), written),
                    near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                         : "Nothing was changed.");
    }
    if (part.column.empty()) part_words(part, context.sql);
    index.parts.push_back(std::move(part));
  }
  return index;
}

/// Each as it stands in the index: what a part is, a column or an expression, depends on the table.
void refuse_unreadable_parts(const OperationSpec& spec, const OperationContext& context, const Table& table,
                             const Index& index, std::vector<std::string>& notes) {
  for (const IndexPart& part : index.parts) {
    Index alone;
    alone.name = index.name;
    alone.parts = {part};
    const std::string error = context.sql.facts(index_words(table, alone, context.sql)).syntax_error;
    if (!error.empty()) refuse_unreadable(spec, context, *find(spec.fields, "columns"), error, notes);
  }
}

/// The same index on an empty copy of the table: what it names is looked up, and nothing is read.
std::vector<std::string> trial_of(const Table& table, const Index& index, const SqlWriter& sql) {
  Table copy = trial_copy(table, sql);
  std::string make = make_temporary(copy, sql);
  copy.partitioned = true; // without CONCURRENTLY, which cannot be in the trial's transaction
  return {std::move(make), index_words(copy, index, sql)};
}

/// What only PostgreSQL has, or only from some version on.
void refuse_unknown_to(const OperationSpec& spec, const OperationContext& context, const Index& index) {
  const bool sqlite = context.sql.dialect() == Dialect::sqlite;
  const std::pair<std::string_view, bool> given[] = {{"method", !index.method.empty()},
                                                     {"include", !index.include.empty()},
                                                     {"nulls_not_distinct", index.nulls_not_distinct},
                                                     {"options", !index.options.empty()},
                                                     {"tablespace", !index.tablespace.empty()}};
  for (const auto& [field, is_given] : given)
    if (sqlite && is_given)
      throw invalid(spec, context, field, fmt::format("SQLite has no `{}` of an index", field),
                    "Leave it out. Nothing was changed.");
  const int version = context.before.server_version;
  if (index.nulls_not_distinct && version != 0 && version < 150000)
    throw invalid(spec, context, "nulls_not_distinct", "PostgreSQL has NULLS NOT DISTINCT from 15 on",
                  "Leave it out. Nothing was changed.");
  if (index.nulls_not_distinct && !index.unique)
    throw invalid(spec, context, "nulls_not_distinct", "only a unique index tells NULLs apart or not",
                  "Add `unique = true`. Nothing was changed.");
  for (const std::string& column : index.include)
    if (!required_table(spec, context).find_column(column))
      throw invalid(spec, context, "include", fmt::format("there is no column \"{}\"", column),
                    "Nothing was changed.");
}

void append_partition_notes(const Table& table, const Index& index, const Schema& schema,
                            OperationPlan& plan) {
  if (!table.partitioned) return;
  if (schema.offline)
    plan.notes.push_back(
        fmt::format("{} is partitioned: each partition that the database has, and no file makes, gets an "
                    "index of its own, too.",
                    display(table.name)));
  plan.notes.push_back(
      fmt::format("A table with rows that is attached to {} while {} is built is indexed under the "
                  "lock of the ATTACH: attach it before or after.",
                  display(table.name), index.name));
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Index index = index_of(spec, context, table);
  if (std::ranges::count(table.indexes, index.name, &Index::name) > 0)
    throw invalid(spec, context, "name",
                  fmt::format("table \"{}\" already has an index \"{}\"", display(table.name), index.name),
                  "Choose another name. Nothing was changed.");
  refuse_unknown_to(spec, context, index);
  OperationPlan plan;
  plan.steps = look_for_names(table, index);
  refuse_unreadable_parts(spec, context, table, index, plan.notes);
  append_partition_notes(table, index, context.before, plan);
  if (index.unique)
    plan.steps.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for duplicates that {} would reject", index.name),
                                    duplicates(table, index, context.sql), table));
  std::vector<Step> steps = context.sql.create_index_steps(table, index);
  steps.front().trial = trial_of(table, index, context.sql);
  for (Step& step : steps) {
    step.phase = Phase::expand;
    if (!table.partitioned) step.undo = "drops the index";
    plan.steps.push_back(std::move(step));
  }
  plan.touches = {display(table.name) + "#" + index.name};
  for (const Column& column : table.columns)
    if (uses_column(index, table, column.name))
      plan.reads.push_back(touched(table, column.name) + std::string(k_in_an_index));
  if (index.unique)
    plan.notes.push_back(fmt::format(
        "From the moment that {} is there, the old release's duplicates are rejected too.", index.name));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Table& before = required_table(spec, context);
  Index index = index_of(spec, context, before);
  if (index.method.empty() && context.sql.dialect() == Dialect::postgres) index.method = "btree";
  schema.find(before.name)->indexes.push_back(std::move(index));
}

constexpr SqlPlace k_index_part; // a column with what belongs to it, or an expression without parentheses
constexpr SqlPlace k_index_method{"CREATE INDEX i ON t USING {} (c)", false, true};
constexpr SqlPlace k_index_options{"CREATE INDEX i ON t (c) WITH ({})", true, true};

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"name", FieldType::text, true, "Name of the index"},
    {"columns", FieldType::text_list, true,
     "Columns (`email`, `email DESC`) or expressions (`lower(email)`); behind them what the database takes "
     "there",
     k_index_part},
    {"unique", FieldType::flag, false, "UNIQUE; duplicates are looked for first"},
    {"where", FieldType::text, false, "Condition of a partial index", k_expression},
    {"method", FieldType::text, false, "PostgreSQL: `btree`, `hash`, `gin`, `gist`, `brin`, `spgist`",
     k_index_method},
    {"include", FieldType::text_list, false, "PostgreSQL: columns that the index only carries"},
    {"nulls_not_distinct", FieldType::flag, false, "PostgreSQL 15: a unique index takes NULL once only"},
    {"options", FieldType::text, false, "PostgreSQL: storage parameters, `fillfactor = 70`", k_index_options},
    {"tablespace", FieldType::text, false, "PostgreSQL: where it is stored"},
};
} // namespace

const OperationRow k_create_index{
    "create_index", "Create an index without keeping writers out (PostgreSQL: CONCURRENTLY)",
    k_fields,       only_table,
    plan,           apply};

} // namespace afloat
