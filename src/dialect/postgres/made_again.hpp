#pragma once

#include "model/plan.hpp"
#include "model/schema.hpp"

#include <string_view>
#include <vector>

/// What the way back must make again besides the thing itself, from Table::users.
namespace afloat::postgres {

/// Where an ALTER COLUMN … DEFAULT is handed down: the defaults that partitions and children had of their
/// own.
void append_own_defaults(const Table& table, std::string_view column, std::vector<Statement>& statements);
/// The constraint's comment, and of its index the comment, CLUSTER, replica identity and statistics targets.
void append_constraint_settings(const Table& table, const Constraint& constraint,
                                std::vector<Statement>& statements);

} // namespace afloat::postgres
