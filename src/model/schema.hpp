#pragma once

#include "model/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The schema of a database as plain values: what the inspector reads, what operations change, what plans are
/// made from.
namespace afloat {

/// A table, view or index. On SQLite `schema` is empty. On PostgreSQL it is resolved ("public") in everything
/// that the inspector returns; in what a user wrote it may be empty, which means the schema's default.
struct RelationName {
  std::string schema;
  std::string name;

  auto operator<=>(const RelationName&) const = default;
};

/// "public.users" or "users", unquoted, for messages.
std::string display(const RelationName& name);
/// "public.users" -> {public, users}; no dot: no schema; a part may be in quotes: "\"a.b\"" -> {, a.b}.
RelationName parse_relation(std::string_view text);

struct Grant {
  std::string privilege; ///< SELECT, INSERT, UPDATE, REFERENCES
  std::string grantee;   ///< role name, or "PUBLIC"
  bool grantable = false;
  std::string grantor = {}; ///< who gave it, if not the owner of the table
  bool may_act = false;     ///< the role of this session may become the grantor

  auto operator<=>(const Grant&) const = default;
};

/// PostgreSQL: whose default a column has. One of a domain has the domain's, unless it has its own, which
/// DEFAULT NULL is too. Of other types all have their own, or none.
enum class DefaultOf { column, domain, null };

struct Column {
  std::string name;
  std::string type; ///< as the server writes it, with modifiers: "character varying(40)"; SQLite: as declared
  std::string collation; ///< qualified and quoted if it is not the type's default, else empty
  bool not_null = false;
  std::optional<std::string> default_sql; ///< expression text
  bool default_is_constant = true; ///< meaningful with default_sql only: a literal, so the same for every row
  std::string identity;            ///< PostgreSQL: "", "ALWAYS", "BY DEFAULT"
  std::string generated;           ///< expression of a generated column, else empty
  // PostgreSQL only; they come along when a column gets a twin.
  std::string comment;
  std::string storage; ///< non-default storage ("EXTERNAL"), else empty
  int statistics_target = -1;
  std::vector<Grant> grants;                ///< column privileges
  DefaultOf default_of = DefaultOf::column; ///< whose default_sql is, and its being there or not

  bool operator==(const Column&) const = default;
};

struct IndexPart {
  std::string column;     ///< empty when the part is an expression
  std::string expression; ///< as the server deparses it; empty when the part is a column
  std::string suffix; ///< collation, operator class, DESC, NULLS FIRST: what stands behind it, may be empty

  bool operator==(const IndexPart&) const = default;
};

struct Index {
  std::string name;
  std::string method; ///< "btree"; SQLite: empty
  bool unique = false;
  bool primary = false;
  bool valid = true;
  bool nulls_not_distinct = false;
  std::string
      constraint; ///< name of the constraint that it backs (SQLite: "unique" or "primary key"), else empty
  std::vector<IndexPart> parts;
  std::vector<std::string> include;
  std::string predicate;  ///< expression of a partial index, else empty
  std::string options;    ///< "fillfactor=70", else empty
  std::string tablespace; ///< if not the default

  bool operator==(const Index&) const = default;
};

enum class ConstraintKind { primary_key, unique, check, foreign_key, exclusion, other };

struct Constraint {
  std::string name;
  ConstraintKind kind = ConstraintKind::other;
  std::vector<std::string> columns; ///< of this table; for CHECK, all that it mentions
  std::string definition;           ///< pg_get_constraintdef; SQLite: the text of the constraint
  RelationName references;          ///< foreign keys: the table pointed at
  bool deferrable = false;
  bool validated = true;

  bool operator==(const Constraint&) const = default;
};

struct Trigger {
  std::string name;
  bool before = false; ///< BEFORE ... FOR EACH ROW
  bool on_insert = false, on_update = false, on_delete = false;
  bool for_each_row = true;
  std::vector<std::string> update_of; ///< column list of UPDATE OF, else empty
  bool has_when = false;
  std::string enabled; ///< PostgreSQL: 'O' origin, 'A' always, 'R' replica, 'D' disabled; SQLite: "O"
  std::string sql;     ///< CREATE TRIGGER statement
  std::string body;    ///< PostgreSQL: source of the function; SQLite: same as sql

  bool operator==(const Trigger&) const = default;
};

/// PostgreSQL: statements of an application that use the table's columns without naming them, so that one
/// column more or less changes what they mean.
struct Habit {
  std::string
      what; ///< "SELECT * or RETURNING *", "INSERT without a column list", "COPY without a column list"
  std::string role; ///< who runs them
  std::int64_t calls = 0;
  std::string statement; ///< the one called most often, without values, cut to fit a line

  bool operator==(const Habit&) const = default;
};

/// PostgreSQL: something that hangs on a column by its number, so that it would stay with the column when
/// names are exchanged. What has statements in `create` can be made again under the same names.
struct ColumnUser {
  std::string column;    ///< of the table
  std::string kind;      ///< "view", "materialized view", "policy", "trigger", "publication", "statistics",
                         ///< "sequence", "setting" (of the column, or of an index or constraint on it),
                         ///< "function" (of a trigger, names the column), "body" (of a function, names it),
                         ///< "not null" (the constraint's name), "index", "constraint", "foreign key" (of
                         ///< another table), "rule" (of the table, no column), "not ours", "other"
  RelationName relation; ///< what must be locked to change it
  std::string words;     ///< "policy everybody on table users"
  std::vector<std::string> drop, create; ///< in order
  std::string definition;                ///< what tells whether it was changed since
  int depth = 0;                         ///< of views: 1 reads the table itself, 2 reads such a view, …

  bool operator==(const ColumnUser&) const = default;
};

/// PostgreSQL: a table below a partitioned one.
struct Partition {
  RelationName name, parent;
  bool partitioned = false;
  bool foreign = false;

  bool operator==(const Partition&) const = default;
};

struct Table {
  RelationName name;
  std::vector<Column> columns;          ///< in order
  std::vector<std::string> primary_key; ///< column names, in key order; may be empty
  std::vector<Index> indexes;
  std::vector<Constraint> constraints;
  std::vector<Trigger> triggers; ///< user triggers only; afloat's own are left out (their names: is_own_name)
  std::vector<RelationName> referenced_by;
  bool partitioned = false;
  std::vector<Partition> partitions; ///< of all levels, parents first
  std::string inheritance; ///< "a partition of public.a", "a parent of public.a"; SQLite: "a virtual table"
  bool row_security = false;
  bool without_rowid = false;            ///< SQLite
  std::vector<std::string> publications; ///< PostgreSQL: publications that carry this table
  std::vector<ColumnUser> users; ///< PostgreSQL: by column, then in the order of ColumnUser::depth; followed
                                 ///< by statements as far as they tell, see dialect/postgres/replay_users.hpp
  std::optional<std::int64_t> rows;  ///< estimate; nothing when unknown (offline)
  std::optional<std::int64_t> bytes; ///< estimate
  std::string create_sql;            ///< SQLite: text in sqlite_schema
  std::vector<Habit> habits;         ///< from pg_stat_statements, where it is there; see read_habits()
  bool habits_hidden = false;        ///< pg_stat_statements keeps other roles' statements from this one
  /// SQLite: what operations did to the table of create_sql since it was read; the values above have it
  /// already.
  std::vector<std::string> changes_since;

  bool operator==(const Table&) const = default;

  const Column* find_column(std::string_view column) const;
  Column* find_column(std::string_view column);
};

/// A view and the columns of tables that it reads (as far as the server tells: PostgreSQL exactly; on SQLite
/// by asking the authorizer while preparing it).
struct View {
  RelationName name;
  bool materialized = false;
  std::vector<std::string> columns;
  std::vector<std::pair<RelationName, std::string>> reads;
  std::string sql; ///< SQLite: text in sqlite_schema; PostgreSQL: pg_get_viewdef

  bool operator==(const View&) const = default;
};

/// PostgreSQL: a type that somebody made.
struct TypeDefinition {
  RelationName name;
  std::string kind;                      ///< "enum", "domain", "composite", "range"
  std::vector<std::string> labels;       ///< of an enum, in order
  std::string base;                      ///< of a domain, as Column::type
  std::vector<RelationName> tables = {}; ///< of an enum: those with a column of it or of its arrays
  /// Of an enum: what else uses it, in words; not what hangs on such a column. Unknown offline.
  std::vector<std::string> users = {};
  // Of a domain, without what it has from the domain that it is made on, if it is on one.
  std::optional<std::string> default_sql = {}; ///< this one it has taken over when it was made
  bool not_null = false;
  std::vector<Constraint> constraints = {}; ///< CHECKs, by name; their `columns` are empty

  bool operator==(const TypeDefinition&) const = default;
};

/// PostgreSQL: a sequence, and the column that it goes with (serial, identity, OWNED BY).
struct Sequence {
  RelationName name;
  std::string type;   ///< "bigint"
  RelationName table; ///< of its owner, may be empty
  std::string column;

  bool operator==(const Sequence&) const = default;
};

/// Something whose shape is not known, because a statement that cannot be read may have changed it.
struct Unknown {
  RelationName relation; ///< resolved; empty for anything in the database
  std::string why;       ///< "migrations/0003_x.sql:4 runs a DO block"

  bool operator==(const Unknown&) const = default;
};

struct Schema {
  Dialect dialect = Dialect::sqlite;
  int server_version = 0; ///< PostgreSQL: 150018; SQLite: 3040001; 0 offline
  std::string
      default_schema; ///< PostgreSQL: first of search_path that exists, usually "public"; SQLite: empty
  std::vector<Table> tables;         ///< those that were asked for, complete
  std::vector<View> views;           ///< those that read one of these tables
  std::vector<RelationName> known;   ///< the names of all tables and views, to offer the nearest
  std::vector<TypeDefinition> types; ///< all that are not an extension's
  std::vector<Sequence> sequences;   ///< all that are not an extension's
  std::vector<Unknown> unknown;
  bool offline = false;        ///< made from migration files alone
  bool silent_backfill = true; ///< this session can keep user triggers from firing for its own updates

  bool operator==(const Schema&) const = default;

  /// A name without schema is looked up in default_schema. Null if there is no such table in `tables`.
  const Table* find(const RelationName& name) const;
  Table* find(const RelationName& name);
  RelationName resolved(RelationName name) const;
};

/// True for columns, triggers, indexes and functions that afloat makes for itself (see own names in
/// sql_writer.hpp).
bool is_own_name(std::string_view name);

} // namespace afloat
