#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "snapshot/scratch.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace afloat {
namespace {
std::chrono::seconds age_of(const Manifest& manifest) {
  std::tm time{};
  if (strptime(manifest.made_at.c_str(), "%Y-%m-%dT%H:%M:%S", &time) == nullptr)
    return std::chrono::seconds(0);
  return std::chrono::seconds(std::time(nullptr) - timegm(&time));
}

SnapshotSettings typed_settings(const Arguments& arguments, const Config& config) {
  SnapshotSettings settings = config.snapshot;
  for (const auto& [option, key] : {std::pair{"--keep", "keep"}, std::pair{"--keep-for", "keep_for"}})
    if (const auto typed = arguments.value(option)) {
      const std::string wrong = set_snapshot(settings, key, *typed);
      if (!wrong.empty())
        throw Error(ErrorCode::usage, fmt::format("{}: {}", option, wrong), "Nothing was changed.");
    }
  return settings;
}

/// Of this environment, newest first.
std::vector<Found> candidates(const Config& config) {
  std::vector<Found> found = list_snapshots(config.snapshot.folder);
  std::erase_if(found,
                [&](const Found& one) { return !one.manifest || one.manifest->env != config.env_name; });
  std::ranges::reverse(found);
  return found;
}

std::string kept_because(const Manifest& manifest, const std::vector<LedgerEntry>& entries, Ledger& ledger) {
  std::string why = needed_by(manifest, entries);
  if (!why.empty()
      && std::ranges::count(noted_snapshots(ledger, manifest.version).superseded, manifest.name) > 0)
    why.clear();
  return why;
}

/// What killed runs have left, and servers where nobody could look, each in words with the reason.
struct Leavings {
  std::vector<std::string> names, unseen;
};

/// In the store and, of PostgreSQL, on the servers.
Leavings left_by_killed_runs(const Config& config, Dialect dialect, bool remove) {
  Leavings left{remainders(config.snapshot.folder, remove), {}};
  if (dialect == Dialect::sqlite) return left;
  const ConnectOptions own = connect_options(config, Access::write),
                       scratch = scratch_server(config.snapshot, own);
  for (const ConnectOptions& server : scratch.url == own.url ? std::vector{own} : std::vector{own, scratch})
    try {
      for (const std::string& name : left_behind(server, config.lock_total, remove))
        left.names.push_back("database " + name);
    } catch (const Error& error) { // what is pruned is told all the same
      if (error.code != ErrorCode::connection && error.code != ErrorCode::permission) throw;
      left.unseen.push_back(error.message);
    }
  return left;
}

int run_prune(const Arguments& arguments) {
  const Config config = config_of(arguments);
  const SnapshotSettings settings = typed_settings(arguments, config);
  const auto database = connect(config, Access::read);
  Ledger ledger(*database);
  const std::vector<LedgerEntry> entries = ledger.entries();
  const bool dry = arguments.has("--dry-run");
  const char* const removed = dry ? "would be removed" : "is removed";
  std::string text;
  Node::List pruned, kept, unseen;
  int newer = 0;
  for (const Found& found : candidates(config)) {
    const bool spared = newer++ < settings.keep || age_of(*found.manifest) < settings.keep_for;
    if (spared) continue;
    if (const std::string why = kept_because(*found.manifest, entries, ledger); !why.empty()) {
      text += fmt::format("{} stays: {}\n", found.name, why);
      kept.emplace_back(found.name);
      continue;
    }
    if (!dry) remove_snapshot(found);
    text += fmt::format("{} {}\n", found.name, removed);
    pruned.emplace_back(found.name);
  }
  const Leavings left = left_by_killed_runs(config, database->dialect(), !dry);
  for (const std::string& name : left.names) {
    text += fmt::format("{}, left by a run that was killed, {}\n", name, removed);
    pruned.emplace_back(name);
  }
  for (const std::string& why : left.unseen) {
    text += fmt::format("what killed runs have left on a server is not known: {}\n", why);
    unseen.emplace_back(why);
  }
  if (text.empty()) text = "nothing to prune\n";
  print(arguments, text,
        {{"command", "snapshot prune"},
         {"dry_run", dry},
         {"removed", pruned},
         {"needed", kept},
         {"unseen", unseen}});
  return 0;
}

constexpr OptionRow k_options[] = {
    {"--keep", "", "N", "Leave so many of the newest (snapshot.keep)"},
    {"--keep-for", "", "DURATION", "Leave those that are younger (snapshot.keep_for)"},
    {"--dry-run", "", "", "Only say what would be removed"},
};
} // namespace

const CommandRow k_snapshot_prune{
    "snapshot prune",
    "",
    0,
    0,
    "Remove snapshots that nobody needs any more",
    "Of this environment, all but the newest and the younger ones; never one that was "
    "made for a window that is open or an attic that is not purged, but for one whose phase did not "
    "begin and got another one at the next try. Also what runs that were killed have left.",
    "afloat snapshot prune --keep 3 --keep-for 7d",
    k_options,
    run_prune};

} // namespace afloat
