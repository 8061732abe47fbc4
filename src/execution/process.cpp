#include "execution/process.hpp"

#include "support/text.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string place() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) name[0] = '?';
  std::error_code failed;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", failed);
  return fmt::format("{} {}", name.data(), failed ? "-" : space.string());
}

/// Clock ticks since boot at which the process began: field 22 of /proc/PID/stat (proc(5)), or nothing.
std::string start_time(const std::string& pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  const auto fields = split(std::string_view(text).substr(end_of_name + 2), ' ');
  if (fields[0] == "Z" || fields[0] == "X") return {}; // dead, and nobody has asked how it ended
  return fields.size() > 19 ? fields[19] : std::string();
}
} // namespace

std::string own_process() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("{} {} {}", place(), pid, start_time(pid));
}

bool is_process_gone(const std::string& process) {
  const auto parts = split(process, ' ');
  if (parts.size() != 4 || fmt::format("{} {}", parts[0], parts[1]) != place()) return false;
  return start_time(parts[2]) != parts[3];
}

} // namespace afloat
