#pragma once

#include "dialect/sqlite/connection.hpp"
#include "support/error.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace afloat::sqlite {

/// A bare connection, for copying: no hooks, no functions, no foreign keys, no CHECK constraints.
class Handle {
 public:
  /// stored: nobody changes the file any more; it is read without locks, and without the files that WAL mode
  /// puts beside it, which would stay behind a process that was killed.
  enum class Mode { existing, create, stored };
  Handle(std::string path, Mode mode);
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  sqlite3* raw() const { return m_connection.get(); }
  void wait_for_locks(std::chrono::milliseconds timeout) { m_lock_wait.timeout = timeout; }
  /// Called thousands of times a second while a statement runs, and while it waits for a lock. What it throws
  /// ends the statement, and comes out of the function that runs it.
  void watch(std::function<void()> watch);
  void run(const std::string& sql); ///< one or several statements
  std::string text(const std::string& sql,
                   std::string_view parameter = {}); ///< first column of the first row
  /// `row` is called with the statement at each row.
  void each(const std::string& sql, std::string_view parameter,
            const std::function<void(sqlite3_stmt*)>& row);
  /// The last failure, or this code, as database.hpp says.
  Error failure(std::string_view sql) const;
  Error failure_of(int code) const;

 private:
  bool goes_on() noexcept;
  [[noreturn]] void fail(std::string_view sql);

  std::string m_path;
  std::function<void()> m_watch;
  std::exception_ptr m_thrown; ///< by m_watch
  LockWait m_lock_wait;
  Connection m_connection;
};

std::string text_at(sqlite3_stmt* statement, int column); ///< empty for NULL
std::string quoted_name(std::string_view name);
std::string quoted_text(std::string_view text);

} // namespace afloat::sqlite
