#pragma once

#include "dialect/sql_writer.hpp"

#include <string>
#include <vector>

namespace afloat {

/// That triggers with a column list fire for both sides of the sync in the window, as sentences.
std::vector<std::string> column_list_notes(const Sync& sync);

} // namespace afloat
