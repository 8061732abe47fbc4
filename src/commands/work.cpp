#include "commands/work.hpp"

#include "dialect/inspector.hpp"
#include "load/load.hpp"
#include "operations/operation.hpp"
#include "support/text.hpp"

#include <cstdlib>
#include <variant>

#include <fmt/format.h>

namespace afloat {

Work load_work(const Arguments& arguments) {
  Work work;
  work.config = config_of(arguments);
  work.migrations = list_migrations(work.config.migrations_dir);
  const auto version =
      arguments.positionals.empty() ? std::nullopt : std::optional(arguments.positionals.front());
  work.target = parse_target(work.migrations, version, arguments.value("--to"));
  return work;
}

void read_ledger(Work& work, Ledger& ledger) {
  work.entries = ledger.entries();
  check_files(work.migrations, work.entries);
  parse_pending(work);
}

void parse_pending(Work& work) {
  for (Migration& migration : work.migrations)
    if (migration.operations.empty() && !find_entry(work.entries, migration.version))
      migration = parse_migration(migration.path, migration.text, operation_rows());
}

PlanMaker::PlanMaker(const Work& work, Database* database, Purpose purpose)
    : m_work(work), m_database(database), m_purpose(purpose) {
  const Dialect dialect = database                  ? database->dialect()
                          : work.config.url.empty() ? Dialect::sqlite
                                                    : dialect_of_url(work.config.url);
  m_writer = make_sql_writer(dialect, database ? database->facts().server_version : 0);
  if (!database) m_schema = empty_schema(dialect);
}

void PlanMaker::look(const Migration& migration) {
  // All that is pending at once: a run over many small migrations then looks only once.
  std::vector<RelationName> tables = tables_of(migration);
  for (const Migration& other : m_work.migrations)
    if (!find_entry(m_work.entries, other.version))
      for (RelationName& name : tables_of(other)) tables.push_back(std::move(name));
  if (m_database->dialect() == Dialect::sqlite) {
    m_schema = inspect(*m_database, tables);
    return;
  }
  // Deparsing views, indexes and constraints takes ACCESS SHARE: behind a strong lock it would wait without
  // end.
  try {
    m_database->set_lock_timeout(m_work.config.lock_total);
    m_schema = inspect(*m_database, tables);
    m_database->set_lock_timeout(std::chrono::milliseconds(0));
  } catch (Error& error) {
    if (error.code != ErrorCode::busy) throw;
    error.message =
        fmt::format("could not read the tables of migration {}: another session holds a lock on one of them",
                    migration.title());
    error.hint = "Wait for that session or end it; nothing was changed, the same command can be run again.";
    error.sql.clear();
    throw;
  }
}

Plan PlanMaker::make(const Migration& migration) {
  if (!m_schema) look(migration);
  if (!m_database)
    m_before = m_schema; // offline there are few, and only there a window is assumed to be closed
  Plan plan = make_plan(migration, *m_schema, *m_writer);
  if (m_purpose == Purpose::execute && !schema_after_is_exact(migration)) forget();
  return plan;
}

void PlanMaker::assume_contracted(const Migration& migration) {
  m_schema = after_contract(migration, std::move(*m_before), *m_writer);
}

namespace {
/// The expression of the operation that the statement contains; else the operation.
SourcePosition position_in(const OperationSpec& spec, const std::string& sql) {
  for (const Field& field : spec.fields) {
    const auto* text = std::get_if<std::string>(&field.value);
    const bool is_sql = field.name == "up" || field.name == "down" || field.name == "expand"
                        || field.name == "contract" || field.name == "default" || field.name == "column_type";
    if (is_sql && text && !trimmed(*text).empty() && sql.find(*text) != std::string::npos) return field.where;
  }
  return spec.where;
}

std::optional<SourcePosition> position_of(const Migration& migration, const Error& error) {
  const auto number = static_cast<std::size_t>(std::atoi(error.step.c_str())); // "2.1": the second operation
  const std::vector<OperationSpec> operations =
      migration.operations.empty()
          ? parse_migration(migration.path, migration.text, operation_rows()).operations
          : migration.operations;
  if (number < 1 || number > operations.size()) return std::nullopt;
  return position_in(operations[number - 1], error.sql);
}
} // namespace

void located(const Migration* migration, const std::function<void()>& body) {
  try {
    body();
  } catch (Error& error) {
    if (migration && !error.where && !error.step.empty()) error.where = position_of(*migration, error);
    throw;
  }
}

std::string window_in_the_way(const Plan& plan, const Work& work, Ledger& ledger) {
  for (const LedgerEntry& entry : work.entries) {
    if ((entry.complete() && !entry.in_attic) || entry.version == plan.version) continue;
    const std::string shared = shared_touch(plan, ledger.plan(entry.version));
    if (shared.empty()) continue;
    // The sync towards the attic lives on the same columns.
    if (entry.in_attic)
      return fmt::format("{} touches {}, and so does the attic of {}: `afloat attic purge {}` first",
                         plan.title(), shared, entry.title(), entry.label);
    return fmt::format("{} waits until the window of {} is closed: both touch {}", plan.title(),
                       entry.title(), shared);
  }
  return {};
}

} // namespace afloat
