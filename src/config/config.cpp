#include "config/config.hpp"

#include "config/config_file.hpp"
#include "config/config_values.hpp"
#include "config/setting_rows.hpp"
#include "support/redact.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// A relative file of a `sqlite:` URL in afloat.toml is meant from the folder of afloat.toml.
std::string url_from(const ConfigValues& values, const std::optional<ConfigFile>& file) {
  const std::string url = values.text("env.url");
  constexpr std::string_view prefix = "sqlite:";
  const bool from_file = file && values.origin("env.url").starts_with(file->path);
  if (!from_file || !url.starts_with(prefix) || url.starts_with("sqlite:/") || url == "sqlite::memory:")
    return url;
  return std::string(prefix) + std::filesystem::proximate(file->folder / url.substr(prefix.size())).string();
}

std::vector<ConfigEntry> entries_of(const ConfigValues& values, const Config& config) {
  std::vector<ConfigEntry> entries{{"env", config.env_name, values.origin("env")}};
  for (const SettingRow& row : setting_rows()) {
    const std::string name = fmt::format("{}.{}", row.section, row.key);
    const std::string shown =
        row.section == "env" ? fmt::format("env.{}.{}", config.env_name, row.key) : name;
    const bool is_url = row.key == "url" || row.key == "scratch";
    const bool is_command = row.key == "command" || row.key == "observe";
    entries.push_back({shown,
                       row.key == "url" ? config.safe_url
                       : is_url         ? without_credentials(values.text(name))
                       : is_command     ? without_secrets(values.text(name))
                                        : replaced(values.text(name), "\n", ", "),
                       values.origin(name)});
  }
  return entries;
}

ThrottleSettings throttle_from(const ConfigValues& values) {
  ThrottleSettings settings;
  for (const ThrottleRow& row : k_throttle_rows) {
    const std::string name = fmt::format("throttle.{}", row.key);
    const std::string wrong = set_throttle(settings, row.key, values.text(name));
    if (!wrong.empty())
      throw values.invalid(
          name, wrong, fmt::format("{}: {}.", row.value.empty() ? "true or false" : row.value, row.meaning));
  }
  return settings;
}

SnapshotSettings snapshot_from(const ConfigValues& values, const std::filesystem::path& folder,
                               bool from_file) {
  SnapshotSettings settings;
  for (const SnapshotRow& row : k_snapshot_rows) {
    const std::string name = fmt::format("snapshot.{}", row.key);
    const std::string wrong = set_snapshot(settings, row.key, values.text(name));
    if (!wrong.empty()) throw values.invalid(name, wrong, fmt::format("{}.", row.meaning));
  }
  if (from_file) settings.folder = std::filesystem::proximate(folder / settings.folder);
  return settings;
}
} // namespace

Config load_config(const ConfigRequest& request) {
  std::optional<ConfigFile> file;
  if (request.config)
    file = read_config_file(*request.config);
  else if (const auto path = find_config_file(request.working_directory))
    file = read_config_file(*path);
  const ConfigValues values = gather_values(request, file);

  Config config;
  config.env_name = values.text("env");
  config.project_name = values.text("project.name");
  const std::filesystem::path folder =
      file ? file->folder : std::filesystem::absolute(request.working_directory);
  config.migrations_dir = std::filesystem::proximate(folder / values.text("project.migrations"));
  if (values.text("project.migrations").empty())
    throw values.invalid("project.migrations", "it is empty",
                         "Name the folder: `migrations = \"migrations\"`.");
  config.any_order = values.choice("project.order", "strict", "any") == "any";
  config.newer_syntax = values.choice("project.newer_syntax", "false", "true") == "true";
  config.dialect = values.choice("project.dialect", "sqlite", "postgres");
  config.url = url_from(values, file);
  config.safe_url = without_credentials(config.url);
  config.lock_timeout = values.duration("env.lock_timeout");
  if (config.lock_timeout.count() == 0)
    throw values.invalid("env.lock_timeout", "0 would wait without end",
                         "Give a short time such as \"100ms\".");
  config.lock_total = values.duration("env.lock_total");
  config.lease_timeout = values.duration("env.lease_timeout");
  config.connect_timeout = values.duration("env.connect_timeout");
  if (!values.text("env.batch_time").empty()) config.batch_time = values.duration("env.batch_time");
  config.throttle = throttle_from(values);
  config.snapshot =
      snapshot_from(values, folder, values.origin("snapshot.folder") != "AFLOAT_SNAPSHOT_FOLDER");
  config.is_protected = values.text("env.protected") == "true";
  config.quiet = values.duration("contract.quiet");
  config.retention = values.duration("contract.retention");
  if (const std::string list = values.text("drift.ignore"); !list.empty())
    config.drift_ignore = split(list, '\n');
  config.drift_refuses = values.choice("drift.guard", "refuse", "warn") == "refuse";
  config.entries = entries_of(values, config);
  return config;
}

} // namespace afloat
