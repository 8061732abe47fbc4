#pragma once

#include "commands/work.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace afloat {

/// The plans of a run over many small migrations: while one runs, a second thread makes those that come next,
/// as far as they need no look at the database. What it cannot make, or not without an error, is made when
/// its turn comes.
class PlansAhead {
 public:
  /// `pending`: in the order in which they will be asked for. Both outlive this.
  PlansAhead(PlanMaker& maker, std::vector<const Migration*> pending);
  /// Stops the thread, without its next plan.
  ~PlansAhead() = default;
  PlansAhead(const PlansAhead&) = delete;
  PlansAhead& operator=(const PlansAhead&) = delete;

  /// The plan of the first that is pending. Errors as PlanMaker::make().
  Plan next();
  /// The next plan is made from a new look at the database.
  void forget();

 private:
  std::optional<Plan> taken();
  void begin(std::size_t first);
  void work(const std::stop_token& stop, std::size_t next);

  PlanMaker& m_maker;
  std::vector<const Migration*> m_pending;
  std::size_t m_next = 0;

  std::mutex m_mutex; ///< of what follows
  std::condition_variable_any m_changed;
  std::deque<Plan> m_plans;
  std::size_t m_size = 0; ///< of their statements, in bytes
  bool m_working = false;
  std::jthread m_thread;
};

} // namespace afloat
