#pragma once

#include <string_view>

namespace afloat {

/// The program for which a comment line, with its "--", begins the statements that lead back, as in
/// "-- +goose Down"; empty for any other comment. What stands below must not run as part of the migration.
std::string_view whose_way_back(std::string_view comment);

} // namespace afloat
