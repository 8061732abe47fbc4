#pragma once

#include "dialect/database.hpp"
#include "execution/reporter.hpp"
#include "ledger/ledger.hpp"
#include "support/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace afloat {

/// The right of this process to change one database. A row with a fencing token, not a session lock, which
/// transaction poolers leak. A heartbeat on a connection of its own keeps it; released by the destructor.
class Lease {
 public:
  /// Takes the lease. A holder whose backend is gone is replaced at once; one without a heartbeat for
  /// `timeout` (by the database's clock) is replaced, and its backends are ended before this returns. Else
  /// Error busy says who holds it.
  Lease(Database& database, const ConnectOptions& options, std::chrono::milliseconds timeout, Clock& clock,
        Reporter& reporter);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::int64_t token() const { return m_token; }

 private:
  void beat(std::stop_token stop, std::chrono::milliseconds interval);

  Database& m_database;
  ConnectOptions m_options;
  std::int64_t m_token = 0;
  std::mutex m_mutex;
  std::condition_variable_any m_stopping;
  std::jthread m_heart;
};

} // namespace afloat
