#pragma once

#include "model/schema.hpp"

#include <string_view>

namespace afloat {

/// SQLite: whether the column is the table's rowid under another name, an INTEGER PRIMARY KEY. It gets a
/// value where none is given, and its table is walked by it.
bool is_rowid_alias(const Table& table, std::string_view column);

} // namespace afloat
