#include "commands/session.hpp"

#include "dialect/schema_reader.hpp"
#include "ledger/schema_records.hpp"
#include "report/drift_text.hpp"
#include "support/text.hpp"
#include "verification/drift.hpp"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace afloat {
namespace {
Observer*& observer_slot() {
  static Observer silent;
  static Observer* current = &silent;
  return current;
}

/// Where default_transaction_read_only comes from, as the command that takes it away.
std::string way_to_write(Database& database) {
  const SessionFacts& facts = database.facts();
  const std::string source =
      database
          .query("SELECT source FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'", {})
          .scalar()
          .value_or("");
  if (source == "database")
    return fmt::format("ALTER DATABASE {} RESET default_transaction_read_only", facts.database);
  if (source == "user") return fmt::format("ALTER ROLE {} RESET default_transaction_read_only", facts.role);
  if (source == "database user")
    return fmt::format("ALTER ROLE {} IN DATABASE {} RESET default_transaction_read_only", facts.role,
                       facts.database);
  return source == "client" ? "take it out of the URL's or PGOPTIONS' options"
                            : "ALTER SYSTEM RESET default_transaction_read_only";
}

/// Refuses before anything is tried, where the session could not write anyway.
void require_writable(Database& database) {
  const SessionFacts& facts = database.facts();
  if (facts.standby)
    throw Error(ErrorCode::permission, fmt::format("{} is a standby: it cannot be changed", facts.database),
                "Connect to the primary. Nothing was changed.");
  if (!facts.read_only_by_default) return;
  if (database.dialect() == Dialect::sqlite)
    throw Error(ErrorCode::permission, fmt::format("{} may not be written by this user", facts.database),
                "Give this user the right to write the file and its directory. Nothing was changed.");
  throw Error(ErrorCode::permission,
              fmt::format("{} is read-only for role {}: default_transaction_read_only is on", facts.database,
                          facts.role),
              fmt::format("Allow it to write: {}. Nothing was changed.", way_to_write(database)));
}

/// A protected environment is changed by those alone who say its name in the command.
void require_named(const Arguments& arguments, const Config& config) {
  if (!config.is_protected || arguments.has("--env")) return;
  throw Error(ErrorCode::usage, fmt::format("environment \"{}\" is protected", config.env_name),
              fmt::format("Name it in the command: `afloat --env {} {}`. Nothing was changed.",
                          config.env_name, arguments.command));
}

std::unique_ptr<Database> connect_to_write(const Arguments& arguments, const Config& config) {
  require_named(arguments, config);
  std::unique_ptr<Database> database = connect(config, Access::write);
  require_writable(*database);
  Ledger(*database).create(config.lock_total);
  return database;
}
} // namespace

Observer& run_observer() {
  return *observer_slot();
}

void set_run_observer(Observer& observer) {
  observer_slot() = &observer;
}

Config config_of(const Arguments& arguments) {
  ConfigRequest request;
  request.config = arguments.value("--config");
  request.env = arguments.value("--env");
  request.url = arguments.value("--url");
  request.lock_timeout = arguments.value("--lock-timeout");
  for (const ThrottleRow& row : k_throttle_rows)
    if (const auto value = arguments.value(row.option))
      request.throttle[std::string(row.key)] = row.value.empty() ? "true" : *value;
  return load_config(request);
}

ConnectOptions connect_options(const Config& config, Access access) {
  ConnectOptions options;
  options.url = config.url;
  options.safe_url = config.safe_url;
  options.connect_timeout = config.connect_timeout;
  options.read_only = access == Access::read;
  return options;
}

std::unique_ptr<Database> connect(const Config& config, Access access) {
  if (config.url.empty())
    throw Error(ErrorCode::configuration,
                fmt::format("no database is set for environment \"{}\"", config.env_name),
                fmt::format("Set `url` under [env.{}] in afloat.toml, or give --url.", config.env_name));
  return open_database(connect_options(config, access));
}

bool wants_json(const Arguments& arguments) {
  const std::string output = arguments.value("--output").value_or("text");
  if (output != "text" && output != "json")
    throw Error(ErrorCode::usage, fmt::format("--output is \"{}\"", output), "It is `text` or `json`.");
  return output == "json";
}

bool wants_color(const Arguments& arguments) {
  return !arguments.has("--no-color") && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1;
}

void print(const Arguments& arguments, const std::string& text, const Node::Object& document) {
  const std::string& output = wants_json(arguments) ? to_json(document) : text;
  std::fwrite(output.data(), 1, output.size(), stdout);
}

ProgressOptions progress_options(const Arguments& arguments) {
  return {arguments.has("--no-progress"), isatty(STDERR_FILENO) == 1, arguments.has("--log-sql")};
}

RunnerOptions runner_options(const Arguments& arguments, const Config& config, Dialect dialect) {
  RunnerOptions options;
  options.lock_timeout = config.lock_timeout;
  options.ladder.total = config.lock_total;
  options.batch_time = config.batch_time;
  options.throttle = arguments.has("--full-speed")
                         ? without_defaults(config.throttle, dialect == Dialect::sqlite)
                         : config.throttle;
  return options;
}

WritingSession::WritingSession(const Arguments& arguments, const Config& config, Interrupt* shared)
    : m_own_interrupt(shared ? nullptr : std::make_unique<Interrupt>()),
      m_interrupt(shared ? *shared : *m_own_interrupt), m_lock_total(config.lock_total),
      m_reporter(progress_options(arguments)), m_database(connect_to_write(arguments, config)),
      m_watching(m_interrupt, *m_database), m_ledger(*m_database),
      m_lease(*m_database, connect_options(config, Access::write), {config.lease_timeout, config.lock_total},
              m_interrupt, m_reporter),
      m_runner({*m_database, m_lease.token(), m_interrupt, m_reporter, run_observer(),
                runner_options(arguments, config, m_database->dialect()),
                connect_options(config, Access::write)}) {}

void WritingSession::record(const std::string& reason) {
  SchemaRecords(*m_database)
      .add(read_schema(*m_database, m_lock_total), reason, m_lease.token(),
           schema_state_function(*m_database), m_lock_total);
}

WritingSession::~WritingSession() {
  try {
    if (m_database->in_transaction() || !m_ledger.exists())
      return; // a restore can bring back times before it
    SchemaRecords records(*m_database);
    if (records.is_behind(records.newest())) record({});
  } catch (const Error& error) { // the next run, or drift, sees that the record is behind
    m_reporter.say(fmt::format("the schema could not be recorded: {}", error.message));
  }
}

void record_what_is_left(const Arguments& arguments, const Config& config, Database& database) {
  try {
    SchemaRecords records(database);
    if (!Ledger(database).exists() || !records.is_behind(records.newest())) return;
    const WritingSession session(arguments, config); // records when it goes
  } catch (const Error& error) {
    if (error.code == ErrorCode::busy) return; // another run is under way, and records in the end
    if (error.code == ErrorCode::interrupted) throw;
    ProgressReporter(progress_options(arguments))
        .say(fmt::format("the schema could not be recorded: {}", error.message));
  }
}

void WritingSession::adopt(const Migration& migration, Dialect dialect) {
  Plan plan{.version = migration.version,
            .label = migration.label,
            .name = migration.name,
            .description = migration.description,
            .checksum = migration.checksum,
            .dialect = dialect};
  write([&] {
    m_ledger.freeze(plan, "complete");
    m_ledger.note(plan, "adopted", "this database had it already");
    m_ledger.check_fence(m_lease.token());
  });
}

void WritingSession::write(const std::function<void()>& body) {
  m_database->begin(m_lock_total);
  try {
    body();
    m_database->commit();
  } catch (...) {
    m_database->rollback();
    throw;
  }
}

void WritingSession::require_no_drift(const Arguments& arguments, const Config& config) {
  SchemaRecords records(*m_database);
  const auto newest = records.newest();
  if (!newest || !records.unsettled(*newest).empty()) return;
  const DriftAnswer drift = find_drift(*m_database, config.drift_ignore, m_lock_total);
  if (!drift.incomparable.empty())
    m_reporter.say("not compared with the recorded schema: " + drift.incomparable);
  if (drift.changes.empty()) return;
  const std::string what = drift_lines(drift.changes, k_drift_lines_of_error);
  if (const auto reason = arguments.value("--accept-drift")) return record(*reason);
  if (!config.drift_refuses)
    return m_reporter.say(fmt::format("warning: the schema is not the recorded one:{}", what));
  throw Error(ErrorCode::refused,
              fmt::format("the schema is not the one that was recorded at {}:{}", drift.record->at, what),
              "`afloat drift` shows all of it. Bring it back, or go on with --accept-drift REASON. Nothing "
              "was changed.");
}

} // namespace afloat
