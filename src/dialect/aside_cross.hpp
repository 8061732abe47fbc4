#pragma once

#include "dialect/sql_writer.hpp"

namespace afloat {

/// SqlWriter::aside() for columns that another table has taken over. A row of the source has what its target
/// row has; kept is, from `close` on, what a row had that has lost its target row because its own side of the
/// link was changed. Where the target follows the source (CrossSync::owns_target) no row loses it so: nothing
/// is kept then, and `rows` has no name. `open`, `keep`, `compare`, `still` and `left_out` are empty;
/// `reopen` makes what `bring_back` needs, and `drop` takes away all of it.
AsideTable aside_cross(Dialect dialect, const CrossSync& window, const CrossSync& attic);

} // namespace afloat
