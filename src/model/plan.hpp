#pragma once

#include "model/dialect.hpp"
#include "model/schema.hpp"
#include "support/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The plan: the ordered steps of a migration as a value. What a DBA reads, what the ledger freezes, what is
/// executed, resumed and undone are this one value; plan_json.hpp turns it into text and back.
namespace afloat {

/// What brings a migration forward, in this order; then what takes it back, by steps of its own where the
/// inverses of the steps forward are not enough (migrations in SQL).
enum class Phase { expand, backfill, contract, purge, abort, revert };
std::string_view name_of(Phase phase);

/// PostgreSQL's table lock modes, weakest first; `database` is SQLite's one write lock on the whole file.
enum class LockLevel {
  access_share,
  row_share,
  row_exclusive,
  share_update_exclusive,
  share,
  share_row_exclusive,
  exclusive,
  access_exclusive,
  database,
};
std::string_view name_of(LockLevel level); ///< "ACCESS EXCLUSIVE"
bool blocks_writes(LockLevel level);
bool blocks_reads(LockLevel level);

struct TableLock {
  RelationName relation;
  LockLevel level = LockLevel::access_exclusive;

  bool operator==(const TableLock&) const = default;
};

/// One SQL statement. `must_change`: the exact number of rows that it must affect; another number fails the
/// step (used where a statement is an assertion, such as an edit of sqlite_schema that must find what the
/// plan was made from).
struct Statement {
  std::string sql;
  std::optional<std::int64_t> must_change;
  SourcePosition where = {}; ///< of the first character, without source_line, if a person wrote it in a file

  Statement(std::string text, std::optional<std::int64_t> rows = std::nullopt)
      : sql(std::move(text)), must_change(rows) {}
  Statement() = default;
  bool operator==(const Statement&) const = default;
};

/// SQL fragments with what running them costs. Writers return pieces; operations combine pieces into steps.
/// `inverse` undoes `statements` (in the order given) and must succeed when all of `statements` took effect.
struct Piece {
  std::vector<Statement> statements;
  std::vector<Statement> inverse;
  std::vector<TableLock> locks; ///< of `statements`
  bool rewrites = false;        ///< writes every row of the table anew
  bool scans = false;           ///< reads every row of the table under the locks
};

/// Work on a whole table in key ranges: a backfill or a compare; with an empty `next_bound`, one query
/// (in_range_from_start) over the whole table. SQL text with placeholders, which the executor replaces
/// by literals: {after} the last key done, {upto} the last key of this batch (each a comma-separated list of
/// SQL literals, one for each key column), {limit} a number of rows, {last} the table's last key when the
/// work began.
struct RangeWork {
  RelationName table;
  std::vector<std::string> key; ///< for messages; "ctid" or "rowid" where there is no key
  /// Returns (literals of the key at most {limit} rows behind {after}; number of rows in that range) or no
  /// row when nothing is left. `next_bound_from_start` is the same for the first batch, with no {after}.
  std::string next_bound, next_bound_from_start;
  /// Returns the literals of the table's last key, or no row for an empty table: the ranges go no further, so
  /// that rows which come meanwhile (sync fills them) cannot make the work endless.
  std::string last;
  /// What is done with the range: an UPDATE (backfill), or a SELECT (check) that returns (text that names the
  /// row by key and shows both values) for rows that do not agree, at most {limit}. The range is (after,
  /// upto].
  std::string in_range, in_range_from_start;
  /// An UPDATE of at most {limit} rows that still need it, anywhere in the table; 0 rows means done. A check
  /// has that of the backfill before it where it finds every row that this may have left out.
  std::string sweep;
  /// Run at the start of each transaction that fills rows (SET LOCAL afloat.backfill = '1_1', …).
  std::vector<std::string> before_batch;
  /// Backfill only, run once in a rolled-back transaction before anything else of the migration: evaluates
  /// the expression on a sample and fails as the real run would (cannot be cast, not immutable, …).
  std::vector<std::string> trial;
  std::optional<std::int64_t> rows_per_batch; ///< backfill only: nothing steers it by time
  /// Backfill only: as a person wrote it in a file, for messages about its batches.
  std::optional<Statement> written;
  std::string count_left; ///< SELECT count(*) of the rows that still need it (or do not agree)

  bool operator==(const RangeWork&) const = default;
};

/// SQLite: one change of the text of a table; see table_edits() in dialect/sqlite/table_edits.cpp for the
/// words: {"drop_column", {"nickname"}}, {"add_constraint", {"PRIMARY KEY (id)"}}, …
struct TableEdit {
  std::string what;
  std::vector<std::string> arguments;

  bool operator==(const TableEdit&) const = default;
};

/// SQLite: a table that is made anew beside the old one, filled in batches while triggers carry over what is
/// written, and then put in its place; see SqlWriter::rebuild_steps().
struct Rebuild {
  std::string id; ///< "1_2", as Sync::id: makes the names of what is only there meanwhile
  RelationName table;
  std::vector<TableEdit> edits; ///< of the table's text, in order

  bool operator==(const Rebuild&) const = default;
};

enum class StepKind {
  statements, ///< in one short transaction, together with the ledger's note of it and the fence
  outside,    ///< each statement by itself, outside a transaction; needs done_when
  backfill,   ///< RangeWork that changes rows, batch by batch
  check,      ///< RangeWork that must find nothing, or the run stops with exit status 1 and nothing changed
};
std::string_view name_of(StepKind kind);

struct Step {
  std::string id; ///< "1.2": second step of the first operation; unique. "1.2.1": model/step_id.hpp
  Phase phase = Phase::expand;
  StepKind kind = StepKind::statements;
  std::string title; ///< "add users.username, in sync with users.user_name"
  std::vector<Statement> statements;
  std::vector<Statement> inverse; ///< undoes it; used by abort, last step first
  std::vector<TableLock> locks;
  bool rewrites = false, scans = false;
  bool foreign_keys_off = false;    ///< `statements` on SQLite: as Database::without_foreign_keys says
  std::optional<std::int64_t> rows; ///< estimated rows that it touches
  /// `outside` steps: SELECT that returns 'done' (took effect wholly), 'absent' (nothing is there),
  /// 'building' (some backend is at work on it: wait) or 'partial' (a remainder that `cleanup` removes, such
  /// as an INVALID index; only what the ledger's intent names is ever removed).
  std::string done_when;
  std::vector<Statement> cleanup;
  /// `outside` steps: takes something away. Then 'absent' means that it is still there, and one that is done
  /// already, by whomever, is done.
  bool removes = false;
  /// `outside` steps: one that is done before it was begun, by whomever, is done (IF NOT EXISTS).
  bool may_be_done = false;
  std::optional<RangeWork> work; ///< backfill and check
  /// One of the steps of a rebuild: made again from the table as it is when the step's phase begins.
  std::optional<Rebuild> rebuild;
  /// Run once in a rolled-back transaction before anything else of the migration: fails as the step itself
  /// would for what the author wrote (a default that cannot be cast).
  std::vector<std::string> trial;
  bool swap = false;     ///< contract: from its commit on abort is over and revert is needed
  bool destroys = false; ///< point of no return: what it removes cannot be derived back
  std::string undo;      ///< in words, for the plan: how this is undone, or why it cannot be

  bool operator==(const Step&) const = default;
};

/// The side a sync counter watches: `query` returns (writes so far, seconds since the epoch of the last one
/// or NULL).
struct Counter {
  std::string subject; ///< "users.user_name"
  std::string query;

  bool operator==(const Counter&) const = default;
};

struct ColumnName {
  RelationName table;
  std::string column;

  bool operator==(const ColumnName&) const = default;
};

/// What contract leaves hidden, until it is purged.
struct AtticEntry {
  RelationName table; ///< as it was named before contract
  std::string was;    ///< old column name; empty: the whole table
  std::string name;   ///< name in the attic, of the column or the table; with `aside` may be empty
  std::vector<std::string>
      remembered;         ///< what contract dropped with it, in words, to build again on the way back
  bool succeeded = false; ///< another column bears its name since: what names it in text goes on to work
  /// `attic = "aside"`: the column leaves its table. `name` is the table where its values are kept by key;
  /// empty: they need not be kept, another column has them.
  bool aside = false;

  bool operator==(const AtticEntry&) const = default;
  bool whole_table() const { return was.empty(); }
};

/// A question asked before an abort or a revert: `query` counts values that going back would lose.
struct Loss {
  std::string what; ///< "rows in audit_log"; with `check`: "NOT NULL on users.phone"
  std::string query;
  /// Not empty: nobody can accept it, because going back fails while there are such values. What to do about
  /// them; `check` finds them.
  std::string remedy;
  std::optional<RangeWork> check;

  bool operator==(const Loss&) const = default;
};

/// Something that must exist, enabled and unchanged, while the window is open or the attic is kept.
/// `query` returns 'ok', or what is wrong in words.
struct Guard {
  Phase until = Phase::contract; ///< contract: holds while the window is open; purge: while the attic is kept
  std::string subject;           ///< "sync trigger !afloat_1_1_sync_insert on users"
  std::string query;

  bool operator==(const Guard&) const = default;
};

/// The plan of one migration, all phases. Frozen into the ledger when the migration starts.
struct Plan {
  std::int64_t version = 0;
  std::string label, name, description, checksum;
  Dialect dialect = Dialect::sqlite;
  std::vector<Step> steps;        ///< in the order of phases
  std::vector<std::string> notes; ///< what it can hurt, and why: one sentence each
  std::vector<std::string> reads; ///< columns that `up` and `down` read: no other window may change them
  std::vector<std::string>
      touches; ///< "users.user_name": what two open windows may not share; "users.*" is all
  std::vector<Counter> counters;
  std::vector<AtticEntry> attic;
  std::vector<Loss> losses;
  /// What a revert asks before it begins, and `status` shows before anybody asks: rows of the new release
  /// that the old shape cannot hold, and rows that would break what contract has taken away. All have a
  /// `check`.
  std::vector<Loss> revert_losses;
  /// Why there is no way back after contract, one sentence each. Empty: there is, or contract does nothing.
  std::vector<std::string> no_revert;
  std::vector<Guard> guards;
  std::vector<ColumnName> doomed; ///< columns that no view may read when contract hides them
  /// Queries whose rows name, in words, what must go before contract can: views on a table that goes, …
  std::vector<std::string> contract_obstacles;

  bool operator==(const Plan&) const = default;
  bool has(Phase phase) const;
  std::string title() const { return label + "_" + name; }
};

/// The first step among those that were begun which abort cannot take back: it has no inverse, and the plan
/// no statements of abort. Null when there is none.
const Step* step_without_way_back(const Plan& plan, const std::function<bool(const Step&)>& begun);

/// The number of the operation that a step belongs to: 2 of "2.1".
int operation_of(const Step& step);

/// A swap of contract whose operation has no steps of revert, although nothing in the plan says why: the plan
/// was frozen by an afloat that did not make such steps yet. Null when there is none.
const Step* swap_without_revert(const Plan& plan);

/// The steps that a command takes, in its order, as a plan of their own with notes of their own: of purge as
/// they are; of abort and revert the last operation first. Of abort the inverses stand as statements.
Plan way_of(const Plan& plan, Phase phase);

} // namespace afloat
