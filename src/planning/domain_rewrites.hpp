#pragma once

#include "operations/operation.hpp"

namespace afloat {

/// PostgreSQL asks a domain that has constraints for every row of a table that gets a column of it, and
/// writes the table anew meanwhile, under ACCESS EXCLUSIVE (14 to 18, whatever the column's default is); so
/// it does where the domain's default differs from row to row. Says so of the steps that do. Refuses them
/// where the table is not small and the statements are not the author's own: Error invalid_migration.
void mark_domain_rewrites(const OperationSpec& spec, const OperationContext& context, OperationPlan& plan);

} // namespace afloat
