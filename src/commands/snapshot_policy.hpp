#pragma once

#include "commands/work.hpp"
#include "snapshot/make.hpp"
#include "snapshot/restore.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace afloat {

/// Makes the snapshot that the policy asks for before a phase that has not begun yet, and notes it in the
/// ledger. True if there was one to be made. Error undone (exit status 6) if it cannot be made: nothing of
/// the phase has been done then.
bool snapshot_before(WritingSession& session, const Config& config, const Plan& plan, Phase phase);

/// Progress of a snapshot on stderr, and the points at which the fault tests kill; stopped by signals.
/// References that outlive it.
SnapshotWatch watch_of(Clock& clock, Reporter& reporter, const std::string& name);

/// With afloat's own tables, which are small, so that what is restored knows what was done to it; for kind
/// `full`, all tables.
void complete_tables(Database& database, SnapshotRequest& request);

/// Why a snapshot must stay: a window is open that it was made for, or an attic is kept. Empty: it need not.
std::string needed_by(const Manifest& manifest, const std::vector<LedgerEntry>& entries);
/// The same, of each snapshot that was made for this migration.
std::string needed_by(const LedgerEntry& entry);

/// The snapshots that the history names of a migration since it was last aborted, oldest first. `superseded`:
/// the phase did not begin after it, and another one was made for the next try.
struct NotedSnapshots {
  std::vector<std::string> last, superseded;
};
NotedSnapshots noted_snapshots(Ledger& ledger, std::int64_t version);

/// Where to find what a purge has taken: the newest noted snapshot with rows that is still in the store, the
/// name of one that is not there any more, or a backup. Sentences for a hint.
std::string rows_that_are_left(Ledger& ledger, std::int64_t version, const std::filesystem::path& store);

SnapshotRequest request_of(const Config& config, SnapshotKind kind, const std::string& name);
RestoreRequest restore_request(const Config& config, Found found);

} // namespace afloat
