#include "dialect/postgres/carry_partition_keys.hpp"

#include "dialect/postgres/names.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
constexpr int k_not_valid_on_partitioned = 180'000;

/// On each partition that has the twin as a constraint of its own.
Statement on_partitions(const TwinConstraint& constraint, std::string_view which, std::string_view action) {
  std::string text(embedded_sql("postgres/work_on_partition_keys.sql"));
  text = replaced(std::move(text), "{table}", literal(quoted(constraint.table)));
  text = replaced(std::move(text), "{name}", literal(constraint.twin.name));
  text = replaced(std::move(text), "{which}", which);
  return "DO "
         + literal(replaced(std::move(text), "{action}",
                            literal(fmt::format(" {} {}", action, quoted(constraint.twin.name)))));
}

std::string drop_whole(const TwinConstraint& constraint) {
  return fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", quoted(constraint.table),
                     quoted(constraint.twin.name));
}

void lock(Step& step, const TwinConstraint& constraint, LockLevel on_partitions, LockLevel on_referenced) {
  for (const Partition& partition : constraint.partitions)
    step.locks.push_back({partition.name, on_partitions});
  step.locks.push_back({constraint.of.references, on_referenced});
}

Step add_step(const TwinConstraint& constraint, const std::string& subject) {
  std::string text(embedded_sql("postgres/add_partition_keys.sql"));
  text = replaced(std::move(text), "{table}", literal(quoted(constraint.table)));
  text = replaced(std::move(text), "{name}", literal(constraint.twin.name));
  text = replaced(std::move(text), "{add}",
                  literal(fmt::format(" ADD CONSTRAINT {} {} NOT VALID", quoted(constraint.twin.name),
                                      constraint.twin.definition)));
  Step step{.phase = Phase::contract,
            .title = fmt::format("add {} to each partition of {}", subject, display(constraint.table))};
  step.statements = {"DO " + literal(text)};
  step.inverse = {on_partitions(constraint, "true", "DROP CONSTRAINT").sql};
  step.undo = "the constraints are dropped";
  lock(step, constraint, LockLevel::share_row_exclusive, LockLevel::share_row_exclusive);
  return step;
}

Step validate_step(const TwinConstraint& constraint, const std::string& subject) {
  Step step{.phase = Phase::contract,
            .title = fmt::format("validate {} in each partition of {}", subject, display(constraint.table)),
            .scans = true};
  step.statements = {on_partitions(constraint, "NOT o.convalidated", "VALIDATE CONSTRAINT")};
  step.undo = "nothing to undo";
  lock(step, constraint, LockLevel::share_update_exclusive, LockLevel::row_share);
  return step;
}

Step join_step(const TwinConstraint& constraint, const std::string& subject) {
  Step step{.phase = Phase::contract,
            .title = fmt::format("make {} of {} one", subject, display(constraint.table))};
  step.statements = {fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {}", quoted(constraint.table),
                                 quoted(constraint.twin.name), constraint.twin.definition)};
  step.inverse = {drop_whole(constraint)};
  step.undo = "the constraint is dropped, with those of the partitions";
  step.locks = {{constraint.table, LockLevel::share_row_exclusive}};
  lock(step, constraint, LockLevel::share_row_exclusive, LockLevel::share_row_exclusive);
  return step;
}

std::vector<const TwinConstraint*> of_partitioned(const std::vector<const TwinConstraint*>& constraints) {
  std::vector<const TwinConstraint*> found;
  std::ranges::copy_if(constraints, std::back_inserter(found), [](const TwinConstraint* each) {
    return each->partitioned && each->of.kind == ConstraintKind::foreign_key;
  });
  return found;
}
} // namespace

bool is_made_by_partition(const TwinConstraint& constraint, int server_version) {
  return constraint.partitioned && constraint.of.kind == ConstraintKind::foreign_key && !constraint.in_swap
         && server_version < k_not_valid_on_partitioned;
}

std::vector<Step> partition_key_steps(const TwinConstraint& constraint) {
  const std::string subject = fmt::format("{} for {}", constraint.of.name, constraint.successor);
  return {add_step(constraint, subject), validate_step(constraint, subject), join_step(constraint, subject)};
}

std::string partition_key_refusal(const TwinConstraint& constraint, int server_version, std::string& hint) {
  if (!constraint.partitioned || !constraint.in_swap || server_version >= k_not_valid_on_partitioned)
    return {};
  hint = "Drop it first, and add it again after contract; PostgreSQL 18 can. Nothing was changed.";
  return fmt::format("constraint {} leads from the partitioned table {} to another, and cannot be added "
                     "without reading all rows under its locks before PostgreSQL 18",
                     constraint.of.name, display(constraint.table));
}

void append_note_of_keys(const std::vector<const TwinConstraint*>& constraints,
                         std::vector<Statement>& statements) {
  std::vector<std::string> keys;
  for (const TwinConstraint* constraint : of_partitioned(constraints))
    keys.push_back(fmt::format("({}, {})", literal(quoted(constraint->table)), literal(constraint->of.name)));
  if (keys.empty()) return;
  statements.emplace_back(
      replaced(std::string(embedded_sql("postgres/note_partition_keys.sql")), "{keys}", join(keys, ", ")));
}

void append_names_of_keys(const std::vector<const TwinConstraint*>& constraints,
                          std::vector<Statement>& statements) {
  if (of_partitioned(constraints).empty()) return;
  statements.emplace_back("DO " + literal(embedded_sql("postgres/names_of_partition_keys.sql")));
}

} // namespace afloat::postgres
