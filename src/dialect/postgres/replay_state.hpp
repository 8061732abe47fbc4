#pragma once

#include "dialect/postgres/statement_names.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"
#include "sql/parse_tree.hpp"

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The schema while statements are replayed on it, and what the parts of replay() share: names, lookups, and
/// the removal of objects together with what hangs on them.
namespace afloat::postgres {

class Replay {
 public:
  explicit Replay(Schema& changed);

  Schema& schema;
  std::string where;    ///< of the statement at hand: "migrations/0003_x.sql:4"
  std::string_view sql; ///< of the statement at hand
  std::vector<std::string> path;
  std::set<std::string> temporary;            ///< names of temporary tables: not part of the schema
  std::vector<std::string> open_publications; ///< FOR ALL TABLES
  /// Tables whose constraints, columns or partitions may not be those that they were; nothing: any.
  std::optional<std::set<RelationName>> touched;

  /// The name of what a statement makes: in the first schema of the path where none is written.
  RelationName made(RelationName written) const;
  /// The name of what a statement means: the first of the path where there is such a thing.
  RelationName meant(RelationName written) const;
  bool is_temporary(const RelationName& written) const;
  void set_path(const ParseNode& setting); ///< SET search_path …
  /// With pg_temp as the first of the search_path, what is made is temporary too.
  bool makes_temporary(const ParseNode& relation) const;
  std::string place() const; ///< the first schema of the path
  /// The table that is meant, or null: then its shape is marked unknown, unless it is known to be something
  /// else or temporary. `does` as in mark_unknown.
  Table* table(const RelationName& written, std::string_view does);
  bool exists(const RelationName& name) const; ///< anything in the namespace of tables

  /// "migrations/0003_x.sql:4 runs a DO block" of the relation; once each.
  void mark_unknown(const RelationName& relation, std::string_view does);

  std::string printed(const RelationName& name) const; ///< regclass
  std::string type(const ParseNode& type_name) const;  ///< as Column::type
  std::string type_name(const std::vector<std::string>& parts) const;
  /// The collation of a CollateClause as Column::collation; empty for the default one.
  std::string collation(const ParseNode& clause) const;

  // Names that the server chooses, free in the schema.
  std::string free_relation_name(std::string_view in_schema, std::string_view name1, std::string_view name2,
                                 std::string_view label, bool constraint = false) const;
  std::string free_constraint_name(std::string_view in_schema, std::string_view name1, std::string_view name2,
                                   std::string_view label, std::span<const std::string> others = {}) const;

  std::vector<RelationName> children(const RelationName& parent) const;
  void link(const RelationName& parent, const RelationName& child, bool partition);
  void unlink(const RelationName& parent, const RelationName& child);
  void stand_for_itself(const RelationName& partition);

  void touch(const RelationName& name);
  void make_known(const RelationName& name);
  void drop_relation(const RelationName& name); ///< a table, view, index or sequence, and what hangs on it
  void drop_table(const RelationName& name);
  void drop_view(const RelationName& name);
  void drop_column(const RelationName& table, std::string_view column);
  void drop_constraint(const RelationName& table, std::string_view constraint);
  void rename_relation(const RelationName& from, const RelationName& to);
  void rename_sequence(const RelationName& from, const RelationName& to);

 private:
  bool constraint_exists(std::string_view in_schema, std::string_view name) const;
  void drop_foreign_keys(const RelationName& target, const std::function<bool(const Constraint&)>& which);
  void forget_reference(const RelationName& from, const RelationName& target);
};

/// Columns of the table that an expression names, each once, in order.
std::vector<std::string> columns_in(const ParseNode& expression, const Table& table);
/// The columns of the other table that a foreign key points at.
std::vector<std::string> referenced_columns(const Constraint& foreign_key);

using ReplayFunction = void (*)(const ParseNode& statement, Replay& replay);
struct ReplayRow {
  std::string_view type; ///< of the node
  ReplayFunction read;
};
std::span<const ReplayRow> replay_of_tables();   // replay_tables.cpp: CREATE TABLE
std::span<const ReplayRow> replay_of_alters();   // replay_alter_table.cpp: ALTER TABLE
std::span<const ReplayRow> replay_of_drops();    // replay_drops.cpp: DROP, COMMENT
std::span<const ReplayRow> replay_of_renames();  // replay_renames.cpp: RENAME, SET SCHEMA
std::span<const ReplayRow> replay_of_indexes();  // replay_indexes.cpp
std::span<const ReplayRow> replay_of_views();    // replay_views.cpp
std::span<const ReplayRow> replay_of_types();    // replay_types.cpp: types, sequences
std::span<const ReplayRow> replay_of_domains();  // replay_domains.cpp
std::span<const ReplayRow> replay_of_triggers(); // replay_triggers.cpp: triggers and publications
std::span<const ReplayRow> replay_of_grants();   // replay_grants.cpp: rights on columns
std::span<const ReplayRow> replay_of_users();    // replay_users.cpp: policies, statistics, rules

// replay_tables.cpp
/// CREATE TABLE … AS and SELECT … INTO: nobody but the server knows the columns' types.
void read_table_as(const ParseNode& range_var, Replay& replay);
/// CHECK constraints of a parent that the child does not have yet.
void inherit_checks(const RelationName& parent, const RelationName& name, Replay& replay);
/// Up to PostgreSQL 14 the copies of a row trigger on partitions are the server's own affair.
bool partitions_show_triggers(const Schema& schema);
/// Makes the table a partition: it gets the parent's indexes, foreign keys and triggers.
void join_partition(const RelationName& parent, const RelationName& child, Replay& replay);

// replay_partitions.cpp
/// Table::partitions of all partitioned tables, from Table::inheritance of the others.
void follow_partitions(Replay& replay);
/// The printed names of the tables that it is a partition of: one, or none. In replay_removal.cpp.
std::vector<std::string> partition_parents(const Table& table);

// replay_types.cpp
/// The type of this name, or null if it is not one that the model has.
TypeDefinition* find_type(const std::vector<std::string>& parts, Replay& replay);
void add_type(TypeDefinition type, Replay& replay); ///< unless there is one of its name
/// Attributes of composite types are not in the model; nor is which tables are made OF one, which CASCADE
/// changes.
void alter_attribute(const ParseNode& action, Replay& replay);

// replay_domains.cpp
/// The column gets the default of its domain, if it has none of its own, and loses it where its type is not a
/// domain any more.
void take_domains_default(Column& column, const Replay& replay);
void take_domains_defaults(Replay& replay); ///< all columns
/// The tables with a column of this type, as Column::type; `does` as in Replay::mark_unknown.
void mark_columns_unknown(const std::string& type, std::string_view does, Replay& replay);

// replay_columns.cpp
/// What a column definition says besides constraints of the table; makes the sequence of a serial or
/// identity.
Column column_of(const ParseNode& definition, const RelationName& table, Replay& replay);
/// SET STORAGE `word`: as Column::storage, which is empty for the type's own.
void set_storage(Column& column, std::string_view word, const Replay& replay);
/// Sets the default, as the server prints it; nothing for NULL. Without an expression it is that of the
/// column's domain, if it has one.
void set_default(Column& column, const ParseNode& expression, const Replay& replay);
void add_sequence(const RelationName& table, Column& column, std::string_view type, bool serial,
                  Replay& replay);

// replay_constraints.cpp
/// A constraint to be added: of the table, or of one of its columns (then `keys` is that column).
struct NewConstraint {
  ParseNode node;
  std::vector<std::string> keys;
  bool deferrable = false, deferred = false;
  bool nameless = false; ///< on a partition: the server chooses the name again
};
NewConstraint table_constraint(const ParseNode& node);
/// Those of a column definition that belong to the table: CHECK, UNIQUE, PRIMARY KEY, REFERENCES.
std::vector<NewConstraint> column_constraints(const ParseNode& definition);
/// In the order in which the server makes them: CHECK, then the primary key, UNIQUE and EXCLUDE, then
/// REFERENCES.
void add_constraints(std::vector<NewConstraint> constraints, const RelationName& table, bool new_table,
                     Replay& replay);

// replay_indexes.cpp
IndexPart index_part(const ParseNode& element, const Table& table, const Replay& replay);
/// "lower", "expr1", …: the names by which the server would call the parts, joined.
std::string index_label(const std::vector<ParseNode>& elements);
/// The indexes of a parent made on a partition, where it has none like them yet.
void copy_indexes(const RelationName& parent, const RelationName& child, Replay& replay);
void copy_index(const Index& index, const RelationName& table, Replay& replay);

// replay_views.cpp
std::string figured_name(const ParseNode& expression); ///< FigureColname, or empty

} // namespace afloat::postgres
