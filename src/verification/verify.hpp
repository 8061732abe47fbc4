#pragma once

#include "dialect/database.hpp"
#include "model/ledger_entry.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// One line of `afloat verify`.
struct Verdict {
  enum class Level { ok, warning, failure };
  Level level = Level::ok;
  std::string subject, detail, next; ///< next: what to do, may be empty
};
std::string_view name_of(Verdict::Level level);

/// Told of the rows that a compare has read so far.
using CompareProgress = std::function<void(const Step&, std::int64_t rows)>;

/// Sync in place and both shapes equal in every row, for a migration whose window is open or whose attic is
/// kept. Reads in ranges, without locks that keep anyone out.
std::vector<Verdict> verify_migration(
    Database& database, const Plan& plan, const LedgerEntry& entry,
    const CompareProgress& progress = [](const Step&, std::int64_t) {});

/// Invalid indexes and constraints that were never validated, anywhere in the database.
std::vector<Verdict> verify_catalog(Database& database);

/// PostgreSQL: rows that refer to nothing, of the foreign keys that the server does not vouch for (NOT VALID,
/// or with disabled triggers). Reads small tables only, and names those that it did not read.
std::vector<Verdict> verify_keys(Database& database);

/// PostgreSQL: triggers that came, or were named, so that they fire before sync or behind it.
std::vector<Verdict> verify_order(Database& database);

} // namespace afloat
