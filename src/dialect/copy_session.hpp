#pragma once

#include "dialect/database.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// A PostgreSQL session through which whole tables go in and out as COPY in binary form. Errors as those of
/// Database. `watch` is called at least ten times a second while the server is waited for; what it throws
/// cancels the statement.
class CopySession {
 public:
  using Sink = std::function<void(std::string_view)>;
  using Source = std::function<void(const Sink&)>; ///< passes all of its bytes on, and returns

  virtual ~CopySession() = default;
  virtual int server_version() const = 0;
  virtual std::vector<std::vector<Value>> query(const std::string& sql) = 0; ///< one statement
  virtual void script(const std::string& sql) = 0;
  /// `sql`: COPY … TO STDOUT (FORMAT binary). Each call of `row` has one row, the first one with the header
  /// before it, and the last call the two bytes of the trailer. Returns the number of rows.
  virtual std::int64_t copy_out(const std::string& sql, const Sink& row) = 0;
  virtual std::int64_t copy_in(const std::string& sql, const Source& source) = 0; ///< returns the rows
  /// The connection as libpq's environment variables, the password too, for programs that are to use the
  /// same one: nothing of it belongs into a command line.
  virtual std::map<std::string, std::string> environment() const = 0;
};

/// `database`: another one of the same server, or empty. The session sends and takes text in the encoding of
/// the database, and has no timeouts but this one for locks.
std::unique_ptr<CopySession> open_copy_session(const ConnectOptions& options, const std::string& database,
                                               std::chrono::milliseconds lock_timeout,
                                               std::function<void()> watch);

} // namespace afloat
