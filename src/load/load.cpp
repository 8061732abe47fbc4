#include "load/load.hpp"

#include "load/file_name.hpp"
#include "load/formats.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Without streams: a project may have a thousand files, and every command reads them all.
std::string read(const std::string& path) {
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
    throw Error(ErrorCode::invalid_migration, fmt::format("cannot read {}: {}", path, std::strerror(reason)),
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
bool is_migration(const std::string& path) {
  const std::string ending = path.substr(std::min(path.rfind('.'), path.size())), lower = lower_case(ending);
  if (lower != ".toml" && lower != ".sql") return false;
  if (ending != lower)
    throw Error(ErrorCode::invalid_migration,
                fmt::format("{} ends with \"{}\" instead of \"{}\"", path, ending, lower),
                "Rename it, or take it out of the migrations folder. Nothing was changed.");
  return true;
}

/// A pipe or a device would be waited for without end, also behind a link; a link that leads nowhere is left
/// to the reader, which says why.
void refuse_other_kinds(const dirent& item, const std::string& path) {
  if (item.d_type == DT_REG) return;
  if (item.d_type == DT_LNK || item.d_type == DT_UNKNOWN) {
    std::error_code unreadable;
    const auto type = std::filesystem::status(path, unreadable).type();
    if (unreadable || type == std::filesystem::file_type::regular) return;
  }
  throw Error(ErrorCode::invalid_migration, fmt::format("{} is not a file", path),
              "Take it out of the migrations folder. Nothing was changed.");
}

/// The paths of the migrations. Without std::filesystem, which takes a quarter of a start-up for a thousand.
std::vector<std::string> files_of(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder.c_str()), closedir);
  if (!open) {
    const bool missing = errno == ENOENT;
    throw Error(
        ErrorCode::configuration,
        fmt::format("cannot read the migrations folder {}: {}", folder.string(), std::strerror(errno)),
        missing ? fmt::format("A new project begins with `afloat init`; in one that is there, `mkdir -p {}` "
                              "makes it, or `migrations` under [project] names another.",
                              folder.string())
                : "Set `migrations` under [project] in afloat.toml to a folder that this user may read.");
  }
  const std::string before = (folder / "").string();
  std::vector<std::string> files;
  while (const dirent* const item = readdir(open.get())) {
    if (item->d_name[0] == '.') continue;
    std::string path = before + item->d_name;
    if (!is_migration(path)) continue;
    refuse_other_kinds(*item, path);
    files.push_back(std::move(path));
  }
  std::ranges::sort(files); // of several mistakes the same one is told each time
  return files;
}
} // namespace

std::string checksum_of(std::string_view bytes) {
  return sha256(bytes.find('\r') == std::string_view::npos ? std::string(bytes)
                                                           : replaced(std::string(bytes), "\r\n", "\n"));
}

std::vector<Migration> list_migrations(const std::filesystem::path& folder) {
  std::vector<std::string> files = files_of(folder);
  std::vector<Migration> migrations;
  migrations.reserve(files.size());
  for (std::string& path : files) {
    FileName file = parse_file_name(path);
    std::string text = read(path);
    std::string checksum = checksum_of(text);
    migrations.push_back({file.version,
                          std::move(file.label),
                          std::move(file.name),
                          {},
                          std::move(path),
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
    parse_toml(migration, text, rows, dialect);
  return migration;
}

std::filesystem::path next_migration_path(const std::filesystem::path& folder, std::string_view name,
                                          std::string_view extension) {
  std::int64_t highest = 0;
  std::size_t width = 4;
  for (const std::string& file : files_of(folder)) {
    const FileName existing = parse_file_name(file);
    highest = std::max(highest, existing.version);
    width = std::max(width, existing.label.size());
  }
  return folder / fmt::format("{:0{}}_{}{}", highest + 1, width, name, extension);
}

} // namespace afloat
