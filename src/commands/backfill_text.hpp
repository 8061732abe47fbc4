#pragma once

#include "ledger/backfills.hpp"
#include "ledger/ledger.hpp"
#include "report/node.hpp"

#include <optional>
#include <string>

namespace afloat {

/// A backfill that is under way or stopped half-way, as the ledger tells it.
struct BackfillState {
  LedgerEntry entry;
  std::string step, title; ///< the one whose turn it is; empty when none is left
  std::int64_t rows = 0;   ///< filled so far
  std::optional<std::int64_t> total;
  BackfillRecord record;
  bool running = false; ///< a runner holds the lease and its heart beats
};

/// Who changes this database now, in words with the time since when: who holds the lease, where its heart
/// beats. Empty: nobody.
std::string runner_at_work(Database& database);

/// Nothing if the migration has no backfill that is left to do.
std::optional<BackfillState> backfill_state(Database& database, const LedgerEntry& entry);

/// "41% of about 50,000 rows, 1,200 rows/s, 3 s left", "paused by …", "stopped: no runner is at work".
std::string backfill_line(const BackfillState& state);
Node::Object backfill_node(const BackfillState& state);

} // namespace afloat
