#pragma once

#include "dialect/database.hpp"
#include "ledger/schema_records.hpp"
#include "model/schema_difference.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace afloat {

/// What `drift` found: the live schema beside the recorded one.
struct DriftAnswer {
  std::optional<SchemaRecord> record; ///< nothing: there is none to compare with
  std::string incomparable;           ///< why the record cannot be compared, or empty
  std::vector<ObjectChange> changes;  ///< recorded -> live, without what is ignored or a migration's own work
  /// Migrations whose work is not recorded yet, because their run was killed or stopped half-way: what they
  /// touch is left out of `changes`.
  std::vector<std::string> left_out;
  /// Partitions that came or went: "public.visits_2 came". They are no drift, and left out of `changes`.
  std::vector<std::string> partitions;
  SchemaModel live;
};

/// Reads the whole schema, waiting for locks of others as long as read_schema() does; changes nothing.
/// Errors: as read_schema().
DriftAnswer find_drift(Database& database, std::span<const std::string> ignore,
                       std::chrono::milliseconds lock_total);

} // namespace afloat
