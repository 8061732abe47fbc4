#pragma once

#include "model/ledger_entry.hpp"
#include "model/migration.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace afloat {

/// Throws Error ledger_conflict for a file that was changed or removed after it was applied.
void check_files(std::span<const Migration> migrations, std::span<const LedgerEntry> entries);
/// Both want them sorted by version, as files and ledger are read.
const LedgerEntry* find_entry(std::span<const LedgerEntry> entries, std::int64_t version);
const Migration* find_migration(std::span<const Migration> migrations, std::int64_t version);

/// The lowest one that is not started, or null.
const Migration* first_pending(std::span<const Migration> migrations, std::span<const LedgerEntry> entries);

/// Not started, or started and not through expand.
bool needs_expand(const LedgerEntry* entry);

struct Target {
  std::optional<std::int64_t> version; ///< this one alone
  std::optional<std::int64_t> to;      ///< all up to and including this one

  bool includes(std::int64_t candidate) const {
    return (!version || candidate == *version) && (!to || candidate <= *to);
  }
};

/// Throws Error ledger_conflict for a pending version below the highest applied one, or below the one that is
/// to be begun alone. Asked only by what starts migrations: abort of the older of two windows leaves such a
/// one, and the newer must still be closed, or its expand ended.
void check_order(std::span<const Migration> migrations, std::span<const LedgerEntry> entries,
                 const Target& target = {});

/// VERSION and --to as typed. Throws Error usage for what is not digits, or names no migration file.
Target parse_target(std::span<const Migration> migrations, const std::optional<std::string>& version,
                    const std::optional<std::string>& to);

} // namespace afloat
