#pragma once

#include "dialect/aside.hpp"
#include "dialect/cross_sync.hpp"
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

/// One column of a side of a sync.
struct SyncColumn {
  std::string name;
  std::string type;       ///< as Column has it
  std::string expression; ///< derives it from the other side: `up` of a new column, `down` of an old one
  std::optional<std::string> constant_default = {}; ///< of a new column; else NULL is its default
  bool required = false;                            ///< of an old column: as Sync::required says

  bool operator==(const SyncColumn&) const = default;
};

/// Keeps two sides of one table equal (dual write), each a column or several, or fills one column.
struct Sync {
  enum class Kind {
    pair,  ///< both ways, for the window: rules of SYNC.md 1 to 3
    fill,  ///< new_column gets `up` where an INSERT left it NULL; old_column is empty, or names the column to
           ///< watch
    watch, ///< only counts writes to old_column; no new_column
    attic, ///< both ways after contract: old_column is the hidden one; never raises, what down cannot map
           ///< becomes NULL
    table, ///< only counts the writes to the table, whatever they change; no columns
    condition, ///< only counts the writes whose row does not meet `up`, a condition; no columns
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
  /// Fill only: an UPDATE that changes one of these and not new_column itself computes `up` anew.
  std::vector<std::string> sources{};
  bool note_fills = false; ///< fill only: the backfill notes what it filled, see fill_notes()
  bool required =
      false; ///< SQLite: the old column was NOT NULL and has been relaxed: raise when both sides are NULL
  /// pair, attic: the side's columns, where it has several. Then the fields for one column say nothing of it.
  std::vector<SyncColumn> old_columns = {}, new_columns = {};
  bool hidden = false; ///< new_column has a name of afloat's own: nobody but sync and backfill writes it
  /// pair: a column of the new side becomes NOT NULL, so that NULLs there are never what a release meant:
  /// they are filled, also where `down` makes the old value of them.
  bool never_null = false;
  /// pair, PostgreSQL: INSERTs of one value wait for each other, because unique indexes on both sides cannot
  /// both be the arbiter of an ON CONFLICT.
  bool serialize = false;
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
  /// The way back from such a succession: the column in the attic takes its name from its successor, which
  /// goes back to where the window has it. Sequences get their types back.
  bool back = false;
};

/// A foreign key that points at a column which gets a successor, while its own columns stay.
struct PointingKey {
  Table table;
  Constraint constraint;
};

/// A type that is made anew, for the successors of all columns that have it, and takes its name in their
/// swap.
struct TypeSuccession {
  std::string from;   ///< as the server writes it in expressions: shop.order_state
  std::string beside; ///< the new type's name in the window, in the same form
  Piece create;       ///< the new type
  Piece swap;         ///< exchanges the names
};

/// Columns that get successors in one swap, with the foreign keys among them: those of the members follow.
struct SuccessionGroup {
  std::vector<Succession> members;
  std::vector<PointingKey> pointing;
  std::optional<TypeSuccession> type = {};
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

/// The columns of a side, one or several; none where the sync has no such side. `type` is the table's own
/// where it has the column.
std::vector<SyncColumn> old_side(const Sync& sync);
std::vector<SyncColumn> new_side(const Sync& sync);
/// Their names for messages: "first_name, last_name".
std::string names_of(const std::vector<SyncColumn>& side);
/// True if one of the sides has several columns.
bool is_many_sided(const Sync& sync);

/// What a sync counts, for messages: "users.user_name".
std::string counted_subject(const Sync& sync);

/// A table that is to have another name, in a window in which both names work. PostgreSQL: the table has the
/// new one, a view the old. SQLite, whose views nobody can upsert into: a twin has the new one, kept equal.
struct TwoNames {
  Piece open;                    ///< from its commit on both names work, unless there is something to fill
  std::optional<RangeWork> fill; ///< what must be copied for that
  std::vector<RangeWork> compare;
  Piece close;               ///< only the new name is left; no inverse
  std::vector<Step> discard; ///< behind `close`, of its phase: what it left out of sight
  /// The way back from `close`: from the commit of `reopen` on both names are kept, what must be copied and
  /// compared then, and what makes of that what `open` has made.
  Piece reopen, exchange;
  std::optional<RangeWork> refill;
  std::vector<RangeWork> recompare;
  std::vector<Counter> counters;
  std::vector<Guard> guards; ///< until contract
  std::vector<std::string> contract_obstacles, notes;
  std::string opening, closing; ///< titles: "rename users to people, with a view under the old name"
  std::string refused;          ///< why it cannot be done, or empty; a sentence without full stop
};

/// One more value for a column that takes a list of them: an enum on PostgreSQL, CHECK (column IN (…)) on
/// SQLite.
struct EnumValue {
  std::string value;
  std::string neighbour; ///< beside which it goes; empty: at the end
  bool before = false;   ///< the neighbour, else behind it
};
struct EnumChange {
  Piece piece;                         ///< on PostgreSQL its inverse does nothing: no value can be taken out
  std::vector<std::string> labels;     ///< before
  RelationName type;                   ///< PostgreSQL: of the column
  std::vector<Constraint> constraints; ///< of the table, afterwards
  std::string refused;                 ///< why it cannot be done, or empty; a sentence without full stop
};

/// A column that has a value which is taken out of its type.
struct EnumMember {
  Table table;
  Column column;
  std::string id;            ///< as Sync::id
  std::string beside, attic; ///< names of the column's successor in the window, and its own in the end
  std::string type_beside, type, type_attic; ///< of it: in the window, in the end; and its own in the end
  /// Between the column and its successor: `up`, `down` while the window is open, the others behind the swap.
  std::string up, down, attic_up, attic_down;
  std::string in_old;                     ///< what `up` gives, as a value of the type that is there
  std::string has_value;                  ///< condition: the row has the value in this column
  std::optional<std::string> default_sql; ///< of the successor in the end
};

/// One value less, see EnumValue. PostgreSQL: the type is made anew, and every column that has it gets a
/// successor. SQLite: the list is edited.
struct EnumRemoval {
  std::vector<std::string> labels; ///< before
  RelationName type, beside,
      attic; ///< PostgreSQL: the type's name, that of the new one in the window, its own in the end
  std::vector<EnumMember> members;     ///< the column that was named is the first
  TypeSuccession succession;           ///< PostgreSQL
  Piece drop;                          ///< PostgreSQL: of the old type, in the end
  Piece edit;                          ///< SQLite: of the list
  std::vector<Constraint> constraints; ///< SQLite: of the table, afterwards
  std::string obstacles;               ///< PostgreSQL: query as in Plan::contract_obstacles
  std::string refused, hint;           ///< why it cannot be done, or empty; a sentence without full stop
};

/// A table in key ranges: the bounds stand in `work`; the conditions, with its placeholders, say that a row
/// is in the range.
struct KeyRanges {
  RangeWork work;
  std::string condition, condition_from_start;
};

/// A column that a statement adds to a table that may have been there before.
struct AddedColumn {
  RelationName type; ///< as written, without modifiers; arrays are left out
  bool has_default = false;
};

/// What a statement that a person wrote is, as far as one can tell without a database.
struct StatementFacts {
  std::string what;             ///< "ALTER TABLE users", "CREATE INDEX", "DO": for titles
  std::vector<TableLock> locks; ///< on relations that may have been there before, as the statement needs them
  bool rewrites = false, scans = false;
  /// That it makes, changes or removes, as written; not those of which it only writes rows.
  std::vector<RelationName> relations;
  std::vector<AddedColumn> added; ///< PostgreSQL
  bool outside = false;           ///< cannot run inside a transaction block
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
  bool until_commit = false; ///< means something to what follows it in its transaction alone: SET LOCAL
  bool secret = false;       ///< a password stands in it: its text must not be shown
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
  virtual EnumChange add_enum_value(const Table& table, const Column& column,
                                    const std::vector<TypeDefinition>& types,
                                    const EnumValue& value) const = 0;
  /// `becomes`: the value that takes its place; empty: none does, NULL stands for it. `id`: as Sync::id;
  /// `version` makes the working names. Fills in what does not depend on the order of steps.
  virtual EnumRemoval remove_enum_value(const Schema& schema, const Table& table, const Column& column,
                                        const std::string& value, const std::string& becomes,
                                        const std::string& id, std::int64_t version) const = 0;
  /// The tables with a column of the enum that this column has, as far as the schema tells. None on SQLite.
  virtual std::vector<RelationName> tables_of_enum(const Schema& schema, const Column& column) const = 0;
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
  /// `id`: as Sync::id.
  virtual TwoNames two_names(const Table& table, const std::string& to, const std::string& id) const = 0;
  /// Takes away the table's foreign keys to other tables, which would still reject what is done to those.
  virtual Piece drop_foreign_keys(const Table& table) const = 0; ///< no inverse
  /// Queries whose rows name, in words, what elsewhere in the database uses the table.
  virtual std::vector<std::string> table_users(const RelationName& table) const = 0;
  /// The same for a column that goes: what would stop it from being dropped. Views are left to Plan::doomed;
  /// indexes and constraints of the table itself go with it.
  virtual std::vector<std::string> column_users(const Table& table, std::string_view column) const = 0;

  // Indexes: one `outside` step on PostgreSQL (CONCURRENTLY, with done_when and cleanup), one `statements`
  // step on SQLite.
  virtual Step create_index(const Table& table, const Index& index) const = 0;
  /// The same also for a partitioned table: on the parent, on each partition, and attached.
  virtual std::vector<Step> create_index_steps(const Table& table, const Index& index) const = 0;
  virtual Piece drop_index(const Table& table,
                           const Index& index) const = 0; ///< inside a transaction; no inverse
  /// The same without keeping anyone out, and with the way back; a step like create_index's.
  virtual Step drop_index_step(const Table& table, const Index& index) const = 0;
  /// Inside a transaction; no inverse. SQLite has no such statement: std::logic_error.
  virtual Piece drop_constraint(const Table& table, const Constraint& constraint) const = 0;

  // Constraints. `rejected` is the condition of rows that the constraint rejects, as rows_where takes it.
  /// Adds a CHECK or foreign key, which has its name and definition. PostgreSQL: NOT VALID in a short step,
  /// then VALIDATE in one of its own; SQLite: one edit of sqlite_schema that finds no such row.
  /// `phase` is put in; ids are left empty.
  virtual std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint,
                                             std::string_view rejected, Phase phase) const = 0;
  /// Adds UNIQUE or PRIMARY KEY with the index that it is made of, which has its name. PostgreSQL: the index
  /// is built CONCURRENTLY, the constraint takes it over in a short step; SQLite, for UNIQUE: the index
  /// alone.
  virtual std::vector<Step> key_steps(const Table& table, const Index& index, const Constraint& constraint,
                                      Phase phase) const = 0;
  /// Statements that fail if the constraint cannot be added for what it says, whatever the rows are.
  /// `target`: the table that a foreign key points at.
  virtual std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint,
                                                    const Table* target) const = 0;
  /// The steps of expand that drop it, and put it back on abort, in as many transactions as adding it takes.
  virtual std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint,
                                                  std::string_view rejected) const = 0;
  /// What stands in the way of dropping it: foreign keys that need its index, a parent that hands it down, …
  /// Nothing where the database has no such things.
  virtual std::optional<RangeWork> constraint_users(const Table& table,
                                                    const Constraint& constraint) const = 0;

  // SQLite: what ALTER TABLE cannot do. Elsewhere: std::logic_error.
  /// Takes all constraints away that have the column, of the column and of the table, but no primary key:
  /// without a rebuild, by an edit of sqlite_schema. `id`: "1_2". Inverse: puts them back where they stood.
  virtual Piece drop_constraints_of(const Table& table, std::string_view column, std::string_view id) const;
  /// The steps that make the table anew with its text changed by `rebuild.edits`, keeping writers out only
  /// for the swap. Their number is always the same. Before the swap (Step::swap) the first one's inverse
  /// takes everything back; after it there is no way back but another rebuild. Ids are left empty. The table
  /// as it is now: the runner calls this again when the phase begins. Error `statement`: an edit does not
  /// fit.
  virtual std::vector<Step> rebuild_steps(const Table& table, const Rebuild& rebuild, Phase phase) const;
  /// The table behind the swap of such a rebuild.
  virtual Table rebuilt(const Table& table, const Rebuild& rebuild) const;
  /// The table without a constraint that stands in its text.
  virtual Table without_constraint(const Table& table, const Constraint& constraint) const;
  /// Why the table cannot be rebuilt so, or empty. A sentence without full stop.
  virtual std::string rebuild_obstacle(const Table& table, const Rebuild& rebuild) const;

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

  // Sync across two tables.
  /// Triggers on both tables, functions and counter. Inverse: drop_cross_sync's statements.
  virtual Piece create_cross_sync(const CrossSync& sync) const = 0;
  virtual Piece drop_cross_sync(const CrossSync& sync) const = 0;
  virtual std::vector<Counter> counters(const CrossSync& sync) const = 0;
  virtual std::vector<Guard> guards(const CrossSync& sync) const = 0;
  /// Why it cannot be made, or empty. A sentence without full stop.
  virtual std::string sync_obstacle(const CrossSync& sync) const = 0;
  /// Target columns that are NULL get the source's value, where the target row is there.
  virtual RangeWork fill_target(const CrossSync& sync) const = 0;
  /// Target rows for source rows that have none and are off their defaults.
  virtual RangeWork create_target_rows(const CrossSync& sync) const = 0;
  /// Source rows that do not agree with their target row; `strict`: also those that are off their defaults
  /// and have none.
  virtual RangeWork compare(const CrossSync& sync, bool strict) const = 0;
  /// Counts target rows off their defaults that belong to no source row.
  virtual std::string count_unlinked(const CrossSync& sync) const = 0;
  /// The new table gets the grants that `from` has as a whole. Nothing on SQLite.
  virtual Piece copy_table_grants(const RelationName& from, const RelationName& to) const = 0;

  // Values kept beside their table.
  virtual AsideTable aside(const Aside& aside) const = 0;
  /// The same for the old side of a sync whose new side stays (`window`, and `attic`, in which the old
  /// columns have their attic names): rows are kept of which `down` does not give back the old side, from
  /// `open` in contract until a revert has ended or the purge; a row that is kept goes when the new side
  /// changes. `reopen`, `compare` and `left_out` are empty; `down` reads the new side alone.
  virtual AsideTable aside_sides(const Sync& window, const Sync& attic) const = 0;

  // Statements that a person wrote.
  virtual StatementFacts facts(std::string_view statement) const = 0;
  /// Changes `schema` to what it is after the statements. What cannot be told is added to schema.unknown,
  /// with Statement::where; nothing is thrown for a statement that the database will refuse.
  virtual void replay(std::span<const Statement> statements, Schema& schema) const = 0;

  // Work on every row.
  /// `qualifier`: the name or alias of the table in the statement that the conditions are meant for.
  virtual KeyRanges key_ranges(const Table& table, std::string_view qualifier) const = 0;
  /// new_column = up where it is NULL and up is not. `Sync` of kind pair or fill. Several new columns: where
  /// all are NULL, some `up` is not, and the old side does not follow from these NULLs.
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
  /// Rows for which the condition holds, shown by their key and these columns.
  virtual RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                               const std::string& condition) const = 0;
};

/// `version`: PostgreSQL's server_version_num for what differs between servers; 0 offline.
std::unique_ptr<SqlWriter> make_sql_writer(Dialect dialect, int server_version);

/// One step from pieces: statements in order, inverses in reverse order, locks merged (strongest a relation).
Step combine(Phase phase, std::string title, std::vector<Piece> pieces);

} // namespace afloat
