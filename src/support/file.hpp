#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace afloat {

/// A new file that only this user can read, for what must be wholly there or not at all. Errors of all that
/// stands here: permission (no right), undone (disk full and all else), with the path and the system's words.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path path); ///< mode 0600; it must not exist
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  void finish(); ///< onto the disk, and closed
  std::int64_t size() const { return m_size; }

 private:
  std::filesystem::path m_path;
  int m_file = -1;
  std::int64_t m_size = 0;
};

/// The file's bytes, a mebibyte at a time.
void read_chunks(const std::filesystem::path& path, const std::function<void(std::string_view)>& take);
std::string read_whole(const std::filesystem::path& path);

void make_private_folder(const std::filesystem::path& path); ///< mode 0700, with its parents
void sync_to_disk(const std::filesystem::path& path);        ///< a file, or a folder's list of names
/// Fails if `to` is a folder with anything in it.
void rename_folder(const std::filesystem::path& from, const std::filesystem::path& to);
std::int64_t free_bytes(const std::filesystem::path& folder); ///< for this user

} // namespace afloat
