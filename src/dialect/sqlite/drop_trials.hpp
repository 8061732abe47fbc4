#pragma once

#include "dialect/database.hpp"
#include "model/plan.hpp"

namespace afloat::sqlite {

/// Tries what abort drops on an empty copy of the schema, in memory: what people have built on a column since
/// expand would stop it half-way, or would not work any more behind it. Error refused, which names it; takes
/// no locks but those of reading.
void try_drops(Database& database, const Plan& plan);

} // namespace afloat::sqlite
