#pragma once

#include <chrono>
#include <memory>
#include <string>

struct sqlite3;

namespace afloat::sqlite {

/// Closes when its last statement is gone (sqlite3_close_v2).
struct CloseConnection {
  void operator()(sqlite3* connection) const;
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

/// Every connection is opened here. `flags` are those of sqlite3_open_v2; result codes are extended ones. A
/// connection has no mutex: one thread at a time uses it, but for sqlite3_interrupt. `code` becomes
/// SQLITE_OK, or says why not; the connection is then for sqlite3_errmsg only.
Connection open_connection(const std::string& name, int flags, int& code);

/// A wait for a lock that others have, for a busy handler. It looks again every few milliseconds: with
/// sqlite3_busy_timeout(), which comes to pauses of 100 ms, a reader finds no gap between the transactions of
/// a busy writer where there is no WAL.
struct LockWait {
  std::chrono::milliseconds timeout{5000};
  std::chrono::steady_clock::time_point since;

  /// Pauses before the next try; false, at once, when the time is over. `tries`: as SQLite counts, from 0.
  bool goes_on(int tries);
};

/// A new empty database in memory. Error: bug.
Connection open_in_memory();

} // namespace afloat::sqlite
