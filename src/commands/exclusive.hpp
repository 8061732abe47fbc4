#pragma once

#include "commands/command.hpp"

#include <initializer_list>
#include <string_view>

namespace afloat {

/// Error usage where more than one of these options is given.
void require_at_most_one(const Arguments& arguments, std::initializer_list<std::string_view> options);

} // namespace afloat
