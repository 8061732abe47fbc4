#pragma once

#include "dialect/database.hpp"

#include <string>
#include <vector>

namespace afloat::sqlite {

/// Processes that hold a write lock on the database file or its -shm, by /proc/locks. Empty where there is
/// none.
std::vector<Blocker> file_lock_holders(const std::string& path);

/// Field 22 of /proc/self/stat: tells this process from an earlier one with its pid. "0" where there is no
/// /proc.
std::string process_start();

} // namespace afloat::sqlite
