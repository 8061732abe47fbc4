#pragma once

#include "throttle/pace.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace afloat {

/// Rows that lie behind one another on the way of a backfill.
struct Stretch {
  std::int64_t rows = 0;
  std::optional<double> cost; ///< of a row, in any unit; nothing: as of the stretch before it
};

/// What the rows of one way cost: they need not all be as wide.
class Profile {
 public:
  explicit Profile(std::vector<Stretch> stretches) : m_stretches(std::move(stretches)) {}
  std::int64_t rows() const;
  double work(std::int64_t rows) const; ///< of the first so many

 private:
  std::vector<Stretch> m_stretches;
};

/// How far a backfill has come in this run, and how long it still takes. Each worker goes a way of its own.
class Forecast {
 public:
  using Time = Estimate::Time;
  /// `total`: rows that are left, as far as one knows. `last_look`: behind them the whole table is read once
  /// more.
  Forecast(std::size_t ways, std::optional<std::int64_t> total, bool last_look, Time start);

  void done(std::size_t way, std::int64_t rows, Time now); ///< so many more
  void left_out(std::chrono::steady_clock::duration time);
  /// From now on time is reckoned with what rows cost, from the start of each way.
  void know(std::vector<Profile> profiles, Time now);

  std::int64_t walked(std::size_t way) const { return m_walked.at(way); }
  std::int64_t rows() const;
  std::optional<std::int64_t> total() const { return m_total; }
  double speed(Time now) const { return m_rows.rate(now); } ///< rows a second
  /// `steady`: something keeps the rows a second at a number, whatever they cost.
  std::optional<std::chrono::milliseconds> left(Time now, bool steady) const;

 private:
  double work_done() const;

  std::vector<std::int64_t> m_walked;
  std::optional<std::int64_t> m_total;
  double m_with_last_look; ///< all the work, as a multiple of that for the rows
  Estimate m_rows;
  std::vector<Profile> m_profiles; ///< none: all rows cost the same
  std::optional<Estimate> m_work;
  double m_work_before = 0, m_work_total = 0; ///< before: what was done when it became known
};

} // namespace afloat
