#pragma once

#include "dialect/postgres/statement_names.hpp"
#include "dialect/sql_writer.hpp"
#include "sql/parse_tree.hpp"

#include <span>
#include <string_view>

/// The parts of facts(): one row for each kind of statement about which something is to be said, by subject.
namespace afloat::postgres {

struct FactsRow {
  std::string_view type; ///< of the node: "IndexStmt"
  void (*read)(const ParseNode& statement, StatementFacts& facts);
};

std::span<const FactsRow> facts_of_tables();  // facts_tables.cpp: CREATE TABLE, DROP, RENAME, …
std::span<const FactsRow> facts_of_alters();  // facts_alter_table.cpp: ALTER TABLE
std::span<const FactsRow> facts_of_indexes(); // facts_indexes.cpp: CREATE INDEX, REINDEX
std::span<const FactsRow> facts_of_rows();    // facts_rows.cpp: SELECT, INSERT, COPY, LOCK, VACUUM, …
std::span<const FactsRow>
facts_of_sessions();                          // facts_sessions.cpp: what cannot stand in a migration, or read
std::span<const FactsRow> facts_of_servers(); // facts_servers.cpp: databases, tablespaces, replication

/// Sets the title: "ALTER TABLE users".
void set_title(StatementFacts& facts, std::string_view words, const RelationName& name);
/// Adds a lock, or makes the one on the relation stronger.
void add_lock(StatementFacts& facts, const RelationName& relation, LockLevel level);
/// The statement makes, changes or removes the relation.
void add_relation(StatementFacts& facts, const RelationName& relation);
/// Locks for what a query in the statement reads.
void add_reads(StatementFacts& facts, const ParseNode& query);

/// Columns of CREATE TABLE and ADD COLUMN, and constraints: the lock on the table that a foreign key names.
void lock_referenced(StatementFacts& facts, const ParseNode& constraint, const RelationName& from);

void read_drop_index(const ParseNode& statement, StatementFacts& facts); // facts_indexes.cpp

/// What ends SET LOCAL of a setting that decides who writes afloat's own tables; empty for others.
std::string end_of_setting(std::string_view setting); // facts_calls.cpp
/// What a statement of any kind does to afloat's own session: refused where it would stay there.
void read_session_use(const ParseNode& root, StatementFacts& facts); // facts_calls.cpp

/// True if the default may have another value for each row, so that adding a column with it writes every row.
bool may_be_volatile(const ParseNode& expression); // volatile_functions.cpp

/// SELECT that says whether the index is there ('done', 'building', 'partial', 'absent').
std::string index_state_query(const RelationName& table, const RelationName& index); // index.cpp

} // namespace afloat::postgres
