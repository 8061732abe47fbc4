#pragma once

#include "model/plan.hpp"

#include <string>
#include <string_view>

namespace afloat {

/// The id of a step of abort that stands for the inverse of another one: "1.2.3" is the third for "1.2".
std::string id_of_undoing(std::string_view undone, int number);

/// "1.2" of "1.2.3". Empty for the other steps: those of abort run whichever step of their operation was
/// begun.
std::string_view undone_id(const Step& step);

} // namespace afloat
