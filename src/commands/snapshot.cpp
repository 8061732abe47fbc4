#include "commands/exclusive.hpp"
#include "commands/rows.hpp"
#include "commands/snapshot_in_place.hpp"
#include "commands/snapshot_policy.hpp"
#include "report/table.hpp"
#include "snapshot/policy.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat {
namespace {
/// A run that only reads the database, with progress and signals.
struct Reading {
  explicit Reading(const Arguments& arguments) : reporter(progress_options(arguments)) {}
  Interrupt interrupt{"Nothing was changed: the same command begins again."};
  ProgressReporter reporter;
};

std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t k_thousand = 1000;
  if (bytes < k_thousand) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / k_thousand;
  for (const char* unit : {"kB", "MB", "GB"}) {
    if (size < k_thousand) return fmt::format("{:.1f} {}", size, unit);
    size /= k_thousand;
  }
  return fmt::format("{:.1f} TB", size);
}

Node::Object node_of(const Manifest& manifest) {
  return {{"name", manifest.name},
          {"kind", std::string(name_of(manifest.kind))},
          {"made_at", manifest.made_at},
          {"env", manifest.env},
          {"database", manifest.database},
          {"migration", manifest.migration},
          {"before", manifest.phase},
          {"bytes", manifest.bytes()},
          {"notes", Node::List(manifest.notes.begin(), manifest.notes.end())}};
}

std::vector<RelationName> named_tables(Database& database, const std::string& text) {
  std::vector<RelationName> names;
  for (const std::string& word : split(text, ',')) {
    names.push_back(parse_relation(trimmed(word)));
    if (existing_tables(database, {&names.back(), 1}).empty())
      throw Error(ErrorCode::usage, fmt::format("there is no table \"{}\"", trimmed(word)),
                  "Write them as --tables users,orders. Nothing was changed.");
  }
  return existing_tables(database, names);
}

int run_create(const Arguments& arguments) {
  const Config config = config_of(arguments);
  const auto tables = arguments.value("--tables");
  const SnapshotKind kind =
      parse_snapshot_kind(arguments.value("--kind").value_or(tables ? "tables" : "full"));
  if (tables && kind != SnapshotKind::tables)
    throw Error(ErrorCode::usage, "--tables belongs to snapshots of the kind tables",
                fmt::format("Leave out --tables or --kind {}. Nothing was changed.", name_of(kind)));
  Reading run(arguments);
  const auto database = connect(config, Access::read);
  SnapshotRequest request =
      request_of(config, kind, snapshot_name(config.snapshot, config.project_name, config.env_name, "", ""));
  if (!arguments.positionals.empty()) {
    SnapshotSettings named = config.snapshot;
    std::string wrong = set_snapshot(named, "name", arguments.positionals[0]);
    if (wrong.empty() && arguments.positionals[0].find('{') != std::string::npos)
      wrong = fmt::format("\"{}\": only the configured name has words in braces", arguments.positionals[0]);
    if (!wrong.empty()) throw Error(ErrorCode::usage, wrong, "Name it like `before-cleanup`.");
    request.about.name = arguments.positionals[0];
  }
  if (kind == SnapshotKind::tables)
    request.tables = tables ? named_tables(*database, *tables) : all_tables(*database);
  complete_tables(*database, request);
  const Manifest made =
      make_snapshot(*database, request, watch_of(run.interrupt, run.reporter, request.about.name));
  print(arguments,
        fmt::format("{} is made: {}, {}\n", made.name, name_of(made.kind), size_text(made.bytes())),
        {{"command", "snapshot create"}, {"snapshot", node_of(made)}});
  return 0;
}

int run_list(const Arguments& arguments) {
  const Config config = config_of(arguments);
  std::vector<std::vector<std::string>> rows{{"NAME", "KIND", "MADE", "OF", "BEFORE", "SIZE"}};
  Node::List list;
  for (const Found& found : list_snapshots(config.snapshot.folder)) {
    if (!found.manifest) {
      rows.push_back({found.name, "damaged", "", "", "", ""});
      list.push_back(Node::Object{{"name", found.name}, {"damaged", found.wrong}});
      continue;
    }
    const Manifest& one = *found.manifest;
    rows.push_back({one.name, std::string(name_of(one.kind)), one.made_at, one.env,
                    one.migration.empty() ? "" : one.phase + " of " + one.migration, size_text(one.bytes())});
    list.push_back(node_of(one));
  }
  print(arguments,
        rows.size() == 1 ? fmt::format("there are no snapshots in {}\n", config.snapshot.folder.string())
                         : aligned(rows),
        {{"command", "snapshot list"}, {"snapshots", list}});
  return 0;
}

int run_verify(const Arguments& arguments) {
  const Config config = config_of(arguments);
  Reading run(arguments);
  std::vector<Found> targets;
  if (arguments.positionals.empty())
    targets = list_snapshots(config.snapshot.folder);
  else
    targets.push_back(find_snapshot(config.snapshot.folder, arguments.positionals[0]));
  std::string text;
  Node::List list;
  bool all_whole = true;
  for (const Found& found : targets) {
    const SnapshotWatch watch = watch_of(run.interrupt, run.reporter, found.name);
    std::vector<std::string> wrong = damages(found, watch);
    if (wrong.empty() && found.manifest->kind == SnapshotKind::command) {
      text += fmt::format("{} was {}\n", found.name, join(found.manifest->notes, "; "));
      list.push_back(Node::Object{{"name", found.name}, {"wrong", Node::List()}, {"elsewhere", true}});
      continue;
    }
    const bool restored = wrong.empty() && arguments.has("--restore");
    if (restored) wrong = try_restore(restore_request(config, found), watch);
    all_whole = all_whole && wrong.empty();
    text += wrong.empty()
                ? fmt::format("{} is whole{}\n", found.name, restored ? ", and restores to the same" : "")
                : fmt::format("{} is not whole:\n  {}\n", found.name, join(wrong, "\n  "));
    list.push_back(Node::Object{{"name", found.name}, {"wrong", Node::List(wrong.begin(), wrong.end())}});
  }
  if (targets.empty()) text = fmt::format("there are no snapshots in {}\n", config.snapshot.folder.string());
  print(arguments, text, {{"command", "snapshot verify"}, {"snapshots", list}});
  return all_whole ? 0 : 1;
}

int run_restore(const Arguments& arguments) {
  require_at_most_one(arguments, {"--into", "--in-place"});
  const Config config = config_of(arguments);
  const Found found = find_snapshot(config.snapshot.folder, arguments.positionals.at(0));
  if (!found.manifest)
    throw Error(ErrorCode::refused, fmt::format("snapshot {} is not whole: {}", found.name, found.wrong),
                "`afloat snapshot verify` tells more. Nothing was changed.");
  if (arguments.has("--in-place")) return restore_in_place(arguments, config, found);
  if (arguments.has("--end-sessions"))
    throw Error(ErrorCode::usage, "--end-sessions belongs to --in-place",
                "Nobody is connected to a new database. Nothing was changed.");
  Reading run(arguments);
  RestoreRequest request = restore_request(config, found);
  const Dialect dialect = dialect_of(config);
  request.into = arguments.value("--into").value_or(found.name + (dialect == Dialect::sqlite ? ".db" : ""));
  const Restored restored = restore_new(request, dialect, watch_of(run.interrupt, run.reporter, found.name));
  std::string text = fmt::format("{} is restored into {}\n", found.name, restored.where);
  if (restored.changed_keys)
    text += "foreign keys are NOT VALID where the rows that they refer to are not in the snapshot\n";
  if (!restored.problems.empty())
    text += fmt::format("not all of it could be made:\n  {}\n", join(restored.problems, "\n  "));
  print(arguments, text,
        {{"command", "snapshot restore"},
         {"snapshot", found.name},
         {"into", restored.where},
         {"problems", Node::List(restored.problems.begin(), restored.problems.end())}});
  return restored.problems.empty() ? 0 : 1;
}

constexpr OptionRow k_create_options[] = {
    {"--kind", "", "KIND", "schema, tables, full (default) or command"},
    {"--tables", "", "TABLES", "Only these, with commas between them; kind tables"},
};
constexpr OptionRow k_verify_options[] = {
    {"--restore", "", "", "Restore into a scratch database too, and compare"},
};
constexpr OptionRow k_restore_options[] = {
    {"--into", "", "NAME", "The new database, or SQLite file (default: the snapshot's name)"},
    {"--in-place", "", "DATABASE", "Replace what is in this database, after a snapshot of it"},
    {"--end-sessions", "", "", "End others' sessions in a PostgreSQL database that is replaced as a whole"},
};
} // namespace

const CommandRow k_snapshot_create{
    "snapshot create",
    "[NAME]",
    1,
    0,
    "Copy the database, some tables or the schema",
    "One consistent moment, beside writers; it is complete or it is not there. Changes "
    "nothing in the database.",
    "afloat snapshot create before-cleanup\nafloat snapshot create --tables users,orders",
    k_create_options,
    run_create};

const CommandRow k_snapshot_list{"snapshot list",
                                 "",
                                 0,
                                 0,
                                 "Show the snapshots that are there",
                                 "Oldest first, with what each was made of and before what.",
                                 "afloat snapshot list",
                                 {},
                                 run_list};

const CommandRow k_snapshot_verify{
    "snapshot verify",
    "[NAME]",
    1,
    0,
    "Check that snapshots are whole",
    "Reads every part and compares its size and SHA-256 with the manifest. With "
    "--restore it is also restored into a scratch database, which is dropped again, and "
    "schema, rows and contents are compared. Exits with 1 if something is wrong.",
    "afloat snapshot verify\nafloat snapshot verify shop-pre-0007 --restore",
    k_verify_options,
    run_verify};

const CommandRow k_snapshot_restore{
    "snapshot restore",
    "NAME",
    1,
    1,
    "Bring a snapshot back, into a new database by default",
    "With --in-place it replaces the rows of its tables (kind tables) or the whole "
    "database (kind full) in one transaction, after a snapshot of what is replaced. A whole PostgreSQL "
    "database is restored beside the old one, which keeps its contents under another name.",
    "afloat snapshot restore shop-pre-0007 --into shop_before",
    k_restore_options,
    run_restore};

} // namespace afloat
