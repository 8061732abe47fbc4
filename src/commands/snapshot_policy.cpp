#include "commands/snapshot_policy.hpp"

#include "snapshot/policy.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <memory>
#include <ranges>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds k_line_every{5'000};
constexpr std::string_view k_event = "snapshot";
constexpr double k_megabyte = 1'000'000;

/// "shop-pre-0007: 41% of about 500 MB, 120 MB/s, 3 s left", every few seconds.
class Telling {
 public:
  Telling(Clock& clock, Reporter& reporter, std::string name)
      : m_clock(clock), m_reporter(reporter), m_name(std::move(name)), m_start(clock.now()), m_last(m_start) {
  }

  void progressed(std::int64_t done, std::int64_t total) {
    const auto now = m_clock.now();
    if (done == 0 || done < m_done) m_start = now; // another part of the work, or it has not begun
    m_done = done;
    if (now - m_last < k_line_every) return;
    m_last = now;
    const double seconds = std::chrono::duration<double>(now - m_start).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    std::string text = fmt::format("{}: {:.0f} MB, {:.0f} MB/s", m_name,
                                   static_cast<double>(done) / k_megabyte, rate / k_megabyte);
    if (total > done && rate > 0)
      text = fmt::format("{}: {}% of about {:.0f} MB, {:.0f} MB/s, {} left", m_name, 100 * done / total,
                         static_cast<double>(total) / k_megabyte, rate / k_megabyte,
                         human_duration(milliseconds(
                             static_cast<std::int64_t>(1000 * static_cast<double>(total - done) / rate))));
    m_reporter.say(text);
  }

  void goes_on(std::string_view what) {
    const auto now = m_clock.now();
    if (now - m_last < k_line_every) return;
    m_last = now;
    m_reporter.say(fmt::format("{}: {}", m_name, what));
  }

 private:
  Clock& m_clock;
  Reporter& m_reporter;
  std::string m_name;
  std::chrono::steady_clock::time_point m_start, m_last;
  std::int64_t m_done = 0;
};

Error failed(const PlannedSnapshot& planned, const Plan& plan, Phase phase, const Error& why) {
  Error error(ErrorCode::undone, fmt::format("no snapshot {} before {} of {}: {}", planned.name,
                                             name_of(phase), plan.title(), why.message));
  error.sql = why.sql;
  error.sqlstate = why.sqlstate;
  error.hint = replaced(why.hint, "Nothing was changed.", "");
  error.hint = trimmed(error.hint);
  if (!error.hint.empty()) error.hint += ' ';
  error.hint += fmt::format(
      "`before_{} = \"none\"` under [snapshot] goes on without one. Nothing was changed.", name_of(phase));
  return error;
}

void note(WritingSession& session, const Plan& plan, const Manifest& made) {
  session.write([&] { session.ledger().note(plan, k_event, made.name); });
}
} // namespace

std::string needed_by(const LedgerEntry& entry) {
  if (!entry.complete()) return fmt::format("the window of {} is open", entry.title());
  return entry.in_attic ? fmt::format("{} is in the attic", entry.title()) : "";
}

std::string needed_by(const Manifest& manifest, const std::vector<LedgerEntry>& entries) {
  const LedgerEntry* entry = manifest.migration.empty() ? nullptr : find_entry(entries, manifest.version);
  return entry ? needed_by(*entry) : "";
}

NotedSnapshots noted_snapshots(Ledger& ledger, std::int64_t version) {
  NotedSnapshots noted;
  std::string before;
  for (const EventRecord& event : ledger.events(version)) {
    if (event.event == "aborted") noted = {};
    if (event.event == k_event) {
      if (before == k_event) {
        noted.superseded.push_back(noted.last.back());
        noted.last.pop_back();
      }
      noted.last.push_back(event.detail);
    }
    before = event.event;
  }
  return noted;
}

std::string rows_that_are_left(Ledger& ledger, std::int64_t version, const std::filesystem::path& store) {
  const std::vector<Found> stored = list_snapshots(store);
  std::string lost;
  const NotedSnapshots noted = noted_snapshots(ledger, version);
  for (const auto* names : {&noted.last, &noted.superseded})
    for (const std::string& name : *names | std::views::reverse) {
      const auto found = std::ranges::find(stored, name, &Found::name);
      if (found == stored.end()) {
        if (lost.empty()) lost = name;
      } else if (found->manifest && found->manifest->kind == SnapshotKind::command)
        return fmt::format("It may be in snapshot {}, {}.", name, join(found->manifest->notes, "; "));
      else if (found->manifest && !found->manifest->tables.empty())
        return fmt::format("`afloat snapshot restore {}` brings it back, into a database beside this one.",
                           name);
    }
  if (lost.empty()) return "Only a backup has it.";
  return fmt::format("It was in snapshot {}, which is not in {} any more: only a backup has it.", lost,
                     store.string());
}

SnapshotWatch watch_of(Clock& clock, Reporter& reporter, const std::string& name) {
  const auto telling = std::make_shared<Telling>(clock, reporter, name);
  return {[&clock] { clock.wait(milliseconds(0)); },
          [telling](std::int64_t done, std::int64_t total) { telling->progressed(done, total); },
          [&reporter](std::string_view text) { reporter.say(text); },
          [](std::string_view point) { run_observer().reached(point); },
          [telling](std::string_view what) { telling->goes_on(what); }};
}

SnapshotRequest request_of(const Config& config, SnapshotKind kind, const std::string& name) {
  SnapshotRequest request;
  request.about.name = name;
  request.about.kind = kind;
  request.about.project = config.project_name;
  request.about.env = config.env_name;
  request.settings = config.snapshot;
  request.connect = connect_options(config, Access::read);
  request.lock_timeout = config.lock_total;
  return request;
}

RestoreRequest restore_request(const Config& config, Found found) {
  RestoreRequest request;
  request.found = std::move(found);
  request.settings = config.snapshot;
  request.lock_timeout = config.lock_total;
  if (!config.url.empty()) request.connect = connect_options(config, Access::write);
  return request;
}

void complete_tables(Database& database, SnapshotRequest& request) {
  if (request.about.kind != SnapshotKind::tables && request.about.kind != SnapshotKind::full) return;
  const bool all = request.about.kind == SnapshotKind::full;
  for (RelationName& table : all_tables(database))
    if ((all || is_own_table(table)) && std::ranges::count(request.tables, table) == 0)
      request.tables.push_back(std::move(table));
}

bool snapshot_before(WritingSession& session, const Config& config, const Plan& plan, Phase phase) {
  const auto planned = planned_snapshot(plan, phase, config.snapshot, config.project_name, config.env_name);
  if (!planned) return false;
  SnapshotRequest request = request_of(config, planned->kind, planned->name);
  request.about.version = plan.version;
  request.about.migration = plan.title();
  request.about.phase = name_of(phase);
  Manifest made;
  try {
    request.tables = existing_tables(session.database(), planned->tables);
    if (request.tables.empty() && config.snapshot.*policy_of(phase) == "auto") return false;
    complete_tables(session.database(), request);
    made = make_snapshot(session.database(), request,
                         watch_of(session.clock(), session.reporter(), planned->name));
  } catch (const Error& error) {
    if (error.code == ErrorCode::interrupted || error.code == ErrorCode::bug) throw;
    throw failed(*planned, plan, phase, error);
  }
  note(session, plan, made);
  session.reporter().say(fmt::format("snapshot {} is made: {} in {}", made.name, name_of(made.kind),
                                     (config.snapshot.folder / made.name).string()));
  return true;
}

} // namespace afloat
