#pragma once

#include <chrono>

namespace afloat {

/// Time as the program sees it: replaced by a fake in tests, so that nothing sleeps for luck.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::steady_clock::time_point now() = 0;
  /// Waits; throws Error interrupted when the user stops the program meanwhile.
  virtual void wait(std::chrono::milliseconds duration) = 0;
};

} // namespace afloat
