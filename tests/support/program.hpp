#pragma once

#include "support/places.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace afloat::test {

struct Outcome {
  int status = -1; ///< exit status; 128 + signal when it was killed by one
  std::string out, err;
};

struct Command {
  std::string program; ///< path of the executable
  std::vector<std::string> arguments;
  std::string folder;                             ///< working directory
  std::map<std::string, std::string> environment; ///< added to the test's own
  bool override_modes = true; ///< false: root, too, may open only what the mode of a file lets it
};

/// Runs a program to its end, as a user would from a shell, and keeps what it prints.
Outcome run(const Command& command);

/// A program that goes on beside the test; killed with SIGKILL when it goes out of scope.
class Running {
 public:
  explicit Running(const Command& command);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) const;
  Outcome wait(); ///< until it ends
  pid_t pid() const { return m_pid; }

 private:
  pid_t m_pid = -1;
  std::string m_out, m_err; ///< files that take its output
};

} // namespace afloat::test
