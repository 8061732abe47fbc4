#pragma once

#include "dialect/sql_writer.hpp"

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
Piece drop_table(const RelationName& table);
Piece drop_foreign_keys(const Table& table);
std::vector<std::string> table_users(const RelationName& table);

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
/// Writes the rows again whose column is `value` (SQL), without any change and without firing triggers.
RangeWork rewrite(const Table& table, std::string_view column, std::string_view value);

// statement_facts.cpp
StatementFacts facts(std::string_view statement);

// replay.cpp
void replay(std::span<const Statement> statements, Schema& schema);

} // namespace afloat::sqlite
