#include "verification/verify.hpp"

#include "commands/rows.hpp"
#include "commands/snapshot_policy.hpp"
#include "report/table.hpp"
#include "snapshot/replace.hpp"
#include "snapshot/scratch.hpp"
#include "snapshot/store.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;

/// How long what contract has hidden is there, beside what was said of it.
void look_at_attic(const Work& work, const LedgerEntry& entry, std::vector<Verdict>& verdicts) {
  if (!entry.in_attic || !entry.contracted_seconds_ago) return;
  const milliseconds left =
      work.config.retention - milliseconds(static_cast<std::int64_t>(*entry.contracted_seconds_ago * 1000));
  if (left.count() > 0)
    verdicts.push_back({Verdict::Level::ok, entry.title(),
                        fmt::format("in the attic; may be purged in {}", human_duration(left)), ""});
  else
    verdicts.push_back({Verdict::Level::warning, entry.title(),
                        fmt::format("in the attic since {}, {} longer than the retention",
                                    entry.contracted_at, human_duration(-left)),
                        fmt::format("`afloat attic purge {}`", entry.label)});
}

/// What an open window or an attic still needs, without reading all of it.
void look_at_snapshots(const Work& work, std::vector<Verdict>& verdicts) {
  for (const Found& found : list_snapshots(work.config.snapshot.folder)) {
    const std::string subject = "snapshot " + found.name;
    if (!found.manifest)
      verdicts.push_back({Verdict::Level::warning, subject, found.wrong,
                          fmt::format("`afloat snapshot verify {}`", found.name)});
    if (!found.manifest || found.manifest->env != work.config.env_name) continue;
    const std::string why = needed_by(*found.manifest, work.entries);
    if (why.empty() || !work.target.includes(found.manifest->version)) continue;
    const std::vector<std::string> wrong = damages_at_a_glance(found);
    if (wrong.empty())
      verdicts.push_back({Verdict::Level::ok, subject,
                          fmt::format("{}; its parts are there (`afloat snapshot verify` reads them)", why),
                          ""});
    else
      verdicts.push_back({Verdict::Level::failure, subject, fmt::format("{}; {}", why, join(wrong, "; ")),
                          "`afloat snapshot create` while what it holds is still there"});
  }
}

/// What the history says was made, and is not there.
void look_for_lost_snapshots(const Work& work, Ledger& ledger, std::vector<Verdict>& verdicts) {
  const std::vector<Found> all = list_snapshots(work.config.snapshot.folder);
  for (const LedgerEntry& entry : work.entries) {
    const std::string why = needed_by(entry);
    if (why.empty() || !work.target.includes(entry.version)) continue;
    for (const std::string& name : noted_snapshots(ledger, entry.version).last)
      if (std::ranges::count(all, name, &Found::name) == 0)
        verdicts.push_back({Verdict::Level::failure, "snapshot " + name,
                            fmt::format("{}; the history names it, and it is not in {}", why,
                                        work.config.snapshot.folder.string()),
                            "bring it back, or set `folder` under [snapshot] to where it is; else `afloat "
                            "snapshot create` while what it holds is still there"});
  }
}

/// PostgreSQL: a restored database that has not taken the place of this one.
void look_for_restores(Database& database, std::vector<Verdict>& verdicts) {
  if (database.dialect() != Dialect::postgres) return;
  const std::string name = database.facts().database, beside = name_beside(name);
  if (database
          .query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1 AND "
                 "pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_database'), $2)",
                 {beside, std::string(k_scratch_mark)})
          .rows.empty())
    return;
  verdicts.push_back(
      {Verdict::Level::warning, "database " + beside, "a restore in place has not come to its end",
       fmt::format("`afloat snapshot restore NAME --in-place {}` goes on; DROP DATABASE \"{}\" "
                   "gives it up",
                   name, beside)});
}

std::vector<Verdict> verdicts_of(Work& work, Database& database) {
  Ledger ledger(database);
  work.entries = ledger.entries();
  parse_pending(work);
  std::vector<Verdict> verdicts;
  try {
    check_files(work.migrations, work.entries);
    if (!work.config.any_order) check_order(work.migrations, work.entries);
    verdicts.push_back(
        {Verdict::Level::ok, "files and ledger", fmt::format("{} agree", work.entries.size()), ""});
  } catch (const Error& error) {
    verdicts.push_back({Verdict::Level::failure, "files and ledger", error.message, error.hint});
  }
  const auto add = [&](std::vector<Verdict> some) { std::ranges::move(some, std::back_inserter(verdicts)); };
  for (const LedgerEntry& entry : work.entries)
    if (work.target.includes(entry.version) && (entry.open() || entry.in_attic)) {
      add(verify_migration(database, ledger.plan(entry.version), entry));
      look_at_attic(work, entry, verdicts);
    }
  look_at_snapshots(work, verdicts);
  look_for_lost_snapshots(work, ledger, verdicts);
  look_for_restores(database, verdicts);
  add(verify_order(database));
  add(verify_catalog(database));
  add(verify_keys(database));
  return verdicts;
}

int run_verify(const Arguments& arguments) {
  Work work = load_work(arguments);
  const auto database = connect(work.config, Access::read);
  const std::vector<Verdict> verdicts = verdicts_of(work, *database);
  std::vector<std::vector<std::string>> rows;
  Node::List list;
  for (const Verdict& verdict : verdicts) {
    rows.push_back({std::string(name_of(verdict.level)), verdict.subject, verdict.detail});
    if (!verdict.next.empty()) rows.push_back({"", "", "next: " + verdict.next});
    list.push_back(Node::Object{{"level", std::string(name_of(verdict.level))},
                                {"subject", verdict.subject},
                                {"detail", verdict.detail},
                                {"next", verdict.next}});
  }
  print(arguments, aligned(rows), {{"command", "verify"}, {"results", std::move(list)}});
  return std::ranges::count(verdicts, Verdict::Level::failure, &Verdict::level) > 0 ? 1 : 0;
}
} // namespace

const CommandRow k_verify{"verify",
                          "[VERSION]",
                          1,
                          0,
                          "Check files, sync, indexes, constraints and data",
                          "Checks that files and ledger agree, that the sync triggers of open windows are "
                          "there, enabled and unchanged, that no index is "
                          "invalid, no constraint unvalidated and no row refers to nothing, that what is "
                          "in the attic is within its retention and has its snapshot, and compares both "
                          "shapes in every row. Exits with 1 on a failure.",
                          "afloat verify",
                          {},
                          run_verify};

} // namespace afloat
