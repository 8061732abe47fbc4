#pragma once

#include "execution/reporter.hpp"
#include "support/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace afloat {

/// Tells every few seconds how far a look at a whole table is that belongs to no step of a run, and notices
/// when the user stops it. References that outlive it.
class Looking {
 public:
  Looking(Clock& clock, Reporter& reporter) : m_clock(clock), m_reporter(reporter) {}

  /// `what`: in words, another one for each look. `rows`: read so far. `total`: of the table, about.
  void at(const std::string& what, std::int64_t rows, std::optional<std::int64_t> total = {});

 private:
  Clock& m_clock;
  Reporter& m_reporter;
  std::string m_what;
  std::chrono::steady_clock::time_point m_start, m_last;
};

} // namespace afloat
