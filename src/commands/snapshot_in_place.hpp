#pragma once

#include "commands/command.hpp"
#include "config/config.hpp"
#include "snapshot/store.hpp"

namespace afloat {

/// `snapshot restore --in-place`: the exit status. `found` has its manifest.
int restore_in_place(const Arguments& arguments, const Config& config, const Found& found);

} // namespace afloat
