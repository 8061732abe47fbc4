#include "dialect/postgres/for_each.hpp"
#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "model/each_row.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

// A plan is frozen when its migration starts, and partitions come and go every month. So it has a step for
// each partition that it knows, which is done where that has gone, and one that looks for the others when it
// runs.
namespace afloat::postgres {
namespace {
std::string part_text(std::string_view file) {
  std::string text(embedded_sql(file));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}
} // namespace

std::string unattached() {
  return part_text("postgres/unattached.sql");
}

namespace {
std::string same_index() {
  return replaced(part_text("postgres/same_index.sql"), "{unattached}", unattached());
}

/// Behind the name of the table, in the definition of the index.
std::string rest_of(const Index& index) {
  const std::string definition = index_definition({"", "t"}, index, "");
  return definition.substr(definition.find(" USING "));
}

/// Query for partitions: their own name for the index (as index_on gives it) and its state, if it is not
/// valid. `which`: a condition over t, the partition.
std::string partitions_below(const Table& table, const Index& index, std::string_view which) {
  std::string text = part_text("postgres/partitions_below.sql");
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{stem}",
                  is_own_name(index.name) ? literal(index.name + "_") + " || c.relname"
                                          : "c.relname || " + literal("_" + index.name));
  return replaced(std::move(text), "{which}", which);
}

Statement for_each_below(const std::string& partitions, std::string_view statement,
                         std::string_view which = "true") {
  return fmt::format("{}SELECT {} FROM (\n  {}\n) AS p WHERE {} ORDER BY p.level, p.partition", k_each_row,
                     statement, partitions, which);
}

/// SQL: the index i of a partition is part of that of the whole table, or can become it.
std::string part_of_index(const RelationName& whole) {
  std::string text = replaced(part_text("postgres/part_of_index.sql"), "{same}", same_index());
  return replaced(std::move(text), "{index}", literal(in_quotes(whole)));
}

/// Fails as long as a partition has none that belongs to the index of the whole.
Statement finds_valid(const RelationName& whole) {
  return {
      fmt::format("SELECT FROM pg_catalog.pg_index WHERE indexrelid = {}::pg_catalog.regclass AND indisvalid",
                  literal(in_quotes(whole))),
      1};
}

/// Makes the index of each partition that is partitioned itself, in the catalogs alone.
Statement make_on_parents(const Table& table, const Index& index, const Constraint* constraint) {
  const RelationName whole{table.name.schema, constraint ? constraint->name : index.name};
  const std::string make =
      constraint ? std::string("ALTER TABLE ONLY %2$I.%3$I ADD CONSTRAINT %1$I %5$s")
                 : fmt::format("CREATE {}INDEX %1$I ON ONLY %2$I.%3$I%5$s", index.unique ? "UNIQUE " : "");
  return for_each(
      partitions_below(table, index, "NOT t.isleaf\n  ORDER BY t.level"),
      fmt::format("pg_catalog.format('{}; ALTER INDEX %4$s ATTACH PARTITION %2$I.%1$I', each.name, "
                  "each.in_schema, each.partition,\n      (SELECT i.indexrelid::pg_catalog.regclass FROM "
                  "pg_catalog.pg_index i WHERE i.indrelid = each.parentrelid AND i.indexrelid IN\n        "
                  "(SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({})) p)), {})",
                  make, literal(in_quotes(whole)),
                  literal(constraint ? constraint->definition : rest_of(index))));
}

/// The server looks whether the whole is valid when it attaches a part, and at no other time. Where the last
/// partition without one has gone instead, nothing makes the whole valid any more: it is made anew, and with
/// it, because they go together, all its parts.
Statement begin_again(const Step& parent, const RelationName& whole) {
  std::vector<std::string> statements;
  for (const std::vector<Statement>* part : {&parent.inverse, &parent.statements})
    for (const Statement& statement : *part) statements.push_back(statement.sql);
  return replaced(
      std::string(k_each_row)
          + replaced(part_text("postgres/begin_index_again.sql"), "{index}", literal(in_quotes(whole))),
      "{again}", literal(join(statements, "; ")));
}

/// Each in a transaction of its own, because it keeps all that plan with the partition's index out. The
/// server makes the whole valid with the last one. `parent`: the step that has made it; `rest`: the one that
/// builds what partitions lack.
Step attach_step(const Table& table, const Index& index, const Constraint* constraint, const Step& parent,
                 const Step& rest) {
  const RelationName whole{table.name.schema, constraint ? constraint->name : index.name};
  std::string add;
  if (constraint) {
    const std::size_t timing = constraint->definition.find(" DEFERRABLE");
    add = fmt::format("ALTER TABLE %3$I.%5$I ADD CONSTRAINT %4$I {} USING INDEX %4$I{}; ",
                      constraint->kind == ConstraintKind::primary_key ? "PRIMARY KEY" : "UNIQUE",
                      timing == std::string::npos ? "" : constraint->definition.substr(timing));
  }
  std::string query = replaced(part_text("postgres/attach_indexes.sql"), "{same}", same_index());
  query = replaced(std::move(query), "{table}", literal(in_quotes(table.name)));
  query = replaced(std::move(query), "{index}", literal(in_quotes(whole)));
  Step step{.kind = StepKind::outside,
            .title = fmt::format("make the indexes of the partitions part of {}", whole.name)};
  step.statements = {begin_again(parent, whole), rest.statements.front(),
                     std::string(k_each_row) + replaced(std::move(query), "{add}", add)};
  step.cleanup = rest.cleanup;
  step.done_when = fmt::format(
      "SELECT CASE WHEN EXISTS ({}) THEN 'done' ELSE pg_catalog.replace(({}), 'done', 'absent') END",
      finds_valid(whole).sql, rest.done_when);
  step.may_be_done = true;
  for (const Partition& partition : table.partitions)
    if (!partition.partitioned)
      step.locks.push_back(
          {constraint ? partition.name : RelationName{partition.name.schema, index_on(partition, index).name},
           LockLevel::access_exclusive});
  if (step.locks.empty()) step.locks = {{table.name, LockLevel::access_exclusive}};
  return step;
}

Step complete_step(const Table& table, const RelationName& whole) {
  Step step{.title = fmt::format("see that {} has all partitions of {}", whole.name, display(table.name))};
  step.statements.push_back(finds_valid(whole));
  return step;
}

} // namespace

std::vector<Step> build_steps(const Table& table, const Index& index, std::string_view fits) {
  std::vector<Step> steps;
  for (const Partition& partition : table.partitions) {
    if (partition.partitioned) continue;
    Table leaf;
    leaf.name = partition.name;
    Step step = create_index(leaf, index_on(partition, index));
    step.done_when = fmt::format(
        "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree({}) t WHERE t.relid = "
        "pg_catalog.to_regclass({})) THEN 'done' ELSE ({}) END",
        literal(in_quotes(table.name)), literal(in_quotes(partition.name)), step.done_when);
    step.may_be_done = true;
    steps.push_back(std::move(step));
  }
  const std::string without = partitions_below(
      table, index,
      fmt::format("t.isleaf AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = t.relid AND "
                  "({}))",
                  fits));
  const std::string drop =
      literal(k_in_no_hurry)
      + " || pg_catalog.format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', p.in_schema, p.name)";
  Step rest{.kind = StepKind::outside,
            .title = fmt::format("build {}index {} on partitions of {} that came since",
                                 index.unique ? "unique " : "", index.name, display(table.name))};
  rest.statements = {for_each_below(
      without, fmt::format("{} || pg_catalog.format('CREATE {}INDEX CONCURRENTLY %I ON %I.%I%s', p.name, "
                           "p.in_schema, p.partition, {})",
                           literal(k_in_no_hurry), index.unique ? "UNIQUE " : "", literal(rest_of(index))))};
  rest.cleanup = {for_each_below(without, drop, "p.state = 'partial'")};
  const std::string with = partitions_below(
      table, index,
      fmt::format("t.isleaf AND EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON "
                  "x.oid = i.indexrelid WHERE i.indrelid = t.relid AND x.relname = own.name AND {})",
                  unattached()));
  rest.inverse = {for_each_below(with, drop)};
  rest.done_when = fmt::format("SELECT coalesce((SELECT p.state FROM (\n  {}\n) AS p ORDER BY p.state = "
                               "'building' DESC, p.state DESC LIMIT 1), 'done')",
                               without);
  rest.may_be_done = true;
  rest.scans = true;
  rest.rows = 0; // none that is known
  rest.locks = {{table.name, LockLevel::share_update_exclusive}};
  rest.undo = "the indexes are dropped";
  steps.push_back(std::move(rest));
  return steps;
}

std::vector<Step> steps_of_whole(Step parent, const Table& table, const Index& index,
                                 const Constraint* constraint) {
  const RelationName whole{table.name.schema, constraint ? constraint->name : index.name};
  parent.statements.push_back(make_on_parents(table, index, constraint));
  for (const Partition& partition : table.partitions)
    if (partition.partitioned) parent.locks.push_back({partition.name, parent.locks.front().level});
  std::vector<Step> steps = build_steps(table, index, part_of_index(whole));
  Step attach = attach_step(table, index, constraint, parent, steps.back()),
       complete = complete_step(table, whole);
  for (Step* step : {&attach, &complete}) {
    step->inverse = parent.inverse;
    step->undo = parent.undo;
  }
  steps.insert(steps.begin(), std::move(parent));
  steps.push_back(std::move(attach));
  steps.push_back(std::move(complete));
  return steps;
}

} // namespace afloat::postgres

namespace afloat {
using postgres::literal, postgres::in_quotes;

std::optional<std::string> taken_names(const Table& table, const Index& index) {
  if (!table.partitioned || is_own_name(index.name)) return std::nullopt;
  std::string text = replaced(postgres::part_text("postgres/taken_names.sql"), "{parts}",
                              postgres::partitions_below(table, index, "true"));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{schema}", literal(table.name.schema));
  return replaced(std::move(text), "{name}", literal(index.name));
}

std::string keyed_partitions(const Table& table, const std::string& column) {
  std::string text = replaced(postgres::part_text("postgres/keyed_partitions.sql"), "{table}",
                              literal(in_quotes(table.name)));
  return replaced(std::move(text), "{column}", literal(column));
}

} // namespace afloat
