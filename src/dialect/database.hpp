#pragma once

#include "model/dialect.hpp"
#include "support/error.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// A value as text, or NULL. Numbers are decimal text, booleans "t"/"f" (PostgreSQL) or "1"/"0" (SQLite).
using Value = std::optional<std::string>;

struct Result {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::int64_t affected = 0; ///< rows changed by INSERT, UPDATE, DELETE

  /// First column of the first row; nothing if there is no row or it is NULL.
  Value scalar() const { return rows.empty() || rows[0].empty() ? std::nullopt : rows[0][0]; }
};

/// Where and how to connect. `url` may carry a password: it is never printed; `safe_url` is for people.
struct ConnectOptions {
  std::string url;      ///< postgres://…, postgresql://…, libpq keywords ("host=… dbname=…"), or sqlite:FILE
  std::string safe_url; ///< the same without credentials
  std::chrono::milliseconds connect_timeout{10'000};
  bool must_exist = true; ///< SQLite: false creates the file
  bool read_only = false; ///< a session that cannot write (plan, status, history, verify)
};

/// What the session may do, read once after connecting.
struct SessionFacts {
  std::string database; ///< name of the database or the file's path
  std::string role;     ///< PostgreSQL: current_user
  bool superuser = false;
  bool standby = false; ///< in recovery
  bool read_only_by_default =
      false; ///< default_transaction_read_only is on for this role, or the file is read-only
  bool may_set_replica_role = false; ///< may SET session_replication_role
  int server_version = 0;
  std::string backend;       ///< pid of the server's backend (PostgreSQL) or of this process (SQLite)
  std::string backend_start; ///< tells a reused pid from the same one; start time and role of the backend
                             ///< (PostgreSQL), or start of process
};

/// Who stands in the way of a lock.
struct Blocker {
  std::string pid, application, state, age, statement; ///< age in words: "8 min"
};

/// One connection. Errors are thrown as Error: `connection` (lost), `busy` (55P03, 40P01, 40001,
/// SQLITE_BUSY), `permission` (42501, 25006, SQLITE_READONLY, SQLITE_AUTH), `interrupted` (57014 after
/// cancel(), SQLITE_INTERRUPT), and `statement` for all else; sql, sqlstate, the place in sql and the
/// server's own hint are filled in where the server gives them. A lost connection stays lost: there is no
/// silent reconnect. Not for use by two threads at once, except cancel().
class Database {
 public:
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;
  virtual const SessionFacts& facts() const = 0;

  /// One statement with parameters $1, $2, … used in order of their numbers, first use ascending (so that the
  /// same text works on SQLite, whose $1 is a name).
  virtual Result query(std::string_view sql, std::span<const Value> parameters = {}) = 0;
  Result query(std::string_view sql, std::initializer_list<Value> parameters) {
    return query(sql, std::span<const Value>(parameters.begin(), parameters.size()));
  }
  /// A statement whose result nobody needs. It runs now, or in one round trip with the next call of query(),
  /// script() or commit(), which then tells of its failure; rollback() drops it.
  virtual void defer(std::string_view sql, std::initializer_list<Value> parameters) {
    query(sql, parameters);
  }
  /// Several statements separated by semicolons, in one round trip where the protocol can, outside of or in
  /// the open transaction. On PostgreSQL the text runs as one implicit transaction unless it controls
  /// transactions itself.
  virtual void script(std::string_view sql) = 0;
  /// Single statements, in order, in one round trip where the protocol can. An error has the one that failed
  /// in Error::sql; none behind it has run.
  virtual void batch(std::span<const std::string_view> statements) {
    for (const std::string_view statement : statements) script(statement);
  }

  /// PostgreSQL: BEGIN and SET LOCAL lock_timeout, deferred. SQLite: BEGIN IMMEDIATE, waiting at most
  /// `lock_timeout` for the write lock (then Error busy).
  virtual void begin(std::chrono::milliseconds lock_timeout) = 0;
  /// Throws `connection` with sqlstate "in doubt" if the connection went while the answer was awaited.
  virtual void commit() = 0;
  /// SQLite: the next transaction runs with foreign keys switched off, so that a table can be rebuilt without
  /// the ON DELETE of those that refer to it. Its commit() throws `statement` if that left rows that refer to
  /// nothing, or took rows from tables that refer to a rebuilt one. They are enforced again however it ends.
  virtual void without_foreign_keys() {}
  virtual void rollback() noexcept = 0; ///< also when nothing is open or the connection is gone
  virtual bool in_transaction() const = 0;

  /// Whether the COMMITs to come wait for the disk; they do unless told otherwise. Those that do not, a crash
  /// of the server or the machine may take back, the last ones first; a later COMMIT that waits makes them
  /// safe too. SQLite: in WAL mode only, and not inside a transaction.
  virtual void wait_for_disk(bool wait) = 0;
  /// For a statement outside a transaction: 0 means the server's default (no limit).
  virtual void set_lock_timeout(std::chrono::milliseconds timeout) = 0;
  /// Cancels the running statement from another thread; it then throws `interrupted`.
  virtual void cancel() noexcept = 0;
  /// Whether a statement has ended so: one that began just behind a cancel() goes on.
  virtual bool was_cancelled() const noexcept = 0;

  /// Whether the server's backend that SessionFacts described so is still there, and the request to end it.
  /// SQLite has no sessions apart from their processes: always true, and nothing is done.
  virtual bool is_alive(const std::string& backend, const std::string& backend_start) = 0;
  virtual void terminate(const std::string& backend, const std::string& backend_start) = 0;

  /// Who stands in the way of a lock on one of the relations (quoted, qualified names; as it was wanted: IN …
  /// MODE behind the name), since before the last one that was missed. PostgreSQL: sessions, the longest
  /// first; SQLite: processes with the file's write lock, from /proc/locks. Empty: nothing can be said.
  virtual std::vector<Blocker> blockers(std::span<const std::string> relations) = 0;
};

/// Opens a connection by the URL's form. The session is made fit for migrations: no statement or idle
/// timeout, application_name 'afloat', client_connection_check_interval where the server has it, foreign keys
/// enforced on SQLite. Errors: configuration (no such form of URL), connection (with the reason and a hint),
/// permission.
std::unique_ptr<Database> open_database(const ConnectOptions& options);

/// "postgres" or "sqlite" by the URL's form; Error configuration for anything else.
Dialect dialect_of_url(std::string_view url);

} // namespace afloat
