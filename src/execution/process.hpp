#pragma once

#include <string>

namespace afloat {

/// "host process-namespace pid start-time" of this process: tells it from every other, also from a later one
/// with the same pid and from one of a container that shares the host's name.
std::string own_process();

/// True if the text names a process of this host and namespace that is gone. False for what cannot be looked
/// at from here.
bool is_process_gone(const std::string& process);

} // namespace afloat
