#pragma once

#include "scenario/case_file.hpp"
#include "support/temp_folder.hpp"
#include "support/world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace afloat::test {

/// Runs a case on a database of its own, in a copy of tests/scenario/bad/start, each command with /bin/sh and
/// the functions of tests/scenario/bad/functions.sh. The shell may do only what the files' modes allow, also
/// where the tests run as root.
class CaseRun {
 public:
  CaseRun(const Case& one, Dialect dialect);

  /// False where this machine lacks what the case needs.
  bool is_possible();
  /// The case with what came out in the place of what was expected.
  Case outcome();
  /// What no case may do, one a line: change the database in a command that failed, keep silent about the
  /// next command, print a password or an exception, end without a command that works.
  const std::vector<std::string>& complaints() const { return m_complaints; }

 private:
  Outcome run_line(const std::string& line) const;
  std::string run_command(const std::string& line);
  void judge(const std::string& line, const Outcome& outcome);
  void compare(const std::string& line);
  std::string state();
  std::string plain(std::string text) const;

  Case m_case;
  std::unique_ptr<World> m_world;
  TempFolder m_folder;
  std::map<std::string, std::string> m_environment;
  std::optional<std::string> m_before; ///< the database before a command that may fail
  std::vector<std::string> m_complaints;
  int m_last_status = -1; ///< of afloat
};

} // namespace afloat::test
