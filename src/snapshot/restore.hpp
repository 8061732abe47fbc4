#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"
#include "snapshot/settings.hpp"
#include "snapshot/store.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace afloat {

class ScratchDatabase;

struct RestoreRequest {
  Found found; ///< its manifest has been read
  SnapshotSettings settings;
  ConnectOptions connect; ///< the server (PostgreSQL)
  std::string into;       ///< a new database of that server, or a new file
  std::chrono::milliseconds lock_timeout{60'000};
};

/// What came of a restore.
struct Restored {
  std::string where;                 ///< database or file
  std::vector<std::string> problems; ///< what could not be made, in words
  bool changed_keys = false; ///< foreign keys were left NOT VALID: the rows they refer to are not in it
};

/// Error refused, with all damages, for a snapshot that is not whole.
void require_whole(const Found& found, const SnapshotWatch& watch);

/// Into a new database or file, under a temporary name until all is there. Errors: usage (it is there
/// already), refused (damaged), configuration (no pg_restore, kind `command`), permission (no CREATEDB).
Restored restore_new(const RestoreRequest& request, Dialect dialect, const SnapshotWatch& watch);

/// Error refused where the rows of a snapshot of kind tables do not fit the tables as they are now: one is
/// gone, or a column, or has another type (PostgreSQL), or one that is new needs a value; where another table
/// refers to them (PostgreSQL); and where one of `in_sync`, the plans of open windows and of what is in the
/// attic, keeps something in sync with them that is not in the snapshot: the restore does not fire triggers.
void require_same_tables(Database& database, const Found& found, std::span<const Plan> in_sync);

/// Replaces the contents of the database (SQLite, kind full) or the rows of its tables (kind tables) in one
/// transaction. `keep` makes a snapshot of them: it is called in that transaction, when nobody else can write
/// any more, so that no write of others is in neither. Others read until it is done.
void restore_in_place(Database& database, const RestoreRequest& request, const SnapshotWatch& watch,
                      const std::function<void()>& keep);

/// Restores into a scratch database, which is dropped again, and compares schema, numbers of rows and
/// contents. A line for each difference.
std::vector<std::string> try_restore(const RestoreRequest& request, const SnapshotWatch& watch);

/// The server for scratch databases: `scratch` under [snapshot], else that of the environment.
ConnectOptions scratch_server(const SnapshotSettings& settings, const ConnectOptions& environment);

/// Of a snapshot on SQLite: the statements that made its schema. Error refused where what holds them is not
/// whole.
std::string stored_sqlite_schema(const Found& found, const std::function<void()>& watch);
/// The schema of a snapshot on PostgreSQL, without its rows, in a scratch database; returns what could not be
/// made, a line each. Errors: refused (not whole, or made without pg_dump), configuration (no pg_restore).
std::vector<std::string> restore_schema(const RestoreRequest& request, const ScratchDatabase& database,
                                        const SnapshotWatch& watch);

/// The tables that people made, without afloat's own.
std::vector<StoredTable> tables_of_people(const Manifest& manifest);

// PostgreSQL's half.
Restored restore_postgres(const RestoreRequest& request, const SnapshotWatch& watch);
void replace_postgres_rows(const RestoreRequest& request, const SnapshotWatch& watch,
                           const std::function<void()>& keep);
std::vector<std::string> try_restore_postgres(const RestoreRequest& request, const SnapshotWatch& watch);
std::vector<std::string> restore_postgres_schema(const RestoreRequest& request,
                                                 const ScratchDatabase& database, const SnapshotWatch& watch);

} // namespace afloat
