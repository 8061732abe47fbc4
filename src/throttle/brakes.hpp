#pragma once

#include "throttle/settings.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace afloat {

/// How a brake is measured on PostgreSQL: a query that returns (value or NULL, what to name, how many sources
/// there are, a problem in words or NULL). {pids} are our sessions, {table} the table as a literal. SQLite
/// has one brake, the user's own query.
struct BrakeRow {
  Brake brake;
  std::string_view key;    ///< in [throttle]
  std::string_view query;  ///< empty: measured otherwise
  bool sqlite;             ///< works there too
  std::string_view reason; ///< {value}, {limit} and {name} are put in
  std::string_view unit;   ///< "s", "B/s", ""
};
std::span<const BrakeRow> brake_rows();
const BrakeRow& row_of(Brake brake);

/// One look at what a brake watches.
struct Reading {
  std::optional<double> value; ///< nothing: it could not be measured, `problem` says why
  std::string name;            ///< the replica, the session, …
  std::string problem;
  std::int64_t sources = 0; ///< replicas; fewer than before means that one is out of sight
  std::optional<double> written = {}, reached = {}; ///< Brake::lag: WAL positions, in bytes
};

struct Pause {
  std::string reason;
  std::chrono::steady_clock::time_point since;

  bool operator==(const Pause&) const = default;
};

/// Readings in, "go" or "pause because X since T" out. Pure: time is a parameter. What cannot be measured for
/// 15 s holds the backfill back until it can.
class Brakes {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Brakes(const ThrottleSettings& settings, Time start);

  void read(Brake brake, const Reading& reading, Time now);
  /// The first brake, in the order of the table, that holds the backfill back.
  std::optional<Pause> pause(Time now) const;

 private:
  struct State {
    std::optional<double> limit;
    Time measured; ///< when it was last measured, or watching began
    std::string problem;
    std::optional<Pause> pause;
    std::int64_t sources = 0;
    std::optional<double> before; ///< Brake::wal: the position at `measured`
    double debt = 0;              ///< bytes above the limit so far
    struct Written {
      Time at;
      double position;
    };
    std::deque<Written> written; ///< Brake::lag: what was written when
  };
  double value_of(Brake brake, State& state, const Reading& reading, Time now) const;

  std::array<State, k_brakes> m_states;
};

} // namespace afloat
