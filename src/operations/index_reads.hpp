#pragma once

#include <string_view>

namespace afloat {

/// Behind a column in OperationPlan::reads: an index is made on it, which goes where the column goes.
inline constexpr std::string_view k_in_an_index = " in an index";

} // namespace afloat
