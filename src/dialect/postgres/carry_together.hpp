#pragma once

#include "dialect/postgres/carry_twins.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What hangs on the columns that get successors in one swap, sorted by how it comes to them. The values
/// point into the group, which outlives them.
namespace afloat::postgres {

/// What hangs on one or several of the columns and is made again.
struct MadeAgain {
  const ColumnUser* user;
  const Succession* of; ///< the first of them
  int depth;            ///< the greatest, of views on views of several tables
};

/// A member, and what is its own.
struct Work {
  const Succession& succession;
  std::vector<TwinIndex> indexes;
  std::vector<TwinConstraint> constraints;
  std::string not_null_name; ///< PostgreSQL 18
  bool keeps_name = false;   ///< the successor takes the column's name
};

/// All members, and what is done once for them all.
struct Together {
  const SuccessionGroup& group;
  std::vector<Work> members;
  std::vector<TwinConstraint> pointing;
  std::vector<MadeAgain> users; ///< in the order in which they are made again
};

Together together_of(const SuccessionGroup& group, int server_version);

/// Those of the members first.
std::vector<const TwinConstraint*> constraints_of(const Together& all);

/// True for a ColumnUser::kind that is dropped and made again.
bool is_made_again(std::string_view kind);

} // namespace afloat::postgres
