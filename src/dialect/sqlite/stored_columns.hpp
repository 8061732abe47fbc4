#pragma once

#include "dialect/sqlite/handle.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat::sqlite {

/// What is stored of a table's rows.
struct StoredColumns {
  std::vector<std::string> names; ///< quoted; without generated ones
  std::string rowid;              ///< what it can be called; empty where there is none, or no name for it
  bool rowid_is_column = false;   ///< it is the INTEGER PRIMARY KEY

  /// What a copy reads and writes: all of it.
  std::string list() const;
};

/// `schema`: main, or the name of an attached database.
StoredColumns stored_columns(Handle& database, std::string_view schema, const std::string& table);

} // namespace afloat::sqlite
