#include "dialect/sqlite/blockers.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <sys/stat.h>

namespace afloat::sqlite {
namespace {
std::optional<ino_t> inode_of(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// One line: "12: POSIX  ADVISORY  WRITE 4711 08:01:131090 1073741824 1073742335". A waiting lock has "->"
/// behind the number. The device is not compared: overlay file systems give another one than stat().
std::optional<std::string> writer_of(const std::string& line, std::optional<ino_t> file,
                                     std::optional<ino_t> shared) {
  std::istringstream words(line);
  std::string number, type, mode, access, pid, place;
  if (!(words >> number >> type >> mode >> access >> pid >> place) || access != "WRITE") return std::nullopt;
  const std::string inode = place.substr(place.rfind(':') + 1);
  const bool ours = (file && inode == std::to_string(*file)) || (shared && inode == std::to_string(*shared));
  return ours ? std::optional(pid) : std::nullopt;
}
} // namespace

std::vector<Blocker> file_lock_holders(const std::string& path) {
  const auto file = inode_of(path), shared = inode_of(path + "-shm");
  std::ifstream locks("/proc/locks");
  std::vector<Blocker> blockers;
  for (std::string line; std::getline(locks, line);) {
    const auto pid = writer_of(line, file, shared);
    const auto known = [&](const Blocker& blocker) { return blocker.pid == *pid; };
    if (!pid || std::any_of(blockers.begin(), blockers.end(), known)) continue;
    blockers.push_back({*pid, first_line("/proc/" + *pid + "/comm"), "holds the write lock", "", ""});
  }
  return blockers;
}

std::string process_start() {
  std::string line = first_line("/proc/self/stat");
  line.erase(0, line.rfind(')') + 1); // the name of the program may hold spaces
  std::istringstream words(line);
  const std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
  return fields.size() > 19 ? fields[19] : "0"; // field 22, counted from the third
}

} // namespace afloat::sqlite
