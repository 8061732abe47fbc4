#pragma once

#include "dialect/sql_writer.hpp"
#include "model/migration.hpp"
#include "model/plan.hpp"
#include "planning/planner.hpp"

#include <optional>

namespace afloat {

/// The frozen plan with the statements of abort or revert (`way`) that its file has now, so that who left
/// them out, or wrote them wrongly, is not stuck: for a migration that is nothing but the author's own SQL, a
/// SQL file or one operation `sql`. Nothing where the file has none, or for other migrations. Error
/// invalid_migration for a statement that cannot stand in a migration.
std::optional<Plan> with_written_way_back(const Plan& frozen, const Migration& file, Phase way,
                                          const SqlWriter& sql, PlanSettings settings);

} // namespace afloat
