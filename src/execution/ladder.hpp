#pragma once

#include "support/clock.hpp"
#include "support/error.hpp"

#include <chrono>
#include <functional>
#include <random>

namespace afloat {

/// Retries of something that needs a lock: short tries with growing pauses, so that nobody queues up behind a
/// waiting one, until `total` is over. There is never a last try without a timeout.
struct Ladder {
  std::chrono::milliseconds total{60'000};
  std::chrono::milliseconds first_pause{50}, longest_pause{5'000};
};

/// Runs `attempt` until it returns. Error busy (a lock timeout or a deadlock) is retried; everything else
/// goes through. `missed` is called after each failed try with the error, the number of tries so far and the
/// pause that follows. When the total is over the last Error busy goes through, its message ending in "within
/// 2s (5 attempts)".
void climb(const Ladder& ladder, Clock& clock, std::minstd_rand& random, const std::function<void()>& attempt,
           const std::function<void(Error&, int, std::chrono::milliseconds)>& missed);

} // namespace afloat
