#pragma once

#include "dialect/postgres/carry_together.hpp"

namespace afloat::postgres {

/// Exchanges the names of the columns and of what was built beside, and makes the rest again; in catalogs
/// alone. Fails, with nothing changed, if anything would stay with a column that goes.
Piece swap(const Together& all);

} // namespace afloat::postgres
