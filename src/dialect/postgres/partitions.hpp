#pragma once

#include "dialect/partitions.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Indexes and keys of partitioned tables.
namespace afloat::postgres {

// partition_work.cpp
/// SQL: the index i belongs to no constraint, and is part of no other index.
std::string unattached();
/// Builds the index on each partition, those of the plan and those that came since; one that has gone is
/// done. `fits`: SQL, whether a partition has it in the index i. Inverse: drops what is part of no other.
std::vector<Step> build_steps(const Table& table, const Index& index, std::string_view fits);
/// All steps of an index, or of the constraint over it, whose first one makes it on the whole table in the
/// catalogs alone, and which is dropped by the inverse of that.
std::vector<Step> steps_of_whole(Step parent, const Table& table, const Index& index,
                                 const Constraint* constraint);

// partitioned_index.cpp
/// The index of a partition that is to be part of this one: with a name of its own.
Index index_on(const Partition& partition, Index index);
/// Error invalid_migration for a partition that is a foreign table; `what` it cannot have.
void refuse_foreign_partitions(const Table& table, std::string_view what);

// partitioned_key.cpp
/// key_steps of a partitioned table.
std::vector<Step> partitioned_key_steps(const Table& table, const Index& index, const Constraint& constraint,
                                        Phase phase);
/// SQL: the index i of a partition can be part of a key over the same columns.
std::string fits_key(const Index& index);
/// Query for the statements that make UNIQUE or PRIMARY KEY of such indexes of the partitions, each under the
/// name that its part of the old key has. ADD CONSTRAINT on the whole takes them for its own then, and reads
/// no row (tried on 14 to 18): to attach each takes four times as long.
std::string parts_of_key(const Table& table, const Index& index, const Constraint& constraint);

} // namespace afloat::postgres
