#include "execution/lease.hpp"

#include "execution/process.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
LeaseHolder own_holder(const SessionFacts& facts) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return {fmt::format("afloat {} (process {} on {}{})", AFLOAT_VERSION, getpid(), host.data(),
                      facts.role.empty() ? "" : ", role " + facts.role),
          own_process(), facts.backend, facts.backend_start};
}

/// On SQLite the session is the process; one of another host cannot be looked at, and then only its heartbeat
/// counts.
bool is_gone(Database& database, const LeaseHolder& holder) {
  if (is_process_gone(holder.process)) return true;
  return database.dialect() == Dialect::postgres && !database.is_alive(holder.backend, holder.backend_start);
}

Error held(const LeaseRecord& lease) {
  if (lease.holder.words.empty())
    return Error(ErrorCode::busy, "another afloat process has been changing this database in between",
                 "Run this again; nothing was changed.");
  return Error(
      ErrorCode::busy,
      fmt::format(
          "{} is changing this database since {} (last heartbeat {} ago)", lease.holder.words, lease.since,
          human_duration(std::chrono::milliseconds(static_cast<std::int64_t>(lease.heartbeat_age * 1000)))),
      "Wait until it has finished and run this again; nothing was changed.");
}

void end_session(Database& database, const std::string& backend, const std::string& backend_start,
                 Clock& clock) {
  const auto start = clock.now();
  while (database.is_alive(backend, backend_start)) {
    database.terminate(backend, backend_start);
    if (clock.now() - start > std::chrono::seconds(10))
      throw Error(ErrorCode::busy,
                  fmt::format("the session of an earlier runner (backend {}) does not end", backend),
                  "End it by hand and run this again; nothing was changed.");
    clock.wait(std::chrono::milliseconds(20));
  }
}

void end_sessions(Database& database, const std::string& ending, Clock& clock) {
  for (const std::string& session : split(ending, ';')) {
    const auto parts = split(session, ' ');
    if (parts.size() == 2) end_session(database, parts[0], parts[1], clock);
  }
}

/// Somebody who is no runner has the lease's row locked, or the file.
Error not_within(Error error, std::chrono::milliseconds lock_total) {
  error.message =
      fmt::format("could not take the lease within {}: {}", format_duration(lock_total), error.message);
  error.hint =
      "Another session keeps afloat's own tables locked, or on SQLite the file: wait until it has ended, "
      "or raise `lock_total`. Nothing was changed; the same command can be run again.";
  error.sql.clear();
  return error;
}

/// Takes the token. A holder that was frozen between its look at the fence, which locks the row, and its
/// COMMIT would keep the row for ever: its backend is ended before, if there is still no heartbeat.
std::optional<std::int64_t> take(Database& database, const LeaseRecord& before, const std::string& ending,
                                 const LeaseTimes& times, Clock& clock) {
  Ledger ledger(database);
  const LeaseHolder own = own_holder(database.facts());
  if (database.dialect() != Dialect::postgres) return ledger.take_lease(before.token, own, ending);
  const auto start = clock.now();
  while (true) {
    database.set_lock_timeout(std::min(times.lock_total, std::chrono::milliseconds(1'000)));
    try {
      return ledger.take_lease(before.token, own, ending);
    } catch (const Error& error) {
      if (error.code != ErrorCode::busy) throw;
      if (before.holder.words.empty() && clock.now() - start >= times.lock_total) throw;
    }
    const LeaseRecord now = ledger.lease();
    const bool other = now.token != before.token || now.holder.words != before.holder.words;
    const bool alive = now.heartbeat_age * 1000 <= static_cast<double>(times.timeout.count());
    if (other || (alive && !now.holder.words.empty())) throw held(now);
    if (!now.holder.words.empty())
      end_sessions(database,
                   fmt::format("{}{} {};", now.ending, now.holder.backend, now.holder.backend_start), clock);
  }
}

std::int64_t acquire(Database& database, const LeaseTimes& times, Clock& clock, Reporter& reporter) {
  const bool postgres = database.dialect() == Dialect::postgres;
  Ledger ledger(database);
  database.set_lock_timeout(times.lock_total);
  const LeaseRecord before = ledger.lease();
  const bool is_free = before.holder.words.empty();
  const bool gone = !is_free && is_gone(database, before.holder);
  const bool expired = before.heartbeat_age * 1000 > static_cast<double>(times.timeout.count());
  if (!is_free && !gone && !expired) throw held(before);
  // Noted before anything is ended: if this process is killed in between, the next one still knows them.
  const std::string ending =
      is_free ? before.ending
              : fmt::format("{}{} {};", before.ending, before.holder.backend, before.holder.backend_start);
  const auto token = take(database, before, ending, times, clock);
  if (!token) throw held(ledger.lease());
  if (postgres) database.set_lock_timeout(std::chrono::milliseconds(0));
  if (!is_free)
    reporter.say(fmt::format("took the lease over from {}, {}", before.holder.words,
                             gone ? "which is gone" : "which has not been heard of for too long"));
  if (postgres) end_sessions(database, ending, clock);
  if (!ending.empty()) ledger.clear_ending(*token);
  return *token;
}
} // namespace

Lease::Lease(Database& database, const ConnectOptions& options, const LeaseTimes& times, Clock& clock,
             Reporter& reporter)
    : m_database(database), m_options(options) {
  try {
    m_token = acquire(database, times, clock, reporter);
  } catch (Error& error) {
    if (error.code != ErrorCode::busy || error.sqlstate.empty()) throw; // another runner has it
    throw not_within(std::move(error), times.lock_total);
  }
  m_heart = std::jthread(
      [this, interval = times.timeout / 3](const std::stop_token& stop) { beat(stop, interval); });
}

Lease::~Lease() {
  m_heart.request_stop();
  m_stopping.notify_all();
  m_heart.join();
  try {
    if (!m_database.in_transaction()) Ledger(m_database).release_lease(m_token);
  } catch (const Error&) { // the connection is gone: the next runner sees that and takes over
  }
}

void Lease::beat(std::stop_token stop, std::chrono::milliseconds interval) {
  std::unique_ptr<Database> own;
  std::unique_lock lock(m_mutex);
  while (!m_stopping.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
    try {
      if (!own) own = open_database(m_options);
      Ledger(*own).heartbeat(m_token);
    } catch (const Error&) { // a missed beat is no failure; the next one opens a new connection
      own.reset();
    }
  }
}

} // namespace afloat
