#include "dialect/postgres/carry_partition_keys.hpp"

#include "dialect/partitions.hpp"
#include "dialect/postgres/for_each.hpp"
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

/// On each partition for which `which` holds, of t, the partition, and o, its own twin if it has one.
Statement on_partitions(const TwinConstraint& constraint, std::string_view which, std::string_view action) {
  std::string query(embedded_sql("postgres/partition_keys.sql"));
  query = replaced(std::move(query), "{table}", literal(in_quotes(constraint.table)));
  query = replaced(std::move(query), "{name}", literal(constraint.twin.name));
  query = replaced(std::move(query), "{which}", which);
  return for_each(query,
                  fmt::format("'ALTER TABLE ' || each.place || {}", literal(fmt::format(" {}", action))));
}

/// The foreign keys of `keys`, rows of (table, name), as `below`, with all that the server has made of them.
std::string keys_below(std::string_view keys) {
  return replaced(std::string(embedded_sql("postgres/keys_below.sql")), "{keys}", keys);
}

std::string whole_table(const TwinConstraint& constraint) {
  return literal(in_quotes(constraint.table)) + "::pg_catalog.regclass";
}

std::string drop_whole(const TwinConstraint& constraint) {
  return fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", in_quotes(constraint.table),
                     in_quotes(constraint.twin.name));
}

void lock(Step& step, const TwinConstraint& constraint, LockLevel on_partitions, LockLevel on_referenced) {
  for (const Partition& partition : constraint.partitions)
    step.locks.push_back({partition.name, on_partitions});
  step.locks.push_back({constraint.of.references, on_referenced});
}

Step add_step(const TwinConstraint& constraint, const std::string& subject) {
  Step step{.phase = Phase::contract,
            .title = fmt::format("add {} to each partition of {}", subject, display(constraint.table))};
  const std::string name = in_quotes(constraint.twin.name);
  step.statements = {
      on_partitions(constraint, "t.isleaf AND o.oid IS NULL",
                    fmt::format("ADD CONSTRAINT {} {} NOT VALID", name, constraint.twin.definition))};
  step.inverse = {on_partitions(constraint, "o.conparentid = 0", "DROP CONSTRAINT " + name).sql};
  step.undo = "the constraints are dropped";
  lock(step, constraint, LockLevel::share_row_exclusive, LockLevel::share_row_exclusive);
  return step;
}

Step validate_step(const TwinConstraint& constraint, std::string title, Statement statement) {
  Step step{.phase = Phase::contract, .title = std::move(title)};
  step.statements = {std::move(statement)};
  step.undo = "nothing to undo";
  step.locks = {{constraint.of.references, LockLevel::row_share}};
  return step;
}

/// One for each partition that has rows. `statement_of`: for an expression that gives the partition, or NULL.
template <typename StatementOf>
std::vector<Step> validate_each(const TwinConstraint& constraint, const std::string& subject,
                                StatementOf statement_of) {
  std::vector<Step> steps;
  for (const Partition& partition : constraint.partitions) {
    if (partition.partitioned) continue;
    steps.push_back(validate_step(
        constraint, fmt::format("validate {} in {}", subject, display(partition.name)),
        statement_of(fmt::format("pg_catalog.to_regclass({})", literal(in_quotes(partition.name))))));
    steps.back().scans = true;
    steps.back().locks.insert(steps.back().locks.begin(),
                              {partition.name, LockLevel::share_update_exclusive});
  }
  return steps;
}

Step join_step(const TwinConstraint& constraint, const std::string& subject) {
  Step step{.phase = Phase::contract,
            .title = fmt::format("make {} of {} one", subject, display(constraint.table))};
  step.statements = {fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {}", in_quotes(constraint.table),
                                 in_quotes(constraint.twin.name), constraint.twin.definition)};
  step.inverse = {drop_whole(constraint)};
  step.undo = "the constraint is dropped, with those of the partitions";
  step.locks = {{constraint.table, LockLevel::share_row_exclusive}};
  lock(step, constraint, LockLevel::share_row_exclusive, LockLevel::share_row_exclusive);
  return step;
}

/// Of those that the server keeps parts of, rows of (table, name); may be empty.
std::string noted_keys(const std::vector<const TwinConstraint*>& constraints) {
  std::vector<std::string> keys;
  for (const TwinConstraint* each : constraints)
    if (each->has_parts && each->of.kind == ConstraintKind::foreign_key)
      keys.push_back(fmt::format("({}, {})", whole_table(*each), literal(each->of.name)));
  return keys.empty() ? std::string() : fmt::format("(VALUES {})", join(keys, ", "));
}
} // namespace

bool is_made_by_partition(const TwinConstraint& constraint, int server_version) {
  return constraint.partitioned && constraint.of.kind == ConstraintKind::foreign_key && !constraint.in_swap
         && server_version < k_not_valid_on_partitioned;
}

std::vector<Step> partition_key_steps(const TwinConstraint& constraint) {
  const std::string subject = fmt::format("{} for {}", constraint.of.name, constraint.successor);
  constexpr std::string_view k_left = "o.conparentid = 0 AND NOT o.convalidated";
  const std::string validate = "VALIDATE CONSTRAINT " + in_quotes(constraint.twin.name);
  std::vector<Step> steps = validate_each(constraint, subject, [&](const std::string& partition) {
    return on_partitions(constraint, fmt::format("t.relid = {} AND {}", partition, k_left), validate);
  });
  steps.insert(steps.begin(), add_step(constraint, subject));
  steps.push_back(validate_step(
      constraint, fmt::format("validate {} in new partitions of {}", subject, display(constraint.table)),
      on_partitions(constraint, k_left, validate)));
  steps.push_back(join_step(constraint, subject));
  return steps;
}

std::vector<Step> validate_partition_steps(const TwinConstraint& constraint, const std::string& name,
                                           const std::string& subject) {
  const std::string below =
      keys_below(fmt::format("(VALUES ({}, {}))", whole_table(constraint), literal(name)));
  return validate_each(constraint, subject, [&](const std::string& partition) -> Statement {
    return for_each(
        fmt::format(
            "{}SELECT b.conrelid::pg_catalog.regclass AS place, b.conname AS name\nFROM below b WHERE "
            "b.conrelid = {} AND b.confrelid = pg_catalog.to_regclass({}) AND NOT b.convalidated",
            below, partition, literal(in_quotes(constraint.of.references))),
        "pg_catalog.format('ALTER TABLE %s VALIDATE CONSTRAINT %I', each.place, each.name)");
  });
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
  const std::string keys = noted_keys(constraints);
  if (keys.empty()) return;
  statements.emplace_back(fmt::format("SELECT pg_catalog.set_config('afloat.keys', (\n{}SELECT "
                                      "pg_catalog.jsonb_agg(b) FROM below b)::text, true)",
                                      keys_below(keys)));
}

void append_names_of_keys(const std::vector<const TwinConstraint*>& constraints,
                          std::vector<Statement>& statements) {
  const std::string keys = noted_keys(constraints);
  if (keys.empty()) return;
  statements.emplace_back(for_each(
      keys_below(keys) + std::string(embedded_sql("postgres/names_of_keys.sql")),
      "pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', each.place, each.now, each.name)"));
}

} // namespace afloat::postgres

namespace afloat {
using postgres::literal, postgres::in_quotes;

std::string keys_since(const Table& table, const std::string& column,
                       const std::vector<std::pair<RelationName, std::string>>& known) {
  std::vector<std::string> keys{"(NULL, NULL)"};
  for (const auto& [from, name] : known)
    keys.push_back(fmt::format("({}, {})", literal(in_quotes(from)), literal(name)));
  std::string text(embedded_sql("postgres/keys_since.sql"));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{column}", literal(column));
  return replaced(std::move(text), "{known}", join(keys, ", "));
}

} // namespace afloat
