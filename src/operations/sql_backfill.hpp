#pragma once

#include "operations/sql_judged.hpp"

namespace afloat {

/// The step of a backfill block: its statement, batch by batch over its table. Throws invalid_sql() for one
/// that could not end or uses afloat's own placeholders, and as known_table() does.
Step backfill_step(const OperationSpec& spec, const OperationContext& context, const SqlBlock& block,
                   const Judged& statement);

} // namespace afloat
