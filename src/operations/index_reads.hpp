#pragma once

#include <string_view>

namespace afloat {

/// Behind a column in OperationPlan::reads: an index is made on it, which goes where the column goes.
inline constexpr std::string_view k_in_an_index = " in an index";
/// Behind an index there: it is on a column that goes to the attic, and is dropped with it or made anew for
/// the one in its place.
inline constexpr std::string_view k_goes_along = " goes with its column";

} // namespace afloat
