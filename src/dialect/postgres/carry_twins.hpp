#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <vector>

/// What can be built for a successor beside that of the column, and only changes names in the swap.
namespace afloat::postgres {

/// An index of the column, and the same for its successor.
struct TwinIndex {
  Index of, twin;
};

/// A CHECK or FOREIGN KEY of the column, and the same for its successor.
struct TwinConstraint {
  Constraint of, twin;
};

std::vector<TwinIndex> twin_indexes(const Succession& succession);
std::vector<TwinConstraint> twin_constraints(const Succession& succession);

/// Adds the constraint without reading a row, then lets the server read them beside the writers.
std::vector<Step> constraint_steps(const Succession& succession, const TwinConstraint& constraint);
/// NOT NULL of the successor in short steps; `name` of the constraint that it becomes (PostgreSQL 18).
std::vector<Step> not_null_steps(const Succession& succession, const std::string& name);

} // namespace afloat::postgres
