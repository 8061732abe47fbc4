#include "report/progress.hpp"

#include "report/plan_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::chrono::seconds k_line_every{5};
constexpr std::chrono::milliseconds k_terminal_every{200};
} // namespace

std::string progress_text(const Progress& progress) {
  std::string text = count_of(progress.rows, "row");
  if (progress.total && *progress.total > 0) {
    const double part =
        std::min(1.0, static_cast<double>(progress.rows) / static_cast<double>(*progress.total));
    text = fmt::format("{:.0f}% of about {}", part * 100, count_of(*progress.total, "row"));
  }
  if (!progress.held_by.empty())
    return text + fmt::format("; pauses for {}: {}", human_duration(progress.held_for), progress.held_by);
  text += fmt::format(", {} rows/s", with_commas(static_cast<std::int64_t>(progress.speed)));
  if (progress.left && progress.left->count() > 0)
    text += fmt::format(", {} left", human_duration(*progress.left));
  return text;
}

void ProgressReporter::line(const std::string& text) {
  if (m_options.quiet) return;
  fmt::print(stderr, "{}{}\n", m_unfinished ? "\r\x1b[K" : "", text);
  m_unfinished = false;
}

void ProgressReporter::step_begins(const Plan& plan, const Step& step) {
  if (m_migration != plan.title()) line(plan.title());
  m_migration = plan.title();
  m_last_line = std::chrono::steady_clock::now();
  if (step.kind == StepKind::statements) return; // over at once
  line(fmt::format("{}{} …", step_margin(step), step.title));
}

void ProgressReporter::step_ends(const Plan&, const Step& step, std::chrono::milliseconds time) {
  line(fmt::format("{}{}: done in {}", step_margin(step), step.title, human_duration(time)));
  if (!m_options.log_sql) return;
  for (const Statement& statement : step.statements) line("        " + one_line(statement.sql, 2000));
}

void ProgressReporter::progressed(const Step& step, const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool pauses = !progress.held_by.empty(), changed = pauses == m_held_by.empty();
  const bool due = now - m_last_line >= (m_options.terminal ? k_terminal_every : k_line_every);
  if (m_options.quiet || (!changed && !due)) return;
  m_last_line = now;
  m_held_by = progress.held_by;
  const std::string text = step_margin(step) + progress_text(progress);
  if (!m_options.terminal || (changed && pauses)) return line(text);
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  m_unfinished = true;
}

void ProgressReporter::lock_missed(const Step& step, const std::string& why, int attempt,
                                   std::chrono::milliseconds pause) {
  line(fmt::format("{}attempt {}: {}; next in {}", step_margin(step), attempt, why, human_duration(pause)));
}

void ProgressReporter::say(std::string_view text) {
  line(fmt::format("  {}", text));
}

} // namespace afloat
