#include "execution/survey.hpp"

#include <utility>

namespace afloat {
namespace {
constexpr std::size_t k_most_parts = 64;

/// Half as many, each twice as long.
void join_pairs(std::vector<Part>& parts) {
  std::vector<Part> joined;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (i % 2 == 0)
      joined.push_back(std::move(parts[i]));
    else
      joined.back().rows += parts[i].rows;
  parts = std::move(joined);
}
} // namespace

Survey::Survey(RangeWork work, const std::vector<WorkerRange>& ranges, std::int64_t keys_at_once)
    : m_work(std::move(work)), m_keys_at_once(keys_at_once) {
  for (const WorkerRange& range : ranges) {
    m_ways.push_back({range.upto, {}});
    m_starts.push_back(range.position);
  }
  if (!m_starts.empty()) m_position = m_starts.front();
}

void Survey::add(Way& way, std::optional<std::string> after, std::int64_t rows) {
  if (m_reads++ % m_reads_in_part != 0) {
    way.parts.back().rows += rows;
    return;
  }
  if (way.parts.size() == k_most_parts) {
    join_pairs(way.parts);
    m_reads_in_part *= 2;
  }
  way.parts.push_back({std::move(after), rows});
}

bool Survey::read_on(Database& database) {
  if (m_way == m_ways.size() || m_work.next_bound.empty()) return false;
  Way& way = m_ways[m_way];
  if (const auto range = next_range(database, m_work, m_position, m_keys_at_once, way.upto)) {
    add(way, m_position, range->rows);
    m_position = range->upto;
    return true;
  }
  if (++m_way == m_ways.size()) return false;
  m_position = m_starts[m_way];
  m_reads = 0;
  m_reads_in_part = 1;
  return true;
}

} // namespace afloat
