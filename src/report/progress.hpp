#pragma once

#include "execution/reporter.hpp"

#include <chrono>
#include <string>

namespace afloat {

struct ProgressOptions {
  bool quiet = false;
  bool terminal = false; ///< stderr is a terminal: one line that is rewritten; else a line every few seconds
  bool log_sql = false;
};

/// Progress on stderr: each step as it begins and ends, rate and time left of long ones, each missed lock
/// with who blocks.
class ProgressReporter : public Reporter {
 public:
  explicit ProgressReporter(ProgressOptions options) : m_options(options) {}

  void step_begins(const Plan& plan, const Step& step) override;
  void step_ends(const Plan& plan, const Step& step, std::chrono::milliseconds time) override;
  void progressed(const Step& step, const Progress& progress) override;
  void lock_missed(const Step& step, const std::string& why, int attempt,
                   std::chrono::milliseconds pause) override;
  void say(std::string_view text) override;

 private:
  void line(const std::string& text);

  ProgressOptions m_options;
  std::string m_migration;
  std::chrono::steady_clock::time_point m_last_line{};
  std::string m_held_by;     ///< of the line before
  bool m_unfinished = false; ///< a progress line stands on the terminal without a line feed
};

/// "41% of about 50,000 rows, 120,000 rows/s, 3 s left"; "41% of about 50,000 rows; pauses since 12 s: …".
std::string progress_text(const Progress& progress);

} // namespace afloat
