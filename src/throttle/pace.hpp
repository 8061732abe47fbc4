#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace afloat {

/// Keeps a number of rows a second: how long to wait after a batch. Time that was not used is not saved up.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Pace(std::optional<std::int64_t> rows_per_second) : m_rate(rows_per_second) {}

  void set(std::optional<std::int64_t> rows_per_second) { m_rate = rows_per_second; }
  std::optional<std::int64_t> rate() const { return m_rate; }
  /// After a batch of `rows` that began at `start`.
  std::chrono::milliseconds wait_after(std::int64_t rows, Time start, Time now);
  /// A batch holds at most half a second's rows, so that the rate is even.
  std::int64_t most_rows(std::int64_t wanted) const;

 private:
  std::optional<std::int64_t> m_rate;
  Time m_free{}; ///< when the rows so far are paid for
};

/// How fast it goes and how long it still takes, from rows done at times. It looks at the last third of the
/// time: rests and pauses of brakes count, because they come again; what a person paused does not.
class Estimate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Estimate(Time start) : m_points{{start, 0}} {}

  void done(std::int64_t rows, Time now); ///< so far in this run, ever more
  void left_out(std::chrono::steady_clock::duration time) { m_left_out += time; }
  double rate(Time now) const; ///< rows a second; 0 while nothing is known
  std::optional<std::chrono::milliseconds> left(std::int64_t total, Time now) const;

 private:
  struct Point {
    Time at; ///< without what was left out
    std::int64_t rows;
  };
  std::deque<Point> m_points;
  std::chrono::steady_clock::duration m_left_out{};
};

} // namespace afloat
