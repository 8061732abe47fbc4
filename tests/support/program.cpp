#include "support/program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/capability.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace afloat::test {
namespace {
std::string read_and_remove(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

std::string output_file() {
  std::string path = (std::filesystem::temp_directory_path() / "afloat-output-XXXXXX").string();
  const int file = mkstemp(path.data());
  if (file < 0) throw std::runtime_error("cannot make a temporary file");
  close(file);
  return path;
}

void redirect(int number, const char* path, int flags) {
  const int file = open(path, flags, 0600);
  dup2(file, number);
  close(file);
}

/// Takes from the program that is run next the right to open what the mode of a file does not let it.
void respect_modes() {
  for (const int right : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH})
    prctl(PR_CAPBSET_DROP, right, 0, 0, 0); // fails where it is not root: then there is no such right
}

[[noreturn]] void become(const Command& command, const std::string& out, const std::string& err) {
  if (!command.folder.empty() && chdir(command.folder.c_str()) != 0) _exit(126);
  redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
  redirect(STDOUT_FILENO, out.c_str(), O_WRONLY | O_TRUNC);
  redirect(STDERR_FILENO, err.c_str(), O_WRONLY | O_TRUNC);
  if (!command.override_modes) respect_modes();
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(command.program.c_str(), pointers.data());
  _exit(127);
}
} // namespace

Running::Running(const Command& command) : m_out(output_file()), m_err(output_file()) {
  m_pid = fork();
  if (m_pid < 0) throw std::runtime_error("cannot fork");
  if (m_pid == 0) become(command, m_out, m_err);
}

Running::~Running() {
  if (m_pid < 0) return;
  kill(m_pid, SIGKILL);
  wait();
}

void Running::signal(int number) const {
  kill(m_pid, number);
}

Outcome Running::wait() {
  int state = 0;
  while (waitpid(m_pid, &state, 0) < 0 && errno == EINTR) {
  }
  m_pid = -1;
  Outcome outcome;
  outcome.status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  outcome.out = read_and_remove(m_out);
  outcome.err = read_and_remove(m_err);
  return outcome;
}

Outcome run(const Command& command) {
  return Running(command).wait();
}

} // namespace afloat::test
