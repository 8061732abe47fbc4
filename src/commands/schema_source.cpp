#include "commands/schema_source.hpp"

#include "commands/schema_replay.hpp"
#include "commands/session.hpp"
#include "dialect/schema_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
bool is_url(const std::string& source) {
  return source.starts_with("sqlite:") || source.find("://") != std::string::npos
         || source.find('=') != std::string::npos;
}

/// The configuration as it were with --env ENV or --url URL, whichever `source` is.
Config config_for(const Arguments& arguments, const std::string& source) {
  Arguments other = arguments;
  other.options[is_url(source) ? "--url" : "--env"] = source;
  if (!is_url(source)) other.options.erase("--url");
  try {
    return config_of(other);
  } catch (Error& error) {
    constexpr std::string_view k_asked = " (asked for by --env)";
    if (error.message.ends_with(k_asked))
      error.message = fmt::format("\"{}\" is no file and no URL, and {}", source,
                                  error.message.substr(0, error.message.size() - k_asked.size()));
    throw;
  }
}

SchemaSource of_database(const Arguments& arguments, const std::string& source) {
  const Config config = config_for(arguments, source);
  return source_of(read_schema(*connect(config, Access::read), config.lock_total), config.safe_url);
}

/// Settings hang on a database's name. A database's encoding is chosen before anything is replayed.
SchemaSource of_replay(Replayed replayed, const std::string& label) {
  SchemaSource result = source_of(std::move(replayed.model), label);
  for (const char* pattern : {"setting *", "pragma encoding", "pragma auto_vacuum"})
    result.silent.emplace_back(pattern);
  std::ranges::move(replayed.notes, std::back_inserter(result.notes));
  return result;
}

/// pg_dump does not say which version of an extension is there.
SchemaSource of_snapshot(const Arguments& arguments, const Found& found) {
  SchemaSource result = of_replay(replay_snapshot(arguments, found), "snapshot " + found.name);
  result.silent.emplace_back("extension *: version");
  return result;
}

std::optional<Found> stored_snapshot(const Arguments& arguments, const std::string& name) {
  for (Found& found : list_snapshots(config_of(arguments).snapshot.folder))
    if (found.name == name) return std::move(found);
  return std::nullopt;
}

bool is_environment(const Arguments& arguments, const std::string& name) {
  try {
    config_for(arguments, name);
    return true;
  } catch (const Error& error) {
    if (error.code != ErrorCode::configuration) throw;
    return false;
  }
}

/// An owner that only one of the two tells says nothing.
void forget_untold_owners(std::vector<ObjectChange>& changes) {
  std::erase_if(changes, [](ObjectChange& change) {
    if (!change.before || !change.after) return false;
    std::erase_if(change.properties, [](const PropertyChange& property) {
      return property.property == "owner" && (property.before.empty() || property.after.empty());
    });
    return change.properties.empty();
  });
}
} // namespace

SchemaSource source_of(SchemaModel model, const std::string& label) {
  SchemaSource result{std::move(model), label, {}, {}};
  for (const std::string& kind : result.model.unread) {
    result.notes.push_back("not read: " + kind);
    result.silent.push_back(kind.substr(0, kind.find(':')) + " *");
  }
  return result;
}

SchemaSource schema_of(const Arguments& arguments, const std::string& source) {
  if (is_url(source)) return of_database(arguments, source);
  if (std::filesystem::is_directory(source)) {
    const std::filesystem::path path = std::filesystem::canonical(source);
    if (const auto found = snapshot_in(path)) return of_snapshot(arguments, *found);
    return of_replay(replay_migrations(arguments, source), source);
  }
  if (std::filesystem::is_regular_file(source)) return of_replay(replay_file(arguments, source), source);
  if (const auto found = stored_snapshot(arguments, source); found && !is_environment(arguments, source))
    return of_snapshot(arguments, *found);
  return of_database(arguments, source);
}

std::vector<ObjectChange> compare_again(const SchemaSource& before, const SchemaSource& after,
                                        std::span<const std::string> ignore) {
  std::vector<ObjectChange> changes = without_ignored(compare(before.model, after.model), ignore);
  changes = without_ignored(std::move(changes), before.silent);
  changes = without_ignored(std::move(changes), after.silent);
  forget_untold_owners(changes);
  return changes;
}

std::vector<ObjectChange> compare_sources(SchemaSource& before, SchemaSource& after,
                                          std::span<const std::string> ignore) {
  if (before.model.dialect != after.model.dialect)
    throw Error(ErrorCode::usage, "one is a PostgreSQL database and the other SQLite",
                "Compare databases of one kind.");
  remove_own(before.model);
  remove_own(after.model);
  return compare_again(before, after, ignore);
}

} // namespace afloat
