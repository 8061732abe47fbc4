#pragma once

#include "model/schema.hpp"

#include <string>
#include <vector>

namespace afloat {

/// PostgreSQL: the statistics objects that go with one of the columns, whatever else they are of, as
/// sentences.
std::vector<std::string> lost_statistics_notes(const Table& table, const std::vector<std::string>& columns);

} // namespace afloat
