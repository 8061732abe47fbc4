#pragma once

#include "model/plan.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// The whole plan as one JSON document; parse_plan gives an equal value back.
std::string to_json_text(const Plan& plan);

/// Throws Error ledger_conflict when the text is not a plan of this format.
Plan parse_plan(std::string_view text);

} // namespace afloat
