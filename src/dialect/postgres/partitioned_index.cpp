#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/error.hpp"

#include <algorithm>

#include <fmt/format.h>

// CREATE INDEX CONCURRENTLY is not possible on a partitioned table. ON ONLY makes its index in the catalogs
// alone, not valid yet; from then on each partition that comes brings its own. Those that are there get one
// each, concurrently; once all are attached the server makes the parent's valid by itself.
namespace afloat::postgres {

/// One of afloat's own is told by the beginning of its name.
Index index_on(const Partition& partition, Index index) {
  index.name = fitting_name(is_own_name(index.name) ? fmt::format("{}_{}", index.name, partition.name.name)
                                                    : fmt::format("{}_{}", partition.name.name, index.name));
  return index;
}

Statement finds_valid(const Table& table, const std::string& index) {
  return {
      fmt::format("SELECT FROM pg_catalog.pg_index WHERE indexrelid = {}::pg_catalog.regclass AND indisvalid",
                  literal(quoted(RelationName{table.name.schema, index}))),
      1};
}

void refuse_foreign_partitions(const Table& table, std::string_view what) {
  for (const Partition& partition : table.partitions)
    if (partition.foreign)
      throw Error(ErrorCode::invalid_migration,
                  fmt::format("{} has the partition {}, a foreign table, which cannot have {}",
                              display(table.name), display(partition.name), what),
                  "Detach it first, or work on the other partitions one by one. Nothing was changed.");
}

namespace {
std::string qualified(const RelationName& table, const Index& index) {
  return quoted(RelationName{table.schema, index.name});
}

std::string attach(const Table& table, const Index& index, const Partition& partition) {
  const auto parent = std::ranges::find(table.partitions, partition.parent, &Partition::name);
  const std::string to = parent == table.partitions.end() ? qualified(table.name, index)
                                                          : qualified(parent->name, index_on(*parent, index));
  return fmt::format("ALTER INDEX {} ATTACH PARTITION {}", to,
                     qualified(partition.name, index_on(partition, index)));
}

std::string drop_parent(const Table& table, const Index& index) {
  return "DROP INDEX IF EXISTS " + qualified(table.name, index);
}

Step parent_step(const Table& table, const Index& index) {
  Step step{.title = fmt::format("make {}index {} on {} alone, without its partitions",
                                 index.unique ? "unique " : "", index.name, display(table.name))};
  step.statements = {index_definition(table.name, index, "ONLY ")};
  step.locks = {{table.name, LockLevel::share}};
  for (const Partition& partition : table.partitions) {
    if (!partition.partitioned) continue;
    step.statements.emplace_back(index_definition(partition.name, index_on(partition, index), "ONLY "));
    step.statements.emplace_back(attach(table, index, partition));
    step.locks.push_back({partition.name, LockLevel::share});
  }
  step.inverse = {drop_parent(table, index)};
  step.undo = "the index is dropped, with those of the partitions that are attached to it";
  return step;
}

/// In a transaction of its own, because it keeps all that plan with the partition's index out.
Step attach_step(const Table& table, const Index& index, const Partition& partition) {
  Step step{.title = fmt::format("make the index of {} part of {}", display(partition.name), index.name)};
  step.statements.emplace_back(attach(table, index, partition));
  step.locks = {{partition.name, LockLevel::share_update_exclusive}};
  step.inverse = {drop_parent(table, index)};
  step.undo = "the index is dropped, with those of the partitions that are attached to it";
  return step;
}

/// Fails where a partition that came some other way has none.
Step complete_step(const Table& table, const Index& index) {
  Step step{.title = fmt::format("see that {} has all partitions of {}", index.name, display(table.name))};
  step.statements.push_back(finds_valid(table, index.name));
  step.inverse = {drop_parent(table, index)};
  step.undo = "the index is dropped, with those of the partitions";
  return step;
}
} // namespace

std::vector<Step> create_index_steps(const Table& table, const Index& index) {
  if (!table.partitioned) return {create_index(table, index)};
  refuse_foreign_partitions(table, "an index");
  std::vector<Step> steps{parent_step(table, index)};
  for (const Partition& partition : table.partitions) {
    if (partition.partitioned) continue;
    Table leaf;
    leaf.name = partition.name;
    steps.push_back(create_index(leaf, index_on(partition, index)));
  }
  for (const Partition& partition : table.partitions)
    if (!partition.partitioned) steps.push_back(attach_step(table, index, partition));
  steps.push_back(complete_step(table, index));
  return steps;
}

} // namespace afloat::postgres
