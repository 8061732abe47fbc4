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

struct LeaseTimes {
  std::chrono::milliseconds timeout{30'000}; ///< without a heartbeat for this long a holder may be replaced
  std::chrono::milliseconds lock_total{60'000}; ///< to wait for a session of others that locks the lease's
                                                ///< row, or on SQLite the file
};

/// The right of this process to change one database. A row with a fencing token, not a session lock, which
/// transaction poolers leak. A heartbeat on a connection of its own keeps it; released by the destructor.
class Lease {
 public:
  /// Takes the lease. A holder whose backend is gone is replaced at once; one without a heartbeat for
  /// `timeout` (by the database's clock) is replaced, and its backends are ended before this returns. Else
  /// Error busy says who holds it, or that nobody let it look within `lock_total`.
  Lease(Database& database, const ConnectOptions& options, const LeaseTimes& times, Clock& clock,
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
