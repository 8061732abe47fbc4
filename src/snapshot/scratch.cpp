#include "snapshot/scratch.hpp"

#include "snapshot/postgres.hpp"

#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
using postgres_copy::literal;
using postgres_copy::sql_name;

/// Stands in the comment of every database that afloat makes for a while: nothing without it is ever dropped.
constexpr std::string_view k_mark = "afloat: made for a restore, may be dropped";
constexpr std::string_view k_in_use = "55006";
} // namespace

void drop_marked(CopySession& admin, const std::string& database) {
  const auto mark = admin.query(fmt::format("SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM "
                                            "pg_catalog.pg_database WHERE datname = {}",
                                            literal(database)));
  if (!mark.empty() && mark[0][0] == k_mark)
    admin.script(fmt::format("DROP DATABASE {}", sql_name(database)));
}

void make_marked(CopySession& admin, const std::string& database) {
  const auto like = admin.query("SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype FROM "
                                "pg_catalog.pg_database WHERE datname = pg_catalog.current_database()");
  try {
    admin.script(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
                             sql_name(database), literal(*like.at(0)[0]), literal(*like.at(0)[1]),
                             literal(*like.at(0)[2])));
  } catch (Error& error) {
    if (error.code == ErrorCode::permission)
      error.hint = "Give the role the right: ALTER ROLE … CREATEDB; or set `scratch` under [snapshot] to a "
                   "server where "
                   "it has it. Nothing was changed.";
    throw;
  }
  admin.script(fmt::format("COMMENT ON DATABASE {} IS {}", sql_name(database), literal(k_mark)));
}

ScratchDatabase::ScratchDatabase(ConnectOptions server, std::chrono::milliseconds lock_timeout,
                                 std::function<void()> watch)
    : m_server(std::move(server)), m_lock_timeout(lock_timeout), m_watch(std::move(watch)),
      m_name(fmt::format("afloat_scratch_{}", getpid())),
      // Dropping it goes on when the run is interrupted.
      m_admin(open_copy_session(m_server, "", lock_timeout, [] {})) {
  drop_marked(*m_admin, m_name);
  make_marked(*m_admin, m_name);
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
    drop_marked(*m_admin, m_name);
  } catch (const Error& error) {
    if (error.sqlstate != k_in_use) throw;
    drop_subscriptions();
    drop_marked(*m_admin, m_name);
  }
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
