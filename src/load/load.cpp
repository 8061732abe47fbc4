#include "load/load.hpp"

#include "load/file_name.hpp"
#include "load/formats.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Without streams: a project may have a thousand files, and every command reads them all.
std::string read(const std::filesystem::path& path) {
  std::string text;
  std::array<char, 8192> buffer;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ssize_t size = -1;
  do {
    size = file < 0 ? -1 : ::read(file, buffer.data(), buffer.size());
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  } while (size == static_cast<ssize_t>(buffer.size())); // less is the end of the file
  const int reason = errno;
  if (file >= 0) close(file);
  if (size < 0)
    throw Error(ErrorCode::invalid_migration,
                fmt::format("cannot read {}: {}", path.string(), std::strerror(reason)),
                "Let this user read the file, or remove it. Nothing was changed.");
  return text;
}

void refuse_duplicates(const std::vector<Migration>& migrations) {
  const auto twice = std::ranges::adjacent_find(migrations, {}, &Migration::version);
  if (twice == migrations.end()) return;
  throw Error(
      ErrorCode::invalid_migration,
      fmt::format("version {} is there twice: {} and {}", twice->version, twice->path, (twice + 1)->path),
      "Versions are compared as numbers; rename one of the files. Nothing was changed.");
}

/// A file that would be a migration but for the case of its ending is not passed over in silence.
bool is_migration(const std::filesystem::path& path) {
  const std::string ending = path.extension().string(), lower = lower_case(ending);
  if (lower != ".toml" && lower != ".sql") return false;
  if (ending != lower)
    throw Error(ErrorCode::invalid_migration,
                fmt::format("{} ends with \"{}\" instead of \"{}\"", path.string(), ending, lower),
                "Rename it, or take it out of the migrations folder. Nothing was changed.");
  return true;
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::error_code failed;
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = item.path().filename().string();
    std::error_code unreadable; // a link that leads nowhere is a migration that cannot be read, not none
    if (item.is_directory(unreadable) || name.starts_with('.')) continue;
    if (is_migration(item.path())) files.push_back(item.path());
  }
  if (failed)
    throw Error(ErrorCode::configuration,
                fmt::format("cannot read the migrations folder {}: {}", folder.string(), failed.message()),
                "Make it with `afloat init`, or set `migrations` under [project] in afloat.toml.");
  return files;
}
} // namespace

std::string checksum_of(std::string_view bytes) {
  return sha256(bytes.find('\r') == std::string_view::npos ? std::string(bytes)
                                                           : replaced(std::string(bytes), "\r\n", "\n"));
}

std::vector<Migration> list_migrations(const std::filesystem::path& folder) {
  std::vector<Migration> migrations;
  for (const std::filesystem::path& path : files_of(folder)) {
    FileName file = parse_file_name(path.string());
    std::string text = read(path);
    std::string checksum = checksum_of(text);
    migrations.push_back({file.version,
                          std::move(file.label),
                          std::move(file.name),
                          {},
                          path.string(),
                          std::move(checksum),
                          std::move(text),
                          {}});
  }
  std::ranges::sort(migrations, {}, [](const Migration& m) { return std::pair(m.version, m.path); });
  refuse_duplicates(migrations);
  return migrations;
}

Migration parse_migration(const std::string& path, std::string_view text, std::span<const OperationRow> rows,
                          Dialect dialect) {
  FileName file = parse_file_name(path);
  Migration migration;
  migration.version = file.version;
  migration.label = std::move(file.label);
  migration.name = std::move(file.name);
  migration.path = path;
  migration.checksum = checksum_of(text);
  if (std::filesystem::path(path).extension() == ".sql")
    parse_sql(migration, text, dialect);
  else
    parse_toml(migration, text, rows);
  return migration;
}

std::filesystem::path next_migration_path(const std::filesystem::path& folder, std::string_view name,
                                          std::string_view extension) {
  std::int64_t highest = 0;
  std::size_t width = 4;
  for (const std::filesystem::path& file : files_of(folder)) {
    const FileName existing = parse_file_name(file.string());
    highest = std::max(highest, existing.version);
    width = std::max(width, existing.label.size());
  }
  return folder / fmt::format("{:0{}}_{}{}", highest + 1, width, name, extension);
}

} // namespace afloat
