#include "snapshot/scratch.hpp"

#include "snapshot/postgres.hpp"
#include "snapshot/sessions_postgres.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
using postgres_copy::literal;
using postgres_copy::sql_name;

constexpr std::string_view k_in_use = "55006", k_scratch_name = "afloat_scratch_";

/// Until the mark is on it, nobody but a superuser can connect to a new database: that, its name and its
/// owner tell it when we are killed in between.
bool is_marked(CopySession& admin, const std::string& database) {
  return !admin
              .query(fmt::format(
                  "SELECT 1 FROM (SELECT datconnlimit, datdba, pg_catalog.shobj_description(oid, "
                  "'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = {}) d WHERE "
                  "pg_catalog.starts_with(comment, {}) OR (comment IS NULL AND datconnlimit = 0 AND datdba = "
                  "(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user))",
                  literal(database), literal(k_scratch_mark)))
              .empty();
}

/// " LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'", of the database that we are connected to. The columns are not
/// the same in all versions: none before 15, daticulocale in 15, daticurules from 16 on, datlocale from 17
/// on.
std::string locale_options(CopySession& admin) {
  const auto row = admin
                       .query("SELECT d->>'datlocprovider', coalesce(d->>'datlocale', d->>'daticulocale'), "
                              "d->>'daticurules' FROM (SELECT pg_catalog.to_jsonb(p) AS d FROM "
                              "pg_catalog.pg_database p WHERE datname = pg_catalog.current_database()) r")
                       .at(0);
  if (!row[0]) return {};
  if (row[0] == "c") return " LOCALE_PROVIDER libc";
  const bool icu = row[0] == "i";
  std::string options = icu ? " LOCALE_PROVIDER icu" : " LOCALE_PROVIDER builtin";
  if (row[1]) options += fmt::format(" {} {}", icu ? "ICU_LOCALE" : "BUILTIN_LOCALE", literal(*row[1]));
  if (row[2]) options += " ICU_RULES " + literal(*row[2]);
  return options;
}

/// A process and its start, as pg_stat_activity has them: no other backend of the server shares both, on
/// whatever host its client runs. After SET ROLE even one's own start is not shown.
std::string backend_with(std::string_view start) {
  return fmt::format("a.pid || '_' || (extract(epoch FROM {}) * 1000000)::bigint", start);
}

std::string name_of_session(CopySession& admin) {
  const auto rows = admin.query(
      fmt::format("SELECT {} FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid()",
                  backend_with("coalesce(a.backend_start, pg_catalog.clock_timestamp())")));
  return fmt::format("{}{}", k_scratch_name, rows.at(0).at(0).value_or(""));
}

/// A start that may not be seen could be the right one. The second and the third pattern are what earlier
/// versions named theirs.
constexpr std::string_view k_left_behind =
    "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datdba = (SELECT oid FROM pg_catalog.pg_roles "
    "WHERE rolname = current_user) AND (d.datname ~ '^{0}[0-9]+_[0-9]+$' OR "
    "(pg_catalog.shobj_description(d.oid, 'pg_database') = {1} AND (d.datname ~ '^{0}[0-9]+$' OR d.datname ~ "
    "'_afloat_restoring$'))) AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE "
    "pg_catalog.starts_with(d.datname, '{0}' || a.pid || '_') AND coalesce(d.datname = '{0}' || {2}, true)) "
    "ORDER BY 1";

// WITH (FORCE) would also end autovacuum in it, for which a role needs more rights than its own sessions
// take; without it the server does that itself, and waits for those who are leaving.
void drop_own_marked(CopySession& admin, const std::string& database) {
  if (is_marked(admin, database)) postgres_copy::end_sessions(admin, database);
  drop_marked(admin, database);
}

void make_marked(CopySession& admin, const std::string& database, Likeness likeness) {
  // To name the tablespace takes the right to use it, also where it would be that one anyway.
  const auto like =
      admin
          .query("SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, "
                 "nullif(d.dattablespace, o.dattablespace), s.spcname FROM pg_catalog.pg_database d JOIN "
                 "pg_catalog.pg_tablespace s ON s.oid = d.dattablespace, pg_catalog.pg_database o WHERE "
                 "d.datname = pg_catalog.current_database() AND o.datname = 'template0'")
          .at(0);
  const bool elsewhere = likeness == Likeness::place_too && like[3];
  try {
    admin.script(fmt::format(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}{}{} CONNECTION LIMIT 0",
        sql_name(database), literal(*like[0]), literal(*like[1]), literal(*like[2]), locale_options(admin),
        elsewhere ? " TABLESPACE " + sql_name(*like[4]) : ""));
  } catch (Error& error) {
    if (error.code == ErrorCode::permission)
      error.hint = "Give the role the right: ALTER ROLE … CREATEDB; or set `scratch` under [snapshot] to a "
                   "server where it has it. Nothing was changed.";
    throw;
  }
  admin.script(fmt::format("COMMENT ON DATABASE {0} IS {1}; ALTER DATABASE {0} CONNECTION LIMIT -1",
                           sql_name(database), literal(k_scratch_mark)));
}
std::vector<std::string> left_behind(CopySession& admin, bool drop) {
  std::vector<std::string> names;
  for (const auto& row : admin.query(fmt::format(k_left_behind, k_scratch_name, literal(k_scratch_mark),
                                                 backend_with("a.backend_start"))))
    try {
      std::string name = row.at(0).value_or("");
      if (!is_marked(admin, name)) continue;
      if (drop) drop_marked(admin, name);
      names.push_back(std::move(name));
    } catch (const Error& error) {
      if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
    }
  return names;
}

} // namespace

void drop_marked(CopySession& admin, const std::string& database) {
  if (is_marked(admin, database)) admin.script(fmt::format("DROP DATABASE {}", sql_name(database)));
}

std::vector<std::string> left_behind(const ConnectOptions& server, std::chrono::milliseconds lock_timeout,
                                     bool drop) {
  return left_behind(*open_copy_session(server, "", lock_timeout, [] {}), drop);
}

ScratchDatabase::ScratchDatabase(ConnectOptions server, std::chrono::milliseconds lock_timeout,
                                 std::function<void()> watch, Likeness likeness)
    : m_server(std::move(server)), m_lock_timeout(lock_timeout), m_watch(std::move(watch)),
      // Dropping it goes on when the run is interrupted.
      m_admin(open_copy_session(m_server, "", lock_timeout, [] {})), m_name(name_of_session(*m_admin)) {
  left_behind(*m_admin, true);
  make_marked(*m_admin, m_name, likeness);
}

ScratchDatabase::~ScratchDatabase() {
  try {
    drop();
  } catch (const std::exception&) {
    // The mark stays on it.
  }
}

std::unique_ptr<CopySession> ScratchDatabase::session() const {
  return open_copy_session(m_server, m_name, m_lock_timeout, m_watch);
}

void ScratchDatabase::drop() {
  if (std::exchange(m_dropped, true)) return;
  try {
    drop_own_marked(*m_admin, m_name);
  } catch (const Error& error) {
    if (error.sqlstate != k_in_use) throw;
    drop_subscriptions();
    drop_own_marked(*m_admin, m_name);
  }
}

void ScratchDatabase::keep_as(const std::string& name) {
  m_admin->script(fmt::format("COMMENT ON DATABASE {0} IS NULL; ALTER DATABASE {0} RENAME TO {1}",
                              sql_name(m_name), sql_name(name)));
  m_dropped = true;
}

void ScratchDatabase::let_wait_as(const std::string& name, const std::string& comment) {
  m_admin->script(fmt::format("COMMENT ON DATABASE {0} IS {2}; ALTER DATABASE {0} CONNECTION LIMIT 0; ALTER "
                              "DATABASE {0} RENAME TO {1}",
                              sql_name(m_name), sql_name(name), literal(comment)));
  m_dropped = true;
}

/// A database with a subscription cannot be dropped. Those of a restored schema have never connected.
void ScratchDatabase::drop_subscriptions() {
  const auto inside = open_copy_session(m_server, m_name, m_lock_timeout, [] {});
  for (const auto& row :
       inside->query("SELECT subname FROM pg_catalog.pg_subscription WHERE subdbid = (SELECT oid FROM "
                     "pg_catalog.pg_database WHERE datname = pg_catalog.current_database())")) {
    const std::string name = sql_name(row.at(0).value_or(""));
    inside->script(fmt::format("ALTER SUBSCRIPTION {} DISABLE", name));
    inside->script(fmt::format("ALTER SUBSCRIPTION {} SET (slot_name = NONE)", name));
    inside->script(fmt::format("DROP SUBSCRIPTION {}", name));
  }
}

} // namespace afloat
