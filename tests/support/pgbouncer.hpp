#pragma once

#include "support/temp_folder.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace afloat::test {

/// PgBouncer in transaction mode before the tests' server, on a socket in a folder of its own: the session of
/// a client may be another at every transaction. Runs as a user that is not root, and is ended by its pid.
class PgBouncer {
 public:
  /// Nothing where the program is not installed (Debian: pgbouncer).
  static std::optional<std::string> program();

  PgBouncer();
  ~PgBouncer();
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  /// The URL of the server itself, turned to go through the pooler.
  std::string url(std::string_view direct) const;

 private:
  TempFolder m_folder;
  pid_t m_pid = 0;
};

} // namespace afloat::test
