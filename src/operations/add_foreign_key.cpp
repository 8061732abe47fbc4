#include "operations/new_constraint.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

// The old release may delete a row that others refer to, and write rows that refer to none; so it is enforced
// at contract. Who does cannot be counted as it happens: the other row may come later in the same
// transaction.
namespace afloat {
namespace {
/// `users(id)`: the table, and its columns if they are named.
struct Written {
  RelationName target;
  std::vector<std::string> columns;
  std::string rest; ///< behind the parenthesis
};

Written written(const OperationSpec& spec) {
  const std::string whole = text(spec.fields, "references");
  const std::size_t open = whole.find('('), close = whole.find(')');
  Written result{parse_relation(trimmed(whole.substr(0, open))), {}, ""};
  if (open == std::string::npos) return result;
  const std::size_t end = close == std::string::npos ? whole.size() : close;
  for (const std::string& name : split(whole.substr(open + 1, end - open - 1), ','))
    if (const std::string column = trimmed(name); !column.empty()) result.columns.push_back(column);
  result.rest = end < whole.size() ? trimmed(whole.substr(end + 1)) : "";
  return result;
}

const Table& target_of(const OperationSpec& spec, const OperationContext& context) {
  return known_table(spec, context, written(spec).target, where(spec, "references"));
}

std::vector<RelationName> both_tables(const OperationSpec& spec, const SqlWriter&) {
  return {table_field(spec), written(spec).target};
}

/// " ON DELETE CASCADE" from the field.
std::string action(const OperationSpec& spec, const OperationContext& context, std::string_view field,
                   std::string_view words) {
  constexpr std::array<std::array<std::string_view, 2>, 5> k_actions{{{"no action", " NO ACTION"},
                                                                      {"restrict", " RESTRICT"},
                                                                      {"cascade", " CASCADE"},
                                                                      {"set null", " SET NULL"},
                                                                      {"set default", " SET DEFAULT"}}};
  const std::string wanted = lower_case(text(spec.fields, field));
  if (wanted.empty()) return {};
  std::vector<std::string> known;
  for (const auto& [name, sql] : k_actions) {
    if (name == wanted) return " " + std::string(words) + std::string(sql);
    known.emplace_back(name);
  }
  throw invalid(spec, context, field, fmt::format("\"{}\" is no action of a foreign key", wanted),
                fmt::format("Write one of: {}. Nothing was changed.", join(known, ", ")));
}

bool match_full(const OperationSpec& spec, const OperationContext& context) {
  const std::string match = lower_case(text(spec.fields, "match"));
  if (match.empty() || match == "simple") return false;
  if (match == "full" && context.sql.dialect() == Dialect::postgres) return true;
  throw invalid(spec, context, "match", fmt::format("MATCH \"{}\" is not possible", match),
                context.sql.dialect() == Dialect::sqlite
                    ? "SQLite reads MATCH and pays no heed to it: leave it out. Nothing was changed."
                    : "Write \"simple\" or \"full\". Nothing was changed.");
}

References references_of(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  const Written names = written(spec);
  const Table& target = target_of(spec, context);
  if (!names.rest.empty())
    throw invalid(spec, context, "references",
                  fmt::format("\"{}\" cannot stand behind the columns", names.rest),
                  "Use `on_delete`, `on_update`, `match` and `deferrable`. Nothing was changed.");
  References references{key_columns(spec, context, table), target.name,
                        names.columns.empty() ? target.primary_key : names.columns,
                        match_full(spec, context)};
  if (references.target_columns.empty())
    throw invalid(spec, context, "references", fmt::format("{} has no primary key", display(target.name)),
                  "Name columns of it: `references = \"table(column)\"`. Nothing was changed.");
  for (const std::string& column : references.target_columns)
    if (!target.find_column(column))
      throw invalid(spec, context, "references",
                    fmt::format("table \"{}\" has no column \"{}\"", display(target.name), column),
                    "Nothing was changed.");
  if (references.columns.size() != references.target_columns.size())
    throw invalid(spec, context, "columns",
                  fmt::format("{} refer to {} of {}",
                              count_of(static_cast<std::int64_t>(references.columns.size()), "column"),
                              references.target_columns.size(), display(target.name)),
                  "Give as many columns as it refers to. Nothing was changed.");
  return references;
}

std::string definition_of(const OperationSpec& spec, const OperationContext& context,
                          const References& references) {
  return fmt::format(
      "FOREIGN KEY {} REFERENCES {} {}{}{}{}{}", column_list(references.columns, context.sql),
      context.sql.relation(references.target), column_list(references.target_columns, context.sql),
      references.match_full ? " MATCH FULL" : "", action(spec, context, "on_update", "ON UPDATE"),
      action(spec, context, "on_delete", "ON DELETE"), timing(spec, context));
}

Constraint constraint_of(const OperationSpec& spec, const OperationContext& context, const Table& table,
                         const References& references) {
  Constraint constraint;
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = references.columns;
  constraint.references = references.target;
  constraint.deferrable = flag(spec.fields, "deferrable", false);
  constraint.definition = definition_of(spec, context, references);
  constraint.name = chosen_name(spec, context, table, constraint, "fkey");
  return constraint;
}

bool is_key(const Table& target, const std::vector<std::string>& columns) {
  const auto has_columns = [&](const Index& index) {
    return std::ranges::is_permutation(index.parts, columns, {}, &IndexPart::column);
  };
  const auto deferrable = [&](const Index& index) {
    return !index.constraint.empty()
           && std::ranges::any_of(target.constraints, [&](const Constraint& constraint) {
                return constraint.name == index.constraint && constraint.deferrable;
              });
  };
  const bool indexed = std::ranges::any_of(target.indexes, [&](const Index& index) {
    return index.unique && index.valid && index.predicate.empty() && has_columns(index) && !deferrable(index);
  });
  // SQLite has no index of an INTEGER PRIMARY KEY.
  const bool rowid = target.indexes.empty() || std::ranges::none_of(target.indexes, [](const Index& index) {
                       return index.primary;
                     });
  return indexed || (rowid && std::ranges::is_permutation(target.primary_key, columns));
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Table& table,
                  const References& references) {
  const Table& target = target_of(spec, context);
  if (!is_key(target, references.target_columns))
    throw invalid(spec, context, "references",
                  fmt::format("({}) of {} is no key: no unique index that holds for every row at once is on "
                              "exactly these columns",
                              join(references.target_columns, ", "), display(target.name)),
                  "`add_unique` makes one, in a migration before this one. Nothing was changed.");
  if (table.inheritance.starts_with("a parent"))
    throw invalid(spec, context, "table",
                  fmt::format("{} is {}, whose rows its foreign key would not cover", display(table.name),
                              table.inheritance),
                  "Add it to each of the tables. Nothing was changed.");
  const int version = context.before.server_version;
  if (context.sql.dialect() == Dialect::postgres && table.partitioned && version < 180'000)
    throw invalid(
        spec, context, "table",
        fmt::format("{} is partitioned, and before PostgreSQL 18 a foreign key of such a table cannot "
                    "be NOT VALID: adding it would read all of it while both tables are locked",
                    display(table.name)),
        "Add it to each partition. Nothing was changed.");
}

/// Whether an index begins with these columns, in any order.
bool starts_index(const Table& table, const std::vector<std::string>& columns) {
  return std::ranges::any_of(table.indexes, [&](const Index& index) {
    const auto first = std::span(index.parts).first(std::min(index.parts.size(), columns.size()));
    return index.predicate.empty() && std::ranges::is_permutation(first, columns, {}, &IndexPart::column);
  });
}

std::vector<std::string> notes_of(const Table& table, const References& references, Phase phase,
                                  const OperationContext& context) {
  std::vector<std::string> notes;
  const std::string target = display(references.target);
  notes.push_back(
      fmt::format("With it, a row of {} that others refer to can be deleted, or its key changed, only "
                  "as ON DELETE and ON UPDATE say.",
                  target));
  if (phase == Phase::contract)
    notes.push_back(
        "Rows that refer to nothing are not counted as they arrive: `afloat verify` and contract find "
        "them.");
  if (context.sql.dialect() == Dialect::sqlite)
    notes.push_back(
        "SQLite enforces foreign keys only in connections that say `PRAGMA foreign_keys = ON`; both "
        "releases must.");
  const bool rowid = context.sql.dialect() == Dialect::sqlite && table.primary_key == references.columns;
  if (!rowid && !starts_index(table, references.columns))
    notes.push_back(
        fmt::format("No index begins with ({}) of {}: each row of {} that is deleted, or gets another "
                    "key, reads all of it. `create_index` makes one.",
                    join(references.columns, ", "), display(table.name), target));
  return notes;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  refuse_placeholders(spec, context, table);
  const Table& target = target_of(spec, context);
  const References references = references_of(spec, context, table);
  refuse_unfit(spec, context, table, references);
  NewConstraint adding{.table = table,
                       .constraint = constraint_of(spec, context, table, references),
                       .phase = enforced_in(spec, context)};
  const std::string rejected = orphans(table, references, context.sql);
  adding.looks.push_back(range_step(Phase::expand, StepKind::check,
                                    fmt::format("look for rows of {} that refer to no row of {}",
                                                display(table.name), display(target.name)),
                                    context.sql.rows_where(table, references.columns, rejected), table));
  adding.steps = context.sql.constraint_steps(table, adding.constraint, rejected, adding.phase);
  adding.steps.front().trial = context.sql.constraint_trial(table, adding.constraint, &target);
  const std::vector<std::string> notes = notes_of(table, references, adding.phase, context);
  OperationPlan plan = plan_of(std::move(adding), context);
  std::ranges::copy(notes, std::back_inserter(plan.notes));
  for (const std::string& column : references.target_columns) plan.reads.push_back(touched(target, column));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Table& table = required_table(spec, context);
  if (shape == Shape::window && enforced_in(spec, context) != Phase::expand) return;
  const References references = references_of(spec, context, table);
  apply_constraint(table, constraint_of(spec, context, table, references), context, schema);
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table"},
    {"columns", FieldType::text_list, true, "Its columns that refer"},
    {"references", FieldType::text, true, "`users(id)`, or `users` for its primary key", SqlPlace{}},
    k_constraint_name_field,
    k_enforce_field,
    {"on_delete", FieldType::text, false, "`no action`, `restrict`, `cascade`, `set null` or `set default`"},
    {"on_update", FieldType::text, false, "The same, for a key that changes"},
    {"match", FieldType::text, false, "`simple`; PostgreSQL also `full`"},
    {"deferrable", FieldType::flag, false, "DEFERRABLE"},
    {"initially_deferred", FieldType::flag, false, "INITIALLY DEFERRED"},
};
} // namespace

const OperationRow k_add_foreign_key{"add_foreign_key",
                                     "Add a foreign key without reading the table under a strong lock",
                                     k_fields,
                                     both_tables,
                                     plan,
                                     apply};

} // namespace afloat
