#include "commands/schema_replay.hpp"

#include "commands/session.hpp"
#include "commands/work.hpp"
#include "dialect/schema_reader.hpp"
#include "load/load.hpp"
#include "snapshot/restore.hpp"
#include "snapshot/scratch.hpp"
#include "sql/script.hpp"
#include "sql/server_wide.hpp"
#include "support/file.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"
#include "throttle/settings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr const char* k_gone = "The scratch database is gone again, and nothing else was changed.";

/// The same server, another database.
std::string with_database(const std::string& url, const std::string& name) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return fmt::format("{} dbname={}", url, name); // the last one counts
  const std::size_t query = std::min(url.find('?'), url.size());
  const std::size_t path = std::min(url.find('/', scheme + 3), query);
  return fmt::format("{}/{}{}", url.substr(0, path), name, url.substr(query));
}

/// A folder with one file in it, for a SQLite database that several connections share.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "afloat-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw Error(ErrorCode::configuration, fmt::format("cannot make a folder like {}", name),
                  "Set TMPDIR to a folder that this user may write. Nothing was changed.");
    m_path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_path;
};

enum class Sharing { one_connection, several };

/// A database of its own for the time of a replay.
class Place {
 public:
  Place(const Config& config, Dialect dialect, Sharing sharing, std::function<void()> watch) {
    if (dialect == Dialect::sqlite) {
      m_options.must_exist = false;
      m_options.url = "sqlite::memory:";
      if (sharing == Sharing::several)
        m_options.url = "sqlite:" + (m_folder.emplace().path() / "scratch.db").string();
    } else {
      require_server(config);
      const ConnectOptions environment = connect_options(config, Access::write);
      m_options = scratch_server(config.snapshot, environment);
      m_scratch.emplace(m_options, config.lock_total, std::move(watch));
      m_options.url = with_database(m_options.url, m_scratch->name());
    }
    m_options.safe_url = "the scratch database";
  }

  /// A connection to it. Never to another one, whatever a URL's parameters say.
  std::unique_ptr<Database> open() {
    std::unique_ptr<Database> database = open_database(m_options);
    if (m_scratch && database->facts().database != m_scratch->name())
      throw Error(
          ErrorCode::configuration, "the URL names its database in a way that cannot be replaced",
          "Write it as postgres://HOST/DATABASE, without dbname behind the `?`. Nothing was changed.");
    m_options.must_exist = true;
    return database;
  }
  const std::string& url() const { return m_options.url; }
  const ScratchDatabase& scratch() const { return *m_scratch; }
  void drop() {
    if (m_scratch) m_scratch->drop();
  }

 private:
  static void require_server(const Config& config) {
    if (!config.url.empty() && dialect_of(config) == Dialect::postgres) return;
    throw Error(ErrorCode::configuration,
                fmt::format("environment \"{}\" has no PostgreSQL server to replay on", config.env_name),
                "Name one that has with --env or --url. Nothing was changed.");
  }

  std::optional<TemporaryFolder> m_folder;
  ConnectOptions m_options;
  std::optional<ScratchDatabase> m_scratch;
};

/// Who replays owns what is made, which says nothing.
void forget_owner(SchemaModel& model, const std::string& role) {
  for (SchemaObject& object : model.objects)
    std::erase_if(object.properties, [&](const Property& property) {
      return property.first == "owner" && property.second == role;
    });
}

SchemaModel model_of(Database& database) {
  SchemaModel model = read_schema(database);
  forget_owner(model, database.facts().role);
  return model;
}

std::string not_replayed(const std::string& words, const std::string& where) {
  return fmt::format("not replayed: {} in {}: it acts on the server, not on one database", words, where);
}

/// pg_dump guards its scripts with these commands of psql.
std::string without_restrict(const std::string& sql) {
  std::string text;
  for (const std::string& line : split(sql, '\n'))
    text += (line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ") ? "" : line) + "\n";
  return text;
}

void run_script(Database& database, const SourceText& source, Replayed& replayed,
                const Interrupt& interrupt) {
  for (const ScriptItem& item : read_script(source, database.dialect())) {
    interrupt.check();
    if (item.marker) continue;
    const bool postgres = database.dialect() == Dialect::postgres;
    if (const std::string words = postgres ? server_wide(item.text) : ""; !words.empty()) {
      replayed.notes.push_back(
          not_replayed(words, fmt::format("{}:{}", source.path(), source.at(item.offset).line)));
      continue;
    }
    try {
      database.script(item.text);
    } catch (Error& error) {
      if (error.code == ErrorCode::interrupted) throw;
      error.message = fmt::format("{} cannot be run in an empty database: {}", source.path(), error.message);
      if (!error.where) error.where = source.at(item.offset + error.offset.value_or(0));
      if (error.code == ErrorCode::statement) error.code = ErrorCode::usage;
      error.hint = "The file must make a whole schema by itself. Nothing was changed.";
      error.sql.clear();
      throw;
    }
  }
}

/// What acts beyond the database does nothing here.
void silence(Plan& plan, Replayed& replayed) {
  if (plan.dialect != Dialect::postgres) return;
  for (Step& step : plan.steps)
    for (Statement& statement : step.statements)
      if (const std::string words = server_wide(statement.sql); !words.empty()) {
        replayed.notes.push_back(not_replayed(words, plan.title()));
        statement.sql = "SELECT 1";
      }
}

void take_to_the_end(WritingSession& session, const Migration& migration, PlanMaker& maker, Work& work,
                     Replayed& replayed) {
  Plan plan = maker.make(migration);
  silence(plan, replayed);
  session.runner().expand(plan, false);
  if (plan.has(Phase::contract)) session.runner().contract(plan);
  if (plan.has(Phase::purge)) session.runner().purge(plan);
  work.entries = session.ledger().entries();
  if (plan.has(Phase::contract)) maker.forget();
}

void run_migrations(const Arguments& arguments, const Config& config, Interrupt& interrupt,
                    Replayed& replayed) {
  Work work;
  work.config = config;
  work.migrations = list_migrations(config.migrations_dir);
  WritingSession session(arguments, config, &interrupt);
  if (session.database().dialect() == Dialect::sqlite) session.database().script("PRAGMA synchronous = OFF");
  read_ledger(work, session.ledger());
  PlanMaker maker(work, &session.database(), PlanMaker::Purpose::execute);
  for (const Migration& migration : work.migrations) try {
      located(&migration, [&] { take_to_the_end(session, migration, maker, work, replayed); });
    } catch (Error& error) {
      if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
      error.code =
          error.code == ErrorCode::invalid_migration ? ErrorCode::invalid_migration : ErrorCode::statement;
      error.message =
          fmt::format("{} cannot be replayed in an empty database: {}", migration.title(), error.message);
      error.hint = k_gone;
      throw;
    }
}
/// A signal ends the replay as an error does: the scratch database goes.
template <class Replay>
Replayed interruptible(const Replay& replay) {
  try {
    Interrupt interrupt;
    return replay(interrupt);
  } catch (const Error& error) {
    if (error.code == ErrorCode::interrupted) throw Error(error.code, "interrupted", k_gone);
    throw;
  }
}
} // namespace

Replayed replay_file(const Arguments& arguments, const std::string& path) {
  const Config config = config_of(arguments);
  const SourceText source(path, without_restrict(read_whole(path)));
  return interruptible([&](Interrupt& interrupt) {
    Replayed replayed;
    Place place(config, dialect_of(config), Sharing::one_connection, [&] { interrupt.check(); });
    {
      const auto database = place.open();
      const Watching watching(interrupt, *database);
      run_script(*database, source, replayed, interrupt);
      replayed.model = model_of(*database);
    }
    place.drop();
    return replayed;
  });
}

Replayed replay_migrations(const Arguments& arguments, const std::filesystem::path& folder) {
  Config config = config_of(arguments);
  config.migrations_dir = folder;
  return interruptible([&](Interrupt& interrupt) {
    Replayed replayed;
    Place place(config, dialect_of(config), Sharing::several, [&] { interrupt.check(); });
    const std::unique_ptr<Database> first = place.open(); // makes the file
    config.url = place.url();
    config.safe_url = "the scratch database";
    config.is_protected = false;
    config.throttle = without_defaults(default_throttle(), true); // nobody else is there, and no rows
    Arguments quiet = arguments;
    quiet.options["--no-progress"] = "";
    run_migrations(quiet, config, interrupt, replayed);
    replayed.model = model_of(*first);
    return replayed;
  });
}

Replayed replay_snapshot(const Arguments& arguments, const Found& found) {
  if (!found.manifest)
    throw Error(ErrorCode::refused, fmt::format("snapshot {} is not whole: {}", found.name, found.wrong),
                "`afloat snapshot verify` tells more. Nothing was changed.");
  const Config config = config_of(arguments);
  return interruptible([&](Interrupt& interrupt) {
    Replayed replayed;
    const auto check = [&] { interrupt.check(); };
    Place place(config, found.manifest->dialect, Sharing::one_connection, check);
    if (found.manifest->dialect == Dialect::sqlite) {
      const auto database = place.open();
      const Watching watching(interrupt, *database);
      run_script(*database, SourceText(found.name, stored_sqlite_schema(found, check)), replayed, interrupt);
      replayed.model = model_of(*database);
      return replayed;
    }
    RestoreRequest request;
    request.found = found;
    request.settings = config.snapshot;
    request.connect = place.scratch().server();
    request.lock_timeout = config.lock_total;
    const SnapshotWatch watch{check, [](std::int64_t, std::int64_t) {}, [](std::string_view) {},
                              [](std::string_view) {}};
    for (const std::string& problem : restore_schema(request, place.scratch(), watch))
      replayed.notes.push_back("not restored: " + problem);
    replayed.model = read_schema(*place.open());
    place.drop();
    return replayed;
  });
}

} // namespace afloat
