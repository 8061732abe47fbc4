#include "dialect/copy_session.hpp"
#include "snapshot/postgres.hpp"
#include "snapshot/restore.hpp"
#include "snapshot/scratch.hpp"
#include "snapshot/tools.hpp"
#include "sql/script.hpp"
#include "support/compression.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

namespace afloat {
namespace {
using namespace postgres_copy;

std::string text_of_part(const Found& found, const std::string& file) {
  std::string text;
  decompress(found.folder / file, [&](std::string_view bytes) { text += bytes; });
  return text;
}

bool has_part(const Manifest& manifest, std::string_view file) {
  return std::ranges::any_of(manifest.parts, [&](const StoredPart& part) { return part.file == file; });
}

/// Runs the statements of a schema one by one: what cannot be made is told, and the rest is made.
void make_schema(CopySession& session, const std::string& text, Restored& restored) {
  const SourceText source("schema", text);
  for (const ScriptItem& item : read_script(source, Dialect::postgres)) {
    const std::string sql(item.text);
    try {
      session.script(sql);
    } catch (const Error& error) {
      if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
      if (error.sqlstate == "23503" && sql.find("FOREIGN KEY") != std::string::npos) {
        session.script(sql + " NOT VALID");
        restored.changed_keys = true;
      } else
        restored.problems.push_back(fmt::format("{}: {}", error.message, one_line(sql, 100)));
    }
  }
}

/// Columns alone, where there was no pg_dump to write the schema.
void make_bare_tables(CopySession& session, const Manifest& manifest) {
  for (const StoredTable& table : manifest.tables) {
    std::string columns;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      columns += fmt::format("{}{} {}", i == 0 ? "" : ", ", sql_name(table.columns[i]), table.types.at(i));
    session.script(fmt::format("CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE {} ({})",
                               sql_name(table.name.schema), sql_name(table.name), columns));
  }
}

void load_rows(CopySession& session, const Found& found, const StoredTable& table,
               const SnapshotWatch& watch) {
  const std::int64_t rows = session.copy_in(copy_in_statement(table), [&](const CopySession::Sink& sink) {
    decompress(found.folder / table.file, [&](std::string_view bytes) {
      watch.watch();
      sink(bytes);
    });
  });
  if (rows != table.rows)
    throw Error(ErrorCode::undone,
                fmt::format("{} got {} of {} rows", display(table.name), rows, table.rows));
}

void set_sequences(CopySession& session, const Manifest& manifest, Restored& restored) {
  for (const SequenceValue& value : manifest.sequences) try {
      session.script(fmt::format("SELECT pg_catalog.setval({}::pg_catalog.regclass, {}, {})",
                                 literal(sql_name(value.name)), value.last, value.called));
    } catch (const Error& error) {
      if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
      restored.problems.push_back(error.message);
    }
}

void fill(const RestoreRequest& request, const std::string& database, const SnapshotWatch& watch,
          Restored& restored) {
  const Manifest& manifest = *request.found.manifest;
  const auto session = open_copy_session(request.connect, database, request.lock_timeout, watch.watch);
  if (manifest.kind == SnapshotKind::full) {
    const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
    const std::string complaints =
        tools.complaints_of("pg_restore",
                            {fmt::format("--jobs={}", request.settings.jobs), "--dbname=" + database,
                             (request.found.folder / "dump").string()},
                            watch.watch);
    if (!complaints.empty()) restored.problems.push_back(complaints);
    return;
  }
  const bool has_schema = has_part(manifest, "schema-before.sql.zst");
  if (has_schema)
    make_schema(*session, text_of_part(request.found, "schema-before.sql.zst"), restored);
  else
    make_bare_tables(*session, manifest);
  watch.reached("before rows are restored");
  for (const StoredTable& table : manifest.tables) load_rows(*session, request.found, table, watch);
  if (!has_schema) return;
  set_sequences(*session, manifest, restored);
  make_schema(*session, text_of_part(request.found, "schema-after.sql.zst"), restored);
}

bool database_exists(CopySession& admin, const std::string& name) {
  return !admin.query(fmt::format("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}", literal(name)))
              .empty();
}

std::vector<std::string> compare(CopySession& session, const Manifest& manifest) {
  std::vector<std::string> differences;
  for (const StoredTable& table : manifest.tables) {
    CopySum sum;
    std::int64_t rows = 0;
    if (table.content.empty())
      rows = std::stoll(session.query(fmt::format("SELECT count(*) FROM ONLY {}", sql_name(table.name)))
                            .at(0)[0]
                            .value_or("0"));
    else
      rows = session.copy_out(copy_out_statement(table), [&](std::string_view message) { sum.add(message); });
    if (rows != table.rows)
      differences.push_back(fmt::format("{} has {} in place of {}", display(table.name),
                                        count_of(rows, "row"), with_commas(table.rows)));
    else if (!table.content.empty() && sum.sum().hex() != table.content)
      differences.push_back(fmt::format("{} has other values", display(table.name)));
  }
  return differences;
}

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
  const auto admin = open_copy_session(request.connect, "", request.lock_timeout, watch.watch);
  const std::string partial = request.into.substr(0, 40) + "_afloat_restoring";
  if (database_exists(*admin, request.into))
    throw Error(ErrorCode::usage, fmt::format("database \"{}\" is there already", request.into),
                "Name a new one with --into. Nothing was changed.");
  watch.reached("before restore");
  drop_marked(*admin, partial); // of a restore that was killed
  make_marked(*admin, partial);
  Restored restored{request.into, {}, false};
  try {
    watch.reached("before restored database is filled");
    fill(request, partial, watch, restored);
    watch.reached("before restored database is named");
    admin->script(fmt::format("COMMENT ON DATABASE {0} IS NULL; ALTER DATABASE {0} RENAME TO {1}",
                              sql_name(partial), sql_name(request.into)));
  } catch (...) {
    try {
      drop_marked(*admin, partial);
    } catch (const Error&) {
      // The mark stays on it: the next restore of this name drops it.
    }
    throw;
  }
  watch.reached("after restore");
  return restored;
}

void replace_postgres_rows(const RestoreRequest& request, const SnapshotWatch& watch) {
  const auto session = open_copy_session(request.connect, "", request.lock_timeout, watch.watch);
  std::deque<StoredTable> left;
  std::string names;
  for (StoredTable& table : tables_of_people(*request.found.manifest)) {
    names += (names.empty() ? "" : ", ") + ("ONLY " + sql_name(table.name));
    left.push_back(std::move(table));
  }
  session->script("BEGIN");
  session->script("TRUNCATE " + names);
  std::string triggers_back;
  for (const StoredTable& table : left) triggers_back += silence_triggers(*session, table);
  // A table that refers to another one of them must come behind it: it is tried again then.
  for (std::size_t missed = 0; !left.empty();) {
    const StoredTable table = left.front();
    left.pop_front();
    session->script("SAVEPOINT rows");
    try {
      load_rows(*session, request.found, table, watch);
      missed = 0;
    } catch (const Error& error) {
      if (error.sqlstate != "23503" || ++missed > left.size()) throw;
      session->script("ROLLBACK TO rows");
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
  std::vector<std::string> differences = restored.problems;
  {
    const auto session = database.session();
    for (std::string& difference : compare(*session, *request.found.manifest))
      differences.push_back(std::move(difference));
    if (!request.found.manifest->schema.empty() && !restored.changed_keys) {
      const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
      const SchemaText schema = dumped_schema(tools, "", request.lock_timeout);
      if (sha256(schema.before + schema.after) != request.found.manifest->schema)
        differences.emplace_back("the schema differs");
    }
  }
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
