#include "commands/plans_ahead.hpp"

#include <utility>

namespace afloat {
namespace {
constexpr std::size_t k_most = 256 * 1024; ///< bytes of statements that wait, of which each is held

std::size_t size_of(const Plan& plan) {
  std::size_t size = 1;
  for (const Step& step : plan.steps)
    for (const Statement& statement : step.statements) size += statement.sql.size();
  return size;
}
} // namespace

PlansAhead::PlansAhead(PlanMaker& maker, std::vector<const Migration*> pending)
    : m_maker(maker), m_pending(std::move(pending)) {}

Plan PlansAhead::next() {
  const std::size_t number = m_next++;
  if (std::optional<Plan> plan = taken()) return std::move(*plan);
  Plan plan = m_maker.make(*m_pending.at(number));
  if (!plan.has(Phase::contract)) begin(m_next);
  return plan;
}

void PlansAhead::forget() {
  m_thread = {};
  m_plans.clear();
  m_size = 0;
  m_maker.forget();
}

std::optional<Plan> PlansAhead::taken() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [this] { return !m_plans.empty() || !m_working; });
  if (m_plans.empty()) return std::nullopt;
  Plan plan = std::move(m_plans.front());
  m_plans.pop_front();
  m_size -= size_of(plan);
  m_changed.notify_all();
  return plan;
}

void PlansAhead::begin(std::size_t first) {
  if (first == m_pending.size() || m_maker.must_look(*m_pending[first])) return;
  m_working = true;
  m_thread = std::jthread([this, first](const std::stop_token& stop) { work(stop, first); });
}

void PlansAhead::work(const std::stop_token& stop, std::size_t next) {
  bool further = true;
  while (further && next < m_pending.size()) {
    std::optional<Plan> plan = m_maker.make_blindly(*m_pending[next++]);
    std::unique_lock lock(m_mutex);
    further =
        plan && !plan->has(Phase::contract) && m_changed.wait(lock, stop, [this] { return m_size < k_most; });
    if (!plan || stop.stop_requested()) break;
    m_size += size_of(*plan);
    m_plans.push_back(std::move(*plan));
    m_changed.notify_all();
  }
  const std::lock_guard lock(m_mutex);
  m_working = false;
  m_changed.notify_all();
}

} // namespace afloat
