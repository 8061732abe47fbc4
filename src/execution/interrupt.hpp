#pragma once

#include "dialect/database.hpp"
#include "support/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace afloat {

/// Catches SIGINT, SIGTERM and SIGHUP while it lives: a thread of its own takes the signal, cancels the
/// statement that runs on the watched connection, and ends waiting. A statement that begins at that very
/// moment is cancelled soon after: it tries again until a statement or check() has thrown. Make it before any
/// other thread, so that all inherit the blocked signals.
class Interrupt : public Clock {
 public:
  /// `hint`: of the error when a signal has come.
  explicit Interrupt(
      std::string hint = "The state is recorded: the same command resumes, `afloat abort` goes back.");
  ~Interrupt() override;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// The connection whose statement is cancelled; null for none. The caller keeps it alive while it is
  /// watched.
  void watch(Database* database);
  bool requested() const { return m_requested; }
  /// Throws Error interrupted once a signal has come.
  void check() const;

  std::chrono::steady_clock::time_point now() override { return std::chrono::steady_clock::now(); }
  void wait(std::chrono::milliseconds duration) override;

 private:
  void take_signals();
  bool is_heard(); ///< somebody has thrown because of the signal; under m_mutex

  std::string m_hint;
  std::atomic<bool> m_requested = false;
  mutable std::atomic<bool> m_told = false; ///< check() has thrown
  std::mutex m_mutex;
  std::condition_variable m_changed;
  Database* m_database = nullptr;
  int m_signals = -1, m_stop = -1; ///< file descriptors
  std::thread m_thread;
};

/// Has a connection watched for as long as it lives.
class Watching {
 public:
  Watching(Interrupt& interrupt, Database& database) : m_interrupt(interrupt) { interrupt.watch(&database); }
  ~Watching() { m_interrupt.watch(nullptr); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

 private:
  Interrupt& m_interrupt;
};

} // namespace afloat
