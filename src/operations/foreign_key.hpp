#pragma once

#include "model/schema.hpp"

#include <string>
#include <vector>

namespace afloat {

/// A foreign key by which the rows of two tables belong together.
struct ForeignKey {
  std::string name;                       ///< may be empty on SQLite
  bool from_first = false;                ///< the first table refers to the second, or the other way round
  std::vector<std::string> first, second; ///< the columns of each, in the same order
  bool deferrable = false;
  bool cascades = false; ///< ON UPDATE CASCADE
  bool resets = false;   ///< ON UPDATE SET NULL, SET DEFAULT

  std::string describe() const; ///< "profiles_user_id_fkey (user_id)" of the table that refers
};

/// All foreign keys between two tables, either way.
std::vector<ForeignKey> foreign_keys_between(const Table& first, const Table& second);

/// True if no two rows of the table can have the same values in these columns at any moment.
bool is_unique(const Table& table, const std::vector<std::string>& columns);

} // namespace afloat
