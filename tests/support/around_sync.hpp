#pragma once

#include "support/world.hpp"

#include <string_view>

namespace afloat::test {

/// Runs SQL as the owner without afloat's triggers, as somebody would who goes around them and puts them
/// back. On SQLite without any trigger.
void around_sync(const World& world, std::string_view sql);

} // namespace afloat::test
