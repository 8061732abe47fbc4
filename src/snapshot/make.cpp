#include "snapshot/make.hpp"

#include "dialect/file_copy.hpp"
#include "support/checksum.hpp"
#include "support/compression.hpp"
#include "support/file.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <chrono>
#include <sys/stat.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace afloat {
namespace {
/// Files that libraries and other programs make are for this user alone, too.
class PrivateFiles {
 public:
  PrivateFiles() : m_before(umask(077)) {}
  ~PrivateFiles() { umask(m_before); }
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

 private:
  mode_t m_before;
};

std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     ms);
}

std::string literal(std::string_view text) {
  return fmt::format("'{}'", replaced(std::string(text), "'", "''"));
}

/// As the catalogs name it.
struct RelationKind {
  std::string_view sqlite, postgres;
};
constexpr RelationKind k_tables{"table", "'r', 'p'"}, k_views{"view", "'v', 'm'"};

std::string select_of(const RelationKind& kind) {
  return fmt::format("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                     "ON n.oid = c.relnamespace WHERE c.relkind IN ({}) AND ",
                     kind.postgres);
}

std::vector<RelationName> existing(Database& database, std::span<const RelationName> names,
                                   const RelationKind& kind) {
  const std::string select = select_of(kind);
  std::vector<RelationName> found;
  for (const RelationName& name : names) {
    const std::string query =
        database.dialect() == Dialect::sqlite
            ? fmt::format("SELECT '', name FROM sqlite_schema WHERE type = '{}' AND lower(name) = lower({})",
                          kind.sqlite, literal(name.name))
        : name.schema.empty() ? fmt::format("{}c.relname = {} AND pg_catalog.pg_table_is_visible(c.oid)",
                                            select, literal(name.name))
                              : fmt::format("{}c.relname = {} AND n.nspname = {}", select, literal(name.name),
                                            literal(name.schema));
    for (const auto& row : database.query(query, {}).rows)
      found.push_back({row[0].value_or(""), row[1].value_or("")});
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}
} // namespace

std::vector<RelationName> existing_tables(Database& database, std::span<const RelationName> names) {
  return existing(database, names, k_tables);
}

std::vector<RelationName> existing_views(Database& database, std::span<const RelationName> names) {
  return existing(database, names, k_views);
}

std::vector<RelationName> all_tables(Database& database) {
  std::vector<RelationName> found;
  if (database.dialect() == Dialect::sqlite)
    for (const std::string& name : file_tables(database.facts().database)) found.push_back({"", name});
  else
    for (const auto& row :
         database
             .query(select_of(k_tables)
                        + "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname "
                          "NOT LIKE 'pg~_t%' ESCAPE '~' ORDER BY 1, 2",
                    {})
             .rows)
      found.push_back({row[0].value_or(""), row[1].value_or("")});
  return found;
}

StoredPart write_text_part(const NewSnapshot& place, const std::string& file, std::string_view text) {
  Sha256 sum;
  OutputFile output(place.path(file));
  Compressor compressor([&](std::string_view bytes) {
    sum.add(bytes);
    output.write(bytes);
  });
  compressor.write(text);
  compressor.finish();
  output.finish();
  return {file, output.size(), sum.hex()};
}

void require_room(const std::filesystem::path& folder, std::int64_t bytes) {
  const std::int64_t room = free_bytes(folder);
  constexpr std::int64_t k_mebibyte = 1 << 20;
  if (room >= bytes) return;
  throw Error(ErrorCode::undone,
              fmt::format("the snapshot takes about {} MB, and {} has {} MB left",
                          with_commas(bytes / k_mebibyte + 1), folder.string(),
                          with_commas(room / k_mebibyte)),
              "Make room there, or set `folder` under [snapshot]. Nothing was changed.");
}

Manifest make_snapshot(Database& database, const SnapshotRequest& request, const SnapshotWatch& watch) {
  const PrivateFiles only_ours;
  NewSnapshot place(request.settings.folder, request.about.name);
  Manifest manifest = request.about;
  manifest.dialect = database.dialect();
  manifest.database = database.facts().database;
  manifest.server_version = database.facts().server_version;
  manifest.made_at = now_text();
  manifest.made_by = AFLOAT_VERSION;
  watch.reached("before snapshot is made");
  if (manifest.kind == SnapshotKind::command)
    make_by_command(request, watch, place, manifest);
  else if (manifest.dialect == Dialect::sqlite)
    make_sqlite(manifest.database, request, watch, place, manifest);
  else
    make_postgres(request, watch, place, manifest);
  place.finish(manifest, watch.reached);
  manifest.name = place.name();
  return manifest;
}

} // namespace afloat
