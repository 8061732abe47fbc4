#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"

#include <chrono>

namespace afloat::sqlite {

/// Tries, in a transaction that is rolled back, what a phase of a plan does to the schema and what depends on
/// more than its own table; before expand also what all later phases will do. ALTER TABLE reads every view,
/// trigger and index of the file, an index can need a collation or function that only the application's
/// connections have, and a new table can have the name of an index; before abort also try_drops(). Plans with
/// statements of their author's are left alone: those may mend first what is broken. Throws Error
/// invalid_migration (expand) or refused (later phases) with the object's name, busy when the file is locked;
/// changes nothing.
void try_later(Database& database, const Plan& plan, Phase phase, std::chrono::milliseconds lock_timeout);

} // namespace afloat::sqlite
