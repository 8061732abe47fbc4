#pragma once

#include <span>
#include <string_view>

namespace afloat {

/// One setting of afloat.toml; the reference page is tested against this table.
struct SettingRow {
  std::string_view section; ///< "project", "env", "contract", "throttle", "drift", "snapshot"
  std::string_view key, otherwise, meaning;
  std::string_view variable; ///< environment variable that overrides the file, or empty
};
std::span<const SettingRow> setting_rows();

} // namespace afloat
