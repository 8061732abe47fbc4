#include "execution/lease.hpp"

#include "execution/process.hpp"
#include "support/text.hpp"

#include <array>

#include <fmt/format.h>
#include <unistd.h>

namespace afloat {
namespace {
LeaseHolder own_holder(const SessionFacts& facts) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return {fmt::format("afloat {} (process {} on {}{})", AFLOAT_VERSION, getpid(), host.data(),
                      facts.role.empty() ? "" : ", role " + facts.role),
          own_process(), facts.backend, facts.backend_start};
}

/// On SQLite the session is the process; one of another host cannot be looked at, and then only its heartbeat counts.
bool is_gone(Database& database, const LeaseHolder& holder) {
  if (is_process_gone(holder.process)) return true;
  return database.dialect() == Dialect::postgres && !database.is_alive(holder.backend, holder.backend_start);
}

Error held(const LeaseRecord& lease) {
  return Error(ErrorCode::busy,
               fmt::format("{} is changing this database since {} (last heartbeat {} ago)", lease.holder.words, lease.since,
                           human_duration(std::chrono::milliseconds(static_cast<std::int64_t>(lease.heartbeat_age * 1000)))),
               "Wait until it has finished and run this again; nothing was changed.");
}

void end_backend(Database& database, const LeaseHolder& holder, Clock& clock) {
  const auto start = clock.now();
  while (database.is_alive(holder.backend, holder.backend_start)) {
    database.terminate(holder.backend, holder.backend_start);
    if (clock.now() - start > std::chrono::seconds(10))
      throw Error(ErrorCode::busy, fmt::format("the session of {} (backend {}) does not end", holder.words, holder.backend),
                  "End it by hand and run this again; nothing was changed.");
    clock.wait(std::chrono::milliseconds(20));
  }
}

/// Takes the token. A holder that was frozen between its look at the fence, which locks the row, and its COMMIT would keep the
/// row for ever: its backend is ended before, if there is still no heartbeat.
std::optional<std::int64_t> take(Database& database, const LeaseRecord& before, std::chrono::milliseconds timeout, Clock& clock) {
  Ledger ledger(database);
  if (database.dialect() != Dialect::postgres) return ledger.take_lease(before.token, own_holder(database.facts()));
  while (true) {
    database.set_lock_timeout(std::chrono::seconds(1));
    try {
      const auto token = ledger.take_lease(before.token, own_holder(database.facts()));
      database.set_lock_timeout(std::chrono::milliseconds(0));
      return token;
    } catch (const Error& error) {
      if (error.code != ErrorCode::busy) throw;
    }
    const LeaseRecord now = ledger.lease();
    if (now.token != before.token || now.holder.words.empty() || now.heartbeat_age * 1000 <= static_cast<double>(timeout.count()))
      throw held(now);
    end_backend(database, now.holder, clock);
  }
}
} // namespace

Lease::Lease(Database& database, const ConnectOptions& options, std::chrono::milliseconds timeout, Clock& clock,
             Reporter& reporter)
    : m_database(database), m_options(options) {
  Ledger ledger(database);
  const LeaseRecord before = ledger.lease();
  const bool is_free = before.holder.words.empty();
  const bool gone = !is_free && is_gone(database, before.holder);
  const bool expired = before.heartbeat_age * 1000 > static_cast<double>(timeout.count());
  if (!is_free && !gone && !expired) throw held(before);
  const auto token = take(database, before, timeout, clock);
  if (!token) throw held(ledger.lease());
  m_token = *token;
  if (!is_free) {
    reporter.say(fmt::format("took the lease over from {}, {}", before.holder.words,
                             gone ? "which is gone" : "which has not been heard of for too long"));
    if (database.dialect() == Dialect::postgres) end_backend(database, before.holder, clock);
  }
  m_heart = std::jthread([this, interval = timeout / 3](const std::stop_token& stop) { beat(stop, interval); });
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
