#include "config/config_values.hpp"

#include "config/setting_rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_ignore = "drift.ignore"; // the one list
constexpr std::array<std::string_view, 3> k_flags{"env.protected", "project.newer_syntax",
                                                  "throttle.yield_to_vacuum"};
// Numbers of no unit, which may also be written without quotes.
constexpr std::array<std::string_view, 7> k_numbers{
    "throttle.rate",    "throttle.max_load", "throttle.max_waiters", "throttle.vacuum_every",
    "throttle.workers", "snapshot.jobs",     "snapshot.keep"};

/// What C reads of a text ends there.
void refuse_zero_byte(const ConfigFile& file, const toml::node& node, std::string_view key,
                      std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw invalid(file, node.source(), fmt::format("\"{}\" has a zero byte", key),
                  "Write it without \\u0000.");
}

/// ${NAME} replaced by environment variables.
std::string expanded(const ConfigFile& file, const toml::node& node, std::string text) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos)
      throw invalid(file, node.source(), "\"${\" without \"}\"", "Write an environment variable as ${NAME}.");
    const std::string name = text.substr(at + 2, end - at - 2);
    if (name.empty())
      throw invalid(file, node.source(), "\"${}\" names no environment variable",
                    "Write an environment variable as ${NAME}.");
    const char* value = std::getenv(name.c_str());
    if (!value)
      throw invalid(file, node.source(), fmt::format("the environment variable \"{}\" is not set", name),
                    fmt::format("Set it: `export {}=…`.", name));
    text.replace(at, end - at + 1, value);
    at += std::string_view(value).size();
  }
  return text;
}

std::vector<std::string> texts_of(const ConfigFile& file, std::string_view key, const toml::node& node) {
  std::vector<std::string> texts;
  const toml::array* list = node.as_array();
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const auto* text = list->get(i)->as_string()) texts.push_back(text->get());
  for (const std::string& text : texts) refuse_zero_byte(file, node, key, text);
  if (!list || texts.size() != list->size())
    throw invalid(file, node.source(), fmt::format("\"{}\" is not a list of texts", key),
                  fmt::format("Write it as {} = [\"…\", \"…\"].", key));
  return texts;
}

void take_section(ConfigValues& values, const ConfigFile& file, const toml::table* table,
                  std::string_view section) {
  if (!table) return;
  for (const auto& [key, node] : *table) {
    const std::string name = fmt::format("{}.{}", section, key.str());
    if (section == "env" && std::ranges::count(k_environment_parts, key.str()) > 0)
      continue; // sections of their own
    if (const auto* text = node.as_string()) refuse_zero_byte(file, node, key.str(), text->get());
    const bool is_flag = std::ranges::count(k_flags, name) > 0,
               is_number = std::ranges::count(k_numbers, name) > 0;
    if (name == k_ignore)
      values.set(name, join(texts_of(file, key.str(), node), "\n"), file, node);
    else if (const auto* flag = node.as_boolean(); flag && is_flag)
      values.set(name, flag->get() ? "true" : "false", file, node);
    else if (const auto* number = node.as_integer(); number && is_number)
      values.set(name, std::to_string(number->get()), file, node);
    else if (const auto* text = node.as_string(); text && !is_flag)
      values.set(name, expanded(file, node, text->get()), file, node);
    else
      throw invalid(file, node.source(),
                    fmt::format("\"{}\" is {}, but must be {}", key.str(), kind_of(node),
                                is_flag     ? "true or false"
                                : is_number ? "a whole number"
                                            : "a text in quotes"),
                    is_flag     ? fmt::format("Write it as {} = true, without quotes.", key.str())
                    : is_number ? fmt::format("Write it as {} = 5.", key.str())
                                : fmt::format("Write it as {} = \"…\".", key.str()));
  }
}

void take_environment(ConfigValues& values, const ConfigFile& file, const std::string& env,
                      const std::string& origin) {
  const toml::table* environments = section_of(file, "env");
  const toml::node* node = environments ? environments->get(env) : nullptr;
  if (node) {
    take_section(values, file, node->as_table(), "env");
    for (const std::string_view part : k_environment_parts)
      take_section(values, file, part_of(file, *node->as_table(), part), part);
    return;
  }
  if (origin == "default") return;
  std::vector<std::string> names;
  if (environments)
    for (const auto& [name, table] : *environments) names.emplace_back(name.str());
  const auto near = nearest(env, names);
  throw Error(ErrorCode::configuration,
              fmt::format("{} has no environment \"{}\" (asked for by {})", file.path, env, origin),
              near            ? fmt::format("Did you mean \"{}\"?", *near)
              : names.empty() ? fmt::format("Add a section [env.{}] with a url.", env)
                              : fmt::format("It has: {}.", join(names, ", ")));
}

void take_override(ConfigValues& values, const std::string& name, const char* variable,
                   const std::optional<std::string>& flag, const std::string& flag_name) {
  if (const char* value = std::getenv(variable); value && *value) values.set(name, value, variable);
  if (flag) values.set(name, *flag, flag_name);
}
} // namespace

void ConfigValues::set(const std::string& name, std::string value, std::string origin) {
  m_values[name] = {std::move(value), std::move(origin), std::nullopt};
}

void ConfigValues::set(const std::string& name, std::string value, const ConfigFile& file,
                       const toml::node& node) {
  const SourcePosition where = position_of(file, node.source());
  m_values[name] = {std::move(value), fmt::format("{}:{}", where.file, where.line), where};
}

std::string ConfigValues::text(const std::string& name) const {
  return m_values.at(name).value;
}

std::string ConfigValues::origin(const std::string& name) const {
  return m_values.at(name).origin;
}

std::chrono::milliseconds ConfigValues::duration(const std::string& name) const {
  const auto parsed = parse_duration(text(name));
  if (!parsed)
    throw invalid(name, fmt::format("\"{}\" is not a duration", text(name)),
                  "Write it like \"100ms\", \"2s\", \"5m\", \"24h\".");
  return *parsed;
}

std::string ConfigValues::choice(const std::string& name, std::string_view one,
                                 std::string_view other) const {
  const std::string value = text(name);
  if (value == one || value == other) return value;
  throw invalid(name, fmt::format("\"{}\" is not known here", value),
                fmt::format("It is \"{}\" or \"{}\".", one, other));
}

Error ConfigValues::invalid(const std::string& name, std::string message, std::string hint) const {
  const Value& value = m_values.at(name);
  Error error(ErrorCode::configuration, fmt::format("{} (from {}): {}", name, value.origin, message),
              std::move(hint));
  error.where = value.where;
  return error;
}

ConfigValues gather_values(const ConfigRequest& request, const std::optional<ConfigFile>& file) {
  ConfigValues values;
  for (const SettingRow& row : setting_rows())
    values.set(fmt::format("{}.{}", row.section, row.key), std::string(row.otherwise), "default");
  if (file) {
    take_section(values, *file, section_of(*file, "project"), "project");
    take_section(values, *file, section_of(*file, "contract"), "contract");
    take_section(values, *file, section_of(*file, "drift"), "drift");
    for (const std::string_view part : k_environment_parts)
      take_section(values, *file, section_of(*file, part), part);
  }
  values.set("env", values.text("project.default_env"), values.origin("project.default_env"));
  take_override(values, "env", "AFLOAT_ENV", request.env, "--env");
  if (file) take_environment(values, *file, values.text("env"), values.origin("env"));
  take_override(values, "env.url", "AFLOAT_URL", request.url, "--url");
  take_override(values, "env.lock_timeout", "AFLOAT_LOCK_TIMEOUT", request.lock_timeout, "--lock-timeout");
  for (const ThrottleRow& row : k_throttle_rows) {
    const auto flag = request.throttle.find(row.key);
    take_override(values, fmt::format("throttle.{}", row.key), std::string(row.variable).c_str(),
                  flag == request.throttle.end() ? std::nullopt : std::optional(flag->second),
                  std::string(row.option));
  }
  take_override(values, "snapshot.folder", "AFLOAT_SNAPSHOT_FOLDER", std::nullopt, "");
  for (const std::string key : {"quiet", "retention"})
    if (const std::string own = values.text("env." + key); !own.empty())
      values.set("contract." + key, own, values.origin("env." + key));
  return values;
}

} // namespace afloat
