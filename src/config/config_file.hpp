#pragma once

#include "support/toml_file.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// Sections that may also be a part of an environment: [throttle], and [env.NAME.throttle].
inline constexpr std::array<std::string_view, 2> k_environment_parts{"throttle", "snapshot"};

/// afloat.toml: a file whose sections and keys are all known. Their values are not looked at yet.
struct ConfigFile : TomlFile {
  std::filesystem::path folder;
};

/// afloat.toml in this folder or the nearest above it.
std::optional<std::filesystem::path> find_config_file(std::filesystem::path folder);

/// Error: configuration, with the place, without credentials.
ConfigFile read_config_file(const std::filesystem::path& path);

/// Null where it is not there. Error: configuration, if the name is no section.
const toml::table* section_of(const ConfigFile& file, std::string_view name);
/// The same for [env.NAME.part], of the table [env.NAME].
const toml::table* part_of(const ConfigFile& file, const toml::table& env, std::string_view part);

/// The place for a message: its source line shows no credentials.
SourcePosition position_of(const ConfigFile& file, const toml::source_region& region);
Error invalid(const ConfigFile& file, const toml::source_region& region, std::string message,
              std::string hint);

} // namespace afloat
