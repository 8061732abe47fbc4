#include "snapshot/restore.hpp"

#include "dialect/file_copy.hpp"
#include "support/compression.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string text_of_part(const Found& found, const std::string& file) {
  std::string text;
  decompress(found.folder / file, [&](std::string_view bytes) { text += bytes; });
  return text;
}

std::vector<std::string> names_of(const std::vector<StoredTable>& tables) {
  std::vector<std::string> names;
  for (const StoredTable& table : tables) names.push_back(table.name.name);
  return names;
}

void copy_bytes(const std::filesystem::path& from, const std::filesystem::path& to,
                const SnapshotWatch& watch) {
  OutputFile output(to);
  const auto total = static_cast<std::int64_t>(std::filesystem::file_size(from));
  read_chunks(from, [&](std::string_view chunk) {
    watch.watch();
    output.write(chunk);
    watch.progressed(output.size(), total);
  });
  output.finish();
}

/// Of the rows in tables.sqlite, by their number.
TellRows telling_rows(const Found& found, const std::vector<StoredTable>& tables,
                      const SnapshotWatch& watch) {
  std::int64_t all = 0;
  for (const StoredTable& table : tables) all += table.rows;
  const auto part = std::ranges::find(found.manifest->parts, "tables.sqlite", &StoredPart::file);
  const std::int64_t bytes = part == found.manifest->parts.end() ? 0 : part->bytes;
  return [=, &watch](std::int64_t rows) {
    watch.watch();
    if (rows == all) return watch.goes_on("all rows are in; indexes and constraints are made");
    watch.progressed(
        std::llround(static_cast<double>(bytes) * static_cast<double>(rows) / static_cast<double>(all)),
        bytes);
  };
}

void build(const Found& found, const std::filesystem::path& file, const SnapshotWatch& watch) {
  const Manifest& manifest = *found.manifest;
  if (manifest.kind == SnapshotKind::full) return copy_bytes(found.folder / "database.sqlite", file, watch);
  const mode_t before = umask(077);
  build_file(text_of_part(found, "schema.sql.zst"), found.folder / "tables.sqlite", names_of(manifest.tables),
             file, telling_rows(found, manifest.tables, watch));
  umask(before);
  sync_to_disk(file);
}

/// So that whatever uses the store next removes the file where this run is killed. Nothing where nobody may
/// write there: then the same restore does.
std::unique_ptr<NewSnapshot> noted(const std::filesystem::path& store, const std::filesystem::path& partial) {
  try {
    auto note = std::make_unique<NewSnapshot>(store, "restore");
    note->note_unfinished(partial);
    return note;
  } catch (const Error&) {
    return nullptr;
  }
}

Restored restore_file(const RestoreRequest& request, const SnapshotWatch& watch) {
  const std::filesystem::path file = request.into;
  if (std::filesystem::exists(file))
    throw Error(
        ErrorCode::usage, fmt::format("{} is there already", file.string()),
        "Name a new file with --into; or, to replace the database itself, --in-place. Nothing was changed.");
  const std::filesystem::path partial = file.string() + std::string(k_unfinished);
  std::unique_ptr<NewSnapshot> note = noted(request.settings.folder, partial);
  remove_unfinished(partial); // of a restore that was killed
  try {
    watch.reached("before restore");
    build(request.found, partial, watch);
    watch.reached("before restored file is named");
    std::filesystem::rename(partial, file);
  } catch (...) {
    remove_unfinished(partial);
    throw;
  }
  const std::filesystem::path folder = file.parent_path();
  sync_to_disk(folder.empty() ? "." : folder);
  note.reset();
  watch.reached("after restore");
  return {file.string(), {}, false};
}

std::vector<std::string> compare_files(const RestoreRequest& request, const std::filesystem::path& file,
                                       const SnapshotWatch& watch) {
  const Manifest& manifest = *request.found.manifest;
  std::vector<std::string> differences;
  if (const std::string integrity = file_integrity(file, watch.watch); integrity != "ok")
    differences.push_back("integrity_check: " + integrity);
  if (sha256(file_schema(file.string())) != manifest.schema) differences.emplace_back("the schema differs");
  const auto contents = file_contents(file, names_of(manifest.tables), [&](std::int64_t) { watch.watch(); });
  for (std::size_t i = 0; i < contents.size(); ++i)
    if (contents[i].rows != manifest.tables[i].rows || contents[i].content != manifest.tables[i].content)
      differences.push_back(fmt::format("{}: {} in place of {}, or other values", contents[i].name,
                                        count_of(contents[i].rows, "row"),
                                        with_commas(manifest.tables[i].rows)));
  return differences;
}

void require_no(const Found& found, const std::vector<std::string>& wrong) {
  if (wrong.empty()) return;
  throw Error(ErrorCode::refused, fmt::format("snapshot {} is not whole: {}", found.name, join(wrong, "; ")),
              "Take another one: `afloat snapshot list`. Nothing was changed.");
}

void require_stored_by_us(const Manifest& manifest) {
  if (manifest.kind != SnapshotKind::command) return;
  throw Error(ErrorCode::configuration, fmt::format("{} was {}", manifest.name, join(manifest.notes, "; ")),
              "Restore it with that program. Nothing was changed.");
}

/// What is damaged in the rows alone is no reason not to look at the schema.
void require_schema_whole(const Found& found, const std::function<void()>& watch) {
  require_stored_by_us(*found.manifest);
  constexpr std::array<std::string_view, 5> k_parts{"schema-before.sql.zst", "schema-after.sql.zst",
                                                    "schema.sql.zst", "dump/toc.dat", "database.sqlite"};
  require_no(found, damages_of(found, k_parts, [&](std::int64_t) { watch(); }));
}
} // namespace

std::vector<StoredTable> tables_of_people(const Manifest& manifest) {
  std::vector<StoredTable> tables;
  for (const StoredTable& table : manifest.tables)
    if (!is_own_table(table.name)) tables.push_back(table);
  return tables;
}

void require_whole(const Found& found, const SnapshotWatch& watch) {
  require_no(found, damages(found, watch));
}

Restored restore_new(const RestoreRequest& request, Dialect dialect, const SnapshotWatch& watch) {
  require_stored_by_us(*request.found.manifest);
  if (request.found.manifest->dialect != dialect)
    throw Error(
        ErrorCode::usage,
        fmt::format("{} is a snapshot of {}", request.found.name, name_of(request.found.manifest->dialect)),
        "Name the environment that it was made of: --env. Nothing was changed.");
  require_whole(request.found, watch);
  return dialect == Dialect::postgres ? restore_postgres(request, watch) : restore_file(request, watch);
}

void restore_in_place(Database& database, const RestoreRequest& request, const SnapshotWatch& watch,
                      const std::function<void()>& keep) {
  const Manifest& manifest = *request.found.manifest;
  watch.reached("before restore");
  const std::filesystem::path& folder = request.found.folder;
  const std::vector<StoredTable> tables = tables_of_people(manifest);
  if (manifest.kind == SnapshotKind::full)
    put_file_back(folder / "database.sqlite", database.facts().database, request.lock_timeout, keep,
                  [&](std::int64_t done, std::int64_t total) {
                    watch.watch();
                    watch.progressed(total > 0 ? manifest.bytes() / total * done : 0, manifest.bytes());
                  });
  else if (database.dialect() == Dialect::postgres)
    replace_postgres_rows(request, watch, keep);
  else
    put_tables_back(folder / "tables.sqlite", names_of(tables), database.facts().database,
                    request.lock_timeout, keep, telling_rows(request.found, tables, watch));
  watch.reached("after restore");
}

ConnectOptions scratch_server(const SnapshotSettings& settings, const ConnectOptions& environment) {
  ConnectOptions server = environment;
  if (settings.scratch.empty()) return server;
  server.url = settings.scratch;
  server.safe_url = "the server of `scratch` under [snapshot]";
  return server;
}

std::string stored_sqlite_schema(const Found& found, const std::function<void()>& watch) {
  require_schema_whole(found, watch);
  return found.manifest->kind == SnapshotKind::full
             ? file_schema((found.folder / "database.sqlite").string(), true)
             : text_of_part(found, "schema.sql.zst");
}

std::vector<std::string> restore_schema(const RestoreRequest& request, const ScratchDatabase& database,
                                        const SnapshotWatch& watch) {
  require_schema_whole(request.found, watch.watch);
  return restore_postgres_schema(request, database, watch);
}

std::vector<std::string> try_restore(const RestoreRequest& request, const SnapshotWatch& watch) {
  require_stored_by_us(*request.found.manifest);
  if (request.found.manifest->dialect == Dialect::postgres) return try_restore_postgres(request, watch);
  const NewSnapshot scratch(request.settings.folder, "scratch"); // goes when it is left
  RestoreRequest into_scratch = request;
  into_scratch.into = scratch.path("restored.sqlite").string();
  restore_file(into_scratch, watch);
  return compare_files(request, into_scratch.into, watch);
}

} // namespace afloat
