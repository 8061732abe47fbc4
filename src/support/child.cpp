#include "support/child.hpp"

#include "support/error.hpp"
#include "support/redact.hpp"
#include "support/text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

extern char** environ;

namespace afloat {
namespace {
constexpr int k_poll_ms = 100;
constexpr std::size_t k_most_errors = 8'000;

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(ErrorCode::undone, "cannot make a pipe");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t end) {
    if (ends[end] >= 0) close(std::exchange(ends[end], -1));
  }
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// The program as a group of its own, so that what it starts ends with it.
class Child {
 public:
  Child(const std::string& path, std::vector<std::string> words, std::vector<std::string> environment,
        const Pipe& out, const Pipe& err) {
    const std::vector<char*> argv = pointers(words), envp = pointers(environment);
    const pid_t parent = getpid();
    m_pid = fork();
    if (m_pid < 0) throw Error(ErrorCode::undone, fmt::format("cannot start {}", path));
    if (m_pid > 0) return;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_DFL);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(out.ends[1], 1);
    dup2(err.ends[1], 2);
    execve(path.c_str(), argv.data(), envp.data());
    _exit(127);
  }
  ~Child() {
    if (m_pid > 0) {
      kill(-m_pid, SIGTERM);
      kill(m_pid, SIGTERM);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int wait() {
    int status = 0;
    while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
    }
    m_pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t m_pid = 0;
};

/// False at its end.
bool take(int file, const std::function<void(std::string_view)>& sink) {
  std::array<char, 1U << 16U> buffer{};
  const ssize_t count = read(file, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;
  if (count > 0) sink(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  return count > 0;
}
} // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

ChildOutcome run_child(const ChildCommand& command, const std::function<void(std::string_view)>& output,
                       const std::function<void()>& watch) {
  const std::string path = find_program(command.words.at(0));
  if (path.empty())
    throw Error(ErrorCode::configuration,
                fmt::format("there is no program {} to be run", without_secrets(command.words.at(0))),
                "Install it, or put its folder into PATH.");
  Pipe out, err;
  Child child(path, command.words, environment_with(command.environment), out, err);
  out.close_end(1);
  err.close_end(1);
  ChildOutcome outcome;
  const auto keep = [&](std::string_view text) {
    outcome.errors += text;
    if (outcome.errors.size() > 2 * k_most_errors)
      outcome.errors.erase(0, outcome.errors.size() - k_most_errors);
  };
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<pollfd, 2> files{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    poll(files.data(), files.size(), k_poll_ms);
    watch();
    if (files[0].revents != 0 && !take(out.ends[0], output)) out.close_end(0);
    if (files[1].revents != 0 && !take(err.ends[0], keep)) err.close_end(0);
  }
  outcome.status = child.wait();
  return outcome;
}

} // namespace afloat
