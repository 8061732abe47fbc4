#pragma once

#include "model/plan.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// What a plan says of SQL that our parser cannot read and that is passed on: its place, and the parser's
/// word.
std::string passed_on(const SourcePosition& where, std::string_view error);

/// True if the plan says so of a statement of the step: what the step locks and costs is a guess.
bool is_passed_on(const Step& step, const Plan& plan);

} // namespace afloat
