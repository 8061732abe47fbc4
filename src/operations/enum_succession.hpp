#pragma once

#include "operations/remove_enum_value.hpp"

#include <string>
#include <vector>

/// The shapes that a column takes whose enum is made anew without a value, and the way back from them.
namespace afloat {

Succession succession_of(const RemovedValue& what, const EnumMember& member);
Sync window_sync(const EnumMember& member);
/// Behind the swap. The value stays in rows of the old column that nobody writes.
Sync attic_sync(const RemovedValue& what, const EnumMember& member);

std::string subject_of(const EnumMember& member);
std::string type_of(const RemovedValue& what);

// remove_enum_revert.cpp
/// What can reject is built on the columns in the attic before they take their names back.
std::vector<Step> revert_steps(const RemovedValue& what, const Carry& forward);
std::vector<Loss> revert_losses(const RemovedValue& what);

} // namespace afloat
