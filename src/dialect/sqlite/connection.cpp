#include "dialect/sqlite/connection.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <thread>

#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
constexpr std::chrono::milliseconds k_longest_pause{10};

/// Counting memory takes a mutex at each allocation, and nobody asks for the count.
void count_no_memory() {
  [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
} // namespace

void CloseConnection::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Connection open_connection(const std::string& name, int flags, int& code) {
  count_no_memory();
  sqlite3* opened = nullptr;
  code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  return Connection(opened);
}

bool LockWait::goes_on(int tries) {
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) since = now;
  if (now - since >= timeout) return false;
  std::this_thread::sleep_for(std::min(k_longest_pause, std::chrono::milliseconds(1 + tries)));
  return true;
}

Connection open_in_memory() {
  int code = SQLITE_OK;
  Connection connection = open_connection(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, code);
  if (code != SQLITE_OK) throw Error(ErrorCode::bug, "SQLite cannot open a database in memory");
  return connection;
}

} // namespace afloat::sqlite
