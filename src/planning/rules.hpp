#pragma once

#include "operations/operation.hpp"

namespace afloat {

/// PostgreSQL: rules on tables that are filled, or that sync writes (ON UPDATE DO INSTEAD …). One that takes
/// the place of such a write would leave rows unfilled, and one beside it fires for it. Refuses what would
/// not work (Error invalid_migration), and notes which rules fire. Rules are not known offline.
void heed_rules(const OperationSpec& spec, const OperationContext& context, OperationPlan& plan);

} // namespace afloat
