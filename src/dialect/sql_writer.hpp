#pragma once

#include "model/plan.hpp"
#include "model/schema.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

enum class ConflictPolicy { new_wins, reject };

/// Keeps two columns of one table equal (dual write), or fills one column.
struct Sync {
  enum class Kind {
    pair,  ///< both ways, for the window: rules of SYNC.md 1 to 3
    fill,  ///< new_column gets `up` where an INSERT left it NULL; old_column is empty, or names the column to
           ///< watch
    watch, ///< only counts writes to old_column; no new_column
    attic, ///< both ways after contract: old_column is the hidden one; never raises, what down cannot map
           ///< becomes NULL
    table, ///< only counts the writes to the table, whatever they change; no columns
  };
  Kind kind = Kind::pair;
  std::string
      id; ///< "1_2": version and number of the operation; makes the names of triggers, functions and counter
  Table table; ///< as it is *before* new_column is added
  std::string old_column, new_column;
  std::string new_type;  ///< type of new_column
  std::string up, down;  ///< SQL expressions over the table's columns by bare or qualified name
  bool identity = false; ///< up and down are plain copies
  std::optional<std::string> new_default; ///< constant default of new_column, else NULL is its default
  ConflictPolicy policy = ConflictPolicy::new_wins;
  bool count_old_writes = true; ///< where there is an old_column; never in the attic
  bool count_left_out = false;  ///< fill, watch: counts INSERTs that leave new_column out
  bool updates_too = false;     ///< with it: fills and counts also UPDATEs that set new_column to NULL
  bool note_fills = false;      ///< fill only: the backfill notes what it filled, see fill_notes()
  bool required =
      false; ///< SQLite: the old column was NOT NULL and has been relaxed: raise when both sides are NULL
  bool hidden = false; ///< new_column has a name of afloat's own: nobody but sync and backfill writes it
};

/// A column and the one that takes its place at contract, with all that hangs on it.
struct Succession {
  std::string id;        ///< as Sync::id; makes the working names
  Table table;           ///< as it is before the successor is added
  std::string from;      ///< the column
  Column successor;      ///< under its working name, as expand adds it
  std::string name;      ///< the successor's name in the end: that of `from`, or the working name itself
  std::string attic;     ///< the name of `from` in the end
  bool not_null = false; ///< the successor in the end
  std::optional<std::string> default_sql; ///< the successor's in the end
  bool keep_default = false;              ///< `from` keeps its default in the attic (a constant)
  /// The sequences that go with the column count in the successor's type from contract on: a step of its own
  /// behind the swap. Names and types as read; an identity's is made anew in the swap.
  std::vector<Sequence> sequences;
};

/// A foreign key that points at a column which gets a successor, while its own columns stay.
struct PointingKey {
  Table table;
  Constraint constraint;
};

/// Columns that get successors in one swap, with the foreign keys among them: those of the members follow.
struct SuccessionGroup {
  std::vector<Succession> members;
  std::vector<PointingKey> pointing;
};

/// How everything that hangs on a column comes to its successor: what to do in which phase.
struct Carry {
  std::vector<Step> beside; ///< backfill, when the successor is filled: what cannot reject the old release
  std::vector<Step> before; ///< contract, before the swap: what can; with their way back
  Piece swap; ///< between dropping the sync of the window and making that of the attic; no inverse
  std::vector<Step> after;             ///< contract, after the swap
  std::vector<std::string> trial;      ///< as Step::trial: fails where something cannot be carried
  std::vector<std::string> remembered; ///< as AtticEntry::remembered
  std::vector<std::vector<std::string>> remembered_of; ///< the same by member of a group
  std::vector<std::string> obstacles;                  ///< as Plan::contract_obstacles
  std::vector<std::string> notes;                      ///< as Plan::notes
  std::string refusal, hint; ///< not empty: it cannot be done, and what to do about that
};

/// A change of a column's type that changes no stored value.
struct TypeEdit {
  Piece piece;
  std::vector<Step> after; ///< expand: what makes up for what the server forgets
  std::string misfit;      ///< condition for rows that going back would refuse or change; may be empty
};

/// What a sync counts, for messages: "users.user_name".
std::string counted_subject(const Sync& sync);

/// A table in key ranges: the bounds stand in `work`; the conditions, with its placeholders, say that a row
/// is in the range.
struct KeyRanges {
  RangeWork work;
  std::string condition, condition_from_start;
};

/// What a statement that a person wrote is, as far as one can tell without a database.
struct StatementFacts {
  std::string what;             ///< "ALTER TABLE users", "CREATE INDEX", "DO": for titles
  std::vector<TableLock> locks; ///< on relations that may have been there before, as the statement needs them
  bool rewrites = false, scans = false;
  /// That it makes, changes or removes, as written; not those of which it only writes rows.
  std::vector<RelationName> relations;
  bool outside = false; ///< cannot run inside a transaction block
  /// Of an `outside` statement: what Step has. An empty done_when of a `repeatable` one (VACUUM, REINDEX)
  /// means that it is simply run again; of another, that nobody can tell whether it took effect. With a
  /// done_when, `repeatable` says that what it makes may have been there before (IF NOT EXISTS).
  std::string done_when;
  std::vector<Statement> cleanup;
  bool repeatable = false;
  /// `PRAGMA foreign_keys`: whether it switches them on or off. SQLite takes no notice of it inside a
  /// transaction; a step with statements behind an OFF must have Step::foreign_keys_off. So must one with a
  /// DROP TABLE, which would delete the rows of other tables that refer to it.
  std::optional<bool> foreign_keys;
  std::string ended_by; ///< what ends it for the rest of its transaction: "RESET ROLE" for SET LOCAL ROLE
  bool secret = false;  ///< a password stands in it: its text must not be shown
  std::string refused,
      hint;            ///< why it cannot stand in a migration (COMMIT, …) and what to write instead, or empty
  std::string unknown; ///< why its effect on the schema cannot be told ("a DO block"), or empty
  std::string syntax_error; ///< why it cannot be read: then all else is a guess; or empty
  std::size_t offset = 0;   ///< of `refused` or `syntax_error`, in bytes
};

/// Pure text: SQL for one dialect. No connection, no state. Functions that return a Piece give statements
/// with their inverse and locks, in the order in which they must run.
class SqlWriter {
 public:
  virtual ~SqlWriter() = default;
  virtual Dialect dialect() const = 0;

  virtual std::string identifier(std::string_view name) const = 0; ///< always quoted
  virtual std::string literal(std::string_view text) const = 0;
  std::string relation(const RelationName& name) const; ///< quoted, qualified when it has a schema
  /// A name that fits the server (63 bytes on PostgreSQL): `stem` is shortened and given a hash when too
  /// long.
  virtual std::string fitting_name(std::string_view stem) const = 0;

  // Tables and columns.
  virtual Piece
  create_table(const Table& table) const = 0; ///< with primary key, checks, uniques and foreign keys
  virtual Piece add_column(const Table& table, const Column& column) const = 0;
  /// The default is set so that rows which are there already keep NULL. SQLite: by an edit of sqlite_schema.
  virtual Piece set_default(const Table& table, std::string_view column,
                            std::string_view expression) const = 0;
  virtual Piece drop_default(const Table& table, std::string_view column) const = 0;
  /// Statements that fail if the expression cannot be this column's default.
  virtual std::vector<std::string> default_trial(const Table& table, const Column& column,
                                                 std::string_view expression) const = 0;
  /// SQLite: rows that are there since before the column was added hold no value of it, and read the default
  /// of *today*. This writes it into them, to be done before the default becomes `expression` (nothing:
  /// none). Nothing where no row can be so, and on PostgreSQL.
  virtual std::optional<RangeWork> store_default(const Table& table, const Column& column,
                                                 const std::optional<std::string>& expression) const = 0;
  virtual Piece drop_column(const Table& table, std::string_view column) const = 0; ///< no inverse
  virtual Piece rename_column(const Table& table, std::string_view from, std::string_view to) const = 0;
  /// Grants, comment, statistics target, storage of `from` given to `to`. Nothing on SQLite.
  virtual Piece copy_properties(const Table& table, const Column& from, std::string_view to) const = 0;
  /// Lets the column be NULL without a rewrite (SQLite: by an edit of sqlite_schema). Inverse: puts NOT NULL
  /// back.
  virtual Piece relax_not_null(const Table& table, std::string_view column) const = 0;
  /// NOT NULL for a column that a check has just found complete. PostgreSQL: in steps of their own, see
  /// not_null_steps. SQLite: by an edit of sqlite_schema in the same transaction as the check.
  virtual Piece restore_not_null(const Table& table, std::string_view column) const = 0;
  /// The steps that make a filled column NOT NULL with only short locks: PostgreSQL: CHECK NOT VALID,
  /// VALIDATE, SET NOT NULL + DROP CHECK; SQLite: one step. `phase` is put in; ids are left empty.
  virtual std::vector<Step> not_null_steps(const Table& table, std::string_view column,
                                           Phase phase) const = 0;
  /// SQLite: keeps the names of the columns that views show when a column of `table` is renamed; goes before
  /// the rename in its transaction (a view on such a view would make the rename fail). PostgreSQL keeps them
  /// by itself: nothing.
  virtual Piece keep_view_columns(const std::vector<View>& views, const Table& table,
                                  std::string_view from) const = 0;

  // Whole tables.
  /// Fails on SQLite if a view, a trigger or a foreign key elsewhere would follow the table to its new name.
  virtual Piece rename_table(const Table& table, const std::string& to) const = 0;
  virtual Piece drop_table(const RelationName& table) const = 0; ///< no inverse
  /// Takes away the table's foreign keys to other tables, which would still reject what is done to those.
  virtual Piece drop_foreign_keys(const Table& table) const = 0; ///< no inverse
  /// Queries whose rows name, in words, what elsewhere in the database uses the table.
  virtual std::vector<std::string> table_users(const RelationName& table) const = 0;

  // Indexes: one `outside` step on PostgreSQL (CONCURRENTLY, with done_when and cleanup), one `statements`
  // step on SQLite.
  virtual Step create_index(const Table& table, const Index& index) const = 0;
  virtual Piece drop_index(const Table& table,
                           const Index& index) const = 0; ///< inside a transaction; no inverse
  /// The same without keeping anyone out, and with the way back; a step like create_index's.
  virtual Step drop_index_step(const Table& table, const Index& index) const = 0;
  /// Inside a transaction; no inverse. SQLite has no such statement: std::logic_error.
  virtual Piece drop_constraint(const Table& table, const Constraint& constraint) const = 0;

  // Sync.
  /// Triggers, functions and counter. Inverse: drop_sync's statements. On SQLite also guards the user's
  /// UPDATE triggers against firing for sync's own updates, and the inverse takes that guard away.
  virtual Piece create_sync(const Sync& sync) const = 0;
  virtual Piece drop_sync(const Sync& sync) const = 0;
  /// For a sync with note_fills: where the backfill notes the keys that it filled, and what it put there.
  /// Inverse: sets them back to NULL where the value is still ours, and drops the notes.
  virtual Piece fill_notes(const Sync& sync) const = 0;
  virtual Piece drop_fill_notes(const Sync& sync) const = 0;
  virtual std::vector<Counter> counters(const Sync& sync) const = 0;
  virtual std::vector<Guard> guards(const Sync& sync) const = 0;
  /// Why sync cannot be made for this table and columns (user triggers with column lists on them, generated
  /// columns, names …), or empty. A sentence without full stop.
  virtual std::string sync_obstacle(const Sync& sync) const = 0;

  // Statements that a person wrote.
  virtual StatementFacts facts(std::string_view statement) const = 0;
  /// Changes `schema` to what it is after the statements. What cannot be told is added to schema.unknown,
  /// with Statement::where; nothing is thrown for a statement that the database will refuse.
  virtual void replay(std::span<const Statement> statements, Schema& schema) const = 0;

  // Work on every row.
  /// `qualifier`: the name or alias of the table in the statement that the conditions are meant for.
  virtual KeyRanges key_ranges(const Table& table, std::string_view qualifier) const = 0;
  /// new_column = up where it is NULL and up is not. `Sync` of kind pair or fill.
  virtual RangeWork backfill(const Sync& sync) const = 0;
  /// Rows on which the two sides do not agree (pair, attic), or new_column is NULL although up gives a value
  /// (fill).
  virtual RangeWork compare(const Sync& sync) const = 0;
  // A column and its successor.
  /// Everything that hangs on the column, moved to its successor. Uses Table::users.
  virtual Carry carry(const Succession& succession) const = 0;
  /// The same for several columns, of several tables, whose names change hands in one swap. SQLite has no
  /// such thing: std::logic_error.
  virtual Carry carry(const SuccessionGroup& group) const = 0;
  /// The column as its successor is added: name and type as given, with a collation that suits the type.
  virtual Column successor_of(const Column& column, const std::string& name,
                              const std::string& type) const = 0;
  /// The change of type that the database does without touching a row or an index, if it is one.
  virtual std::optional<TypeEdit> type_edit(const Table& table, const Column& column,
                                            const std::string& type) const = 0;
  /// The type as the inspector writes it, where that can be told; else as it is.
  virtual std::string type_name(const std::string& type) const = 0;
  /// SQL that makes a value of the type `to` of the column (quoted) of type `from`, if that can be done for
  /// every value; with `any`, also if it cannot. Nothing where an author must say how.
  virtual std::optional<std::string> cast(const std::string& column, const std::string& from,
                                          const std::string& to, bool any) const = 0;
  /// To be run in a trial: fails, naming the first of them, if there are rows in the whole table that `up`
  /// cannot map. Empty where no expression can fail.
  virtual std::vector<std::string> up_trial(const Sync& sync) const = 0;
  /// A check for values that the new type would hold as they are although they are not of it (SQLite).
  virtual std::optional<RangeWork> misfits(const Sync& sync) const = 0;

  /// Rows whose column is NULL.
  virtual RangeWork nulls(const Table& table, std::string_view column) const = 0;
};

/// `version`: PostgreSQL's server_version_num for what differs between servers; 0 offline.
std::unique_ptr<SqlWriter> make_sql_writer(Dialect dialect, int server_version);

/// One step from pieces: statements in order, inverses in reverse order, locks merged (strongest a relation).
Step combine(Phase phase, std::string title, std::vector<Piece> pieces);

} // namespace afloat
