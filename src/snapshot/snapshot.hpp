#pragma once

#include "model/dialect.hpp"
#include "model/schema.hpp"
#include "support/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// What is in a snapshot. All but `command` hold the schema.
enum class SnapshotKind { schema, tables, full, command };
std::string_view name_of(SnapshotKind kind);
SnapshotKind parse_snapshot_kind(std::string_view word); ///< Error usage for another word

struct SequenceValue {
  RelationName name;
  std::int64_t last = 0;
  bool called = false;

  bool operator==(const SequenceValue&) const = default;
};

/// A table whose rows are in the snapshot.
struct StoredTable {
  RelationName name;
  std::string file; ///< the part that holds the rows
  std::vector<std::string> columns, types;
  std::int64_t rows = 0;
  std::string content; ///< RowSum of the rows; empty where only their number is known

  bool operator==(const StoredTable&) const = default;
};

/// A file of the snapshot. Its name is from the snapshot's folder on.
struct StoredPart {
  std::string file;
  std::int64_t bytes = 0;
  std::string sha256;

  bool operator==(const StoredPart&) const = default;
};

/// What stands in manifest.json. Holds no URL and no credentials.
struct Manifest {
  std::string name;
  SnapshotKind kind = SnapshotKind::tables;
  Dialect dialect = Dialect::sqlite;
  std::string project, env, database; ///< database: name, or the file's path
  std::int64_t version = 0;           ///< of the migration it was made before
  std::string migration, phase;       ///< its title, or empty: before none; and what came after: "expand"
  std::string made_at, made_by;       ///< UTC, ISO 8601; version of afloat
  int server_version = 0;
  std::string schema; ///< SHA-256 of the schema's text; empty where it is not in the snapshot
  std::vector<StoredPart> parts;
  std::vector<StoredTable> tables;
  std::vector<SequenceValue> sequences;
  /// Of the server, by which pg_dump wrote values as text: TimeZone, bytea_output.
  std::map<std::string, std::string> settings;
  std::vector<std::string> notes; ///< what is missing and why

  bool operator==(const Manifest&) const = default;
  std::int64_t bytes() const;
};

/// One of afloat's own tables: its ledger.
bool is_own_table(const RelationName& table);

std::string to_text(const Manifest& manifest);
/// Error undone, naming `file`, for a text that is no manifest or of a newer format.
Manifest parse_manifest(const std::string& text, const std::string& file);

/// What making, verifying and restoring tell while they go on. The functions may throw to stop them.
struct SnapshotWatch {
  std::function<void()> watch;                                           ///< ten times a second
  std::function<void(std::int64_t done, std::int64_t total)> progressed; ///< bytes, estimated
  std::function<void(std::string_view)> say;
  std::function<void(std::string_view)> reached; ///< points at which a run could be killed
  /// What goes on that nobody knows the end of; many times a second.
  std::function<void(std::string_view what)> goes_on = [](std::string_view) {};
};

} // namespace afloat
