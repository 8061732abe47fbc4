#pragma once

#include "model/schema.hpp"

#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// A column of the source table and its place in the target table.
struct CrossColumn {
  std::string source, target;
  std::string type;                       ///< of both
  std::optional<std::string> default_sql; ///< constant default of both, else NULL is their default
};

/// Keeps columns of one table equal to columns of another (dual write across two tables). A row of each
/// belongs to at most one row of the other: `link` is unique on both sides.
///
/// A source row without a target row means: its columns stay where they are until one comes. With `creates`,
/// a source row whose columns are off their defaults gets a target row, so that no target row says that all
/// are at their defaults.
struct CrossSync {
  std::string id; ///< "1_2": makes the names of triggers, functions and counter
  Table source, target;
  std::vector<CrossColumn> columns, link; ///< link: source.x = target.y
  bool creates = false;
  bool owns_target = false; ///< the target was made for this: it follows deletes and keys of the source
  bool attic = false;       ///< after contract: the source columns are the hidden ones; nothing is counted
};

} // namespace afloat
