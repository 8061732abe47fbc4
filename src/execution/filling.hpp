#pragma once

#include "execution/range.hpp"
#include "execution/runner.hpp"
#include "execution/throttle.hpp"

#include <atomic>
#include <chrono>

namespace afloat {

/// What the batches of one worker, or of the only one, have in common.
struct Runner::Filling {
  const Plan& plan;
  const Step& step;
  Run& run;
  Throttle& throttle;
  BatchSize size;
  std::chrono::microseconds statement_time{}; ///< of the last batch
  int missed = 0; ///< batches in a row that did not get their rows, and since when
  std::chrono::steady_clock::time_point missed_since{};
  std::int64_t vacuum_every = 0, since_vacuum = 0;
  std::atomic<bool> stop = false; ///< another worker has failed
};

} // namespace afloat
