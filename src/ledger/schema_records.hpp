#pragma once

#include "dialect/database.hpp"
#include "model/schema_model.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace afloat {

/// What the schema was at the end of a run, or when somebody accepted it as it was.
struct SchemaRecord {
  std::int64_t id = 0, event = 0;
  std::string at, label; ///< UTC, ISO 8601; the highest migration then
  int format = 0, server_version = 0;
  std::string fingerprint, reason;
};

/// The part of the ledger that remembers schemas: table `schemas`, made when the first run ends. The newest
/// keep their model, the others their fingerprint alone.
class SchemaRecords {
 public:
  explicit SchemaRecords(Database& database);

  std::optional<SchemaRecord> newest(); ///< nothing also where the table is not there yet
  SchemaModel model(const SchemaRecord& record);
  /// Whether an event is newer than the record.
  bool is_behind(const std::optional<SchemaRecord>& record);
  /// Migrations that changed something since, by a run that could not record it, or that stand half-way.
  std::vector<std::int64_t> unsettled(const SchemaRecord& record);
  /// In a transaction of its own with the fence of this lease's token. `state_function` is made anew where it
  /// is not the one of this afloat and this server; empty: none. Error busy where somebody else's lock stands
  /// in the way for `lock_total`.
  void add(const SchemaModel& model, const std::string& reason, std::int64_t lease_token,
           const std::string& state_function, std::chrono::milliseconds lock_total);

 private:
  void make_function(const std::string& state_function);
  std::string table(std::string_view name) const;

  Database& m_database;
  bool m_postgres;
};

} // namespace afloat
