#pragma once

#include "snapshot/snapshot.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// pg_dump and pg_restore: PostgreSQL's own programs, of the server's major version or a newer one.
class Tools {
 public:
  /// `folder`: of the programs; empty looks in PATH and where Debian, Red Hat and Homebrew put them. Nothing
  /// is looked for before a program is asked for.
  Tools(std::string folder, int server_version, std::map<std::string, std::string> environment,
        const SnapshotWatch& watch);

  /// The program's path. Error configuration says which ones were found and what to install.
  std::string path_of(const std::string& program) const;
  /// Runs it with the connection in the environment; its stdout. Error undone with its own words.
  std::string output_of(const std::string& program, const std::vector<std::string>& arguments) const;
  /// Runs it and passes its stdout on as it comes. Error undone with its own words.
  void stream(const std::string& program, const std::vector<std::string>& arguments,
              const std::function<void(std::string_view)>& output) const;
  /// Runs it; what it complained about when it failed, or nothing.
  std::string complaints_of(const std::string& program, const std::vector<std::string>& arguments,
                            const std::function<void()>& watch) const;

 private:
  std::string m_folder;
  int m_server_version;
  std::map<std::string, std::string> m_environment;
  const SnapshotWatch& m_watch;
};

/// The schema as pg_dump writes it, without what differs from run to run: what comes before the rows (tables,
/// types, functions) and what comes behind them (indexes, constraints, triggers).
struct SchemaText {
  std::string before, after;
};
/// `moment`: an exported snapshot, or empty.
SchemaText dumped_schema(const Tools& tools, const std::string& moment,
                         std::chrono::milliseconds lock_timeout);

/// The schema in a dump in directory form, in the same words.
std::string schema_in(const Tools& tools, const std::string& dump);

} // namespace afloat
