#pragma once

#include "dialect/sql_writer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What can be built for a successor beside that of the column, and only changes names in the swap.
namespace afloat::postgres {

std::string alter(const RelationName& table, std::string_view action); ///< ALTER TABLE

/// An index of the column, and the same for its successor.
struct TwinIndex {
  Index of, twin;
};

/// A CHECK or FOREIGN KEY of the column, and the same for its successor.
struct TwinConstraint {
  RelationName table;
  Constraint of, twin;
  std::string successor;       ///< that it is for, in titles
  bool deferred_later = false; ///< `of` is checked at once unless somebody defers it, the twin never at once
  bool in_swap = false; ///< no twin: it points at a key that a partitioned table has only from the swap on
  bool partitioned = false; ///< the table is
  bool has_parts = false; ///< the server keeps one for each partition on either side, under a name of its own
  std::vector<Partition> partitions; ///< of the table, for a foreign key
};

/// SQL that gives the twin the name of the index, which is gone.
std::string rename_index(const RelationName& table, const TwinIndex& index);

/// The working name of the column's successor, if it gets one in the group's swap.
std::optional<std::string> successor_of(const SuccessionGroup& group, const RelationName& table,
                                        std::string_view column);

/// What hangs on several members of a group belongs to the first of them.
std::vector<TwinIndex> twin_indexes(const SuccessionGroup& group, const Succession& member);
std::vector<TwinConstraint> twin_constraints(const SuccessionGroup& group, const Succession& member);
/// Of the foreign keys whose own columns stay.
std::vector<TwinConstraint> twin_pointing(const SuccessionGroup& group);

/// Adds the constraint without reading a row, then lets the server read them beside the writers.
std::vector<Step> constraint_steps(const TwinConstraint& constraint, int server_version);
/// For one of the swap, which has added it under its own name without reading a row; empty if it stays so.
std::vector<Step> validate_steps(const TwinConstraint& constraint);
/// NOT NULL of the successor in short steps; `name` of the constraint that it becomes (PostgreSQL 18).
std::vector<Step> not_null_steps(const Succession& succession, const std::string& name);

} // namespace afloat::postgres
