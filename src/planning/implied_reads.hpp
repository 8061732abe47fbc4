#pragma once

#include "operations/operation.hpp"

#include <string>
#include <vector>

namespace afloat {

/// Columns that what an operation makes depends on by name, although its author names none of them, as
/// OperationPlan::reads has them: they must not be renamed until it is purged.
std::vector<std::string> implied_reads(const OperationPlan& operation, const Schema& before);

} // namespace afloat
