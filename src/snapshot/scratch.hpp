#pragma once

#include "dialect/copy_session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace afloat {

/// Makes a PostgreSQL database that carries our mark in its comment, with encoding and locale of the one that
/// `admin` is connected to. Error permission, with what to do, where the role has no CREATEDB.
void make_marked(CopySession& admin, const std::string& database);
/// Drops the database if it carries the mark; nothing without it is ever dropped. Error statement (55006)
/// where somebody is connected.
void drop_marked(CopySession& admin, const std::string& database);

/// An empty PostgreSQL database for a while, afloat_scratch_PID. One of that name that a killed process left
/// is dropped first, if it carries the mark.
class ScratchDatabase {
 public:
  /// On the server of `server`. Errors: connection, permission.
  ScratchDatabase(ConnectOptions server, std::chrono::milliseconds lock_timeout, std::function<void()> watch);
  /// Drops it; where that fails, the mark stays on it for the next one.
  ~ScratchDatabase();
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;

  const std::string& name() const { return m_name; }
  const ConnectOptions& server() const { return m_server; }
  /// A session in it. The caller lets it go before the database is dropped.
  std::unique_ptr<CopySession> session() const;
  /// Drops it now, and tells where that fails.
  void drop();

 private:
  void drop_subscriptions();

  ConnectOptions m_server;
  std::chrono::milliseconds m_lock_timeout;
  std::function<void()> m_watch;
  std::string m_name;
  bool m_dropped = false;
  std::unique_ptr<CopySession> m_admin;
};

} // namespace afloat
