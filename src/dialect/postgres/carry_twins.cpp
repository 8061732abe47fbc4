#include "dialect/postgres/carry_twins.hpp"

#include "dialect/postgres/names.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string twin_name(const Succession& succession, std::string_view name) {
  return fitting_name(fmt::format("afloat_{}_{}", succession.id, name));
}

std::string succeeded(std::string_view expression, const Succession& succession) {
  return replace_columns(expression, succession.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           if (name != succession.from) return std::nullopt;
                           return quoted(succession.successor.name);
                         });
}

bool uses(const Index& index, const Succession& succession) {
  const std::string& column = succession.from;
  const auto in_part = [&](const IndexPart& part) {
    return part.column == column || mentions(part.expression, succession.table.name.name, column);
  };
  return std::ranges::any_of(index.parts, in_part) || std::ranges::count(index.include, column) > 0
         || mentions(index.predicate, succession.table.name.name, column);
}

std::string list_of(std::vector<std::string> columns, const Succession& succession) {
  std::ranges::replace(columns, succession.from, succession.successor.name);
  for (std::string& column : columns) column = quoted(column);
  return join(columns, ", ");
}

/// Only the key's own columns, and those behind ON DELETE SET NULL (…), are of this table.
std::string foreign_key_text(const Constraint& constraint, const Succession& succession) {
  const std::size_t behind = constraint.definition.find(" REFERENCES ");
  std::string rest = constraint.definition.substr(behind);
  for (const std::string_view action : {"SET NULL (", "SET DEFAULT ("}) {
    const std::size_t open = rest.find(action);
    if (open == std::string::npos) continue;
    const std::size_t begin = open + action.size(), end = rest.find(')', begin);
    std::string renamed;
    for (const Token& token : tokenize(std::string_view(rest).substr(begin, end - begin)))
      renamed +=
          token.name() == succession.from ? quoted(succession.successor.name) : std::string(token.text);
    rest.replace(begin, end - begin, renamed);
  }
  return fmt::format("FOREIGN KEY ({}){}", list_of(constraint.columns, succession), rest);
}

std::string alter(const Succession& succession, std::string_view action) {
  return fmt::format("ALTER TABLE {} {}", quoted(succession.table.name), action);
}

std::string without_mark(std::string definition) {
  constexpr std::string_view k_mark = " NOT VALID";
  if (definition.ends_with(k_mark)) definition.resize(definition.size() - k_mark.size());
  return definition;
}
} // namespace

std::vector<TwinIndex> twin_indexes(const Succession& succession) {
  std::vector<TwinIndex> twins;
  for (const Index& index : succession.table.indexes) {
    if (is_own_name(index.name) || !uses(index, succession)) continue;
    Index twin = index;
    twin.name = twin_name(succession, index.name);
    twin.primary = false;
    twin.constraint.clear();
    for (IndexPart& part : twin.parts) {
      if (part.column == succession.from) part.column = succession.successor.name;
      part.expression = succeeded(part.expression, succession);
    }
    std::ranges::replace(twin.include, succession.from, succession.successor.name);
    twin.predicate = succeeded(twin.predicate, succession);
    twins.push_back({index, std::move(twin)});
  }
  return twins;
}

std::vector<TwinConstraint> twin_constraints(const Succession& succession) {
  std::vector<TwinConstraint> twins;
  for (const Constraint& constraint : succession.table.constraints) {
    const bool is_check = constraint.kind == ConstraintKind::check;
    if (!is_check && constraint.kind != ConstraintKind::foreign_key) continue;
    if (is_own_name(constraint.name) || std::ranges::count(constraint.columns, succession.from) == 0)
      continue;
    Constraint twin = constraint;
    twin.name = twin_name(succession, constraint.name);
    twin.definition = without_mark(is_check ? succeeded(constraint.definition, succession)
                                            : foreign_key_text(constraint, succession));
    twins.push_back({constraint, std::move(twin)});
  }
  return twins;
}

std::vector<Step> constraint_steps(const Succession& succession, const TwinConstraint& constraint) {
  const std::string name = quoted(constraint.twin.name);
  const std::string subject = fmt::format("{} for {}", constraint.of.name, succession.successor.name);
  Step add{.phase = Phase::contract, .title = "add " + subject};
  add.statements = {
      alter(succession, fmt::format("ADD CONSTRAINT {} {} NOT VALID", name, constraint.twin.definition))};
  add.inverse = {alter(succession, "DROP CONSTRAINT IF EXISTS " + name)};
  add.undo = "the constraint is dropped";
  const bool refers = constraint.of.kind == ConstraintKind::foreign_key;
  add.locks = {
      {succession.table.name, refers ? LockLevel::share_row_exclusive : LockLevel::access_exclusive}};
  if (refers) add.locks.push_back({constraint.of.references, LockLevel::share_row_exclusive});
  if (!constraint.of.validated) return {std::move(add)};

  Step validate{.phase = Phase::contract, .title = "validate " + subject, .scans = true};
  validate.statements = {alter(succession, "VALIDATE CONSTRAINT " + name)};
  validate.locks = {{succession.table.name, LockLevel::share_update_exclusive}};
  if (refers) validate.locks.push_back({constraint.of.references, LockLevel::row_share});
  validate.undo = "nothing to undo";
  return {std::move(add), std::move(validate)};
}

std::vector<Step> not_null_steps(const Succession& succession, const std::string& name) {
  const std::string& column = succession.successor.name;
  const std::string subject = fmt::format("{}.{}", display(succession.table.name), column);
  const auto step = [&](std::string title, std::string statement, std::string inverse, LockLevel level) {
    Step made{.phase = Phase::contract, .title = std::move(title)};
    made.statements = {alter(succession, statement)};
    if (!inverse.empty()) made.inverse = {alter(succession, inverse)};
    made.locks = {{succession.table.name, level}};
    made.undo = inverse.empty() ? "nothing to undo" : "NOT NULL is dropped";
    return made;
  };
  const bool named = !name.empty(); // PostgreSQL 18 has NOT NULL constraints that are NOT VALID
  const std::string constraint = quoted(twin_name(succession, named ? name : "not_null"));
  const std::string drop = "DROP CONSTRAINT IF EXISTS " + constraint;
  const std::string rule =
      named ? "NOT NULL " + quoted(column) : fmt::format("CHECK ({} IS NOT NULL)", quoted(column));
  std::vector<Step> steps{step("check new values of " + subject + " for NULL",
                               fmt::format("ADD CONSTRAINT {} {} NOT VALID", constraint, rule), drop,
                               LockLevel::access_exclusive),
                          step("check all rows of " + subject + " for NULL",
                               "VALIDATE CONSTRAINT " + constraint, "", LockLevel::share_update_exclusive)};
  steps.back().scans = true;
  if (named) return steps;
  steps.push_back(
      step("make " + subject + " NOT NULL", fmt::format("ALTER COLUMN {} SET NOT NULL", quoted(column)),
           fmt::format("ALTER COLUMN {} DROP NOT NULL", quoted(column)), LockLevel::access_exclusive));
  steps.back().statements.emplace_back(alter(succession, drop));
  return steps;
}

} // namespace afloat::postgres
