#include "throttle/forecast.hpp"

#include <algorithm>
#include <numeric>

namespace afloat {
namespace {
// Of the time for the rows: 3.5% where they are narrow, 8% where half of them have a thousand bytes.
constexpr double k_last_look = 0.06;
} // namespace

std::int64_t Profile::rows() const {
  std::int64_t rows = 0;
  for (const Stretch& stretch : m_stretches) rows += stretch.rows;
  return rows;
}

double Profile::work(std::int64_t rows) const {
  const auto first =
      std::ranges::find_if(m_stretches, [](const Stretch& stretch) { return stretch.cost.has_value(); });
  double cost = first == m_stretches.end() ? 1 : *first->cost, work = 0;
  for (const Stretch& stretch : m_stretches) {
    cost = stretch.cost.value_or(cost);
    const std::int64_t here = std::min(rows, stretch.rows);
    work += cost * static_cast<double>(here);
    rows -= here;
  }
  return work + cost * static_cast<double>(rows); // more than were counted
}

Forecast::Forecast(std::size_t ways, std::optional<std::int64_t> total, bool last_look, Time start)
    : m_walked(ways), m_total(total), m_with_last_look(last_look ? 1 + k_last_look : 1), m_rows(start) {}

std::int64_t Forecast::rows() const {
  return std::accumulate(m_walked.begin(), m_walked.end(), std::int64_t{0});
}

double Forecast::work_done() const {
  double work = 0;
  for (std::size_t way = 0; way < m_profiles.size(); ++way) work += m_profiles[way].work(m_walked.at(way));
  return work;
}

void Forecast::done(std::size_t way, std::int64_t rows, Time now) {
  m_walked.at(way) += rows;
  m_rows.done(static_cast<double>(this->rows()), now);
  if (m_work) m_work->done(work_done() - m_work_before, now);
}

void Forecast::left_out(std::chrono::steady_clock::duration time) {
  m_rows.left_out(time);
  if (m_work) m_work->left_out(time);
}

void Forecast::know(std::vector<Profile> profiles, Time now) {
  m_profiles = std::move(profiles);
  m_total = 0;
  m_work_total = 0;
  for (const Profile& profile : m_profiles) {
    *m_total += profile.rows();
    m_work_total += profile.work(profile.rows());
  }
  m_work_before = work_done();
  m_work.emplace(now);
}

std::optional<std::chrono::milliseconds> Forecast::left(Time now, bool steady) const {
  if (m_work && !steady)
    if (const auto left = m_work->left(m_work_total * m_with_last_look - m_work_before, now)) return left;
  return m_total ? m_rows.left(static_cast<double>(*m_total) * m_with_last_look, now) : std::nullopt;
}

} // namespace afloat
