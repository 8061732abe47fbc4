#pragma once

#include "operations/operation.hpp"

#include <string>
#include <vector>

namespace afloat {

/// What an operation depends on although its author does not name it, as OperationPlan::reads has it: columns
/// that must not be renamed until it is purged, and indexes that go with a column.
std::vector<std::string> implied_reads(const OperationPlan& operation, const Schema& before);

} // namespace afloat
