#pragma once

#include "operations/sql_blocks.hpp"

#include <string>
#include <vector>

namespace afloat {

/// What the statements touch, as Plan::touches: the columns and tables that differ once they are replayed on
/// the schema, whole tables that they drop, rename or of which nothing is known. `named`: the relations that
/// they name.
std::vector<std::string> touches_of(const OperationContext& context, const std::vector<SqlBlock>& blocks,
                                    const std::vector<RelationName>& named);

} // namespace afloat
