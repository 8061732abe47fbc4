#pragma once

#include "dialect/database.hpp"
#include "execution/reporter.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"
#include "support/clock.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace afloat {

/// How often the old side of a sync was written. Approximate: a crash or a rollback can make it count too
/// many.
struct CounterReading {
  std::string subject; ///< "users.user_name"
  std::int64_t writes = 0;
  std::optional<double> seconds_ago; ///< the last one, by the database's clock; nothing if there was none
};

std::vector<CounterReading> read_counters(Database& database, const Plan& plan);

struct GateAnswer {
  bool open = true;
  std::vector<std::string> evidence; ///< one line for each thing that was looked at
};

/// Whether contract may hide the old shape: nothing else uses what goes, and the old side stands still
/// for `quiet`. Reads the counters, waits until nothing can have been written for `quiet`, and reads them
/// again.
GateAnswer ask_gate(Database& database, const Plan& plan, const LedgerEntry& entry,
                    std::chrono::milliseconds quiet, Clock& clock, Reporter& reporter);

} // namespace afloat
