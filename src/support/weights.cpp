#include "support/weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace afloat {
namespace {
/// To a later key; it may be further away than a whole number holds.
double distance(std::int64_t from, std::int64_t to) {
  return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
}

/// Weight of one key.
double density_of(const Sample& few) {
  const double row = few.weight / static_cast<double>(few.rows);
  return few.rows == 1 ? row : row * static_cast<double>(few.rows - 1) / distance(few.first, few.last);
}
} // namespace

Weights::Weights(std::int64_t from, std::int64_t to, const Look& look) : m_to(to) {
  if (to <= from || !begin(0, from, look)) return;
  for (int looks = 1; looks < k_samples; ++looks) {
    const double mean = total() / distance(m_parts.front().after, m_to);
    std::size_t worst = 0;
    double most = 0;
    for (std::size_t i = 0; i < m_parts.size(); ++i)
      if (const double doubted = doubt(i, mean); doubted > most) {
        worst = i;
        most = doubted;
      }
    const std::int64_t after = m_parts[worst].after, middle = std::midpoint(after, end_of(worst));
    if (middle == after || !begin(worst + 1, middle, look)) return;
  }
}

std::int64_t Weights::end_of(std::size_t part) const {
  return part + 1 < m_parts.size() ? m_parts[part + 1].after : m_to;
}

/// By how much its weight may be wrong: by all that it is unlike the next, and by some of what any is.
double Weights::doubt(std::size_t part, double mean) const {
  const double density = m_parts[part].density;
  if (density == 0) return 0;
  const double next = part + 1 < m_parts.size() ? m_parts[part + 1].density : density;
  return distance(m_parts[part].after, end_of(part))
         * (std::abs(density - next) + std::max({density, next, mean}) / 16);
}

/// Begins a part behind `after`, where no row may be for a while.
bool Weights::begin(std::size_t part, std::int64_t after, const Look& look) {
  const auto found = look(after);
  if (!found) return false;
  const std::int64_t end = part < m_parts.size() ? m_parts[part].after : m_to;
  const Part rows{found->first - 1, density_of(*found)};
  const auto at = m_parts.begin() + static_cast<std::ptrdiff_t>(part);
  if (rows.after == after)
    m_parts.insert(at, rows);
  else if (rows.after >= end)
    m_parts.insert(at, {after, 0});
  else
    m_parts.insert(at, {{after, 0}, rows});
  return true;
}

double Weights::upto(std::int64_t key) const {
  double weight = 0;
  for (std::size_t i = 0; i < m_parts.size() && m_parts[i].after < key; ++i)
    weight += m_parts[i].density * distance(m_parts[i].after, std::min(key, end_of(i)));
  return weight;
}

} // namespace afloat
