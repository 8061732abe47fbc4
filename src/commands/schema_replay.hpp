#pragma once

#include "commands/command.hpp"
#include "config/config.hpp"
#include "model/schema_model.hpp"
#include "snapshot/store.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace afloat {

/// A schema that was made for a look at it, in a database of its own that is gone again.
struct Replayed {
  SchemaModel model;
  std::vector<std::string> notes; ///< what was not replayed, and why, a line each
};

// Each replays in an empty database. PostgreSQL: on the server of the configured environment, or of `scratch`
// under [snapshot]; it takes CREATEDB. SQLite: in memory, or for migrations in a temporary file. Statements
// that would act on the server beyond that database are left out, and named. Objects that belong to the role
// that replays have no owner. Error statement, with the place in the file, for what cannot be run.

/// The statements of a SQL file.
Replayed replay_file(const Arguments& arguments, const std::string& path);
/// All migrations of the folder, each to its end: expanded, contracted and purged.
Replayed replay_migrations(const Arguments& arguments, const std::filesystem::path& folder);
/// The schema of a snapshot of the dialect that it was made of. Error refused where it is damaged.
Replayed replay_snapshot(const Arguments& arguments, const Found& found);

} // namespace afloat
