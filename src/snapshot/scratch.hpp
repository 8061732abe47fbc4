#pragma once

#include "dialect/copy_session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// Stands at the beginning of the comment of every database that afloat makes for a while.
inline constexpr std::string_view k_scratch_mark = "afloat: made for a restore, may be dropped";

/// What a database made by us is to be like the one that `admin` is connected to.
enum class Likeness { text, place_too };

/// Drops the database if it carries the mark, or was just being given it; nothing else is ever dropped. Error
/// statement (55006) where somebody is connected.
void drop_marked(CopySession& admin, const std::string& database);
/// What runs of this role that were killed have left on the server, if it carries the mark: names. With
/// `drop` it is dropped; where that cannot be done yet, it is not among the names, and the next run tries
/// again.
std::vector<std::string> left_behind(const ConnectOptions& server, std::chrono::milliseconds lock_timeout,
                                     bool drop);

/// An empty PostgreSQL database for a while, with encoding, locale and its provider of the one that `server`
/// names, and its tablespace where asked for; it carries our mark in its comment. Its name is afloat_scratch_
/// with process and start of the server's backend that made it, so that of two runs, on whatever hosts, none
/// takes the other's. Those whose backend is gone are dropped first, if they carry the mark.
class ScratchDatabase {
 public:
  /// Errors: connection, permission with what to do where the role has no CREATEDB.
  ScratchDatabase(ConnectOptions server, std::chrono::milliseconds lock_timeout, std::function<void()> watch,
                  Likeness likeness = Likeness::text);
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
  /// It gets this name, and is nobody's to drop. Nobody may be connected to it.
  void keep_as(const std::string& name);
  /// It gets this name, and nobody can connect to it. `comment` begins with the mark.
  void let_wait_as(const std::string& name, const std::string& comment);
  CopySession& admin() const { return *m_admin; } ///< in the database that `server` names

 private:
  void drop_subscriptions();

  ConnectOptions m_server;
  std::chrono::milliseconds m_lock_timeout;
  std::function<void()> m_watch;
  /// Lives as long as the database: it tells that nobody left it behind.
  std::unique_ptr<CopySession> m_admin;
  std::string m_name;
  bool m_dropped = false;
};

} // namespace afloat
