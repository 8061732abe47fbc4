#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/error.hpp"

#include <utility>

#include <fmt/format.h>

// CREATE INDEX CONCURRENTLY is not possible on a partitioned table. ON ONLY makes its index in the catalogs
// alone, not valid yet; from then on each partition that comes brings its own. Those that are there get one
// each, concurrently, which is attached.
namespace afloat::postgres {

/// One of afloat's own is told by the beginning of its name.
Index index_on(const Partition& partition, Index index) {
  index.name = fitting_name(is_own_name(index.name) ? fmt::format("{}_{}", index.name, partition.name.name)
                                                    : fmt::format("{}_{}", partition.name.name, index.name));
  return index;
}

void refuse_foreign_partitions(const Table& table, std::string_view what) {
  for (const Partition& partition : table.partitions)
    if (partition.foreign)
      throw Error(ErrorCode::invalid_migration,
                  fmt::format("{} has the partition {}, a foreign table, which cannot have {}",
                              display(table.name), display(partition.name), what),
                  "Detach it first, or work on the other partitions one by one. Nothing was changed.");
}

std::vector<Step> create_index_steps(const Table& table, const Index& index) {
  if (!table.partitioned) return {create_index(table, index)};
  refuse_foreign_partitions(table, "an index");
  Step parent{.title = fmt::format("make {}index {} on {} alone, without its partitions",
                                   index.unique ? "unique " : "", index.name, display(table.name))};
  parent.statements = {index_definition(table.name, index, "ONLY ")};
  parent.locks = {{table.name, LockLevel::share}};
  parent.inverse = {"DROP INDEX IF EXISTS " + in_quotes(RelationName{table.name.schema, index.name})};
  parent.undo = "the index is dropped, with those of the partitions that are attached to it";
  return steps_of_whole(std::move(parent), table, index, nullptr);
}

} // namespace afloat::postgres
