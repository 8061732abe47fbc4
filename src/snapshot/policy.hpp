#pragma once

#include "model/plan.hpp"
#include "snapshot/settings.hpp"
#include "snapshot/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// The snapshot that the policy asks for before a phase of a plan.
struct PlannedSnapshot {
  SnapshotKind kind = SnapshotKind::tables;
  std::string name;
  std::vector<RelationName> tables; ///< kind `tables`; those among them that do not exist yet are left out
};

/// The setting that says what is made before the phase: expand, contract or purge.
std::string SnapshotSettings::* policy_of(Phase phase);

/// `phase`: expand (with its backfill), contract or purge. Nothing where the policy asks for none, and for
/// `auto` where no step of the phase takes what cannot be derived back.
std::optional<PlannedSnapshot> planned_snapshot(const Plan& plan, Phase phase,
                                                const SnapshotSettings& settings, const std::string& project,
                                                const std::string& env);

/// All that a migration locks or fills, in whatever phase, each once: tables, also those that it makes, and
/// views.
std::vector<RelationName> touched_relations(const Plan& plan);
struct TablesAndViews {
  std::vector<RelationName> tables, views;
};
/// Where a migration stands: what of them is there now and in its window, and the first phase that has not
/// begun.
struct Standing {
  TablesAndViews now, in_window;
  Phase next = Phase::expand;
};

/// What `plan` says: a line for each snapshot that the policy asks for yet, and where afloat has no way back
/// from expand or from contract, one that names the snapshot that is the only one, or says that there is
/// none.
std::vector<std::string> snapshot_lines(const Plan& plan, const SnapshotSettings& settings,
                                        const std::string& project, const std::string& env,
                                        const Standing& standing);

/// The name by the template; `migration`: its version as in the file's name, or empty.
std::string snapshot_name(const SnapshotSettings& settings, const std::string& project,
                          const std::string& env, const std::string& migration, const std::string& phase);

} // namespace afloat
