#pragma once

#include "operations/sql_judged.hpp"

#include <vector>

namespace afloat {

/// The steps of a block that is no backfill, without ids and ways back: its statements in one transaction,
/// but for those that run outside of one, each of which is a step and needs a probe. Throws invalid_sql() for
/// those that are of no use so, or that a run which was killed could not tell done from not done.
std::vector<Step> block_steps(const OperationContext& context, const SqlBlock& block,
                              const std::vector<Judged>& statements);

} // namespace afloat
