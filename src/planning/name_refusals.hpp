#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/plan.hpp"
#include "model/schema.hpp"

#include <vector>

/// What SQLite does not let be told apart or does not own; nothing is refused on PostgreSQL. They throw Error
/// invalid_migration at the operation.
namespace afloat {

/// Names of `operation`, the plan of `spec` alone, that hide a row's number or are a column's own in other
/// letters.
void refuse_names(const OperationSpec& spec, const Plan& operation, const Schema& before,
                  const SqlWriter& sql);

/// The rows and columns of such a table are its module's.
void refuse_module_tables(const OperationSpec& spec, const std::vector<RelationName>& names,
                          const Schema& before);

} // namespace afloat
