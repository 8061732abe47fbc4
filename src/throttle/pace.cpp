#include "throttle/pace.hpp"

#include <algorithm>

namespace afloat {
namespace {
constexpr std::size_t k_points = 600;
}

std::chrono::milliseconds Pace::wait_after(std::int64_t rows, Time start, Time now) {
  if (!m_rate) return std::chrono::milliseconds(0);
  const auto cost = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(static_cast<double>(rows) / static_cast<double>(*m_rate)));
  m_free = std::max(m_free, start) + cost;
  return std::chrono::ceil<std::chrono::milliseconds>(std::max(m_free - now, Time::duration::zero()));
}

std::int64_t Pace::most_rows(std::int64_t wanted) const {
  return m_rate ? std::clamp<std::int64_t>(*m_rate / 2, 1, wanted) : wanted;
}

void Estimate::done(std::int64_t rows, Time now) {
  const Time at = now - m_left_out;
  // Few points tell as much as many: those that are close together are thinned out.
  if (m_points.size() > k_points)
    for (std::size_t i = 1; i < m_points.size() - 1; ++i)
      m_points.erase(m_points.begin() + static_cast<std::ptrdiff_t>(i));
  m_points.push_back({std::max(at, m_points.back().at), rows});
}

double Estimate::rate(Time now) const {
  const Time at = std::max(now - m_left_out, m_points.back().at);
  const Time from = at - (at - m_points.front().at) / 3;
  const auto later = std::ranges::find_if(m_points, [&](const Point& point) { return point.at > from; });
  const Point& first = later == m_points.begin() ? *later : *(later - 1);
  const double seconds = std::chrono::duration<double>(at - first.at).count();
  return seconds <= 0 ? 0 : static_cast<double>(m_points.back().rows - first.rows) / seconds;
}

std::optional<std::chrono::milliseconds> Estimate::left(std::int64_t total, Time now) const {
  const double speed = rate(now);
  if (speed <= 0) return std::nullopt;
  const auto rows = static_cast<double>(std::max<std::int64_t>(total - m_points.back().rows, 0));
  return std::chrono::milliseconds(static_cast<std::int64_t>(rows / speed * 1000));
}

} // namespace afloat
