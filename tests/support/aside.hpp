#pragma once

#include "support/rollout.hpp"

#include <memory>
#include <string>
#include <vector>

/// What the tests of operations that take a column out of its table have in common.
namespace afloat::test {

inline const std::vector<std::string> k_contract{"contract", "--quiet", "0"};
inline const std::vector<std::string> k_purge{"attic", "purge", "--retention", "0", "--accept-data-loss"};

/// Either of them: each in a run of the test of its own.
Dialect both();
/// rolls_back, rolls_forward and comes_back, each in a section.
void every_way(Dialect dialect, const Rollout& rollout);

/// A release that writes a column of the table "notes", and how it reads it.
Release writing_notes(const std::string& column, const std::string& value, const std::string& read);

/// As the application: the rows of a query, one a line.
std::string rows_of(const World& world, const std::string& query);
/// As the owner.
std::string owners_rows(const World& world, const std::string& query);
/// The names of the table's columns, in their order.
std::string columns_of(const World& world, const std::string& table);
/// The table in which operation 1 of migration 1 keeps values aside.
std::string kept(const World& world);
/// Of two dumps. PostgreSQL puts a row that was updated elsewhere, and SQLite's ADD COLUMN a name into
/// quotes.
std::string differs(std::string start, std::string end);
/// A database with this schema, behind contract.
std::unique_ptr<World> contracted(Dialect dialect, const std::string& schema, const Project& project);
/// The same, once an abort has left nothing of an expand.
std::unique_ptr<World> contracted_after_abort(Dialect dialect, const std::string& schema,
                                              const Project& project);
/// The command fails with this exit status and these words.
void refuses(const World& world, const Project& project, const std::vector<std::string>& command, int status,
             const std::string& words);

} // namespace afloat::test
