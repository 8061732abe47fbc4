#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// A key of a partitioned table. ADD CONSTRAINT … USING INDEX is not possible there. With ONLY the constraint
// comes in the catalogs alone, not valid yet; a partition that comes from then on brings its own. Each of
// those that are there gets its index concurrently, then, in one short transaction each, its constraint,
// which is attached; with the last one the server makes the whole valid by itself.
namespace afloat::postgres {
namespace {
RelationName index_name(const Partition& partition, const Index& index) {
  return {partition.name.schema, index_on(partition, index).name};
}

std::string add_only(const RelationName& table, const std::string& name, const Constraint& constraint) {
  return fmt::format("ALTER TABLE ONLY {} ADD CONSTRAINT {} {}", quoted(table), quoted(name),
                     constraint.definition);
}

const Partition* parent_of(const Table& table, const Partition& partition) {
  for (const Partition& other : table.partitions)
    if (other.name == partition.parent) return &other;
  return nullptr;
}

std::string drop_sql(const Table& table, const Constraint& constraint) {
  return fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", quoted(table.name),
                     quoted(constraint.name));
}

/// One that has been detached or dropped since is done.
Step build_step(const Table& table, const Partition& partition, const Index& index) {
  Table leaf;
  leaf.name = partition.name;
  Step step = create_index(leaf, index_on(partition, index));
  step.done_when = fmt::format(
      "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree({}) t WHERE t.relid = "
      "pg_catalog.to_regclass({})) THEN 'done' ELSE ({}) END",
      literal(quoted(table.name)), literal(quoted(partition.name)), step.done_when);
  step.may_be_done = true;
  return step;
}

/// `only`: the partition; without it all that are left. `constraint`: for each the index becomes one.
std::string attach(const Table& table, const std::string& index, const Constraint* constraint,
                   const Partition* only) {
  std::string add;
  if (constraint) {
    const std::size_t timing = constraint->definition.find(" DEFERRABLE");
    add = fmt::format(
        "    EXECUTE pg_catalog.format('ALTER TABLE %I.%I ADD CONSTRAINT %I {} USING INDEX %I{}',\n"
        "      leaf.in_schema, leaf.name, leaf.index_name, leaf.index_name);\n",
        constraint->kind == ConstraintKind::primary_key ? "PRIMARY KEY" : "UNIQUE",
        timing == std::string::npos ? "" : constraint->definition.substr(timing));
  }
  std::string text(embedded_sql("postgres/attach_indexes.sql"));
  text = replaced(std::move(text), "{table}", literal(quoted(table.name)));
  text = replaced(std::move(text), "{index}", literal(quoted(RelationName{table.name.schema, index})));
  text = replaced(std::move(text), "{only}", only ? literal(quoted(only->name)) : "NULL");
  return "DO " + literal(replaced(std::move(text), "{add}", add));
}

std::vector<Statement> add_to_parents(const Table& table, const Index& index, const Constraint& constraint) {
  std::vector<Statement> statements{add_only(table.name, constraint.name, constraint)};
  for (const Partition& partition : table.partitions) {
    if (!partition.partitioned) continue;
    const RelationName own = index_name(partition, index);
    const Partition* parent = parent_of(table, partition);
    statements.emplace_back(add_only(partition.name, own.name, constraint));
    statements.emplace_back(fmt::format(
        "ALTER INDEX {} ATTACH PARTITION {}",
        quoted(parent ? index_name(*parent, index) : RelationName{table.name.schema, constraint.name}),
        quoted(own)));
  }
  return statements;
}

/// SQL: the index i of a partition can be part of a key over the same columns.
std::string fits_key(const Index& index) {
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) columns.push_back(literal(part.column));
  for (const std::string& column : index.include) columns.push_back(literal(column));
  std::string text(embedded_sql("postgres/fits_key.sql"));
  if (text.ends_with('\n')) text.pop_back();
  text = replaced(std::move(text), "{columns}", fmt::format("ARRAY[{}]", join(columns, ", ")));
  text = replaced(std::move(text), "{keys}", fmt::to_string(index.parts.size()));
  return replaced(std::move(text), "{not_distinct}", index.nulls_not_distinct ? "true" : "false");
}

Step parent_step(const Table& table, const Index& index, const Constraint& constraint) {
  Step step{.title = fmt::format("make {} on {} alone, without its partitions", constraint.name,
                                 display(table.name))};
  step.locks = {{table.name, LockLevel::access_exclusive}};
  for (const Partition& partition : table.partitions)
    if (partition.partitioned) step.locks.push_back({partition.name, LockLevel::access_exclusive});
  step.statements = add_to_parents(table, index, constraint);
  step.inverse = {drop_sql(table, constraint)};
  step.undo = "the constraint is dropped, with those of the partitions that are attached to it";
  return step;
}

Step attach_step(const Table& table, const Constraint& constraint, const Partition& partition) {
  Step step{.title =
                fmt::format("make the index of {} part of {}", display(partition.name), constraint.name)};
  step.statements = {attach(table, constraint.name, &constraint, &partition)};
  step.locks = {{partition.name, LockLevel::access_exclusive}};
  step.inverse = {drop_sql(table, constraint)};
  step.undo = "the constraint is dropped, with those of the partitions that are attached to it";
  return step;
}

/// The last statement must find the parent's index valid: else a partition has none.
Step complete_step(const Table& table, const Constraint& constraint) {
  Step step{.title =
                fmt::format("see that {} has all partitions of {}", constraint.name, display(table.name))};
  step.statements = {attach(table, constraint.name, &constraint, nullptr),
                     finds_valid(table, constraint.name)};
  step.inverse = {drop_sql(table, constraint)};
  step.undo = "the constraint is dropped, with those of the partitions";
  return step;
}
} // namespace

std::vector<Step> partitioned_key_steps(const Table& table, const Index& index, const Constraint& constraint,
                                        Phase phase) {
  refuse_foreign_partitions(table, "a key");
  std::vector<Step> steps{parent_step(table, index, constraint)};
  for (const Partition& partition : table.partitions)
    if (!partition.partitioned) steps.push_back(build_step(table, partition, index));
  for (const Partition& partition : table.partitions)
    if (!partition.partitioned) steps.push_back(attach_step(table, constraint, partition));
  steps.push_back(complete_step(table, constraint));
  for (Step& step : steps) step.phase = phase;
  return steps;
}

std::vector<Step> partition_index_steps(const Table& table, const Index& index) {
  std::vector<Step> steps;
  for (const Partition& partition : table.partitions)
    if (!partition.partitioned) steps.push_back(build_step(table, partition, index));
  return steps;
}

std::vector<Step> late_index_steps(const Table& table, const Index& index) {
  std::vector<Step> steps = create_index_steps(table, index);
  for (Step& step : partition_index_steps(table, index)) {
    const auto known = std::ranges::find(steps, step.title, &Step::title);
    if (known != steps.end()) *known = std::move(step);
  }
  // By what is there, one by one; the last takes those that came since.
  std::size_t at = steps.size();
  steps[--at].statements = {attach(table, index.name, nullptr, nullptr), finds_valid(table, index.name)};
  for (auto partition = table.partitions.rbegin(); partition != table.partitions.rend(); ++partition)
    if (!partition->partitioned) steps[--at].statements = {attach(table, index.name, nullptr, &*partition)};
  return steps;
}

std::string parts_of_key(const Table& table, const Index& index, const Constraint& constraint) {
  const std::size_t timing = constraint.definition.find(" DEFERRABLE");
  std::string text(embedded_sql("postgres/keys_of_partitions.sql"));
  text = replaced(std::move(text), "{fits}", fits_key(index));
  text = replaced(std::move(text), "{kind}",
                  constraint.kind == ConstraintKind::primary_key ? "PRIMARY KEY" : "UNIQUE");
  text = replaced(std::move(text), "{timing}",
                  timing == std::string::npos ? "" : constraint.definition.substr(timing));
  text = replaced(std::move(text), "{definition}", literal(constraint.definition));
  return replaced(std::move(text), "{index}",
                  literal(quoted(RelationName{table.name.schema, constraint.name})));
}

} // namespace afloat::postgres

namespace afloat {
using postgres::literal, postgres::quoted;

std::vector<std::string> key_obstacles(const Table& table, const Index& index) {
  if (!table.partitioned) return {};
  std::vector<std::string> known;
  for (const Partition& partition : table.partitions) known.push_back(literal(quoted(partition.name)));
  const bool plain = index.predicate.empty() && std::ranges::none_of(index.parts, [](const IndexPart& part) {
                       return part.column.empty();
                     });
  const std::string definition = postgres::index_definition(table.name, index, "");
  std::string text(embedded_sql("postgres/key_obstacles.sql"));
  text = replaced(std::move(text), "{fits}", postgres::fits_key(index));
  text = replaced(std::move(text), "{table}", literal(quoted(table.name)));
  text = replaced(std::move(text), "{known}", fmt::format("ARRAY[{}]", join(known, ", ")));
  text = replaced(std::move(text), "{plain}", plain ? "true" : "false");
  return {replaced(std::move(text), "{using}", literal(definition.substr(definition.find(" USING "))))};
}

} // namespace afloat
