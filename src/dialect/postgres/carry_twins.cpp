#include "dialect/postgres/carry_twins.hpp"

#include "dialect/postgres/carry_partition_keys.hpp"
#include "dialect/postgres/enum_type.hpp"
#include "dialect/postgres/names.hpp"
#include "sql/foreign_key.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string twin_name(const std::string& id, std::string_view name) {
  return fitting_name(fmt::format("afloat_{}_{}", id, name));
}

std::string succeeded(std::string_view expression, const SuccessionGroup& group, const RelationName& table) {
  const std::string renamed =
      replace_columns(expression, table.name, [&](std::string_view name) -> std::optional<std::string> {
        const auto successor = successor_of(group, table, name);
        return successor ? std::optional(in_quotes(*successor)) : std::nullopt;
      });
  return group.type ? retyped(renamed, group.type->from, group.type->beside) : renamed;
}

bool uses(const Index& index, const Succession& succession) {
  const std::string& column = succession.from;
  const auto in_part = [&](const IndexPart& part) {
    return part.column == column || mentions(part.expression, succession.table.name.name, column);
  };
  return std::ranges::any_of(index.parts, in_part) || std::ranges::count(index.include, column) > 0
         || mentions(index.predicate, succession.table.name.name, column);
}

/// The members of the same table that come before this one: what they use is theirs.
std::vector<const Succession*> earlier_of(const SuccessionGroup& group, const Succession& member) {
  std::vector<const Succession*> earlier;
  for (const Succession& other : group.members) {
    if (other.id == member.id) break;
    if (other.table.name == member.table.name) earlier.push_back(&other);
  }
  return earlier;
}

std::string list_of(const std::vector<std::string>& columns, const SuccessionGroup& group,
                    const RelationName& table) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const std::string& column : columns)
    names.push_back(in_quotes(successor_of(group, table, column).value_or(column)));
  return join(names, ", ");
}

/// Of the rest only the columns behind ON DELETE SET NULL (…) are the table's own.
std::string foreign_key_text(const Constraint& constraint, const SuccessionGroup& group,
                             const RelationName& table) {
  ForeignKeyText key = parse_foreign_key(constraint.definition);
  for (const std::string_view action : {"SET NULL (", "SET DEFAULT ("}) {
    const std::size_t open = key.rest.find(action);
    if (open == std::string::npos) continue;
    const std::size_t begin = open + action.size(), end = key.rest.find(')', begin);
    std::string renamed;
    for (const Token& token : tokenize(std::string_view(key.rest).substr(begin, end - begin))) {
      const auto successor = successor_of(group, table, token.name());
      renamed += successor ? in_quotes(*successor) : std::string(token.text);
    }
    key.rest.replace(begin, end - begin, renamed);
  }
  return fmt::format("FOREIGN KEY ({}) REFERENCES {}({}){}", list_of(constraint.columns, group, table),
                     key.table, list_of(key.referenced, group, constraint.references), key.rest);
}

std::string without_mark(std::string definition) {
  constexpr std::string_view k_mark = " NOT VALID";
  if (definition.ends_with(k_mark)) definition.resize(definition.size() - k_mark.size());
  return definition;
}

/// Of a partitioned table each partition first: what is left for the last step are those that came since.
std::vector<Step> validation(const TwinConstraint& constraint, const std::string& name,
                             const std::string& subject) {
  const bool by_partition = constraint.partitioned && constraint.of.kind == ConstraintKind::foreign_key;
  std::vector<Step> steps;
  if (by_partition) steps = validate_partition_steps(constraint, name, subject);
  Step validate{.phase = Phase::contract, .title = "validate " + subject, .scans = !by_partition};
  validate.statements = {alter(constraint.table, "VALIDATE CONSTRAINT " + in_quotes(name))};
  validate.locks = {{constraint.table, LockLevel::share_update_exclusive}};
  for (const Partition& partition : constraint.partitions)
    validate.locks.push_back({partition.name, LockLevel::share_update_exclusive});
  if (constraint.of.kind == ConstraintKind::foreign_key && constraint.of.references != constraint.table)
    validate.locks.push_back({constraint.of.references, LockLevel::row_share});
  validate.undo = "nothing to undo";
  steps.push_back(std::move(validate));
  return steps;
}

/// Of a foreign key that points at a partitioned table: the server tells one for each partition as a user of
/// the columns, and the table does not list it.
bool points_at_partitions(const Constraint& of, const Table& table) {
  const std::string begin = of.definition.substr(0, of.definition.find(" REFERENCES ") + 12);
  return std::ranges::any_of(table.users, [&](const ColumnUser& user) {
    return user.kind == "constraint" && user.definition.starts_with(begin)
           && std::ranges::none_of(table.constraints, [&](const Constraint& listed) {
                return user.words.starts_with(fmt::format("constraint {} on table ", listed.name));
              });
  });
}

/// SET CONSTRAINTS of the application names the constraint that it knows: until the names are exchanged the
/// twin must not be checked earlier than that.
TwinConstraint twin_foreign_key(const Constraint& of, const std::string& id, const SuccessionGroup& group,
                                const Table& table, const std::string& beside) {
  TwinConstraint made{table.name, of, of, beside};
  made.partitioned = table.partitioned;
  made.partitions = table.partitions;
  made.has_parts = table.partitioned || (!group.type && points_at_partitions(of, table));
  made.twin.name = twin_name(id, of.name);
  made.twin.definition = without_mark(foreign_key_text(of, group, table.name));
  const std::vector<std::string> referenced = parse_foreign_key(of.definition).referenced;
  made.in_swap = std::ranges::any_of(group.members, [&](const Succession& member) {
    return member.table.partitioned && member.table.name == of.references
           && std::ranges::count(referenced, member.from) > 0;
  });
  made.deferred_later =
      of.deferrable && made.twin.definition.find(" INITIALLY DEFERRED") == std::string::npos;
  if (made.deferred_later)
    made.twin.definition = replaced(made.twin.definition, " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED");
  return made;
}
} // namespace

std::string alter(const RelationName& table, std::string_view action) {
  return fmt::format("ALTER TABLE {} {}", in_quotes(table), action);
}

std::string rename_index(const RelationName& table, const TwinIndex& index) {
  return fmt::format("ALTER INDEX {} RENAME TO {}", in_quotes(RelationName{table.schema, index.twin.name}),
                     in_quotes(index.of.name));
}

std::optional<std::string> successor_of(const SuccessionGroup& group, const RelationName& table,
                                        std::string_view column) {
  for (const Succession& member : group.members)
    if (member.table.name == table && member.from == column) return member.successor.name;
  return std::nullopt;
}

std::vector<TwinIndex> twin_indexes(const SuccessionGroup& group, const Succession& member) {
  const RelationName& table = member.table.name;
  const std::vector<const Succession*> earlier = earlier_of(group, member);
  std::vector<TwinIndex> twins;
  for (const Index& index : member.table.indexes) {
    if (is_own_name(index.name) || !uses(index, member)) continue;
    if (std::ranges::any_of(earlier, [&](const Succession* other) { return uses(index, *other); })) continue;
    Index twin = index;
    twin.name = twin_name(member.id, index.name);
    twin.primary = false;
    twin.constraint.clear();
    for (IndexPart& part : twin.parts) {
      if (const auto successor = successor_of(group, table, part.column)) part.column = *successor;
      part.expression = succeeded(part.expression, group, table);
    }
    for (std::string& column : twin.include) column = successor_of(group, table, column).value_or(column);
    twin.predicate = succeeded(twin.predicate, group, table);
    twins.push_back({index, std::move(twin)});
  }
  return twins;
}

std::vector<TwinConstraint> twin_constraints(const SuccessionGroup& group, const Succession& member) {
  const RelationName& table = member.table.name;
  const std::vector<const Succession*> earlier = earlier_of(group, member);
  std::vector<TwinConstraint> twins;
  for (const Constraint& constraint : member.table.constraints) {
    const bool is_check = constraint.kind == ConstraintKind::check;
    const auto concerns = [&](const Succession* other) {
      return std::ranges::count(constraint.columns, other->from) > 0;
    };
    if (!is_check && constraint.kind != ConstraintKind::foreign_key) continue;
    if (is_own_name(constraint.name) || !concerns(&member) || std::ranges::any_of(earlier, concerns))
      continue;
    if (!is_check) {
      twins.push_back(twin_foreign_key(constraint, member.id, group, member.table, member.successor.name));
      continue;
    }
    Constraint twin = constraint;
    twin.name = twin_name(member.id, constraint.name);
    twin.definition = without_mark(succeeded(constraint.definition, group, table));
    twins.push_back({table, constraint, std::move(twin), member.successor.name});
  }
  return twins;
}

std::vector<TwinConstraint> twin_pointing(const SuccessionGroup& group) {
  std::vector<TwinConstraint> twins;
  for (const PointingKey& key : group.pointing)
    twins.push_back(twin_foreign_key(
        key.constraint, group.members.front().id, group, key.table,
        list_of(parse_foreign_key(key.constraint.definition).referenced, group, key.constraint.references)));
  return twins;
}

std::vector<Step> constraint_steps(const TwinConstraint& constraint, int server_version) {
  if (constraint.in_swap) return {};
  if (is_made_by_partition(constraint, server_version)) return partition_key_steps(constraint);
  const std::string name = in_quotes(constraint.twin.name);
  const bool refers = constraint.of.kind == ConstraintKind::foreign_key;
  const std::string subject = fmt::format("{} for {}", constraint.of.name, constraint.successor);
  Step add{.phase = Phase::contract, .title = "add " + subject};
  add.statements = {alter(constraint.table,
                          fmt::format("ADD CONSTRAINT {} {} NOT VALID", name, constraint.twin.definition))};
  add.inverse = {alter(constraint.table, "DROP CONSTRAINT IF EXISTS " + name)};
  add.undo = "the constraint is dropped";
  add.locks = {{constraint.table, refers ? LockLevel::share_row_exclusive : LockLevel::access_exclusive}};
  for (const Partition& partition : constraint.partitions)
    add.locks.push_back({partition.name, LockLevel::share_row_exclusive});
  if (refers && constraint.of.references != constraint.table)
    add.locks.push_back({constraint.of.references, LockLevel::share_row_exclusive});
  if (!constraint.of.validated) return {std::move(add)};
  std::vector<Step> steps = validation(constraint, constraint.twin.name, subject);
  steps.insert(steps.begin(), std::move(add));
  return steps;
}

std::vector<Step> validate_steps(const TwinConstraint& constraint) {
  if (!constraint.in_swap || !constraint.of.validated) return {};
  return validation(constraint, constraint.of.name, constraint.of.name);
}

std::vector<Step> not_null_steps(const Succession& succession, const std::string& name) {
  const std::string& column = succession.successor.name;
  const std::string subject = fmt::format("{}.{}", display(succession.table.name), column);
  const auto step = [&](std::string title, std::string statement, std::string inverse, LockLevel level) {
    Step made{.phase = Phase::contract, .title = std::move(title)};
    made.statements = {alter(succession.table.name, statement)};
    if (!inverse.empty()) made.inverse = {alter(succession.table.name, inverse)};
    made.locks = {{succession.table.name, level}};
    made.undo = inverse.empty() ? "nothing to undo" : "NOT NULL is dropped";
    return made;
  };
  const bool named = !name.empty(); // PostgreSQL 18 has NOT NULL constraints that are NOT VALID
  const std::string constraint = in_quotes(twin_name(succession.id, named ? name : "not_null"));
  const std::string drop = "DROP CONSTRAINT IF EXISTS " + constraint;
  const std::string rule =
      named ? "NOT NULL " + in_quotes(column) : fmt::format("CHECK ({} IS NOT NULL)", in_quotes(column));
  std::vector<Step> steps{step("check new values of " + subject + " for NULL",
                               fmt::format("ADD CONSTRAINT {} {} NOT VALID", constraint, rule), drop,
                               LockLevel::access_exclusive),
                          step("check all rows of " + subject + " for NULL",
                               "VALIDATE CONSTRAINT " + constraint, "", LockLevel::share_update_exclusive)};
  steps.back().scans = true;
  if (named) return steps;
  steps.push_back(
      step("make " + subject + " NOT NULL", fmt::format("ALTER COLUMN {} SET NOT NULL", in_quotes(column)),
           fmt::format("ALTER COLUMN {} DROP NOT NULL", in_quotes(column)), LockLevel::access_exclusive));
  steps.back().statements.emplace_back(alter(succession.table.name, drop));
  return steps;
}

} // namespace afloat::postgres
