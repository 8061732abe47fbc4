#pragma once

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
/// A new empty database in memory. Error: bug.
Connection open_in_memory();

} // namespace afloat::sqlite
