#pragma once

#include "dialect/database.hpp"
#include "snapshot/settings.hpp"
#include "snapshot/snapshot.hpp"
#include "snapshot/store.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace afloat {

struct SnapshotRequest {
  Manifest about;                   ///< name, kind, project, env, version, migration and phase
  std::vector<RelationName> tables; ///< kind `tables`: those to be copied; they must exist
  SnapshotSettings settings;
  ConnectOptions connect;
  std::chrono::milliseconds lock_timeout{60'000}; ///< for a table that is being changed
};

/// Makes a snapshot of one moment, wholly or not at all. Takes ACCESS SHARE on the tables (PostgreSQL) or a
/// read transaction (SQLite), and changes nothing in the database. Errors: configuration (no pg_dump for this
/// server, no such table), permission, busy, undone (disk full, a program failed), interrupted.
Manifest make_snapshot(Database& database, const SnapshotRequest& request, const SnapshotWatch& watch);

/// Those of the names that are tables of the database now, without doubles.
std::vector<RelationName> existing_tables(Database& database, std::span<const RelationName> names);
/// Those that are views.
std::vector<RelationName> existing_views(Database& database, std::span<const RelationName> names);
/// All tables that people made.
std::vector<RelationName> all_tables(Database& database);

// One for each way to make one; each fills in parts, tables, sequences, schema and notes.
void make_postgres(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
                   Manifest& manifest);
void make_sqlite(const std::string& file, const SnapshotRequest& request, const SnapshotWatch& watch,
                 const NewSnapshot& place, Manifest& manifest);
void make_by_command(const SnapshotRequest& request, const SnapshotWatch& watch, const NewSnapshot& place,
                     Manifest& manifest);

/// A compressed part with this text.
StoredPart write_text_part(const NewSnapshot& place, const std::string& file, std::string_view text);
/// Error undone where the folder has less room than this.
void require_room(const std::filesystem::path& folder, std::int64_t bytes);

} // namespace afloat
