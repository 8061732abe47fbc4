#include "config/config_file.hpp"

#include "config/setting_rows.hpp"
#include "support/error.hpp"
#include "support/redact.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
/// A line of the file for a message. A URL may hold a password, and so may a key that there is not.
std::string line_without_credentials(const std::string& line) {
  const std::size_t equals = line.find('=');
  const std::string key = lower_case(trimmed(line.substr(0, equals)));
  const bool known = std::ranges::find(setting_rows(), key, &SettingRow::key) != setting_rows().end();
  if (key == "command" || key == "observe") { // words in a quoted text
    const std::size_t text = std::min(line.find_first_of("'\"", equals), line.size() - 1) + 1;
    return line.substr(0, text) + without_secrets(line.substr(text));
  }
  if (known && key != "url" && key != "scratch") return line;
  for (const std::string_view word : {"pass", "secret", "token"})
    if (equals != std::string::npos && key.find(word) != std::string::npos)
      return line.substr(0, equals) + "= ***";
  if (line.find("://") != std::string::npos) return without_credentials(line);
  const std::size_t quote = line.find('"', std::min(equals, line.size()));
  if (quote == std::string::npos || line.find('=', quote) == std::string::npos) return line;
  return line.substr(0, quote + 1) + without_credentials(line.substr(quote + 1));
}

std::string read_text(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw std::system_error(EISDIR, std::generic_category());
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category());
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

ConfigFile read_unchecked(const std::filesystem::path& path) {
  const auto relative = std::filesystem::proximate(path);
  const std::string shown = relative.string().starts_with("..") ? path.string() : relative.string();
  try {
    return {parse_toml(shown, read_text(path), ErrorCode::configuration),
            std::filesystem::absolute(path).parent_path()};
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::configuration, fmt::format("cannot read {}: {}", shown, error.code().message()),
                "Check the path, or make a configuration with `afloat init`.");
  } catch (Error& error) {
    if (error.where) error.where->source_line = line_without_credentials(error.where->source_line);
    throw;
  }
}

std::vector<std::string> keys_of(std::string_view section) {
  std::vector<std::string> keys;
  for (const SettingRow& row : setting_rows())
    if (row.section == section) keys.emplace_back(row.key);
  return keys;
}

void check_keys(const ConfigFile& file, const toml::table& table, const std::vector<std::string>& known,
                std::string_view section) {
  for (const auto& [key, node] : table) {
    if (std::ranges::count(known, std::string(key.str())) > 0) continue;
    const auto near = nearest(key.str(), known);
    throw invalid(file, key.source(), fmt::format("unknown key \"{}\" in [{}]", key.str(), section),
                  near ? fmt::format("Did you mean \"{}\"?", *near)
                       : fmt::format("Known are: {}.", join(known, ", ")));
  }
}

/// The section that has a setting of this name: "env.NAME" for "url"; empty if none has.
std::string section_with(std::string_view key) {
  const auto row = std::ranges::find(setting_rows(), key, &SettingRow::key);
  if (row == setting_rows().end()) return {};
  return row->section == "env" ? "env.default" : std::string(row->section);
}

constexpr std::array<std::string_view, 6> k_sections{"project",  "env",   "contract",
                                                     "throttle", "drift", "snapshot"};

std::string sections_shown() {
  std::vector<std::string> shown;
  for (const std::string_view name : k_sections)
    shown.push_back(name == "env" ? "[env.NAME]" : fmt::format("[{}]", name));
  return join(shown, ", ");
}

void check_sections(const ConfigFile& file) {
  const std::vector<std::string> sections(k_sections.begin(), k_sections.end());
  for (const auto& [key, node] : file.root) {
    if (std::ranges::count(sections, std::string(key.str())) > 0) continue;
    const auto near = nearest(key.str(), sections);
    if (node.is_table())
      throw invalid(file, key.source(), fmt::format("unknown section [{}]", key.str()),
                    near ? fmt::format("Did you mean [{}]?", *near)
                         : fmt::format("There are: {}.", sections_shown()));
    const std::string home = section_with(key.str());
    throw invalid(file, key.source(), fmt::format("the key \"{}\" stands outside of any section", key.str()),
                  home.empty() ? fmt::format("Put it below its section: {}.", sections_shown())
                               : fmt::format("Put it below a line [{}].", home));
  }
}

void check_file(const ConfigFile& file) {
  check_sections(file);
  for (const std::string_view name : k_sections)
    if (const toml::table* table = name == "env" ? nullptr : section_of(file, name))
      check_keys(file, *table, keys_of(name), name);
  const toml::table* environments = section_of(file, "env");
  if (!environments) return;
  for (const auto& [name, node] : *environments) {
    const toml::table* table = node.as_table();
    if (!table)
      throw invalid(file, name.source(), fmt::format("\"{}\" is not an environment", name.str()),
                    "Write an environment as [env.NAME] with its url below.");
    std::vector<std::string> known = keys_of("env");
    known.insert(known.end(), k_environment_parts.begin(), k_environment_parts.end());
    check_keys(file, *table, known, fmt::format("env.{}", name.str()));
    for (const std::string_view part : k_environment_parts)
      if (const toml::table* own = part_of(file, *table, part))
        check_keys(file, *own, keys_of(part), fmt::format("env.{}.{}", name.str(), part));
  }
}
} // namespace

std::optional<std::filesystem::path> find_config_file(std::filesystem::path folder) {
  for (folder = std::filesystem::absolute(folder);; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "afloat.toml")) return folder / "afloat.toml";
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

SourcePosition position_of(const ConfigFile& file, const toml::source_region& region) {
  SourcePosition position = file.at(region);
  position.source_line = line_without_credentials(position.source_line);
  return position;
}

Error invalid(const ConfigFile& file, const toml::source_region& region, std::string message,
              std::string hint) {
  return Error(ErrorCode::configuration, std::move(message), std::move(hint)).at(position_of(file, region));
}

const toml::table* section_of(const ConfigFile& file, std::string_view name) {
  const toml::node* node = file.root.get(name);
  if (!node) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  throw invalid(file, node->source(), fmt::format("\"{}\" is not a section", name),
                fmt::format("Write it as [{}].", name));
}

/// [env.NAME.throttle] and the like, or null.
const toml::table* part_of(const ConfigFile& file, const toml::table& env, std::string_view part) {
  const toml::node* node = env.get(part);
  if (!node) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  throw invalid(file, node->source(), fmt::format("\"{}\" is not a section", part),
                fmt::format("Write it as [env.NAME.{0}], with the same keys as [{0}].", part));
}

ConfigFile read_config_file(const std::filesystem::path& path) {
  ConfigFile file = read_unchecked(path);
  check_file(file);
  return file;
}

} // namespace afloat
