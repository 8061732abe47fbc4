#pragma once

#include "dialect/sql_writer.hpp"

#include <string>

namespace afloat {

/// The CREATE INDEX that makes the index again, as `attic list` shows it; of a partitioned table for all
/// partitions at once.
std::string index_words(const Table& table, const Index& index, const SqlWriter& sql);

} // namespace afloat
