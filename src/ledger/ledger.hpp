#pragma once

#include "dialect/database.hpp"
#include "model/ledger_entry.hpp"
#include "model/plan.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

struct StepRecord {
  std::string state;                   ///< "begun" or "done"
  std::optional<std::string> position; ///< of a backfill: literals of the last key
  std::int64_t rows = 0;
};

struct EventRecord {
  std::string at, event, detail, name;
  std::int64_t version = 0;
};

/// Who holds the lease: in words (empty: nobody), as a process, and as a session of the database.
struct LeaseHolder {
  std::string words, process, backend, backend_start;
};

struct LeaseRecord {
  std::int64_t token = 0;
  LeaseHolder holder;
  std::string ending; ///< sessions of earlier holders that were replaced: "pid start;" for each
  std::string since;
  double heartbeat_age = 0; ///< seconds, by the database's clock
};

/// afloat's own tables in the target database: this class alone reads and writes them. Writes do not open
/// transactions: the caller puts them into the transaction of what they record, where they may be deferred to
/// its next statement.
class Ledger {
 public:
  explicit Ledger(Database& database);

  /// Looks whether the tables are there; Error ledger_conflict if they are of a newer format.
  bool exists();
  /// Makes the tables if they are not there. A transaction of its own; a second runner doing the same is no
  /// error. Error busy where somebody else's lock stands in the way for `lock_total`.
  void create(std::chrono::milliseconds lock_total);

  std::vector<LedgerEntry> entries(); ///< by version; empty when the ledger does not exist
  std::optional<LedgerEntry> entry(std::int64_t version); ///< this and what follows need the tables
  /// Of the migrations that are complete behind a contract, or have something in the attic, the newest.
  std::optional<std::int64_t> newest_contracted();
  Plan plan(std::int64_t version); ///< the frozen one
  std::map<std::string, StepRecord> steps(std::int64_t version);
  std::vector<EventRecord> events(std::optional<std::int64_t> version);

  void freeze(const Plan& plan, std::string_view state);
  void replace_plan(const Plan& plan); ///< of a migration that has one
  void set_state(const Plan& plan, std::string_view state, bool in_attic);
  /// After a revert: the window is open, from now on, and nothing is in the attic.
  void reopen(std::int64_t version);
  void remove(std::int64_t version); ///< after an abort
  void begin_step(std::int64_t version,
                  const std::string& step); ///< the intent, for a step outside a transaction
  void finish_step(std::int64_t version, const std::string& step, std::int64_t rows = 0);
  void save_position(std::int64_t version, const std::string& step, const std::string& position,
                     std::int64_t rows);
  void remove_step(std::int64_t version, const std::string& step);
  /// An event; without a detail it gets who holds the lease.
  void note(const Plan& plan, std::string_view event, std::string_view detail = {});

  LeaseRecord lease();
  /// Takes the lease over from the token that was read; false if somebody else was faster. Returns the new
  /// token.
  std::optional<std::int64_t> take_lease(std::int64_t seen_token, const LeaseHolder& holder,
                                         const std::string& ending);
  /// More sessions of the holder: "pid start;" for each. Whoever takes over ends them too.
  void add_sessions(std::int64_t token, const std::string& sessions);
  /// The earlier holders' sessions are gone.
  void clear_ending(std::int64_t token);
  void release_lease(std::int64_t token); ///< does nothing if the token is not the current one any more
  void heartbeat(std::int64_t token);
  /// Throws Error busy if the token is not the current one. Locks the token's row until the end of the
  /// transaction, so it must be the last statement before COMMIT.
  void check_fence(std::int64_t token);

  /// Seconds by the database's clock.
  double now();

 private:
  bool is_there();
  /// Error: permission, if the owner of the schema afloat could run things with the rights of this role.
  [[noreturn]] void refuse_owner(const std::string& owner) const;
  /// A query of our own tables; one that is missing is a damaged ledger.
  Result ask(std::string_view sql, std::initializer_list<Value> parameters = {});
  std::vector<LedgerEntry> read_entries(std::string_view where);
  std::string table(std::string_view name) const;
  std::string time_text(std::string_view column) const; ///< UTC, ISO 8601

  Database& m_database;
  bool m_postgres;
  std::string m_now; ///< expression for the current time in this dialect
};

} // namespace afloat
