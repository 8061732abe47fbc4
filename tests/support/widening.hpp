#pragma once

#include "support/rollout.hpp"

#include <string>

namespace afloat::test {

/// The migration that widens users.id.
extern const std::string k_widen_users;

/// Where what a partition has counts as its own (PostgreSQL 18), its NOT NULL and keys may differ.
void same_but_for_partitions(const std::string& before, const std::string& after);

/// Expands, kills contract when all is built for its swap, and aborts: all is as before. Then expands and
/// contracts. Returns what the database was before.
std::string widened(World& world, const Project& project);

/// Verifies, reverts and aborts migration 0001: all is as it was.
void narrowed(World& world, const Project& project, const std::string& before);

} // namespace afloat::test
