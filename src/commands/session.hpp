#pragma once

#include "commands/command.hpp"
#include "config/config.hpp"
#include "dialect/database.hpp"
#include "execution/interrupt.hpp"
#include "execution/lease.hpp"
#include "execution/runner.hpp"
#include "ledger/ledger.hpp"
#include "model/migration.hpp"
#include "report/node.hpp"
#include "report/progress.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace afloat {

enum class Access { read, write };

Config config_of(const Arguments& arguments);
ConnectOptions connect_options(const Config& config, Access access);
/// Error configuration when no URL is set.
std::unique_ptr<Database> connect(const Config& config, Access access);

bool wants_json(const Arguments& arguments);
bool wants_color(const Arguments& arguments);
/// Prints the text, or with --output json the document.
void print(const Arguments& arguments, const std::string& text, const Node::Object& document);

ProgressOptions progress_options(const Arguments& arguments);
RunnerOptions runner_options(const Arguments& arguments, const Config& config, Dialect dialect);

/// The observer that every run gets; the fault tests put their own in its place.
Observer& run_observer();
void set_run_observer(Observer& observer);

/// A run that changes the database: signals, connection, lease, runner. Members are made in this order and go
/// in reverse.
class WritingSession {
 public:
  /// Takes the lease and makes the ledger's tables where they are not there yet. `shared` takes the signals
  /// and outlives this; null: it takes them itself.
  WritingSession(const Arguments& arguments, const Config& config, Interrupt* shared = nullptr);
  /// Where something was done, the ledger gets the schema as it is now: once a run, also after a run that
  /// failed.
  ~WritingSession();

  Database& database() { return *m_database; }
  Ledger& ledger() { return m_ledger; }
  Runner& runner() { return m_runner; }
  Clock& clock() { return m_interrupt; }
  Reporter& reporter() { return m_reporter; }

  /// Error refused, where the schema is not the recorded one and nobody said --accept-drift; with that, it is
  /// recorded as it is. Does nothing where there is no record yet, or while a migration stands half-way,
  /// whose work cannot be told from others'.
  void require_no_drift(const Arguments& arguments, const Config& config);
  /// Records the schema as it is, because somebody accepts it so.
  void accept_schema(const std::string& reason) { record(reason); }
  /// A transaction of its own for the ledger. Error busy where somebody else's lock stands in the way for the
  /// configured `lock_total`.
  void write(const std::function<void()>& body);
  /// A migration that this database has already: it is complete without a step.
  void adopt(const Migration& migration, Dialect dialect);

 private:
  void record(const std::string& reason);

  std::unique_ptr<Interrupt> m_own_interrupt;
  Interrupt& m_interrupt;
  std::chrono::milliseconds m_lock_total;
  ProgressReporter m_reporter;
  std::unique_ptr<Database> m_database;
  Watching m_watching;
  Ledger m_ledger;
  Lease m_lease;
  Runner m_runner;
};

/// For a command that finds nothing to do: a run that was killed behind its last COMMIT has left a schema
/// that is not recorded, and it is recorded now. Where that cannot be, it is left to the next run.
/// `database`: one that may only read.
void record_what_is_left(const Arguments& arguments, const Config& config, Database& database);

} // namespace afloat
