#pragma once

#include "model/schema.hpp"
#include "operations/operation.hpp"

namespace afloat {

/// Takes trials out of an operation's plan that would fail for want of what an earlier operation of the same
/// migration adds: all of them run before the first step. `start` is the schema before the migration,
/// `before` that on which the operation is planned.
void drop_blind_trials(OperationPlan& operation, const Schema& start, const Schema& before);

} // namespace afloat
