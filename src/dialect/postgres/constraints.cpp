#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
constexpr std::string_view k_not_valid = " NOT VALID";

std::string alter(const Table& table, std::string_view action) {
  return fmt::format("ALTER TABLE {} {}", in_quotes(table.name), action);
}

std::string drop_sql(const Table& table, const Constraint& constraint) {
  return alter(table, "DROP CONSTRAINT IF EXISTS " + in_quotes(constraint.name));
}

/// A table as this one is known, temporary and under its name, so that what is written finds its columns.
std::string copy_of(const Table& table) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns)
    columns.push_back(fmt::format("{} {}{}{}", in_quotes(column.name), column.type,
                                  column.collation.empty() ? "" : " COLLATE ", column.collation));
  return fmt::format("CREATE TEMPORARY TABLE {} ({})", in_quotes(table.name.name), join(columns, ", "));
}

/// One like the table that is there.
std::string copy_of(const Table& table, std::string_view including) {
  return fmt::format("CREATE TEMPORARY TABLE {} (LIKE {}{})", in_quotes(table.name.name),
                     in_quotes(table.name), including);
}

std::string add_to_copy(const Table& table, const std::string& constraint) {
  return fmt::format("ALTER TABLE pg_temp.{} ADD {}", in_quotes(table.name.name), constraint);
}

/// The server's own rule and words; temporary copies are all of one kind and cannot tell.
std::string same_persistence(const Table& table, const Table& target) {
  const std::string body = fmt::format(
      "BEGIN IF (SELECT relpersistence FROM pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass)"
      " = 'p' AND (SELECT relpersistence FROM pg_catalog.pg_class WHERE oid = "
      "{}::pg_catalog.regclass) <> 'p' THEN RAISE EXCEPTION USING ERRCODE = '42P16', MESSAGE = {};"
      " END IF; END",
      literal(in_quotes(table.name)), literal(in_quotes(target.name)),
      literal(fmt::format("{} is permanent and cannot refer to {}, which is unlogged", display(table.name),
                          display(target.name))));
  return "DO " + literal(body);
}

/// The definition with the other table's copy in the place of its name, which stands behind REFERENCES.
std::string pointing_at_copy(const Constraint& constraint, const Table& target) {
  constexpr std::string_view k_references = " REFERENCES ";
  const std::size_t at = constraint.definition.find(k_references);
  if (at == std::string::npos) return constraint.definition;
  const std::size_t name = at + k_references.size();
  const std::size_t columns = constraint.definition.find(" (", name);
  if (columns == std::string::npos) return constraint.definition;
  return constraint.definition.substr(0, name) + "pg_temp." + in_quotes(target.name.name)
         + constraint.definition.substr(columns);
}
} // namespace

std::vector<TableLock> constraint_locks(const Table& table, const Constraint& constraint, LockLevel level) {
  std::vector<TableLock> locks{{table.name, level}};
  if (constraint.kind == ConstraintKind::foreign_key && constraint.references != table.name)
    locks.push_back({constraint.references, level});
  return locks;
}

Piece drop_constraint(const Table& table, const Constraint& constraint) {
  return {.statements = {drop_sql(table, constraint)},
          .locks = constraint_locks(table, constraint, LockLevel::access_exclusive)};
}

std::string add_key_sql(const Table& table, const Constraint& constraint) {
  const bool primary = constraint.kind == ConstraintKind::primary_key;
  const std::size_t timing = constraint.definition.find(" DEFERRABLE");
  return alter(table, fmt::format("ADD CONSTRAINT {} {} USING INDEX {}{}", in_quotes(constraint.name),
                                  primary ? "PRIMARY KEY" : "UNIQUE", in_quotes(constraint.name),
                                  timing == std::string::npos ? "" : constraint.definition.substr(timing)));
}

std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint, Phase phase) {
  const bool foreign = constraint.kind == ConstraintKind::foreign_key;
  const std::string subject = fmt::format("{} of {}", constraint.name, display(table.name));
  Step add{.phase = phase, .title = fmt::format("add {}, for new writes", subject)};
  add.locks = constraint_locks(table, constraint,
                               foreign ? LockLevel::share_row_exclusive : LockLevel::access_exclusive);
  add.statements = {alter(table, fmt::format("ADD CONSTRAINT {} {}{}", in_quotes(constraint.name),
                                             constraint.definition, k_not_valid))};
  add.inverse = {drop_sql(table, constraint)};
  add.undo = "the constraint is dropped";

  Step validate{.phase = phase, .title = fmt::format("validate {} in all rows", subject), .scans = true};
  validate.statements = {alter(table, "VALIDATE CONSTRAINT " + in_quotes(constraint.name))};
  validate.locks = {{table.name, LockLevel::share_update_exclusive}};
  if (foreign && constraint.references != table.name)
    validate.locks.push_back({constraint.references, LockLevel::row_share});
  validate.inverse = {drop_sql(table, constraint)};
  validate.undo = "the constraint is dropped";
  return {std::move(add), std::move(validate)};
}

std::vector<Step> key_steps(const Table& table, const Index& index, const Constraint& constraint,
                            Phase phase) {
  if (table.partitioned) return partitioned_key_steps(table, index, constraint, phase);
  Step build = create_index(table, index);
  build.phase = phase;
  const bool primary = constraint.kind == ConstraintKind::primary_key;
  Step add{.phase = phase,
           .title = fmt::format("make {} of the index {}",
                                primary ? "the primary key" : "a UNIQUE constraint", constraint.name)};
  add.locks = {{table.name, LockLevel::access_exclusive}};
  add.statements = {add_key_sql(table, constraint)};
  add.inverse = {drop_sql(table, constraint)};
  add.undo = "the constraint is dropped, and its index with it";
  return {std::move(build), std::move(add)};
}

std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint,
                                          const Table* target) {
  if (constraint.kind != ConstraintKind::foreign_key || !target)
    return {copy_of(table), add_to_copy(table, constraint.definition)};
  std::vector<std::string> statements{same_persistence(table, *target)};
  if (target->name != table.name && target->name.name == table.name.name)
    return statements; // one name in two schemas: no room for both copies
  statements.push_back(copy_of(*target, " INCLUDING INDEXES"));
  if (target->name != table.name) statements.push_back(copy_of(table, ""));
  statements.push_back(add_to_copy(table, pointing_at_copy(constraint, *target)));
  return statements;
}

} // namespace afloat::postgres
