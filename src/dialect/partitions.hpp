#pragma once

#include "dialect/sql_writer.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What only partitioned tables need, which only PostgreSQL has: nothing for other tables.
namespace afloat {

/// SqlWriter::rename_table takes the partitions to the attic with their parent, also those that have come
/// since, and notes their names; this drops the note. `to`: the table's name there.
Piece forget_partitions(const Table& table, const std::string& to);

/// Queries whose rows name, in words, the partitions that cannot have their part of the index, which keep its
/// steps from being begun.
std::vector<std::string> index_obstacles(const Table& table, const Index& index);

/// Query whose rows name, in words, what has a name already that the index or one of its parts is to get.
/// Nothing for one of afloat's own; no rows once the index of the whole is there.
std::optional<std::string> taken_names(const Table& table, const Index& index);

/// Query whose rows name, in words, the partitions that are partitioned by the column themselves.
std::string keyed_partitions(const Table& table, const std::string& column);

/// Query whose rows name the foreign keys that point at the column, but for those that are known: a partition
/// that is detached keeps that of its table.
std::string keys_since(const Table& table, const std::string& column,
                       const std::vector<std::pair<RelationName, std::string>>& known);

/// What begins the transaction of Carry::swap, before any lock that writers wait for: keeps partitions from
/// coming and going, and finds what the swap has to do in each.
Piece before_swap(const SuccessionGroup& group);

} // namespace afloat
