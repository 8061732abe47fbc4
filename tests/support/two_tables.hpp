#pragma once

#include "support/rollout.hpp"

#include <string>

/// Rollouts of the operations whose two shapes are in two tables.
namespace afloat::test {

/// move_column of users.phone, of this type; profiles refers to users.
Rollout to_profile(const std::string& column);
/// The same where users refers to profiles: the target row always comes first.
Rollout to_parent();
/// extract_table of users.street and users.city, of this type.
Rollout to_addresses(const std::string& city);

} // namespace afloat::test
