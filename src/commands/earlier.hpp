#pragma once

#include <functional>
#include <string>
#include <vector>

namespace afloat {

/// Runs `body`. What this run has `done` before it stays, whatever becomes of the rest: an Error from `body`
/// then says so in the place of "nothing was changed", and is half_way where its code would say the same.
void behind(const std::vector<std::string>& done, const std::function<void()>& body);

} // namespace afloat
