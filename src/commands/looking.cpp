#include "commands/looking.hpp"

#include "report/progress.hpp"

#include <fmt/format.h>

namespace afloat {

void Looking::at(const std::string& what, std::int64_t rows, std::optional<std::int64_t> total) {
  constexpr std::chrono::seconds k_line_every{5};
  m_clock.wait(std::chrono::milliseconds(0));
  const auto now = m_clock.now();
  if (m_what != what) {
    m_what = what;
    m_start = m_last = now;
  }
  if (now - m_last < k_line_every) return;
  m_last = now;
  const double seconds = std::chrono::duration<double>(now - m_start).count();
  Progress progress{.rows = rows,
                    .total = total,
                    .speed = static_cast<double>(rows) / seconds,
                    .left = {},
                    .held_by = {},
                    .held_for = {}};
  if (total && *total > rows && rows > 0)
    progress.left = std::chrono::milliseconds(
        static_cast<std::int64_t>(1000 * static_cast<double>(*total - rows) / progress.speed));
  m_reporter.say(fmt::format("{}: {}", what, progress_text(progress)));
}

} // namespace afloat
