#include "snapshot/snapshot.hpp"

#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace afloat {
namespace {
using Json = nlohmann::ordered_json;
constexpr int k_format = 1;

struct KindRow {
  SnapshotKind kind;
  std::string_view word;
};
constexpr std::array k_kinds{KindRow{SnapshotKind::schema, "schema"}, KindRow{SnapshotKind::tables, "tables"},
                             KindRow{SnapshotKind::full, "full"}, KindRow{SnapshotKind::command, "command"}};

Json json_of(const RelationName& name) {
  return {{"schema", name.schema}, {"name", name.name}};
}
RelationName relation_of(const Json& json) {
  return {json.at("schema"), json.at("name")};
}

Json json_of(const StoredTable& table) {
  return {{"name", json_of(table.name)}, {"file", table.file}, {"columns", table.columns},
          {"types", table.types},        {"rows", table.rows}, {"content", table.content}};
}
StoredTable table_of(const Json& json) {
  return {relation_of(json.at("name")),
          json.at("file"),
          json.at("columns"),
          json.at("types"),
          json.at("rows"),
          json.at("content")};
}

Manifest manifest_of(const Json& json) {
  Manifest manifest;
  manifest.name = json.at("name");
  manifest.kind = parse_snapshot_kind(json.at("kind").get<std::string>());
  manifest.dialect = json.at("dialect") == "postgres" ? Dialect::postgres : Dialect::sqlite;
  manifest.project = json.at("project");
  manifest.env = json.at("env");
  manifest.database = json.at("database");
  manifest.version = json.at("version");
  manifest.migration = json.at("migration");
  manifest.phase = json.at("phase");
  manifest.made_at = json.at("made_at");
  manifest.made_by = json.at("made_by");
  manifest.server_version = json.at("server_version");
  manifest.schema = json.at("schema");
  for (const Json& part : json.at("parts"))
    manifest.parts.push_back({part.at("file"), part.at("bytes"), part.at("sha256")});
  for (const Json& table : json.at("tables")) manifest.tables.push_back(table_of(table));
  for (const Json& one : json.at("sequences"))
    manifest.sequences.push_back({relation_of(one.at("name")), one.at("last"), one.at("called")});
  if (json.contains("settings"))
    manifest.settings = json.at("settings").get<std::map<std::string, std::string>>();
  manifest.notes = json.at("notes").get<std::vector<std::string>>();
  return manifest;
}
} // namespace

std::string_view name_of(SnapshotKind kind) {
  for (const KindRow& row : k_kinds)
    if (row.kind == kind) return row.word;
  return {};
}

SnapshotKind parse_snapshot_kind(std::string_view word) {
  for (const KindRow& row : k_kinds)
    if (row.word == word) return row.kind;
  throw Error(ErrorCode::usage, fmt::format("\"{}\" is no kind of snapshot", word),
              "It is schema, tables, full or command.");
}

bool is_own_table(const RelationName& table) {
  return table.schema == "afloat" || (table.schema.empty() && table.name.starts_with("afloat_"));
}

std::int64_t Manifest::bytes() const {
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0},
                         [](std::int64_t sum, const StoredPart& part) { return sum + part.bytes; });
}

std::string to_text(const Manifest& manifest) {
  Json parts = Json::array(), tables = Json::array(), sequences = Json::array();
  for (const StoredPart& part : manifest.parts)
    parts.push_back({{"file", part.file}, {"bytes", part.bytes}, {"sha256", part.sha256}});
  for (const StoredTable& table : manifest.tables) tables.push_back(json_of(table));
  for (const SequenceValue& one : manifest.sequences)
    sequences.push_back({{"name", json_of(one.name)}, {"last", one.last}, {"called", one.called}});
  const Json json{{"format", k_format},
                  {"name", manifest.name},
                  {"kind", name_of(manifest.kind)},
                  {"dialect", name_of(manifest.dialect)},
                  {"project", manifest.project},
                  {"env", manifest.env},
                  {"database", manifest.database},
                  {"version", manifest.version},
                  {"migration", manifest.migration},
                  {"phase", manifest.phase},
                  {"made_at", manifest.made_at},
                  {"made_by", manifest.made_by},
                  {"server_version", manifest.server_version},
                  {"schema", manifest.schema},
                  {"parts", std::move(parts)},
                  {"tables", std::move(tables)},
                  {"sequences", std::move(sequences)},
                  {"settings", manifest.settings},
                  {"notes", manifest.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(const std::string& text, const std::string& file) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() > k_format)
      throw Error(ErrorCode::undone, fmt::format("{} is of a newer afloat", file), "Use that one.");
    return manifest_of(json);
  } catch (const Json::exception&) {
    throw Error(ErrorCode::undone, fmt::format("{} is damaged: it is not a manifest", file),
                "The parts beside it may be whole; nothing says so any more.");
  }
}

} // namespace afloat
