#pragma once

#include "model/dialect.hpp"
#include "model/migration.hpp"

namespace afloat::test {

/// Plans the migration on a small schema of the database, from the file alone: each piece of SQL in it is
/// read by the database's parser. The plan must be the same after it was frozen; throws for a finding, as the
/// targets do.
void check_planned(const Migration& migration, Dialect dialect);

} // namespace afloat::test
