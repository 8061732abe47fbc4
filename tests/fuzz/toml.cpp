#include "config/config.hpp"
#include "fuzz/finding.hpp"
#include "fuzz/targets.hpp"
#include "load/load.hpp"

#include <cerrno>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat::test {
namespace {
/// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : m_descriptor(memfd_create("afloat.toml", 0)) {
    require(m_descriptor >= 0 && write(m_descriptor, text.data(), text.size()) == ssize_t(text.size()),
            fmt::format("cannot write a file in memory: error {}", errno));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(m_descriptor); }

  std::string path() const { return fmt::format("/proc/self/fd/{}", m_descriptor); }

 private:
  int m_descriptor;
};
} // namespace

void check_toml(std::string_view input) {
  try {
    parse_migration("migrations/0001_x.toml", input, operation_rows());
  } catch (const Error& error) {
    require_whole(error);
  }
  const MemoryFile file(input);
  try {
    load_config({.config = file.path()});
  } catch (const Error& error) {
    require(error.code == ErrorCode::configuration || error.code == ErrorCode::usage,
            "another error than configuration: " + describe(error));
  }
}

} // namespace afloat::test
