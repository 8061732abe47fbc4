#pragma once

#include "dialect/sql_writer.hpp"
#include "model/schema.hpp"

#include <set>
#include <string>
#include <vector>

/// What operations are tried on before anything is done, in a transaction that is rolled back: tables of this
/// session alone, made from the schema as it is known. No row is read, nobody else's table is locked, and
/// what an earlier operation of the migration adds is there.
namespace afloat {

/// The table without rows, keys, defaults and constraints, temporary and under its own name, so that what is
/// written finds its columns.
Table trial_copy(const Table& table, const SqlWriter& sql);

/// The table temporary, with all that it has but its foreign keys: what they point at would be locked.
Table trial_table(Table table, const SqlWriter& sql);

/// The statement that makes either.
std::string make_temporary(const Table& table, const SqlWriter& sql);

/// The names and other words of a trial.
std::set<std::string> words_of(const std::vector<std::string>& trial);

} // namespace afloat
