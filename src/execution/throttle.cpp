#include "execution/throttle.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;
// A backfill that is over sooner needs no second connection.
constexpr milliseconds k_first_look{200}, k_look_every{1000}, k_held_step{100};
constexpr std::chrono::seconds k_tell_every{5};

std::string utc_text(std::chrono::steady_clock::duration ago) {
  const auto then =
      std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
  const std::time_t time = std::chrono::system_clock::to_time_t(then);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

milliseconds whole(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<milliseconds>(time);
}

/// What does not exist on SQLite is not watched there.
ThrottleSettings for_dialect(ThrottleSettings settings, Dialect dialect) {
  for (const BrakeRow& row : brake_rows())
    if (dialect == Dialect::sqlite && !row.sqlite) settings.limit(row.brake).reset();
  return settings;
}

double default_rest(Dialect dialect) {
  return dialect == Dialect::sqlite ? 1.0 : 0.0; // SQLite has one write lock: half of the time for writers
}
} // namespace

Throttle::Throttle(const RunnerContext& context, std::int64_t version, const Step& step,
                   BackfillWishes wishes, std::int64_t rows, std::vector<std::string> backends, Course course)
    : m(context), m_version(version), m_step(step), m_backends(std::move(backends)),
      m_brakes(for_dialect(context.options.throttle, context.database.dialect()), context.clock.now()),
      m_pace(context.options.throttle.rate), m_course(std::move(course)), m_by_rows(context.clock.now()),
      m_by_weight(context.clock.now()), m_wishes(std::move(wishes)), m_paused_since(context.clock.now()),
      m_rest(context.options.throttle.pause.value_or(default_rest(context.database.dialect()))),
      m_rows_before(rows) {
  m.options.throttle = for_dialect(m.options.throttle, m.database.dialect());
  m_thread = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Throttle::~Throttle() {
  m_thread.request_stop();
  {
    const std::lock_guard lock(m_mutex);
    if (m_database) m_database->cancel();
  }
  m_stopping.notify_all();
  m_thread.join();
}

std::optional<Throttle::Hold> Throttle::held(Time now) const {
  if (m_wishes.paused_by)
    return Hold{"paused by " + *m_wishes.paused_by, m_wishes.paused_at, m_paused_since, true};
  if (const auto pause = m_brakes.pause(now))
    return Hold{pause->reason, utc_text(now - pause->since), pause->since, false};
  return std::nullopt;
}

Progress Throttle::progress(Time now) const {
  Progress progress{.rows = m_rows_before + m_rows, .total = m_step.rows, .speed = m_by_rows.rate(now)};
  if (m_course.weights && !m_paced)
    progress.left = m_by_weight.left(std::llround(m_course.ahead + m_course.last_look / (1 + m_rest)), now);
  else if (m_step.rows)
    progress.left = m_by_rows.left(*m_step.rows - m_rows_before, now);
  if (m_hold) {
    progress.held_by = m_hold->reason;
    progress.held_for = whole(now - m_hold->from);
  }
  return progress;
}

void Throttle::report(Time now) {
  m.reporter.progressed(m_step, progress(now));
}

void Throttle::hold() {
  std::unique_lock lock(m_mutex);
  Time before = m.clock.now();
  while (true) {
    const Time now = m.clock.now();
    const bool by_hand = m_hold && m_hold->by_hand;
    if (by_hand)
      for (Estimate* estimate : {&m_by_rows, &m_by_weight}) estimate->left_out(now - before);
    before = now;
    const bool was_held = m_hold.has_value();
    m_hold = held(now);
    if (m_hold || was_held) report(now);
    if (!m_hold) return;
    lock.unlock();
    m.clock.wait(k_held_step);
    lock.lock();
  }
}

std::int64_t Throttle::rows(std::int64_t steered) {
  const std::lock_guard lock(m_mutex);
  return m_pace.most_rows(std::max<std::int64_t>(m_wishes.batch.value_or(steered), 1));
}

void Throttle::rest(const Range& done, Time start) {
  milliseconds wait{};
  {
    const std::lock_guard lock(m_mutex);
    const Time now = m.clock.now();
    m_weight += m_course.weight_of(done, m_rows_before + m_rows);
    m_rows += done.rows;
    m_by_rows.done(m_rows, now);
    m_by_weight.done(std::llround(m_weight), now);
    const auto rest = std::chrono::duration_cast<milliseconds>((now - start) * m_rest);
    const milliseconds paced = m_pace.wait_after(done.rows, start, now);
    m_paced = paced > rest;
    report(now);
    wait = std::max(rest, paced);
  }
  m.clock.wait(wait);
  hold();
}

void Throttle::waits(const std::string& why) {
  const std::lock_guard lock(m_mutex);
  const Time now = m.clock.now();
  if (!m_wait) m_wait = Hold{"", utc_text({}), now, false};
  m_wait->reason = why;
}

void Throttle::goes_on() {
  const std::lock_guard lock(m_mutex);
  m_wait.reset();
}

void Throttle::note_blindness(const std::string& problem) {
  const std::lock_guard lock(m_mutex);
  for (const BrakeRow& row : brake_rows()) m_brakes.read(row.brake, {{}, "", problem}, m.clock.now());
}

void Throttle::watch(const std::stop_token& stop) {
  std::mutex own;
  std::unique_lock lock(own);
  milliseconds pause = k_first_look;
  while (!m_stopping.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
    pause = k_look_every;
    try {
      if (!m_database) {
        auto database = open_database(m.connect);
        database->set_lock_timeout(milliseconds(500));
        if (database->dialect() == Dialect::sqlite) database->wait_for_disk(false);
        const std::lock_guard guard(m_mutex);
        m_database = std::move(database);
      }
      look(*m_database);
    } catch (const Error& error) { // the next look opens a new connection
      note_blindness(error.message);
      const std::lock_guard guard(m_mutex);
      m_database.reset();
    }
  }
}

void Throttle::look(Database& database) {
  const ThrottleSettings& settings = m.options.throttle;
  const BackfillWishes wishes = Backfills(database).wishes(m_version);
  const Watched watched{settings, m_step.work->table, m_backends};
  {
    const std::lock_guard lock(m_mutex);
    if (wishes.paused_by && !m_wishes.paused_by) m_paused_since = m.clock.now();
    m_wishes = wishes;
    m_pace.set(!wishes.rate ? settings.rate : *wishes.rate == 0 ? std::nullopt : wishes.rate);
  }
  for (const BrakeRow& row : brake_rows()) {
    if (!settings.limit(row.brake) || row.brake == Brake::commit) continue;
    const Reading reading = measure(database, row.brake, watched);
    const std::lock_guard lock(m_mutex);
    m_brakes.read(row.brake, reading, m.clock.now());
  }
  const BackfillNews told = news();
  const Time now = m.clock.now();
  const bool changed = told.held_by.value_or("") != m_told;
  if (!settings.limit(Brake::commit) && !changed && now - m_told_at < k_tell_every) return;
  try {
    Backfills(database).tell(m_version, told);
  } catch (const Error& error) { // somebody holds the row, or SQLite's lock
    if (error.code != ErrorCode::busy) throw;
  }
  m_told = told.held_by.value_or("");
  m_told_at = now;
  // Telling is one small COMMIT that waits for the disk and for synchronous replicas, as the application's
  // do.
  const double took = std::chrono::duration<double>(m.clock.now() - now).count();
  const std::lock_guard lock(m_mutex);
  m_brakes.read(Brake::commit, {took, "", "", 1}, m.clock.now());
}

BackfillNews Throttle::news() {
  const std::lock_guard lock(m_mutex);
  const Time now = m.clock.now();
  const Progress at = progress(now);
  BackfillNews news{.step = m_step.id, .rows = at.rows, .total = at.total, .speed = at.speed};
  if (at.left) news.seconds_left = static_cast<double>(at.left->count()) / 1000;
  auto hold = held(now);
  if (!hold) hold = m_wait;
  if (hold) {
    news.held_by = hold->reason;
    news.held_since = hold->since;
  }
  return news;
}

} // namespace afloat
