#include "config/config.hpp"

#include "support/error.hpp"
#include "support/redact.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"
#include "support/toml_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::array k_rows{
    SettingRow{"project", "name", "", "Name of the project, for messages", ""},
    SettingRow{"project", "migrations", "migrations", "Folder of the migration files, beside afloat.toml",
               ""},
    SettingRow{"project", "default_env", "default", "The environment that is meant without --env", ""},
    SettingRow{"project", "order", "strict", "`any` accepts a pending version below the highest applied one",
               ""},
    SettingRow{"project", "newer_syntax", "false",
               "`true` lets SQL through that only a server newer than afloat's parser can read", ""},
    SettingRow{"project", "dialect", "sqlite",
               "`postgres` or `sqlite`: what is planned for when no url is set", ""},
    SettingRow{"env", "url", "", "The database: postgres://…, libpq keywords, or sqlite:FILE", "AFLOAT_URL"},
    SettingRow{"env", "lock_timeout", "100ms", "How long one try waits for a lock", "AFLOAT_LOCK_TIMEOUT"},
    SettingRow{"env", "lock_total", "60s", "How long tries for a lock go on in all", ""},
    SettingRow{"env", "lease_timeout", "30s", "When a runner without a heartbeat may be replaced", ""},
    SettingRow{"env", "connect_timeout", "10s", "How long connecting may take", ""},
    SettingRow{"env", "batch_time", "", "Aim of one backfill batch (PostgreSQL 100ms, SQLite 15ms)", ""},
    SettingRow{"env", "protected", "false",
               "`true`: who changes this database says `--env NAME` in the command", ""},
    SettingRow{"env", "quiet", "", "contract.quiet of this environment", ""},
    SettingRow{"env", "retention", "", "contract.retention of this environment", ""},
    SettingRow{"contract", "quiet", "60s", "How long the old side must stand still before contract", ""},
    SettingRow{"contract", "retention", "7d",
               "How long the old shape stays in the attic; \"0\" purges at once", ""},
    SettingRow{"drift", "ignore", "",
               "List of patterns of what is never drift: \"table public.log_*\", \"*: comment\"", ""},
    SettingRow{"drift", "guard", "refuse",
               "`warn` lets expand, migrate and contract start on a schema that is not the recorded one", ""},
};

/// [throttle] has its rows where the brakes are, [snapshot] where snapshots are made.
std::vector<SettingRow> all_rows() {
  std::vector<SettingRow> rows(k_rows.begin(), k_rows.end());
  for (const ThrottleRow& row : k_throttle_rows)
    rows.push_back({"throttle", row.key, row.otherwise, row.meaning, row.variable});
  for (const SnapshotRow& row : k_snapshot_rows)
    rows.push_back({"snapshot", row.key, row.otherwise, row.meaning, row.variable});
  return rows;
}

const std::vector<SettingRow>& rows() {
  static const std::vector<SettingRow> all = all_rows();
  return all;
}

constexpr std::array<std::string_view, 3> k_flags{"env.protected", "project.newer_syntax",
                                                  "throttle.yield_to_vacuum"};
// Sections that may also be a part of an environment.
constexpr std::array<std::string_view, 2> k_parts{"throttle", "snapshot"};

struct File : TomlFile {
  std::filesystem::path folder;
};

/// A line of the file for a message. A URL may hold a password, and so may a key that there is not.
std::string line_without_credentials(const std::string& line) {
  const std::size_t equals = line.find('=');
  const std::string key = lower_case(trimmed(line.substr(0, equals)));
  const bool known = std::ranges::find(rows(), key, &SettingRow::key) != rows().end();
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

SourcePosition position_of(const File& file, const toml::source_region& region) {
  SourcePosition position = file.at(region);
  position.source_line = line_without_credentials(position.source_line);
  return position;
}

Error invalid(const File& file, const toml::source_region& region, std::string message, std::string hint) {
  return Error(ErrorCode::configuration, std::move(message), std::move(hint)).at(position_of(file, region));
}

std::optional<std::filesystem::path> find_upwards(std::filesystem::path folder) {
  for (folder = std::filesystem::absolute(folder);; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "afloat.toml")) return folder / "afloat.toml";
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

std::string read_text(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw std::system_error(EISDIR, std::generic_category());
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::system_error(errno, std::generic_category());
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

File read_file(const std::filesystem::path& path) {
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
  for (const SettingRow& row : rows())
    if (row.section == section) keys.emplace_back(row.key);
  return keys;
}

void check_keys(const File& file, const toml::table& table, const std::vector<std::string>& known,
                std::string_view section) {
  for (const auto& [key, node] : table) {
    if (std::ranges::count(known, std::string(key.str())) > 0) continue;
    const auto near = nearest(key.str(), known);
    throw invalid(file, key.source(), fmt::format("unknown key \"{}\" in [{}]", key.str(), section),
                  near ? fmt::format("Did you mean \"{}\"?", *near)
                       : fmt::format("Known are: {}.", join(known, ", ")));
  }
}

const toml::table* section_of(const File& file, std::string_view name) {
  const toml::node* node = file.root.get(name);
  if (!node) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  throw invalid(file, node->source(), fmt::format("\"{}\" is not a section", name),
                fmt::format("Write it as [{}].", name));
}

/// The section that has a setting of this name: "env.NAME" for "url"; empty if none has.
std::string section_with(std::string_view key) {
  const auto row = std::ranges::find(rows(), key, &SettingRow::key);
  if (row == rows().end()) return {};
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

void check_sections(const File& file) {
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

/// [env.NAME.throttle] and the like, or null.
const toml::table* part_of(const File& file, const toml::table& env, std::string_view part) {
  const toml::node* node = env.get(part);
  if (!node) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  throw invalid(file, node->source(), fmt::format("\"{}\" is not a section", part),
                fmt::format("Write it as [env.NAME.{0}], with the same keys as [{0}].", part));
}

void check_file(const File& file) {
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
    known.insert(known.end(), k_parts.begin(), k_parts.end());
    check_keys(file, *table, known, fmt::format("env.{}", name.str()));
    for (const std::string_view part : k_parts)
      if (const toml::table* own = part_of(file, *table, part))
        check_keys(file, *own, keys_of(part), fmt::format("env.{}.{}", name.str(), part));
  }
}

/// ${NAME} replaced by environment variables.
std::string expanded(const File& file, const toml::node& node, std::string text) {
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

/// Values by "section.key" with their origin, gathered from defaults, file, environment and flags in this
/// order.
class Values {
 public:
  void set(const std::string& name, std::string value, std::string origin) {
    m_values[name] = {std::move(value), std::move(origin), std::nullopt};
  }
  void set(const std::string& name, std::string value, const File& file, const toml::node& node) {
    const SourcePosition where = position_of(file, node.source());
    m_values[name] = {std::move(value), fmt::format("{}:{}", where.file, where.line), where};
  }
  std::string text(const std::string& name) const { return m_values.at(name).value; }
  std::string origin(const std::string& name) const { return m_values.at(name).origin; }

  Error invalid(const std::string& name, std::string message, std::string hint) const {
    const Value& value = m_values.at(name);
    Error error(ErrorCode::configuration, fmt::format("{} (from {}): {}", name, value.origin, message),
                std::move(hint));
    error.where = value.where;
    return error;
  }
  std::chrono::milliseconds duration(const std::string& name) const {
    const auto parsed = parse_duration(text(name));
    if (!parsed)
      throw invalid(name, fmt::format("\"{}\" is not a duration", text(name)),
                    "Write it like \"100ms\", \"2s\", \"5m\", \"24h\".");
    return *parsed;
  }
  std::string choice(const std::string& name, std::string_view one, std::string_view other) const {
    const std::string value = text(name);
    if (value == one || value == other) return value;
    throw invalid(name, fmt::format("\"{}\" is not known here", value),
                  fmt::format("It is \"{}\" or \"{}\".", one, other));
  }

 private:
  struct Value {
    std::string value, origin;
    std::optional<SourcePosition> where;
  };
  std::map<std::string, Value> m_values;
};

constexpr std::string_view k_ignore = "drift.ignore"; // the one list

std::vector<std::string> texts_of(const File& file, std::string_view key, const toml::node& node) {
  std::vector<std::string> texts;
  const toml::array* list = node.as_array();
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const auto* text = list->get(i)->as_string()) texts.push_back(text->get());
  if (!list || texts.size() != list->size())
    throw invalid(file, node.source(), fmt::format("\"{}\" is not a list of texts", key),
                  fmt::format("Write it as {} = [\"…\", \"…\"].", key));
  return texts;
}

void take_section(Values& values, const File& file, const toml::table* table, std::string_view section) {
  if (!table) return;
  for (const auto& [key, node] : *table) {
    const std::string name = fmt::format("{}.{}", section, key.str());
    if (section == "env" && std::ranges::count(k_parts, key.str()) > 0) continue; // sections of their own
    const bool is_flag = std::ranges::count(k_flags, name) > 0;
    if (name == k_ignore)
      values.set(name, join(texts_of(file, key.str(), node), "\n"), file, node);
    else if (const auto* flag = node.as_boolean(); flag && is_flag)
      values.set(name, flag->get() ? "true" : "false", file, node);
    else if (const auto* text = node.as_string(); text && !is_flag)
      values.set(name, expanded(file, node, text->get()), file, node);
    else
      throw invalid(file, node.source(),
                    fmt::format("\"{}\" is {}, but must be {}", key.str(), kind_of(node),
                                is_flag ? "true or false" : "a text in quotes"),
                    is_flag ? fmt::format("Write it as {} = true, without quotes.", key.str())
                            : fmt::format("Write it as {} = \"…\".", key.str()));
  }
}

void take_environment(Values& values, const File& file, const std::string& env, const std::string& origin) {
  const toml::table* environments = section_of(file, "env");
  const toml::node* node = environments ? environments->get(env) : nullptr;
  if (node) {
    take_section(values, file, node->as_table(), "env");
    for (const std::string_view part : k_parts)
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

void take_override(Values& values, const std::string& name, const char* variable,
                   const std::optional<std::string>& flag, const std::string& flag_name) {
  if (const char* value = std::getenv(variable); value && *value) values.set(name, value, variable);
  if (flag) values.set(name, *flag, flag_name);
}

Values gather(const ConfigRequest& request, const std::optional<File>& file) {
  Values values;
  for (const SettingRow& row : rows())
    values.set(fmt::format("{}.{}", row.section, row.key), std::string(row.otherwise), "default");
  if (file) {
    take_section(values, *file, section_of(*file, "project"), "project");
    take_section(values, *file, section_of(*file, "contract"), "contract");
    take_section(values, *file, section_of(*file, "drift"), "drift");
    for (const std::string_view part : k_parts) take_section(values, *file, section_of(*file, part), part);
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

/// A relative file of a `sqlite:` URL in afloat.toml is meant from the folder of afloat.toml.
std::string url_from(const Values& values, const std::optional<File>& file) {
  const std::string url = values.text("env.url");
  constexpr std::string_view prefix = "sqlite:";
  const bool from_file = file && values.origin("env.url").starts_with(file->path);
  if (!from_file || !url.starts_with(prefix) || url.starts_with("sqlite:/") || url == "sqlite::memory:")
    return url;
  return std::string(prefix) + std::filesystem::proximate(file->folder / url.substr(prefix.size())).string();
}

std::vector<ConfigEntry> entries_of(const Values& values, const Config& config) {
  std::vector<ConfigEntry> entries{{"env", config.env_name, values.origin("env")}};
  for (const SettingRow& row : rows()) {
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
} // namespace

std::span<const SettingRow> setting_rows() {
  return rows();
}

namespace {
ThrottleSettings throttle_from(const Values& values) {
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
} // namespace

namespace {
SnapshotSettings snapshot_from(const Values& values, const std::filesystem::path& folder, bool from_file) {
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
  std::optional<File> file;
  if (request.config)
    file = read_file(*request.config);
  else if (const auto path = find_upwards(request.working_directory))
    file = read_file(*path);
  if (file) check_file(*file);
  const Values values = gather(request, file);

  Config config;
  config.env_name = values.text("env");
  config.project_name = values.text("project.name");
  const std::filesystem::path folder =
      file ? file->folder : std::filesystem::absolute(request.working_directory);
  config.migrations_dir = std::filesystem::proximate(folder / values.text("project.migrations"));
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
  if (const std::string list = values.text(std::string(k_ignore)); !list.empty())
    config.drift_ignore = split(list, '\n');
  config.drift_refuses = values.choice("drift.guard", "refuse", "warn") == "refuse";
  config.entries = entries_of(values, config);
  return config;
}

} // namespace afloat
