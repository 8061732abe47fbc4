#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat {

/// The writer for PostgreSQL `server_version` (server_version_num; 0: the oldest that is supported).
std::unique_ptr<SqlWriter> make_postgres_writer(int server_version);

namespace postgres {
// index.cpp
Step create_index(const Table& table, const Index& index);
std::vector<Step> create_index_steps(const Table& table, const Index& index); // partitioned_index.cpp
Piece drop_index(const Table& table, const Index& index);
Step drop_index_step(const Table& table, const Index& index);

// whole_table.cpp
Piece rename_table(const Table& table, const std::string& to);
Piece drop_table(const RelationName& table);
Piece drop_foreign_keys(const Table& table);
std::vector<std::string> table_users(const RelationName& table);
std::vector<std::string> column_users(const Table& table, std::string_view column);

// two_names.cpp
TwoNames two_names(const Table& table, const std::string& to, const std::string& id, int server_version);

// remove_enum_value.cpp
std::vector<RelationName> tables_of_enum(const Schema& schema, const Column& column);
EnumRemoval remove_enum_value(const Schema& schema, const Table& table, const Column& column,
                              const std::string& value, const std::string& becomes, const std::string& id,
                              std::int64_t version);
// enum_value.cpp
EnumChange add_enum_value(const Table& table, const Column& column, const std::vector<TypeDefinition>& types,
                          const EnumValue& value);

// fill_notes.cpp
Piece fill_notes(const Sync& sync);
Piece drop_fill_notes(const Sync& sync);
/// An UPDATE of the backfill that notes what it fills, if the sync asks for that.
std::string with_notes(const Sync& sync, std::string update);

// sync.cpp
Piece create_sync(const Sync& sync);
Piece drop_sync(const Sync& sync);
std::vector<Counter> counters(const Sync& sync);
std::vector<Guard> guards(const Sync& sync);
std::string sync_obstacle(const Sync& sync); // sync_obstacle.cpp

// carry.cpp, carry_twins.cpp
Carry carry(const SuccessionGroup& group, int server_version);

// type_edit.cpp
Column successor_of(const Column& column, const std::string& name, const std::string& type);
std::optional<TypeEdit> type_edit(const Table& table, const Column& column, const std::string& type);
std::string type_name(const std::string& type);
std::optional<std::string> cast(const std::string& column, const std::string& from, const std::string& to,
                                bool any);

// range_work.cpp
std::vector<std::string> up_trial(const Sync& sync);

// cross_sync.cpp
Piece create_cross_sync(const CrossSync& sync);
Piece drop_cross_sync(const CrossSync& sync);
std::vector<Counter> counters(const CrossSync& sync);
std::vector<Guard> guards(const CrossSync& sync);
std::string sync_obstacle(const CrossSync& sync);

// cross_work.cpp
RangeWork fill_target(const CrossSync& sync);
RangeWork create_target_rows(const CrossSync& sync);
RangeWork compare(const CrossSync& sync, bool strict);
std::string count_unlinked(const CrossSync& sync);
Piece copy_table_grants(const RelationName& from, const RelationName& to);

// aside.cpp
AsideTable aside(const Aside& aside);

// statement_facts.cpp
StatementFacts facts(std::string_view statement);

// replay.cpp
/// Not in what it makes, though the inspector reads it: bodies of triggers' functions and the text of
/// triggers and views, grants, storage, sizes. Publications FOR ALL TABLES or of a schema reach tables that
/// come later only within one call.
void replay(std::span<const Statement> statements, Schema& schema);

// range_work.cpp
KeyRanges key_ranges(const Table& table, std::string_view qualifier);
RangeWork backfill(const Sync& sync);
RangeWork compare(const Sync& sync);
RangeWork nulls(const Table& table, std::string_view column);
RangeWork rows_where(const Table& table, const std::vector<std::string>& shown, const std::string& condition);

// constraints.cpp, drop_constraint.cpp
std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint, Phase phase);
std::vector<Step> key_steps(const Table& table, const Index& index, const Constraint& constraint,
                            Phase phase);
std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint,
                                          const Table* target);
Piece drop_constraint(const Table& table, const Constraint& constraint); ///< no inverse
std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint);
std::optional<RangeWork> constraint_users(const Table& table, const Constraint& constraint);
/// ADD CONSTRAINT … UNIQUE or PRIMARY KEY USING INDEX of the same name.
std::string add_key_sql(const Table& table, const Constraint& constraint);
/// What adding or dropping the constraint locks, where a foreign key locks both tables as `level` says.
std::vector<TableLock> constraint_locks(const Table& table, const Constraint& constraint, LockLevel level);
} // namespace postgres

} // namespace afloat
