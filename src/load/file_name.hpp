#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace afloat {

/// What the name of a migration file says.
struct FileName {
  std::int64_t version = 0;
  std::string label, name;
};

/// "migrations/0001_rename.toml" -> {1, "0001", "rename"}. Error invalid_migration for any other form.
FileName parse_file_name(const std::string& path);

/// True for what may stand behind the version: letters, digits, "_" and "-".
bool is_migration_name(std::string_view name);

} // namespace afloat
