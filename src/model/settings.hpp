#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

// What the way back must make again besides the thing itself: statements from Table::users, each once, in
// their order. Empty on SQLite, which has none.

/// What was said of an index or a constraint of this name: comments, CLUSTER, REPLICA IDENTITY, statistics
/// targets.
std::vector<std::string> settings_of(const Table& table, std::string_view index_or_constraint);

/// The defaults that partitions and children had of their own, over which an ALTER COLUMN … DEFAULT of the
/// parent is handed down.
std::vector<std::string> own_defaults_of(const Table& table, std::string_view column);

} // namespace afloat
