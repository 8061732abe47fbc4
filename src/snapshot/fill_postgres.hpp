#pragma once

#include "dialect/copy_session.hpp"
#include "snapshot/restore.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What restoring on PostgreSQL is made of.
namespace afloat::postgres_copy {

std::string text_of_part(const Found& found, const std::string& file); ///< decompressed
bool has_part(const Manifest& manifest, std::string_view file);

/// Runs the statements of a schema one by one: what cannot be made is told, and the rest is made.
void make_schema(CopySession& session, const std::string& text, Restored& restored);
/// How far the rows of several tables are, in bytes. What all of them come to is told by how much of their
/// parts that is.
struct RowsProgress {
  std::int64_t parts = 0, read = 0; ///< compressed: all, and of that what has been read
  std::int64_t rows = 0;
};
RowsProgress none_of(const Manifest& manifest, const std::vector<StoredTable>& tables);
/// Error undone where not all of them came in.
void load_rows(CopySession& session, const Found& found, const StoredTable& table, const SnapshotWatch& watch,
               RowsProgress& progress);
/// All that is in the snapshot, into an empty database of the request's server. What could not be made is
/// told in `restored`.
void fill(const RestoreRequest& request, const std::string& database, const SnapshotWatch& watch,
          Restored& restored);

} // namespace afloat::postgres_copy
