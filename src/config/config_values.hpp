#pragma once

#include "config/config.hpp"
#include "config/config_file.hpp"
#include "support/error.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace afloat {

/// Values by "section.key" with their origin; those of the chosen environment are "env.key".
class ConfigValues {
 public:
  void set(const std::string& name, std::string value, std::string origin);
  void set(const std::string& name, std::string value, const ConfigFile& file, const toml::node& node);

  std::string text(const std::string& name) const;
  std::string origin(const std::string& name) const;
  /// Errors: configuration, with the place of the value.
  std::chrono::milliseconds duration(const std::string& name) const;
  std::string choice(const std::string& name, std::string_view one, std::string_view other) const;
  Error invalid(const std::string& name, std::string message, std::string hint) const;

 private:
  struct Value {
    std::string value, origin;
    std::optional<SourcePosition> where;
  };
  std::map<std::string, Value> m_values;
};

/// From defaults, the file, environment variables and flags, in this order; "env" is the environment's name.
/// Errors: configuration.
ConfigValues gather_values(const ConfigRequest& request, const std::optional<ConfigFile>& file);

} // namespace afloat
