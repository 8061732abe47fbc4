#pragma once

#include "dialect/copy_session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace afloat {

/// Stands at the beginning of the comment of every database that afloat makes for a while.
inline constexpr std::string_view k_scratch_mark = "afloat: made for a restore, may be dropped";

/// What a database made by us is to be like the one that `admin` is connected to.
enum class Likeness { text, place_too };

/// Makes a PostgreSQL database that carries our mark in its comment, with encoding, locale and its provider
/// of the one that `admin` is connected to, and its tablespace where asked for. Error permission, with what
/// to do, where the role has no CREATEDB.
void make_marked(CopySession& admin, const std::string& database, Likeness likeness = Likeness::text);
/// Drops the database if it carries the mark, or was just being given it; nothing else is ever dropped. Error
/// statement (55006) where somebody is connected.
void drop_marked(CopySession& admin, const std::string& database);
/// The same of one that this run has made: its sessions are ours, and are ended.
void drop_own_marked(CopySession& admin, const std::string& database);

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
