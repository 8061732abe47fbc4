#include "snapshot/tools.hpp"

#include "support/child.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// "pg_dump (PostgreSQL) 15.14 (Debian …)" -> 15; 0 if it does not run.
int major_version(const std::string& program) {
  std::string text;
  try {
    run_child({{program, "--version"}}, [&](std::string_view bytes) { text += bytes; }, [] {});
  } catch (const Error&) {
    return 0;
  }
  const std::size_t at = text.find(") ");
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + 2);
}

std::vector<std::string> candidates(const std::string& folder, const std::string& program) {
  if (!folder.empty()) return {folder + "/" + program};
  std::vector<std::string> all;
  if (const std::string found = find_program(program); !found.empty()) all.push_back(found);
  std::vector<std::string> versioned;
  std::error_code failed;
  for (const char* root : {"/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"})
    for (const auto& entry : std::filesystem::directory_iterator(root, failed)) {
      const std::string name = entry.path().filename().string();
      const bool is_server = std::string_view(root) == "/usr/lib/postgresql" || name.starts_with("pgsql-")
                             || name.starts_with("postgresql@");
      const std::filesystem::path path = entry.path() / "bin" / program;
      if (is_server && std::filesystem::exists(path, failed)) versioned.push_back(path.string());
    }
  std::ranges::sort(versioned);
  all.insert(all.end(), versioned.begin(), versioned.end());
  return all;
}

std::string without_noise(const std::string& dump) {
  std::string text;
  for (const std::string& line : split(dump, '\n')) {
    const bool noise = line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ")
                       || line.starts_with("-- Dumped ") || line.starts_with("-- Started on ")
                       || line.starts_with("-- Completed on ");
    if (!noise) text += line + "\n";
  }
  return text;
}
} // namespace

Tools::Tools(std::string folder, int server_version, std::map<std::string, std::string> environment,
             const SnapshotWatch& watch)
    : m_folder(std::move(folder)), m_server_version(server_version), m_environment(std::move(environment)),
      m_watch(watch) {}

std::string Tools::path_of(const std::string& program) const {
  const int needed = m_server_version / 10'000;
  std::string seen;
  for (const std::string& path : candidates(m_folder, program)) {
    const int version = major_version(path);
    if (version >= needed) return path;
    if (version > 0) seen += fmt::format("{}{} is {}", seen.empty() ? "" : ", ", path, version);
  }
  throw Error(
      ErrorCode::configuration,
      fmt::format("there is no {} for PostgreSQL {}{}", program, needed, seen.empty() ? "" : ": " + seen),
      fmt::format("Install it (Debian: postgresql-client-{}), or set `programs` under [snapshot] to its "
                  "folder. Nothing was changed.",
                  needed));
}

std::string Tools::output_of(const std::string& program, const std::vector<std::string>& arguments) const {
  std::string text;
  stream(program, arguments, [&](std::string_view bytes) { text += bytes; });
  return text;
}

void Tools::stream(const std::string& program, const std::vector<std::string>& arguments,
                   const std::function<void(std::string_view)>& output) const {
  ChildCommand command{{path_of(program)}, m_environment};
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  const ChildOutcome outcome = run_child(command, output, m_watch.watch);
  if (outcome.status == 0) return;
  const bool permission = outcome.errors.find("permission denied") != std::string::npos;
  throw Error(permission ? ErrorCode::permission : ErrorCode::undone,
              fmt::format("{} ended with exit status {}: {}", program, outcome.status,
                          one_line(outcome.errors, 1000)),
              permission ? "Give this role the right to read it. Nothing was changed."
                         : "Nothing was changed.");
}

std::string Tools::complaints_of(const std::string& program, const std::vector<std::string>& arguments,
                                 const std::function<void()>& watch) const {
  ChildCommand command{{path_of(program)}, m_environment};
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  const ChildOutcome outcome = run_child(command, [](std::string_view) {}, watch);
  if (outcome.status == 0) return {};
  return fmt::format("{} ended with exit status {}: {}", program, outcome.status, trimmed(outcome.errors));
}

SchemaText dumped_schema(const Tools& tools, const std::string& moment,
                         std::chrono::milliseconds lock_timeout) {
  const auto section = [&](const std::string& name) {
    std::vector<std::string> arguments{"--schema-only", "--section=" + name,
                                       fmt::format("--lock-wait-timeout={}", lock_timeout.count())};
    if (!moment.empty()) arguments.push_back("--snapshot=" + moment);
    return without_noise(tools.output_of("pg_dump", arguments));
  };
  return {section("pre-data"), section("post-data")};
}

std::string schema_in(const Tools& tools, const std::string& dump) {
  std::string text;
  for (const char* section : {"pre-data", "post-data"})
    text += without_noise(tools.output_of(
        "pg_restore", {"--schema-only", fmt::format("--section={}", section), "--file=-", dump}));
  return text;
}

} // namespace afloat
