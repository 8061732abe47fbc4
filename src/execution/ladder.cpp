#include "execution/ladder.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Doubles with each try, and anything from half to the whole of it, so that two runners do not march in
/// step.
std::chrono::milliseconds pause_after(int attempt, const Ladder& ladder, std::minstd_rand& random) {
  const auto doubled = ladder.first_pause * (std::int64_t{1} << std::min(attempt - 1, 20));
  const auto pause = std::min<std::chrono::milliseconds>(doubled, ladder.longest_pause);
  std::uniform_int_distribution<std::int64_t> jitter(pause.count() / 2,
                                                     std::max<std::int64_t>(pause.count(), 1));
  return std::chrono::milliseconds(jitter(random));
}
} // namespace

void climb(const Ladder& ladder, Clock& clock, std::minstd_rand& random, const std::function<void()>& attempt,
           const std::function<void(Error&, int, std::chrono::milliseconds)>& missed) {
  const auto start = clock.now();
  for (int tries = 1;; ++tries) {
    try {
      attempt();
      return;
    } catch (Error& error) {
      if (error.code != ErrorCode::busy || error.sqlstate.empty())
        throw; // without sqlstate: the lease is lost
      const auto pause = pause_after(tries, ladder, random);
      const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start);
      missed(error, tries, pause);
      if (spent + pause >= ladder.total) {
        error.message +=
            fmt::format(" within {} ({})", format_duration(ladder.total), count_of(tries, "attempt"));
        throw;
      }
      clock.wait(pause);
    }
  }
}

} // namespace afloat
