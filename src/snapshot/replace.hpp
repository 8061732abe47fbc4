#pragma once

#include "snapshot/restore.hpp"

#include <optional>
#include <string>

namespace afloat {

/// A whole PostgreSQL database, of which a snapshot of kind `full` is to take the place: restored beside it
/// first, under a name and a mark of ours, compared, and then both change names in one transaction. A run
/// that is killed leaves the database as it was, or replaced; the same command goes on.
struct Replacing {
  RestoreRequest request;    ///< `into`: the database that is replaced; that of `connect`
  bool end_sessions = false; ///< of others in it, in the moment when the names change
};

/// The name of the restored database until it takes the place of this one.
std::string name_beside(const std::string& database);

/// What would refuse it in the end, before anything is made. Errors: permission (not its owner, no CREATEDB,
/// or with `end_sessions` no right to end those who are connected), refused (replication slots,
/// subscriptions, prepared transactions, a security label: they would stay with the old one), busy (others
/// are connected, and `end_sessions` is not set).
void require_replaceable(const Replacing& replacing, const SnapshotWatch& watch);

/// Where an earlier run has restored this snapshot beside the database, whole: the name of the snapshot of
/// what is replaced.
std::optional<std::string> waiting_beside(const Replacing& replacing);

/// Restores and compares. Nothing is left where that fails. `replaced`: the snapshot of what is replaced.
/// Errors: those of restore_new(); undone (not all could be made), refused (it is not the same).
void restore_beside(const Replacing& replacing, const std::string& replaced, const SnapshotWatch& watch);

/// Changes the names, with owner, rights and settings of the database; takes a session in another database of
/// the server, `postgres` or `template1`. Nobody of ours may be connected to the database any more. Returns
/// the name under which the replaced one is kept. Error busy, with who is connected: all is as it was, and
/// the restored database waits.
std::string change_names(const Replacing& replacing, const SnapshotWatch& watch);

} // namespace afloat
