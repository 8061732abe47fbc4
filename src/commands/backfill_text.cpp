#include "commands/backfill_text.hpp"

#include "execution/process.hpp"
#include "report/progress.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat {
namespace {
// A heart beats each third of the lease's time; news comes at least every few seconds.
constexpr double k_alive_seconds = 30;

Progress progress_of(const BackfillState& state) {
  Progress progress{.rows = state.rows, .total = state.total};
  if (const auto& news = state.record.news; news && news->step == state.step) {
    progress.rows = std::max(state.rows, news->rows);
    progress.speed = news->speed;
    if (news->seconds_left)
      progress.left = std::chrono::milliseconds(static_cast<std::int64_t>(*news->seconds_left * 1000));
  }
  return progress;
}

std::string share_of(const Progress& progress) {
  const std::string text = progress_text(progress);
  return text.substr(0, text.find(" rows/s") == std::string::npos ? text.size()
                                                                  : text.rfind(", ", text.find(" rows/s")));
}

/// Why it does not move, with the time since when; or nothing.
std::string held(const BackfillState& state) {
  const BackfillWishes& wishes = state.record.wishes;
  if (wishes.paused_by) return fmt::format("paused by {} since {}", *wishes.paused_by, wishes.paused_at);
  const auto& news = state.record.news;
  if (state.running && news && news->held_by)
    return fmt::format("pauses since {}: {}", news->held_since, *news->held_by);
  return {};
}
} // namespace

std::string runner_at_work(Database& database) {
  const LeaseRecord lease = Ledger(database).lease();
  const bool at_work = !lease.holder.words.empty() && lease.heartbeat_age < k_alive_seconds
                       && !is_process_gone(lease.holder.process)
                       && database.is_alive(lease.holder.backend, lease.holder.backend_start);
  return at_work ? fmt::format("{} since {}", lease.holder.words, lease.since) : std::string();
}

std::optional<BackfillState> backfill_state(Database& database, const LedgerEntry& entry) {
  if (entry.state != "expanding") return std::nullopt;
  Ledger ledger(database);
  Backfills backfills(database);
  const Plan plan = ledger.plan(entry.version);
  const auto records = ledger.steps(entry.version);
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::backfill || step.phase > Phase::backfill) continue;
    const auto found = records.find(step.id);
    if (found != records.end() && found->second.state == "done") continue;
    BackfillState state{entry, step.id, step.title, 0, step.rows, {}, false};
    if (found != records.end()) state.rows = found->second.rows;
    if (auto record = backfills.find(entry.version)) state.record = std::move(*record);
    state.running = !runner_at_work(database).empty();
    return state;
  }
  return std::nullopt;
}

std::string backfill_line(const BackfillState& state) {
  const Progress progress = progress_of(state);
  const std::string why = held(state);
  const std::string stopped = state.running ? "" : "; no runner is at work: `afloat expand` goes on";
  if (!why.empty()) return share_of(progress) + "; " + why + stopped;
  return (state.running && progress.speed > 0 ? progress_text(progress) : share_of(progress)) + stopped;
}

Node::Object backfill_node(const BackfillState& state) {
  const Progress progress = progress_of(state);
  const BackfillWishes& wishes = state.record.wishes;
  const auto& news = state.record.news;
  const auto number = [](const std::optional<std::int64_t>& value) { return value ? Node(*value) : Node(); };
  const bool braked = state.running && news && news->held_by;
  return {{"migration", state.entry.title()},
          {"step", state.step},
          {"title", state.title},
          {"running", state.running},
          {"rows", progress.rows},
          {"total", number(progress.total)},
          {"rows_per_second", progress.speed},
          {"seconds_left", news && news->seconds_left ? Node(*news->seconds_left) : Node()},
          {"paused_by", wishes.paused_by ? Node(*wishes.paused_by) : Node()},
          {"paused_since", wishes.paused_by ? Node(wishes.paused_at) : Node()},
          {"held_by", braked ? Node(*news->held_by) : Node()},
          {"held_since", braked ? Node(news->held_since) : Node()},
          {"batch", number(wishes.batch)},
          {"rate", number(wishes.rate)}};
}

} // namespace afloat
