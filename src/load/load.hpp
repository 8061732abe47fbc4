#pragma once

#include "model/dialect.hpp"
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

/// One file's text, TOML or SQL by its extension; `path` gives version and name, and stands in messages.
/// `rows`: the operations that exist. `dialect`: how SQL is to be read. Errors: invalid_migration with file,
/// line, column and the nearest known word.
Migration parse_migration(const std::string& path, std::string_view text, std::span<const OperationRow> rows,
                          Dialect dialect = Dialect::sqlite);

/// A marker of SQL migrations: the word behind "-- afloat:". The reference page is tested against this table.
struct MarkerRow {
  std::string_view name;
  std::vector<std::string_view> keys; ///< key=value pairs that may stand behind it
  std::string_view meaning;
};
std::span<const MarkerRow> marker_rows();

/// Where `afloat new NAME` puts a file: the version after the highest, as wide as the others (at least four
/// digits). `extension`: ".toml" or ".sql".
std::filesystem::path next_migration_path(const std::filesystem::path& folder, std::string_view name,
                                          std::string_view extension);

/// SHA-256 of the bytes with LF line ends.
std::string checksum_of(std::string_view bytes);

} // namespace afloat
