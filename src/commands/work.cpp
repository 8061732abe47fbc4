#include "commands/work.hpp"

#include "commands/error_place.hpp"
#include "dialect/inspector.hpp"
#include "load/load.hpp"
#include "operations/operation.hpp"
#include "planning/touches.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <fmt/format.h>

namespace afloat {

Dialect dialect_of(const Config& config) {
  if (!config.url.empty()) return dialect_of_url(config.url);
  return config.dialect == "postgres" ? Dialect::postgres : Dialect::sqlite;
}

namespace {
void take_files(Work& work, std::vector<Migration> files, const Arguments& arguments) {
  work.migrations = std::move(files);
  const auto version =
      arguments.positionals.empty() ? std::nullopt : std::optional(arguments.positionals.front());
  work.target = parse_target(work.migrations, version, arguments.value("--to"));
}

void compare(Work& work) {
  check_files(work.migrations, work.entries);
  parse_pending(work);
}
} // namespace

Work load_work(const Arguments& arguments) {
  Work work;
  work.config = config_of(arguments);
  take_files(work, list_migrations(work.config.migrations_dir), arguments);
  return work;
}

OpenWork open_work(const Arguments& arguments) {
  OpenWork open;
  open.work.config = config_of(arguments);
  auto files = std::async(std::launch::async, list_migrations, open.work.config.migrations_dir);
  try {
    open.database = connect(open.work.config, Access::read);
    open.work.entries = Ledger(*open.database).entries();
  } catch (const Error&) {
    take_files(open.work, files.get(), arguments);
    throw;
  }
  take_files(open.work, files.get(), arguments);
  compare(open.work);
  return open;
}

void read_ledger(Work& work, Ledger& ledger) {
  work.entries = ledger.entries();
  compare(work);
}

std::vector<const Migration*> fresh_migrations(const Work& work) {
  std::vector<const Migration*> fresh;
  for (const Migration& migration : work.migrations)
    if (work.target.includes(migration.version) && !find_entry(work.entries, migration.version))
      fresh.push_back(&migration);
  return fresh;
}

void parse_pending(Work& work) {
  for (Migration& migration : work.migrations)
    if (migration.operations.empty() && !find_entry(work.entries, migration.version))
      migration = parse_migration(migration.path, migration.text, operation_rows(), dialect_of(work.config));
}

PlanMaker::PlanMaker(const Work& work, Database* database, Purpose purpose)
    : m_work(work), m_database(database), m_purpose(purpose) {
  const Dialect dialect = database ? database->dialect() : dialect_of(work.config);
  m_writer = make_sql_writer(dialect, database ? database->facts().server_version : 0);
  if (!database) m_schema = empty_schema(dialect);
}

bool PlanMaker::has_windows() const {
  return std::ranges::any_of(m_work.entries,
                             [](const LedgerEntry& entry) { return !entry.complete() || entry.in_attic; });
}

void PlanMaker::look(const Migration& migration) {
  // All that is pending at once, up to the one after which a run looks anew: a run over many small migrations
  // then looks only once, and over many in SQL not at all of them each time.
  std::vector<RelationName> tables;
  const bool all = m_purpose != Purpose::execute || has_windows(); // what statements do must be known
  bool statements = false;
  const auto add = [&](const Migration& one) {
    statements = statements || (all && !schema_after_is_exact(one));
    for (RelationName& name : tables_of(one, *m_writer)) tables.push_back(std::move(name));
    if (all)
      for (RelationName& name : mentions_of(one, *m_writer)) tables.push_back(std::move(name));
  };
  std::vector<const Migration*> seen{&migration};
  bool further = m_purpose != Purpose::execute || schema_after_is_exact(migration);
  for (const Migration& other : m_work.migrations) {
    if (m_purpose == Purpose::execute && other.version <= migration.version) continue;
    if (find_entry(m_work.entries, other.version)) continue;
    if (!further) break;
    seen.push_back(&other);
    further = m_purpose != Purpose::execute || schema_after_is_exact(other);
  }
  m_seen.clear();
  for (const Migration* one : seen) {
    m_seen.insert(one->version);
    add(*one);
  }
  const bool sqlite = m_database->dialect() == Dialect::sqlite;
  const auto add_new = [&](std::vector<RelationName> names) {
    for (RelationName& name : names)
      if (std::ranges::count(tables, name) == 0) tables.push_back(std::move(name));
  };
  const auto with_others = [&] {
    for (m_schema = inspect(*m_database, tables);; m_schema = inspect(*m_database, tables)) {
      const std::size_t before = tables.size();
      if (statements) add_new(unread_around(*m_schema));
      for (const Migration* one : seen)
        if (!sqlite) add_new(pointing_tables(*one, *m_writer, *m_schema)); // there no operation follows keys
      if (tables.size() == before) return;
    }
  };
  if (sqlite) return with_others();
  // Deparsing views, indexes and constraints takes ACCESS SHARE: behind a strong lock it would wait without
  // end.
  try {
    m_database->set_lock_timeout(m_work.config.lock_total);
    with_others();
    read_habits(*m_database, *m_schema);
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

/// A table in a schema that the role may not use looks as if it were not there.
void PlanMaker::require_usable_schemas(const Migration& migration) {
  if (!m_database || m_database->dialect() != Dialect::postgres) return;
  for (const RelationName& table : tables_of(migration, *m_writer)) {
    const std::string schema = table.schema.empty() ? m_schema->default_schema : table.schema;
    const Result closed =
        m_database->query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1 AND NOT "
                          "pg_catalog.has_schema_privilege(oid, 'USAGE')",
                          {schema});
    if (!closed.rows.empty())
      throw Error(ErrorCode::permission,
                  fmt::format("role {} may not use schema \"{}\"", m_database->facts().role, schema),
                  fmt::format("Give the right: GRANT USAGE, CREATE ON SCHEMA {} TO {}. Nothing was changed.",
                              schema, m_database->facts().role));
  }
}

bool PlanMaker::needs_no_schema(const Migration& migration) const {
  return m_purpose == Purpose::execute && tables_of(migration, *m_writer).empty() && !has_windows();
}

bool PlanMaker::has_not_seen(const Migration& migration) const {
  return !m_schema || (m_purpose == Purpose::execute && m_database && !m_seen.contains(migration.version));
}

bool PlanMaker::must_look(const Migration& migration) const {
  return !needs_no_schema(migration) && has_not_seen(migration);
}

Plan PlanMaker::plan_of(const Migration& migration, bool blank) {
  PlanSettings settings{m_work.config.newer_syntax};
  if (blank) {
    Schema nothing = empty_schema(m_writer->dialect());
    settings.apply = false;
    forget();
    return make_plan(migration, nothing, *m_writer, settings);
  }
  m_closed.reset();
  const bool closes = !m_database || m_purpose == Purpose::show_closed;
  Plan plan = make_plan(migration, *m_schema, *m_writer, settings, closes ? &m_closed : nullptr);
  if (m_purpose == Purpose::execute && !schema_after_is_exact(migration)) forget();
  return plan;
}

Plan PlanMaker::make(const Migration& migration) {
  const bool blank = needs_no_schema(migration);
  if (!blank && has_not_seen(migration)) look(migration);
  try {
    return plan_of(migration, blank);
  } catch (const Error& error) {
    if (error.code == ErrorCode::invalid_migration && m_schema) require_usable_schemas(migration);
    throw;
  }
}

std::optional<Plan> PlanMaker::make_blindly(const Migration& migration) {
  const bool blank = needs_no_schema(migration);
  if (!blank && has_not_seen(migration)) return std::nullopt;
  try {
    return plan_of(migration, blank);
  } catch (const std::exception&) {
    forget();
    return std::nullopt;
  }
}

void PlanMaker::check_written() {
  bool first = true; // it is planned next
  for (const Migration* migration : fresh_migrations(m_work))
    if (!std::exchange(first, false))
      afloat::check_written(*migration, *m_writer, {m_work.config.newer_syntax});
}

std::vector<RelationName> PlanMaker::tables() const {
  std::vector<RelationName> names;
  if (m_schema)
    for (const Table& table : m_schema->tables) names.push_back(table.name);
  return names;
}

std::vector<RelationName> PlanMaker::views() const {
  std::vector<RelationName> views;
  if (m_schema)
    for (const View& view : m_schema->views) views.push_back(view.name);
  return views;
}

void PlanMaker::assume_contracted() {
  if (m_closed) m_schema = std::exchange(m_closed, std::nullopt);
}

void located(const Migration* migration, const std::function<void()>& body) {
  try {
    body();
  } catch (Error& error) {
    if (migration && !error.where && !error.step.empty()) error.where = place_of_error(*migration, error);
    throw;
  }
}

std::string window_in_the_way(const Plan& plan, const Work& work, Ledger& ledger) {
  for (const LedgerEntry& entry : work.entries) {
    if ((entry.complete() && !entry.in_attic) || entry.version == plan.version) continue;
    const Plan open = ledger.plan(entry.version);
    std::string shared = shared_touch(plan, open);
    if (shared.empty()) shared = whole_table_touch(plan, open);
    if (shared.empty() && !entry.in_attic) shared = index_that_goes(plan, open);
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
