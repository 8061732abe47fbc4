#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/schema_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {

EnumRemoval remove_enum_value(const Table& table, const Column& column, const std::string& value,
                              const std::string& becomes, const std::string& id) {
  EnumRemoval removal;
  const std::string subject = fmt::format("{}.{}", table.name.name, column.name),
                    name = identifier(column.name);
  const auto is_list = [&](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::check
           && check_values(constraint.definition, column.name).has_value();
  };
  const auto lists = std::ranges::count_if(table.constraints, is_list);
  if (lists != 1) {
    removal.refused = fmt::format("{} has {} CHECK ({} IN ('…', …))", subject,
                                  lists == 0 ? "no" : "more than one", column.name);
    removal.hint = "Another form of CHECK is not supported. Nothing was changed.";
    return removal;
  }
  removal.labels = *check_values(std::ranges::find_if(table.constraints, is_list)->definition, column.name);
  removal.constraints = table.constraints;
  Constraint& list = *std::ranges::find_if(removal.constraints, is_list);
  if (removal.labels.size() > 1 && std::ranges::count(removal.labels, value) > 0)
    list.definition = drop_check_value(list.definition, column.name, value);
  EnumMember member{.table = table, .column = column, .id = id};
  member.has_value = fmt::format("{} = {}", name, literal(value));
  member.up = fmt::format("CASE WHEN {} THEN {} ELSE {} END", member.has_value, literal(becomes), name);
  member.in_old = member.up;
  member.down = name;
  member.default_sql = column.default_sql;
  if (column.default_sql == literal(value)) {
    member.default_sql = literal(becomes);
    if (becomes.empty()) removal.refused = fmt::format("the default of {} names \"{}\"", subject, value);
    removal.hint = "Change or drop it first. Nothing was changed.";
  }
  removal.members.push_back(std::move(member));
  Piece& edit = removal.edit;
  edit.statements = schema_edit(
      {edit_of("table", table.name.name,
               fmt::format("afloat_drop_check_value(sql, {}, {})", literal(column.name), literal(value)))});
  edit.statements.insert(edit.statements.begin(),
                         fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM {} WHERE {} = {}), {})",
                                     relation(table), name, literal(value),
                                     literal(fmt::format("{} is {} in some rows", subject, value))));
  edit.locks = file_lock(table);
  edit.scans = true;
  return removal;
}

} // namespace afloat::sqlite
