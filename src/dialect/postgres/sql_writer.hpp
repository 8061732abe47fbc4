#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat {

/// The writer for PostgreSQL `server_version` (server_version_num; 0: the oldest that is supported).
std::unique_ptr<SqlWriter> make_postgres_writer(int server_version);

namespace postgres {
// index.cpp
Step create_index(const Table& table, const Index& index);
Piece drop_index(const Table& table, const Index& index);
Step drop_index_step(const Table& table, const Index& index);

// whole_table.cpp
Piece rename_table(const Table& table, const std::string& to);
Piece drop_table(const RelationName& table);
Piece drop_foreign_keys(const Table& table);
std::vector<std::string> table_users(const RelationName& table);

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
} // namespace postgres

} // namespace afloat
