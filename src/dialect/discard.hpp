#pragma once

#include "dialect/sql_writer.hpp"

#include <string_view>
#include <utility>
#include <vector>

/// SQLite: what goes is taken away beside writers.
namespace afloat::sqlite {

/// Takes a table away that nobody reads or writes any more, and that has no triggers, nor is pointed at:
/// empties it in batches, with pauses for writers, and drops it. `called`: "the old users".
std::vector<Step> discard_steps(const Table& table, std::string_view called, Phase phase);

/// Statements that let a table be discarded: all its triggers go, whosever they are, and its foreign keys,
/// which may point at rows of its own. DROP TABLE would ask neither.
std::vector<Statement> make_discardable(const Table& table);

/// The same, and take its name away: who goes on to write it finds no such table, as behind DROP TABLE. What
/// reads it is left as it is. Returns them with the table as it is then.
std::pair<Table, std::vector<Statement>> take_name_away(const Table& table, std::string_view id);

/// For a rebuild with columns that are given up, in the transaction that ends their sync: from then on nobody
/// may write them.
std::vector<Statement> refuse_writes(const Table& table, const Rebuild& rebuild);

} // namespace afloat::sqlite
