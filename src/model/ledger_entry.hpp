#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace afloat {

/// A migration as the ledger has it. States: expanding, expanded (window open), contracting, complete,
/// aborting, purging, reverting.
struct LedgerEntry {
  std::int64_t version = 0;
  std::string label, name, checksum, state;
  bool in_attic = false;
  std::string expanded_at,
      contracted_at; ///< UTC, ISO 8601; empty if not yet, and when all is over, the attic too
  std::optional<double> expanded_seconds_ago, contracted_seconds_ago; ///< by the database's clock

  std::string title() const { return label + "_" + name; }
  bool complete() const { return state == "complete" || state == "purging"; }
  bool open() const { return !complete(); }
};

} // namespace afloat
