#pragma once

#include "dialect/database.hpp"
#include "execution/ladder.hpp"
#include "execution/range.hpp"
#include "execution/reporter.hpp"
#include "ledger/backfills.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"
#include "support/clock.hpp"
#include "throttle/settings.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace afloat {

struct Course;
struct Range;

struct RunnerOptions {
  std::chrono::milliseconds lock_timeout{100}; ///< of one try, see Ladder
  Ladder ladder;
  std::optional<std::chrono::milliseconds>
      batch_time; ///< aim of a backfill batch; nothing means the dialect's own
  ThrottleSettings throttle;
};

/// What the executor works with. References that outlive it.
struct RunnerContext {
  Database& database;
  std::int64_t lease_token;
  Clock& clock;
  Reporter& reporter;
  Observer& observer;
  RunnerOptions options;
  ConnectOptions connect; ///< to look again after a lost connection
};

/// Executes frozen plans: each step with its note in the ledger and the fence in one transaction, so that a
/// run that is killed at any instant resumes where it stood. Errors: undone (nothing of the migration is
/// left), half_way (the same call resumes, abort goes back), busy, refused (a check found rows), interrupted.
class Runner {
 public:
  explicit Runner(RunnerContext context);

  /// Starts expand and backfill with a fresh plan, or resumes with the one that the ledger has frozen.
  void expand(const Plan& plan, bool frozen);
  void contract(const Plan& plan);
  /// Without the plan's checks, but for those of a rebuild: they are the gate's, which has asked them for all
  /// that is to be purged.
  void purge(const Plan& plan);
  /// Undoes the steps that were done, last first, and removes the migration from the ledger. The plan is the
  /// frozen one, or that with other steps of abort, which then are frozen.
  void abort(const Plan& frozen);
  /// Opens the window again after contract, or after a contract that stopped behind its first swap.
  void revert(const Plan& plan);

 private:
  struct Run; ///< the state of one call: bookkeeping that goes into the first and the last transaction
  struct Filling;
  struct Worker;

  std::string state_of(const Plan& plan);
  /// The plan with the rebuilds of the phase, or the one that is given, made from the tables as they are now,
  /// noted in the ledger.
  Plan with_fresh_rebuilds(const Plan& plan, Phase phase, const Rebuild* only = nullptr);
  /// The same before a rebuild that begins behind other steps of this run, which may have changed its table.
  Plan renewed(const Plan& plan, const Step& rebuild, const Run& run);
  void run(const Plan& frozen, Run& run);
  /// One step with its report; an error is explained.
  void take(const Plan& plan, const Step& step, const Run& run, const std::function<void()>& body);
  void run_step(const Plan& plan, const Step& step, Run& run, bool last);
  static std::vector<std::size_t> steps_back(const Plan& plan, const Run& run);
  static std::vector<const Step*> steps_to_window(const Plan& plan, const Run& run, bool complete);
  void run_statements(const Plan& plan, const Step& step, Run& run, bool last);
  void run_outside(const Plan& plan, const Step& step, Run& run);
  void run_backfill(const Plan& plan, const Step& step, Run& run);
  void run_check(const Plan& plan, const Step& step, Run& run);
  Disagreement look(const Step& step);

  // Backfill: ranges, then sweeps.
  std::int64_t fill_alone(const Plan& plan, const Step& step, Run& run, std::vector<WorkerRange>& ranges,
                          bool was_split);
  std::int64_t fill_by_workers(const Plan& plan, const Step& step, Run& run,
                               std::vector<WorkerRange>& ranges);
  void wait_for_workers(std::vector<std::unique_ptr<Worker>>& workers);
  std::vector<WorkerRange> ranges_of(const Plan& plan, const Step& step, Run& run, const StepRecord& record,
                                     const std::string& last);
  void fill_range(Filling& filling, WorkerRange& range, const std::function<void(const WorkerRange&)>& save);
  std::optional<std::int64_t> try_range(Filling& filling, const Range& range, std::int64_t limit,
                                        const std::function<void(std::int64_t)>& save);
  std::int64_t run_batch_of(Filling& filling, const std::string& sql, const Ladder& ladder,
                            const std::function<void(std::int64_t)>& save);
  void prepare_batch(const RangeWork& work);
  std::int64_t sweep(Filling& filling);
  std::int64_t sweep_once(Filling& filling, bool skip); ///< `skip`: what somebody holds; returns rows filled
  /// Of a check that ends a backfill, which found `rows`: fills what is left and not held, then what is held.
  void sweep_left(const Plan& plan, const Step& step, Run& run, std::int64_t rows);
  void vacuum_between(Filling& filling, std::int64_t changed);
  /// The weights of the ranges' rows. Reads samples of them.
  Course course(const Plan& plan, const Step& step, const std::vector<WorkerRange>& ranges);
  std::chrono::milliseconds batch_aim() const;
  void require_brakes(const Plan& plan, const Run& run);
  /// `begun`: an earlier try, now or in another process, may have left a remainder.
  void build_outside(const Step& step, bool begun);
  void clean(const Step& step); ///< removes what a statement has left half made
  void clean_up(const Plan& plan, const Step& step, Run& run, Error& error);
  std::int64_t changed_by(const RangeWork& work, const std::string& sql);
  std::string settled_state(const Step& step); ///< what done_when says, once nobody is building any more
  void try_fills(const Plan& plan);
  /// SQLite: what the phase does to the schema, and in expand what all later ones will do.
  void try_later(const Plan& plan, Phase phase);

  /// Told after each try that met a lock, with who holds it, in words.
  using Missed = std::function<void(const std::string&)>;
  /// One transaction with the lock ladder around it: `body`, the fence, COMMIT.
  void transaction(const Step& step, const std::function<void()>& body) {
    transaction(step, body, m.options.ladder);
  }
  void transaction(const Step& step, const std::function<void()>& body, const Ladder& ladder,
                   const Missed& missed = {});
  /// COMMIT; an error says that it came then.
  void commit(const Step& step);
  /// An error gets the place in the file of the statement that failed.
  void run_batch(std::span<const Statement> statements);
  void execute(const Step& step, const std::vector<Statement>& statements);
  /// Inside the first transaction. `ends`: it is the last one too, and one event tells of both.
  void begin_run(const Plan& plan, Run& run, bool ends = false);
  void end_run(const Plan& plan, Run& run); ///< inside the last transaction
  void undo_step(const Plan& plan, const Step& step);
  void climb_locks(const Step& step, const std::function<void()>& attempt) {
    climb_locks(step, attempt, m.options.ladder);
  }
  void climb_locks(const Step& step, const std::function<void()>& attempt, const Ladder& ladder,
                   const Missed& missed = {});
  /// Says in the error what could not be locked, and returns who holds it, in words.
  std::string name_blockers(const Step& step, Error& error);
  /// After a connection that was lost in COMMIT: reads from the ledger what happened, and says it in the
  /// hint. Returns whether anything of the run is committed; code half_way where all of it is.
  bool read_outcome(const Plan& plan, const Run& run, Error& error);
  [[noreturn]] void explain(const Plan& plan, const Step& step, const Error& error, const Run& run);
  /// Of a step outside a transaction whose work is there before it begins.
  Error done_by_others(const Plan& plan, const Step& step, const Run& run) const;
  /// The error as people are told it.
  [[noreturn]] void tell(const Plan& plan, const Step& step, const Error& error, const Run& run);
  /// An event that says why a run stopped half-way, if the database can still be asked to note it.
  void note_stop(const Plan& plan, const Error& told) noexcept;

  RunnerContext m;
  Ledger m_ledger;
  std::minstd_rand m_random;
};

} // namespace afloat
