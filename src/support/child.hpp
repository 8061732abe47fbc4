#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

struct ChildCommand {
  std::vector<std::string> words; ///< the program, found in PATH unless it has a slash, and its arguments
  std::map<std::string, std::string> environment = {}; ///< added to ours
};

struct ChildOutcome {
  int status = 0;     ///< exit status; 128 + signal
  std::string errors; ///< the end of what it wrote to stderr
};

/// Runs a program without a shell, to its end. `output` takes its stdout; `watch` is called at least ten
/// times a second and may throw: the program is ended then, with all that it started. It is also ended when
/// we are killed. Error configuration if there is no such program.
ChildOutcome run_child(const ChildCommand& command, const std::function<void(std::string_view)>& output,
                       const std::function<void()>& watch);

/// The path of a program as a shell would find it; empty if there is none.
std::string find_program(const std::string& name);

} // namespace afloat
