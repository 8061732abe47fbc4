#include "snapshot/fill_postgres.hpp"

#include "snapshot/postgres.hpp"
#include "snapshot/tools.hpp"
#include "sql/script.hpp"
#include "support/compression.hpp"
#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace afloat::postgres_copy {

namespace {
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

void set_sequences(CopySession& session, const Manifest& manifest, Restored& restored) {
  for (const SequenceValue& value : manifest.sequences) try {
      session.script(fmt::format("SELECT pg_catalog.setval({}::pg_catalog.regclass, {}, {})",
                                 literal(sql_name(value.name)), value.last, value.called));
    } catch (const Error& error) {
      if (error.code == ErrorCode::connection || error.code == ErrorCode::interrupted) throw;
      restored.problems.push_back(error.message);
    }
}
} // namespace

std::string text_of_part(const Found& found, const std::string& file) {
  std::string text;
  decompress(found.folder / file, [&](std::string_view bytes) { text += bytes; });
  return text;
}

bool has_part(const Manifest& manifest, std::string_view file) {
  return std::ranges::any_of(manifest.parts, [&](const StoredPart& part) { return part.file == file; });
}

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

RowsProgress none_of(const Manifest& manifest, const std::vector<StoredTable>& tables) {
  RowsProgress progress;
  for (const StoredPart& part : manifest.parts)
    if (std::ranges::count(tables, part.file, &StoredTable::file) > 0) progress.parts += part.bytes;
  return progress;
}

void load_rows(CopySession& session, const Found& found, const StoredTable& table, const SnapshotWatch& watch,
               RowsProgress& progress) {
  const std::int64_t rows = session.copy_in(copy_in_statement(table), [&](const CopySession::Sink& sink) {
    decompress(
        found.folder / table.file,
        [&](std::string_view bytes) {
          watch.watch();
          sink(bytes);
          progress.rows += static_cast<std::int64_t>(bytes.size());
          const double share = static_cast<double>(progress.read) / static_cast<double>(progress.parts);
          watch.progressed(progress.rows, std::llround(static_cast<double>(progress.rows) / share));
        },
        [&](std::int64_t bytes) { progress.read += bytes; });
  });
  if (rows != table.rows)
    throw Error(ErrorCode::undone,
                fmt::format("{} got {} of {} rows", display(table.name), rows, table.rows));
}

void fill(const RestoreRequest& request, const std::string& database, const SnapshotWatch& watch,
          Restored& restored) {
  const Manifest& manifest = *request.found.manifest;
  std::string_view goes_on;
  const auto watched = [&] {
    watch.watch();
    if (!goes_on.empty()) watch.goes_on(goes_on);
  };
  const auto session = open_copy_session(request.connect, database, request.lock_timeout, watched);
  if (manifest.kind == SnapshotKind::full) {
    const Tools tools(request.settings.programs, session->server_version(), session->environment(), watch);
    goes_on = "pg_restore is at work";
    const std::string complaints =
        tools.complaints_of("pg_restore",
                            {fmt::format("--jobs={}", request.settings.jobs), "--dbname=" + database,
                             (request.found.folder / "dump").string()},
                            watched);
    if (!complaints.empty()) restored.problems.push_back(complaints);
    return;
  }
  const bool has_schema = has_part(manifest, "schema-before.sql.zst");
  if (has_schema)
    make_schema(*session, text_of_part(request.found, "schema-before.sql.zst"), restored);
  else
    make_bare_tables(*session, manifest);
  watch.reached("before rows are restored");
  RowsProgress progress = none_of(manifest, manifest.tables);
  for (const StoredTable& table : manifest.tables) load_rows(*session, request.found, table, watch, progress);
  if (!has_schema) return;
  goes_on = "all rows are in; indexes and constraints are made";
  watched(); // the server may be done before it is asked again
  set_sequences(*session, manifest, restored);
  make_schema(*session, text_of_part(request.found, "schema-after.sql.zst"), restored);
}

} // namespace afloat::postgres_copy
