#pragma once

#include "dialect/partitions.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Indexes and keys of partitioned tables.
namespace afloat::postgres {

// partitioned_index.cpp
/// The index of a partition that is to be part of this one: with a name of its own.
Index index_on(const Partition& partition, Index index);
/// Fails as long as a partition has none that belongs to the index of the whole.
Statement finds_valid(const Table& table, const std::string& index);
/// Error invalid_migration for a partition that is a foreign table; `what` it cannot have.
void refuse_foreign_partitions(const Table& table, std::string_view what);

// partitioned_key.cpp
/// key_steps of a partitioned table.
std::vector<Step> partitioned_key_steps(const Table& table, const Index& index, const Constraint& constraint,
                                        Phase phase);
/// Builds the index on each partition, but none of the whole table; a partition that has gone since is done.
std::vector<Step> partition_index_steps(const Table& table, const Index& index);
/// create_index_steps for a phase to come: partitions may have gone since, or have come with such an index.
std::vector<Step> late_index_steps(const Table& table, const Index& index);
/// Query for the statements that make UNIQUE or PRIMARY KEY of such indexes of the partitions, each under the
/// name that its part of the old key has. ADD CONSTRAINT on the whole takes them for its own then, and reads
/// no row (tried on 14 to 18): to attach each takes four times as long.
std::string parts_of_key(const Table& table, const Index& index, const Constraint& constraint);

} // namespace afloat::postgres
