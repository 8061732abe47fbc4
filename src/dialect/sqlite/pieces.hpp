#pragma once

#include "dialect/sql_writer.hpp"
#include "dialect/sqlite/schema_text.hpp"

#include <string>
#include <vector>

/// The parts of SQLite's SqlWriter, one file a subject. Internal to dialect/sqlite.
namespace afloat::sqlite {

std::string relation(const Table& table); ///< quoted
std::vector<TableLock> file_lock(const Table& table);

/// Statements that change texts in sqlite_schema: the updates between switching the right to do so on and
/// off, and what makes every open connection read the schema again (a view made and dropped moves the
/// schema's cookie).
std::vector<Statement> schema_edit(std::vector<Statement> updates);
/// UPDATE sqlite_schema SET sql = <expression> for one object, which must be there.
Statement edit_of(std::string_view type, std::string_view name, const std::string& expression);

/// For schema_edit, where a column goes: triggers of other windows on the table do not ask for it any more.
Statement forget_change_of(const Table& table, std::string_view column);

Piece create_table(const Table& table);
std::string column_definition(const Table& table, const Column& column);
std::string index_sql(const Table& table, const Index& index);

// defaults.cpp
Piece set_default(const Table& table, std::string_view column, std::string_view expression);
Piece drop_default(const Table& table, std::string_view column);
std::vector<std::string> default_trial(const Table& table, const Column& column, std::string_view expression);
std::optional<RangeWork> store_default(const Table& table, const Column& column,
                                       const std::optional<std::string>& expression);

// whole_table.cpp
Piece rename_table(const Table& table, const std::string& to);
/// What ANALYZE knows goes by name, and ALTER TABLE does not see to it.
Statement rename_statistics(const std::string& from, const std::string& to);
Piece drop_table(const RelationName& table);
Piece drop_foreign_keys(const Table& table);
std::vector<std::string> table_users(const RelationName& table);
std::vector<std::string> column_users(const Table& table, std::string_view column);

// constraints.cpp
std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint,
                                   std::string_view rejected, Phase phase);
std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint);
std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint,
                                        std::string_view rejected);

// two_names.cpp
TwoNames two_names(const Table& table, const std::string& to, const std::string& id);

// drop_key.cpp
/// Drops a UNIQUE or PRIMARY KEY of the table's text that has an index of its own.
Step drop_key_step(const Table& table, const Constraint& constraint, const ConstraintKey& key);
/// constraints.cpp: the table without a constraint of its text.
Table without_constraint(const Table& table, const Constraint& constraint);
/// The change of the text, for what it makes of the table.
Rebuild without_key(const Table& table, const ConstraintKey& key);
// remove_enum_value.cpp
EnumRemoval remove_enum_value(const Table& table, const Column& column, const std::string& value,
                              const std::string& becomes, const std::string& id);
// enum_value.cpp
EnumChange add_enum_value(const Table& table, const Column& column, const std::vector<TypeDefinition>& types,
                          const EnumValue& value);

// constraints.cpp
Piece drop_constraints_of(const Table& table, std::string_view column, std::string_view id);

// fill_notes.cpp
Piece fill_notes(const Sync& sync);
Piece drop_fill_notes(const Sync& sync);
/// What a batch of the backfill needs first, so that it notes what it fills.
std::string note_trigger(const Sync& sync);

Piece create_sync(const Sync& sync);
Piece drop_sync(const Sync& sync);
std::vector<Counter> counters(const Sync& sync);
std::vector<Guard> guards(const Sync& sync);
std::string sync_obstacle(const Sync& sync);

/// `only`: a condition on the table's rows, without which they are left out of the ranges, or empty.
KeyRanges key_ranges(const Table& table, std::string_view qualifier, const std::string& only = "");
RangeWork backfill(const Sync& sync);
RangeWork compare(const Sync& sync);
RangeWork nulls(const Table& table, std::string_view column);
RangeWork rows_where(const Table& table, const std::vector<std::string>& shown, const std::string& condition);
/// Writes the rows again whose column is `value` (SQL), without any change and without firing triggers.
RangeWork rewrite(const Table& table, std::string_view column, std::string_view value);

// carry.cpp
Carry carry(const Succession& succession);

// type_edit.cpp
std::optional<TypeEdit> type_edit(const Table& table, const Column& column, const std::string& type);
RangeWork misfits(const Sync& sync); // range_work.cpp

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

// aside.cpp
AsideTable aside(const Aside& aside);
std::string aside_obstacle(const Aside& aside);
/// Where the values are kept. It is not STRICT, and takes what a column ANY of a STRICT table has as it is.
Table aside_rows(const Aside& aside);
// aside_sides.cpp
AsideTable aside_sides(const Sync& window, const Sync& attic);

// statement_facts.cpp
StatementFacts facts(std::string_view statement);

// replay.cpp
void replay(std::span<const Statement> statements, Schema& schema);

} // namespace afloat::sqlite
