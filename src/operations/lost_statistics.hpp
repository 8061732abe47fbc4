#pragma once

#include "model/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// PostgreSQL: the statistics objects that go with one of the columns, whatever else they are of, as
/// sentences. `when`: what drops them, as the first word.
std::vector<std::string> lost_statistics_notes(const Table& table, const std::vector<std::string>& columns,
                                               std::string_view when = "The purge");

} // namespace afloat
