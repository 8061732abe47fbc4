#include "dialect/file_copy.hpp"
#include "snapshot/make.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <future>

#include <fmt/format.h>

namespace afloat {
namespace {
void store_file(const std::string& file, const SnapshotRequest& request, const SnapshotWatch& watch,
                const NewSnapshot& place, Manifest& manifest) {
  constexpr const char* k_file = "database.sqlite";
  const std::int64_t bytes = file_bytes(file);
  require_room(request.settings.folder, bytes);
  const std::filesystem::path copy = place.path(k_file);
  const int restarts =
      copy_file(file, copy, request.lock_timeout, [&](std::int64_t done, std::int64_t total) {
        watch.watch();
        watch.progressed(total > 0 ? bytes / total * done : 0, bytes);
      });
  if (restarts > 0)
    manifest.notes.push_back(fmt::format(
        "the copy began again {} times because of writers; WAL mode would spare them that", restarts));
  // The disk is waited for while the sum is made.
  auto synced = std::async(std::launch::async, [&] { sync_to_disk(copy); });
  manifest.parts.push_back(summed_part(place.path(""), k_file, [&](std::int64_t) { watch.watch(); }));
  synced.get();
  manifest.schema = sha256(file_schema(copy.string(), true));
}

void store_tables(const std::string& file, const SnapshotRequest& request, const SnapshotWatch& watch,
                  const NewSnapshot& place, Manifest& manifest) {
  constexpr const char* k_file = "tables.sqlite";
  std::vector<std::string> names;
  for (const RelationName& table : request.tables) names.push_back(table.name);
  const std::int64_t bytes = tables_bytes(file, names, watch.watch);
  require_room(request.settings.folder, bytes);
  const std::filesystem::path copy = place.path(k_file);
  const auto tell = [&](std::int64_t done) {
    watch.watch();
    watch.progressed(done, bytes);
  };
  for (const CopiedTable& table : copy_tables(file, names, copy, tell))
    manifest.tables.push_back({{"", table.name}, k_file, {}, {}, table.rows, table.content});
  sync_to_disk(copy);
  manifest.parts.push_back(summed_part(place.path(""), k_file, [&](std::int64_t) { watch.watch(); }));
}
} // namespace

void make_sqlite(const std::string& file, const SnapshotRequest& request, const SnapshotWatch& watch,
                 const NewSnapshot& place, Manifest& manifest) {
  if (manifest.kind == SnapshotKind::full) return store_file(file, request, watch, place, manifest);
  const std::string schema = file_schema(file);
  manifest.schema = sha256(schema);
  manifest.parts.push_back(write_text_part(place, "schema.sql.zst", schema));
  if (manifest.kind == SnapshotKind::tables && !request.tables.empty())
    store_tables(file, request, watch, place, manifest);
}

} // namespace afloat
