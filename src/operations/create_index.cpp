#include "operations/common.hpp"
#include "operations/duplicates.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// "email", "email DESC", or an expression such as "lower(email)".
IndexPart part_of(const Table& table, const std::string& written) {
  IndexPart part;
  const std::size_t space = written.find(' ');
  if (table.find_column(written))
    part.column = written;
  else if (space != std::string::npos && table.find_column(written.substr(0, space))) {
    part.column = written.substr(0, space);
    part.suffix = trimmed(written.substr(space));
  } else {
    part.expression = written;
  }
  return part;
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
  for (const std::string& written : list(spec.fields, "columns")) {
    const IndexPart part = part_of(table, written);
    if (part.column.empty() && looks_like_name(part.expression)) {
      std::vector<std::string> names;
      for (const Column& column : table.columns) names.push_back(column.name);
      const auto near = nearest(written, names);
      throw invalid(spec, context, "columns",
                    fmt::format("table \"{}\" has no column \"{}\"", display(table.name), written),
                    near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                         : "Nothing was changed.");
    }
    index.parts.push_back(part);
  }
  return index;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Index index = index_of(spec, context, table);
  if (std::ranges::count(table.indexes, index.name, &Index::name) > 0)
    throw invalid(spec, context, "name",
                  fmt::format("table \"{}\" already has an index \"{}\"", display(table.name), index.name),
                  "Choose another name. Nothing was changed.");
  OperationPlan plan;
  if (index.unique)
    plan.steps.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for duplicates that {} would reject", index.name),
                                    duplicates(table, index, context.sql), table));
  Step step = context.sql.create_index(table, index);
  step.phase = Phase::expand;
  step.undo = "drops the index";
  plan.steps.push_back(std::move(step));
  plan.touches = {display(table.name) + "#" + index.name};
  if (index.unique)
    plan.notes.push_back(fmt::format(
        "From the moment that {} is there, the old release's duplicates are rejected too.", index.name));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape) {
  const Table& before = required_table(spec, context);
  Index index = index_of(spec, context, before);
  schema.find(before.name)->indexes.push_back(std::move(index));
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"name", FieldType::text, true, "Name of the index"},
    {"columns", FieldType::text_list, true,
     "Columns (`email`, `email DESC`) or expressions (`lower(email)`)"},
    {"unique", FieldType::flag, false, "UNIQUE; duplicates are looked for first"},
    {"where", FieldType::text, false, "Condition of a partial index"},
    {"method", FieldType::text, false, "PostgreSQL: `btree`, `hash`, `gin`, `gist`, `brin`, `spgist`"},
    {"include", FieldType::text_list, false, "PostgreSQL: columns that the index only carries"},
};
} // namespace

const OperationRow k_create_index{
    "create_index", "Create an index without keeping writers out (PostgreSQL: CONCURRENTLY)",
    k_fields,       only_table,
    plan,           apply};

} // namespace afloat
