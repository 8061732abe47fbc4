#pragma once

#include "execution/course.hpp"
#include "execution/measure.hpp"
#include "execution/reporter.hpp"
#include "execution/runner.hpp"
#include "ledger/backfills.hpp"
#include "throttle/pace.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace afloat {

/// Holds a backfill back and tells how far it has come. A thread with a connection of its own measures the
/// brakes, reads what people ask for and tells the news, once a second; batches only look at what it found.
/// Shared by the workers of one step: its functions may be called by several threads.
class Throttle {
 public:
  /// `wishes`: as the ledger has them now; `rows`: done in earlier runs; `backends`: our sessions.
  Throttle(const RunnerContext& context, std::int64_t version, const Step& step, BackfillWishes wishes,
           std::int64_t rows, std::vector<std::string> backends, Course course = {});
  ~Throttle();
  Throttle(const Throttle&) = delete;
  Throttle& operator=(const Throttle&) = delete;

  /// Waits as long as somebody or something holds the backfill back. Error interrupted.
  void hold();
  /// How many rows the next batch may have, of those that time allows.
  std::int64_t rows(std::int64_t steered);
  /// After a batch that began at `start`: reports, rests, keeps the rate, and holds. A sweep knows no keys,
  /// only rows.
  void rest(const Range& done, std::chrono::steady_clock::time_point start);
  /// A batch waits for somebody, in words; told since the first time, until it goes on.
  void waits(const std::string& why);
  void goes_on();
  /// For a thread that waits while others work: Error interrupted.
  Clock& clock() { return m.clock; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Hold {
    std::string reason, since; ///< since: UTC, ISO 8601
    Time from;
    bool by_hand = false;
  };
  std::optional<Hold> held(Time now) const; ///< under m_mutex, as what follows
  Progress progress(Time now) const;
  void report(Time now);

  void watch(const std::stop_token& stop);
  void look(Database& database);
  void note_blindness(const std::string& problem);
  BackfillNews news();

  RunnerContext m;
  std::int64_t m_version;
  const Step& m_step;
  std::vector<std::string> m_backends;
  mutable std::mutex m_mutex;
  std::condition_variable_any m_stopping;
  Brakes m_brakes;
  Pace m_pace;
  Course m_course;
  Estimate m_by_rows, m_by_weight;
  bool m_paced = false; ///< the last batch waited for the rate: wide rows take as long as narrow ones
  BackfillWishes m_wishes;
  std::optional<Hold> m_hold; ///< as it was when last looked at
  std::optional<Hold> m_wait; ///< of a batch
  Time m_paused_since{};      ///< by hand
  double m_rest;              ///< after a batch, as a share of its time
  std::int64_t m_rows_before, m_rows = 0;
  double m_weight = 0;
  std::unique_ptr<Database> m_database; ///< of the thread
  std::string m_told;                   ///< held by, as last told
  Time m_told_at{};
  std::jthread m_thread;
};

} // namespace afloat
