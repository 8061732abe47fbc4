#include "throttle/brakes.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;
constexpr std::chrono::seconds k_blind{15};
constexpr std::size_t k_written = 3600; ///< positions that are remembered, one a second

// The table of brakes. Sessions of other roles are hidden from a role without pg_read_all_stats.
constexpr std::array<BrakeRow, k_brakes> k_rows{{
    // replay_lag grows also for a replica whose replay stands still, as long as it answers. One that answers
    // no more keeps its last value: that is found by the positions.
    {Brake::lag, "max_lag", R"(
SELECT CASE WHEN bool_and(state IS NOT NULL) THEN max(CASE WHEN replay_lsn >= pg_catalog.pg_current_wal_flush_lsn() THEN 0
    ELSE extract(epoch FROM coalesce(replay_lag, '0'::interval)) END) END,
  (array_agg(coalesce(nullif(application_name, ''), client_addr::text, pid::text)
    ORDER BY replay_lsn))[1], count(*),
  CASE WHEN count(*) = 0 THEN 'no replica is connected'
    WHEN bool_or(state IS NULL) THEN 'this role may not see the replicas: GRANT pg_monitor TO it' END,
  pg_catalog.pg_current_wal_flush_lsn() - '0/0'::pg_lsn, min(replay_lsn - '0/0'::pg_lsn)
FROM pg_catalog.pg_stat_replication WHERE state IS NULL OR replay_lsn IS NOT NULL)",
     false, "replica {name} is {value} behind (max_lag {limit})", "s"},
    {Brake::load, "max_load", R"(
SELECT count(*) FILTER (WHERE state IN ('active', 'fastpath function call')), '', 1,
  CASE WHEN bool_or(query = '<insufficient privilege>')
    THEN 'this role may not see other sessions: GRANT pg_monitor TO it' END
FROM pg_catalog.pg_stat_activity
WHERE coalesce(backend_type, 'client backend') = 'client backend'
  AND pid <> ALL (ARRAY[{pids}]::int[] || pg_catalog.pg_backend_pid()))",
     false, "{value} sessions run a statement (max_load {limit})", ""},
    {Brake::query, "pause_when", "", true, "pause_when says {value}", ""},
    {Brake::waiters, "max_waiters", R"(
SELECT count(DISTINCT pid), min(pid)::text, 1, NULL FROM pg_catalog.pg_locks
WHERE NOT granted AND pid <> ALL (ARRAY[{pids}]::int[]) AND pg_catalog.pg_blocking_pids(pid) && ARRAY[{pids}]::int[])",
     false, "{value} waited for rows of a batch, pid {name} for one (max_waiters {limit})", "session"},
    {Brake::commit, "max_commit", "", false, "a COMMIT took {value} (max_commit {limit})", "s"},
    {Brake::wal, "max_wal_rate", "SELECT pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn, '', 1, NULL",
     false, "the server writes {value} of WAL (max_wal_rate {limit})", "B/s"},
    // What takes this lock: VACUUM, ANALYZE, index builds without locks. All may see it.
    {Brake::vacuum, "yield_to_vacuum", R"(
SELECT count(*), min(pid)::text, 1, NULL FROM pg_catalog.pg_locks
WHERE mode = 'ShareUpdateExclusiveLock' AND granted AND pid <> ALL (ARRAY[{pids}]::int[])
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (relation = {table}::regclass OR relation IN (SELECT relid FROM pg_catalog.pg_partition_tree({table}::regclass))))",
     false, "a vacuum or an index build is at work on the table, pid {name}", ""},
}};

std::string bytes(double value) {
  constexpr double k_mega = 1024.0 * 1024;
  return value < k_mega ? fmt::format("{:.0f}kB/s", value / 1024) : fmt::format("{:.0f}MB/s", value / k_mega);
}

std::string shown(double value, std::string_view unit) {
  if (unit == "s") return human_duration(milliseconds(static_cast<std::int64_t>(value * 1000)));
  if (unit == "B/s") return bytes(value);
  if (unit == "session") return count_of(static_cast<std::int64_t>(value), unit);
  return fmt::format("{:.{}f}", value,
                     value == static_cast<double>(static_cast<std::int64_t>(value)) ? 0 : 2);
}

/// Limits are shown as they are written.
std::string shown_limit(double value, std::string_view unit) {
  if (unit == "s") return format_duration(milliseconds(static_cast<std::int64_t>(value * 1000)));
  return unit == "session" ? shown(value, "") : shown(value, unit);
}

std::string reason_of(const BrakeRow& row, double value, double limit, const std::string& name) {
  std::string text = replaced(std::string(row.reason), "{value}", shown(value, row.unit));
  text = replaced(std::move(text), "{limit}", shown_limit(limit, row.unit));
  return replaced(std::move(text), "{name}", name);
}

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}
} // namespace

std::span<const BrakeRow> brake_rows() {
  return k_rows;
}

const BrakeRow& row_of(Brake brake) {
  return k_rows.at(static_cast<std::size_t>(brake));
}

Brakes::Brakes(const ThrottleSettings& settings, Time start) {
  for (std::size_t i = 0; i < k_brakes; ++i) {
    m_states.at(i).limit = settings.limits.at(i);
    m_states.at(i).measured = start;
  }
}

/// What is compared with the limit. The WAL rate counts over time: a second at ten times the limit is paid
/// for by ten seconds of rest.
double Brakes::value_of(Brake brake, State& state, const Reading& reading, Time now) const {
  if (brake == Brake::lag && reading.written && reading.reached) {
    while (!state.written.empty() && state.written.front().position <= *reading.reached)
      state.written.pop_front();
    const double stuck = state.written.empty() ? 0 : seconds(now - state.written.front().at);
    if (*reading.written > *reading.reached && state.written.size() < k_written)
      state.written.push_back({now, *reading.written});
    return std::max(*reading.value, stuck);
  }
  if (brake != Brake::wal) return *reading.value;
  const std::optional<double> before = std::exchange(state.before, reading.value);
  const double time = seconds(now - state.measured);
  if (!before || time <= 0) return 0;
  const double written = *reading.value - *before;
  state.debt = std::max(0.0, state.debt + written - *state.limit * time);
  if (state.pause && state.debt > 0) return *state.limit + state.debt; // until it is paid
  return state.debt > *state.limit ? written / time : 0;
}

void Brakes::read(Brake brake, const Reading& reading, Time now) {
  State& state = m_states.at(static_cast<std::size_t>(brake));
  if (!state.limit) return;
  std::string problem = reading.problem;
  if (problem.empty() && reading.sources < state.sources)
    problem = fmt::format("only {} of {} replicas are in sight", reading.sources, state.sources);
  if (problem.empty() && !reading.value) problem = "it has no value";
  state.problem = problem;
  if (!problem.empty()) return;
  state.sources = std::max(state.sources, reading.sources);
  const double value = value_of(brake, state, reading, now);
  state.measured = now;
  if (value <= *state.limit)
    state.pause.reset();
  else if (!state.pause || brake != Brake::wal)
    state.pause = Pause{reason_of(row_of(brake), value, *state.limit, reading.name),
                        state.pause ? state.pause->since : now};
}

std::optional<Pause> Brakes::pause(Time now) const {
  for (std::size_t i = 0; i < k_brakes; ++i) {
    const State& state = m_states.at(i);
    if (!state.limit) continue;
    if (const auto blind = now - state.measured; blind >= k_blind)
      return Pause{fmt::format("{} cannot be measured for {}: {}", k_rows.at(i).key,
                               human_duration(std::chrono::duration_cast<milliseconds>(blind)),
                               state.problem.empty() ? "nothing answers" : state.problem),
                   state.measured + k_blind};
    if (state.pause) return state.pause;
  }
  return std::nullopt;
}

} // namespace afloat
