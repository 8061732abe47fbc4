#pragma once

#include "snapshot/settings.hpp"
#include "throttle/settings.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// One value with where it came from, for `--show-config`. Passwords are replaced by "***".
struct ConfigEntry {
  std::string name; ///< "env.production.url"
  std::string value;
  std::string origin; ///< "default", "afloat.toml:7", "AFLOAT_URL", "--url"
};

struct Config {
  std::string project_name;
  std::filesystem::path migrations_dir;
  bool any_order = false;
  bool newer_syntax = false; ///< SQL that our parser cannot read is passed to the server
  std::string dialect;       ///< "postgres" or "sqlite": what is planned for when there is no URL
  std::string env_name;
  std::string url;      ///< may hold a password: never printed
  std::string safe_url; ///< the same for people
  std::chrono::milliseconds lock_timeout{100}, lock_total{60'000}, lease_timeout{30'000},
      connect_timeout{10'000};
  std::optional<std::chrono::milliseconds> batch_time; ///< nothing: the dialect's own
  bool is_protected = false;
  ThrottleSettings throttle;
  std::chrono::milliseconds quiet{60'000}, retention{std::chrono::hours(24 * 7)};
  SnapshotSettings snapshot;
  std::vector<std::string> drift_ignore; ///< patterns, see matches() in model/schema_difference.hpp
  bool drift_refuses = true;             ///< expand, migrate and contract do not start on drift
  std::vector<ConfigEntry> entries;
};

/// What the command line says; flags go before environment variables, these before the file, the file before
/// defaults.
struct ConfigRequest {
  std::optional<std::string> config, env, url, lock_timeout;
  std::map<std::string, std::string, std::less<>> throttle = {}; ///< by key of [throttle]
  std::filesystem::path working_directory = ".";
};

/// Reads afloat.toml, looked for upwards from the working directory. Without a file everything has its
/// default. Errors: configuration, with file, line and column where they are known.
Config load_config(const ConfigRequest& request);

} // namespace afloat
