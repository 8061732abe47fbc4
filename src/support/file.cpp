#include "support/file.hpp"

#include "support/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
Error failure(std::string_view what, const std::filesystem::path& path, int number) {
  const std::string words = std::generic_category().message(number);
  const std::string message = fmt::format("cannot {} {}: {}", what, path.string(), words);
  if (number == EACCES || number == EPERM || number == EROFS)
    return Error(ErrorCode::permission, message, "Give this user the right to it, or name another folder.");
  if (number == ENOSPC || number == EDQUOT || number == EFBIG)
    return Error(ErrorCode::undone, message, "Make room there, or name another folder.");
  if (number == ENOTDIR || number == EISDIR)
    return Error(ErrorCode::configuration, message, "Name another folder, or move that file away.");
  return Error(ErrorCode::undone, message, "Check the path.");
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};
} // namespace

OutputFile::OutputFile(std::filesystem::path path)
    : m_path(std::move(path)), m_file(open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
  if (m_file < 0) throw failure("make", m_path, errno);
}

OutputFile::~OutputFile() {
  if (m_file >= 0) close(m_file);
}

void OutputFile::write(std::string_view bytes) {
  m_size += static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    const ssize_t written = ::write(m_file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure("write", m_path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::finish() {
  const int file = std::exchange(m_file, -1);
  const int synced = fsync(file), why = errno;
  if (close(file) != 0 && synced == 0) throw failure("write", m_path, errno);
  if (synced != 0) throw failure("write", m_path, why);
}

void read_chunks(const std::filesystem::path& path, const std::function<void(std::string_view)>& take) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) throw failure("read", path, errno);
  std::string buffer(1U << 20U, '\0');
  for (;;) {
    const ssize_t count = read(file.number, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failure("read", path, errno);
    if (count == 0) return;
    take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }
}

std::string read_whole(const std::filesystem::path& path) {
  std::string text;
  read_chunks(path, [&](std::string_view chunk) { text += chunk; });
  return text;
}

void make_private_folder(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return;
  if (path.has_parent_path() && path.parent_path() != path) make_private_folder(path.parent_path());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw failure("make", path, errno);
}

void sync_to_disk(const std::filesystem::path& path) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0 || fsync(file.number) != 0) throw failure("write", path, errno);
}

void rename_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) != 0) throw failure("make", to, errno);
}

std::int64_t free_bytes(const std::filesystem::path& folder) {
  struct statvfs facts{};
  if (statvfs(folder.c_str(), &facts) != 0) throw failure("look at", folder, errno);
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

} // namespace afloat
