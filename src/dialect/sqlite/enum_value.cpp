#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/schema_text.hpp"

#include <algorithm>

#include <fmt/format.h>

// A wider list is true for all rows that are there, so that the text alone is edited.
namespace afloat::sqlite {

EnumChange add_enum_value(const Table& table, const Column& column, const std::vector<TypeDefinition>&,
                          const EnumValue& value) {
  EnumChange change;
  change.constraints = table.constraints;
  const std::string subject = fmt::format("{}.{}", table.name.name, column.name);
  std::vector<Constraint*> lists;
  for (Constraint& constraint : change.constraints)
    if (constraint.kind == ConstraintKind::check && check_values(constraint.definition, column.name))
      lists.push_back(&constraint);
  if (lists.size() != 1) {
    change.refused = fmt::format("{} has {} CHECK ({} IN ('…', …))", subject,
                                 lists.empty() ? "no" : "more than one", column.name);
    return change;
  }
  change.labels = *check_values(lists[0]->definition, column.name);
  if (std::ranges::count(change.labels, value.value) > 0) return change;
  const auto neighbour = std::ranges::find(change.labels, value.neighbour);
  const std::size_t place = static_cast<std::size_t>(neighbour - change.labels.begin())
                            + (neighbour != change.labels.end() && !value.before ? 1 : 0);
  lists[0]->definition = add_check_value(lists[0]->definition, column.name, value.value, place);
  change.piece.statements =
      schema_edit({edit_of("table", table.name.name,
                           fmt::format("afloat_add_check_value(sql, {}, {}, '{}')", literal(column.name),
                                       literal(value.value), place))});
  change.piece.inverse = schema_edit({edit_of(
      "table", table.name.name,
      fmt::format("afloat_drop_check_value(sql, {}, {})", literal(column.name), literal(value.value)))});
  change.piece.inverse.insert(
      change.piece.inverse.begin(),
      fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM {} WHERE {} = {}), {})", relation(table),
                  identifier(column.name), literal(value.value),
                  literal(fmt::format("{} is {} in some rows", subject, value.value))));
  change.piece.locks = file_lock(table);
  return change;
}

} // namespace afloat::sqlite
