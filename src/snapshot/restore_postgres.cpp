#include "dialect/copy_session.hpp"
#include "snapshot/compare_postgres.hpp"
#include "snapshot/fill_postgres.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/restore.hpp"
#include "snapshot/scratch.hpp"
#include "snapshot/sessions_postgres.hpp"
#include "snapshot/tools.hpp"
#include "support/text.hpp"

#include <deque>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace postgres_copy;

/// Switches the triggers of people and of sync off; returns the statements that bring each one back as it
/// was.
std::string silence_triggers(CopySession& session, const StoredTable& table) {
  std::string back;
  for (const auto& row : session.query(fmt::format(
           "SELECT tgname, CASE tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN "
           "'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END FROM pg_catalog.pg_trigger WHERE tgrelid = "
           "{}::pg_catalog.regclass AND NOT tgisinternal",
           literal(sql_name(table.name)))))
    back +=
        fmt::format("ALTER TABLE ONLY {} {} TRIGGER {};", sql_name(table.name), *row[1], sql_name(*row[0]));
  session.script(fmt::format("ALTER TABLE ONLY {} DISABLE TRIGGER USER", sql_name(table.name)));
  return back;
}
} // namespace

Restored restore_postgres(const RestoreRequest& request, const SnapshotWatch& watch) {
  {
    const auto session = open_copy_session(request.connect, "", request.lock_timeout, watch.watch);
    if (database_exists(*session, request.into))
      throw Error(ErrorCode::usage, fmt::format("database \"{}\" is there already", request.into),
                  "Name a new one with --into. Nothing was changed.");
  }
  watch.reached("before restore");
  ScratchDatabase database(request.connect, request.lock_timeout, watch.watch);
  Restored restored{request.into, {}, false};
  watch.reached("before restored database is filled");
  fill(request, database.name(), watch, restored);
  watch.reached("before restored database is named");
  database.keep_as(request.into);
  watch.reached("after restore");
  return restored;
}

void replace_postgres_rows(const RestoreRequest& request, const SnapshotWatch& watch,
                           const std::function<void()>& keep) {
  const auto session = open_copy_session(request.connect, "", request.lock_timeout, watch.watch);
  const std::vector<StoredTable> tables = tables_of_people(*request.found.manifest);
  std::string names;
  for (const StoredTable& table : tables)
    names += (names.empty() ? "" : ", ") + ("ONLY " + sql_name(table.name));
  session->script("BEGIN");
  session->script(fmt::format("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names)); // lets the copy read
  keep();
  session->script("TRUNCATE " + names);
  std::string triggers_back;
  for (const StoredTable& table : tables) triggers_back += silence_triggers(*session, table);
  // A table that refers to another one of them must come behind it: it is tried again then.
  std::deque<StoredTable> left(tables.begin(), tables.end());
  RowsProgress progress = none_of(*request.found.manifest, tables);
  for (std::size_t missed = 0; !left.empty();) {
    const StoredTable table = left.front();
    left.pop_front();
    session->script("SAVEPOINT rows");
    const RowsProgress before = progress;
    try {
      load_rows(*session, request.found, table, watch, progress);
      missed = 0;
    } catch (const Error& error) {
      if (error.sqlstate != "23503" || ++missed > left.size()) throw;
      session->script("ROLLBACK TO rows");
      progress = before;
      left.push_back(table);
    }
  }
  session->script(
      "SET CONSTRAINTS ALL IMMEDIATE"); // ALTER TABLE does not go beside checks that are yet to come
  session->script(triggers_back);
  watch.reached("before restored rows are committed");
  session->script("COMMIT");
}

std::vector<std::string> try_restore_postgres(const RestoreRequest& request, const SnapshotWatch& watch) {
  RestoreRequest scratch = request;
  scratch.connect = scratch_server(request.settings, request.connect);
  ScratchDatabase database(scratch.connect, request.lock_timeout, watch.watch);
  Restored restored;
  fill(scratch, database.name(), watch, restored);
  std::vector<std::string> differences = differences_from(scratch, database.name(), restored, watch);
  database.drop();
  return differences;
}

std::vector<std::string> restore_postgres_schema(const RestoreRequest& request,
                                                 const ScratchDatabase& database,
                                                 const SnapshotWatch& watch) {
  const Manifest& manifest = *request.found.manifest;
  const auto session = database.session();
  if (manifest.kind == SnapshotKind::full) {
    const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
    const std::string complaints = tools.complaints_of(
        "pg_restore",
        {"--schema-only", "--dbname=" + database.name(), (request.found.folder / "dump").string()},
        watch.watch);
    return complaints.empty() ? std::vector<std::string>() : std::vector{complaints};
  }
  if (!has_part(manifest, "schema-before.sql.zst"))
    throw Error(ErrorCode::refused,
                fmt::format("snapshot {} holds rows, but not the schema: it was made without pg_dump",
                            request.found.name),
                "Compare with another one: `afloat snapshot list`. Nothing was changed.");
  Restored restored;
  for (const char* part : {"schema-before.sql.zst", "schema-after.sql.zst"})
    make_schema(*session, text_of_part(request.found, part), restored);
  return restored.problems;
}

} // namespace afloat
