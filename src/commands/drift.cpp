#include "verification/drift.hpp"

#include "commands/exclusive.hpp"
#include "commands/rows.hpp"
#include "commands/schema_source.hpp"
#include "commands/session.hpp"
#include "dialect/schema_reader.hpp"
#include "dialect/schema_sql.hpp"
#include "load/file_name.hpp"
#include "load/load.hpp"
#include "report/drift_text.hpp"
#include "support/text.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
struct Comparison {
  std::string headline; ///< "2 differences from the schema recorded at …"
  std::vector<ObjectChange> changes;
  std::vector<std::string> notes;
  std::string way_back; ///< SQL that takes the changes away
};

std::string differences(std::size_t count) {
  return count == 0 ? "no difference" : count_of(static_cast<std::int64_t>(count), "difference");
}

[[noreturn]] void refuse_without_record(const std::string& why) {
  throw Error(ErrorCode::refused, why,
              "Record the schema as it is with `afloat drift --accept REASON`; each run of afloat records "
              "it, too. Nothing was "
              "changed.");
}

DriftAnswer require_record(Database& database, const Config& config) {
  DriftAnswer answer = find_drift(database, config.drift_ignore, config.lock_total);
  if (!answer.record) refuse_without_record("no schema is recorded in this database yet");
  if (!answer.incomparable.empty())
    refuse_without_record("the recorded schema cannot be compared: " + answer.incomparable);
  return answer;
}

Comparison with_record(Database& database, const Config& config) {
  DriftAnswer answer = require_record(database, config);
  Comparison result;
  if (!answer.changes.empty()) {
    const SchemaModel recorded = SchemaRecords(database).model(*answer.record);
    std::vector<ObjectChange> back = without_ignored(compare(answer.live, recorded), config.drift_ignore);
    take_partitions(back, answer.live, recorded);
    result.way_back = script_text(sql_between(answer.live, recorded, back));
  }
  result.headline =
      fmt::format("{} from the schema recorded at {}{}", differences(answer.changes.size()),
                  answer.record->at, answer.record->label.empty() ? "" : " with " + answer.record->label);
  if (!answer.record->reason.empty()) result.notes.push_back("recorded because: " + answer.record->reason);
  for (const std::string& title : answer.left_out)
    result.notes.push_back(
        fmt::format("left out: what {} touches, whose run did not come to its end", title));
  if (!answer.partitions.empty())
    result.notes.push_back("partitions are no drift: " + join(answer.partitions, ", "));
  for (const std::string& kind : answer.live.unread) result.notes.push_back("not read: " + kind);
  result.changes = std::move(answer.changes);
  return result;
}

/// This database against another: what would make the other one like this one.
Comparison with_other(Database& database, const Arguments& arguments, const Config& config,
                      const std::string& other) {
  SchemaSource here = source_of(read_schema(database, config.lock_total), config.safe_url),
               there = schema_of(arguments, other);
  Comparison result;
  result.changes = compare_sources(there, here, config.drift_ignore);
  for (const SchemaSource* source : {&here, &there})
    for (const std::string& note : source->notes)
      result.notes.push_back(fmt::format("{}: {}", source->label, note));
  const std::vector<ObjectChange> back = compare_again(here, there, config.drift_ignore);
  result.way_back = script_text(sql_between(here.model, there.model, back));
  result.headline =
      fmt::format("{} of {} from {}", differences(result.changes.size()), here.label, there.label);
  return result;
}

int accept(const Arguments& arguments, const Config& config, const std::string& reason) {
  if (trimmed(reason).empty())
    throw Error(ErrorCode::usage, "--accept has no reason", "Say why: --accept 'hotfix 4711'.");
  WritingSession session(arguments, config);
  session.accept_schema(reason);
  print(arguments, fmt::format("the schema is recorded as it is: {}\n", reason),
        {{"command", "drift"}, {"accepted", reason}});
  return 0;
}

/// The one way there is: what the recorded schema lacks, as a file; here it is there already.
int write_migration(const Arguments& arguments, const Config& config, const std::string& name) {
  if (!is_migration_name(name))
    throw Error(ErrorCode::usage, fmt::format("\"{}\" is not a name for a migration", name),
                "Use letters, digits, \"_\" and \"-\", such as hotfix_4711. Nothing was changed.");
  WritingSession session(arguments, config);
  const DriftAnswer answer = require_record(session.database(), config);
  if (answer.changes.empty()) {
    print(arguments, "no difference: no migration was written\n", {{"command", "drift"}, {"path", ""}});
    return 0;
  }
  const SchemaModel recorded = SchemaRecords(session.database()).model(*answer.record);
  const SchemaScript forward = sql_between(recorded, answer.live, answer.changes);
  if (!forward.by_hand.empty())
    throw Error(ErrorCode::refused,
                fmt::format("not all of it can be written as SQL:\n    {}", join(forward.by_hand, "\n    ")),
                "Write the migration yourself (`afloat new NAME --sql`), then `afloat drift --accept "
                "REASON`. Nothing was changed.");
  const SchemaScript back = sql_between(answer.live, recorded, compare(answer.live, recorded));
  const auto path = next_migration_path(config.migrations_dir, name, ".sql");
  std::ofstream file(path, std::ios::binary);
  file << fmt::format("-- afloat:description {} that drift found\n-- afloat:expand\n",
                      count_of(static_cast<std::int64_t>(answer.changes.size()), "difference"))
       << script_text(forward);
  if (back.by_hand.empty()) file << "-- afloat:abort\n" << script_text(back);
  file.close();
  if (!file)
    throw Error(ErrorCode::configuration, fmt::format("cannot write {}", path.string()),
                "Check the rights of this user on the folder, and that the disk is not full.");
  for (const Migration& migration : list_migrations(config.migrations_dir))
    if (std::filesystem::equivalent(migration.path, path))
      session.adopt(migration, session.database().dialect());
  print(arguments, fmt::format("wrote {}: complete here, pending in the other databases\n", path.string()),
        {{"command", "drift"}, {"path", path.string()}});
  return 0;
}

int run_drift(const Arguments& arguments) {
  for (const std::string_view shown : {"--against", "--sql", "--markdown"})
    require_at_most_one(arguments, {"--accept", "--write-migration", shown});
  require_at_most_one(arguments, {"--sql", "--markdown"});
  const Config config = config_of(arguments);
  if (const auto name = arguments.value("--write-migration"))
    return write_migration(arguments, config, *name);
  if (const auto reason = arguments.value("--accept")) return accept(arguments, config, *reason);
  const auto database = connect(config, Access::read);
  const auto against = arguments.value("--against");
  const Comparison found =
      against ? with_other(*database, arguments, config, *against) : with_record(*database, config);
  const bool markdown = arguments.has("--markdown");
  std::string text = found.headline + "\n";
  for (const std::string& note : found.notes) text += (markdown ? "\n" : "  ") + note + "\n";
  if (!found.changes.empty())
    text += markdown ? "\n" + changes_markdown(found.changes) : changes_text(found.changes);
  if (arguments.has("--sql")) text = found.way_back;
  print(arguments, text,
        {{"command", "drift"},
         {"headline", found.headline},
         {"notes", Node::List(found.notes.begin(), found.notes.end())},
         {"changes", changes_node(found.changes)},
         {"way_back", found.way_back}});
  return found.changes.empty() ? 0 : 1;
}

constexpr OptionRow k_options[] = {
    {"--against", "", "OTHER",
     "Compare with this environment, URL, snapshot, folder of migrations or SQL file, not with what was "
     "recorded"},
    {"--accept", "", "REASON", "Record the schema as it is"},
    {"--sql", "", "", "Print the SQL that brings the schema back to what was recorded"},
    {"--write-migration", "", "NAME",
     "Make a migration of the differences, which is complete here and pending elsewhere"},
    {"--markdown", "", "", "Print a table for a comment or a page"},
};
} // namespace

const CommandRow k_drift{
    "drift",
    "",
    0,
    0,
    "Show what is not as it was recorded",
    "Compares the whole schema with the one that the ledger recorded at the end of the last run, object by "
    "object and property by property, old -> new. What an open window added is recorded, so a sync trigger "
    "that is missing or disabled is drift. Exits with 1 where something differs.",
    "afloat drift\nafloat drift --env staging --against production\nafloat drift --accept 'hotfix 4711'",
    k_options,
    run_drift};

} // namespace afloat
