#include "execution/filling.hpp"
#include "execution/run.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

// Rows need not all cost the same: the second half of a table may be ten times as wide as the first, and
// nothing that is seen in the first half tells. So a few rows of each part of the table are filled ahead of
// the others, and what they take tells how long the rest will.
namespace afloat {
namespace {
constexpr std::int64_t k_fewest = 500; ///< rows of a probe
constexpr std::int64_t k_share = 20;   ///< at most one of so many rows is filled ahead
constexpr std::int64_t k_most_probes = 32;

struct Probe {
  std::size_t way = 0, part = 0;
};

/// Parts that begin ahead of where we are, evenly over all of them.
std::vector<Probe> chosen(const std::vector<Probe>& ahead, std::int64_t count) {
  std::vector<Probe> probes;
  const auto all = static_cast<std::int64_t>(ahead.size());
  for (std::int64_t i = 0; i < std::min(count, all); ++i)
    probes.push_back(ahead[static_cast<std::size_t>(i * all / std::min(count, all))]);
  return probes;
}

/// In no order of place: the first writes after a checkpoint cost more, wherever they are.
void scatter(std::vector<Probe>& probes) {
  std::vector<std::pair<double, Probe>> keyed;
  for (std::size_t i = 0; i < probes.size(); ++i)
    keyed.emplace_back(std::fmod(static_cast<double>(i) * 0.618034, 1.0), probes[i]);
  std::ranges::sort(keyed, {}, &std::pair<double, Probe>::first);
  for (std::size_t i = 0; i < probes.size(); ++i) probes[i] = keyed[i].second;
}
} // namespace

/// When it is known what lies ahead. Not where a batch that is done twice would change rows twice.
void Runner::probe(Filling& filling) {
  const auto ways = filling.throttle.surveyed();
  if (!ways) return;
  const RangeWork& work = *filling.step.work;
  std::vector<std::vector<Stretch>> stretches(ways->size());
  std::vector<Probe> ahead;
  std::int64_t left = 0;
  for (std::size_t way = 0; way < ways->size(); ++way) {
    std::int64_t begins = 0;
    const std::int64_t walked = filling.throttle.walked_so_far(way);
    for (const Part& part : (*ways)[way].parts) {
      if (begins >= walked) {
        ahead.push_back({way, stretches[way].size()});
        left += part.rows;
      }
      stretches[way].push_back({part.rows, std::nullopt});
      begins += part.rows;
    }
  }
  const std::int64_t count = std::min(left / (k_fewest * k_share), k_most_probes);
  std::vector<Probe> probes = chosen(ahead, work.sweep.empty() ? 0 : count);
  scatter(probes);
  for (const Probe& at : probes) {
    if (filling.stop) return;
    const Way& way = (*ways)[at.way];
    const std::int64_t limit = filling.throttle.rows(
        std::max(k_fewest, left / (k_share * static_cast<std::int64_t>(probes.size()))));
    const auto start = m.clock.now();
    const auto range = next_range(m.database, work, way.parts[at.part].after, limit, way.upto);
    if (!range || range->rows == 0) continue;
    Filling trying{filling.plan, filling.step, filling.run, filling.throttle, BatchSize(batch_aim())};
    const auto changed = try_range(trying, *range, limit, [](std::int64_t) {});
    filling.throttle.rest(range->rows, start);
    if (!changed) continue;
    filling.ahead += *changed;
    stretches[at.way][at.part].cost =
        static_cast<double>(trying.statement_time.count()) / static_cast<double>(range->rows);
  }
  std::vector<Profile> profiles;
  for (std::vector<Stretch>& way : stretches) profiles.emplace_back(std::move(way));
  filling.throttle.know(std::move(profiles));
}

} // namespace afloat
