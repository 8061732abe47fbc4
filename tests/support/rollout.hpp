#pragma once

#include "support/client.hpp"
#include "support/project.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace afloat::test {

/// A release that writes one column of a table. `more` and `values`: further columns of its INSERT, each with
/// a comma before it.
Release release_writing(std::string_view table, std::string_view column, std::string_view more = "",
                        std::string_view values = "", std::string_view key = "id");

/// One migration, and what the releases before and after it do.
struct Rollout {
  std::string schema;                  ///< SQL of the owner
  std::vector<std::string> migrations; ///< TOML or SQL
  Release old_release, new_release;
  bool window = true;              ///< has a contract phase
  std::vector<std::string> always; ///< queries that count what must never be there, in the window
};

/// Both releases write; then abort, and the old release finds every acknowledged write of both and writes on.
void rolls_back(Dialect dialect, const Rollout& rollout);

/// Both releases write; then contract and purge, and the new release finds every acknowledged write of both.
void rolls_forward(Dialect dialect, const Rollout& rollout);

/// Both releases write; contract; the new release writes, and goes on while contract is reverted; then the
/// old release finds every acknowledged write of both, and both go on in the window that is open again.
/// AFLOAT_REVERT_WRITES says how many writes the new release makes behind contract.
void comes_back(Dialect dialect, const Rollout& rollout);

/// Each of the three, in a section of its own.
void rolls_every_way(Dialect dialect, const Rollout& rollout);

/// Runs contract of migration 0001 and kills it at a point of a step, which is told by words of its plan:
/// "before statement", "after commit".
void contract_killed(const World& world, const Project& project, std::string_view point,
                     std::string_view words);

/// The same in its swap: "before statement" is when what was built beside the old columns is there.
void contract_killed_at_swap(const World& world, const Project& project, std::string_view point);

} // namespace afloat::test
