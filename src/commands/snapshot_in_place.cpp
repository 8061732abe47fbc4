#include "commands/snapshot_in_place.hpp"

#include "commands/snapshot_policy.hpp"
#include "snapshot/replace.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
/// The database must be told by its own name: nobody replaces one by a flag alone.
void require_same_name(const Database& database, const std::string& typed) {
  const std::string& name = database.facts().database;
  if (typed == name
      || (database.dialect() == Dialect::sqlite && typed == std::filesystem::path(name).filename()))
    return;
  throw Error(ErrorCode::usage, fmt::format("--in-place names \"{}\", and this is {}", typed, name),
              "Name the database that is to be replaced. Nothing was changed.");
}

void require_fitting(const Found& found, const Database& database) {
  const Manifest& manifest = *found.manifest;
  const bool fits = manifest.kind == SnapshotKind::tables || manifest.kind == SnapshotKind::full;
  if (manifest.dialect == database.dialect() && fits) return;
  throw Error(ErrorCode::usage,
              fmt::format("a snapshot of kind {} ({}) cannot take the place of {}", name_of(manifest.kind),
                          name_of(manifest.dialect), database.facts().database),
              "Restore it into a new database, with --into. Nothing was changed.");
}

/// What is replaced can come back, too.
Manifest keep_what_is_replaced(WritingSession& session, const Config& config, const Found& found) {
  const std::string name = found.name + "-replaced";
  SnapshotRequest request = request_of(config, found.manifest->kind, name);
  std::vector<RelationName> tables;
  for (const StoredTable& table : tables_of_people(*found.manifest)) tables.push_back(table.name);
  request.tables = existing_tables(session.database(), tables);
  complete_tables(session.database(), request);
  return make_snapshot(session.database(), request, watch_of(session.clock(), session.reporter(), name));
}

/// Of the windows that are open, and of what is in the attic.
std::vector<Plan> plans_in_sync(Ledger& ledger) {
  std::vector<Plan> plans;
  for (const LedgerEntry& entry : ledger.entries())
    if (!needed_by(entry).empty()) plans.push_back(ledger.plan(entry.version));
  return plans;
}

/// In one transaction of the database itself.
int replace_contents(const Arguments& arguments, const Config& config, const Found& found) {
  Interrupt interrupt("Nothing was changed: the same command begins again.");
  WritingSession session(arguments, config, &interrupt);
  const SnapshotWatch watch = watch_of(session.clock(), session.reporter(), found.name);
  require_whole(found, watch);
  if (found.manifest->kind == SnapshotKind::tables)
    require_same_tables(session.database(), found, plans_in_sync(session.ledger()));
  Manifest kept;
  afloat::restore_in_place(session.database(), restore_request(config, found), watch,
                           [&] { kept = keep_what_is_replaced(session, config, found); });
  print(arguments,
        fmt::format("{} is restored in place; what it replaced is in snapshot {}\n", found.name, kept.name),
        {{"command", "snapshot restore"},
         {"snapshot", found.name},
         {"in_place", true},
         {"replaced", kept.name}});
  return 0;
}

bool is_stored(const Config& config, const std::string& name) {
  return std::ranges::count(list_snapshots(config.snapshot.folder), name, &Found::name) > 0;
}

/// A whole PostgreSQL database, by another one beside it.
int replace_database(const Arguments& arguments, const Config& config, const Found& found,
                     const std::string& database) {
  Interrupt interrupt("Nothing was changed: the same command goes on.");
  ProgressReporter reporter(progress_options(arguments));
  const SnapshotWatch watch = watch_of(interrupt, reporter, found.name);
  Replacing replacing{restore_request(config, found), arguments.has("--end-sessions")};
  replacing.request.into = database;
  require_whole(found, watch);
  require_replaceable(replacing, watch);
  std::string replaced;
  { // Under the lease, and gone before the names change.
    WritingSession session(arguments, config, &interrupt);
    const auto waiting = waiting_beside(replacing);
    if (waiting)
      reporter.say(fmt::format("{} is restored in {}, by an earlier run: it takes its place now", found.name,
                               name_beside(database)));
    const bool kept = waiting && is_stored(config, *waiting);
    replaced = kept ? *waiting : keep_what_is_replaced(session, config, found).name;
    if (!waiting) restore_beside(replacing, replaced, watch);
  }
  const std::string kept = change_names(replacing, watch);
  print(
      arguments,
      fmt::format("{0} is restored in place; what it replaced is in snapshot {1}, and is database {2} until "
                  "you drop it: DROP DATABASE \"{2}\"\n",
                  found.name, replaced, kept),
      {{"command", "snapshot restore"},
       {"snapshot", found.name},
       {"in_place", true},
       {"replaced", replaced},
       {"kept", kept}});
  return 0;
}
} // namespace

int restore_in_place(const Arguments& arguments, const Config& config, const Found& found) {
  bool whole = false;
  std::string name;
  {
    const auto database = connect(config, Access::read);
    require_same_name(*database, *arguments.value("--in-place"));
    require_fitting(found, *database);
    whole = database->dialect() == Dialect::postgres && found.manifest->kind == SnapshotKind::full;
    name = database->facts().database;
  }
  if (whole) return replace_database(arguments, config, found, name);
  if (arguments.has("--end-sessions"))
    throw Error(ErrorCode::usage, "--end-sessions belongs to a whole PostgreSQL database",
                "The others may stay connected: leave it out. Nothing was changed.");
  return replace_contents(arguments, config, found);
}

} // namespace afloat
