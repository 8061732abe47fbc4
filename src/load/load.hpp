#pragma once

#include "model/migration.hpp"
#include "operations/operation.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// The migration files of a folder, by version: names, checksums and texts. What has been applied need not be
/// parsed, and mostly all has been. Errors: invalid_migration for a file's name; configuration when there is
/// no such folder.
std::vector<Migration> list_migrations(const std::filesystem::path& folder);

/// The same, and all of them parsed.
std::vector<Migration> load_migrations(const std::filesystem::path& folder,
                                       std::span<const OperationRow> rows);

/// One file's text; `path` gives version and name, and stands in messages. `rows`: the operations that exist.
/// Errors: invalid_migration with file, line, column and the nearest known word.
Migration parse_migration(const std::string& path, std::string_view text, std::span<const OperationRow> rows);

/// Where `afloat new NAME` puts a file: the version after the highest, as wide as the others (at least four
/// digits).
std::filesystem::path next_migration_path(const std::filesystem::path& folder, std::string_view name);

/// SHA-256 of the bytes with LF line ends.
std::string checksum_of(std::string_view bytes);

} // namespace afloat
