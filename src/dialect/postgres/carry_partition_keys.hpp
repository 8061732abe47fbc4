#pragma once

#include "dialect/postgres/carry_twins.hpp"

#include <string>
#include <vector>

/// Foreign keys of partitioned tables. Before PostgreSQL 18 such a table cannot have one that is NOT VALID
/// ("cannot add NOT VALID foreign key on partitioned table"), and to add a valid one reads all rows under its
/// locks. Each partition can: ADD CONSTRAINT on the whole then takes those of the partitions that are valid
/// and say the same for its own, and reads nothing (tried on 14 to 17).
namespace afloat::postgres {

/// True if the twin has to be made partition by partition on this server.
bool is_made_by_partition(const TwinConstraint& constraint, int server_version);
/// constraint_steps of such a one. A partition that comes between its last two steps is read by the last.
std::vector<Step> partition_key_steps(const TwinConstraint& constraint);
/// Lets PostgreSQL 18 read the rows of each partition in a transaction of its own, before it reads what is
/// left. `name`: of the foreign key of the whole. A partition that is valid, or has gone, is done.
std::vector<Step> validate_partition_steps(const TwinConstraint& constraint, const std::string& name,
                                           const std::string& subject);

/// Why this server cannot carry the foreign key, or empty; then `hint` is left alone.
std::string partition_key_refusal(const TwinConstraint& constraint, int server_version, std::string& hint);

/// Of the swap, before the old foreign keys go: notes what they are called for each partition, until its end.
/// Nothing where no table is partitioned.
void append_note_of_keys(const std::vector<const TwinConstraint*>& constraints,
                         std::vector<Statement>& statements);
/// Gives the noted names to the new ones, which have theirs on the whole table.
void append_names_of_keys(const std::vector<const TwinConstraint*>& constraints,
                          std::vector<Statement>& statements);

} // namespace afloat::postgres
