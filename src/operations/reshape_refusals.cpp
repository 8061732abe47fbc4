#include "operations/bare_type.hpp"
#include "operations/common.hpp"
#include "operations/reshape.hpp"
#include "operations/row_identity.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
/// An error about one operation of one table, with what all of them need.
struct Refusal {
  const OperationSpec& spec;
  const OperationContext& context;

  [[noreturn]] void operator()(const SourcePosition& where, std::string message,
                               const std::string& hint) const {
    throw invalid(spec, context, "", std::move(message), hint + " Nothing was changed.").at(where);
  }
};

bool goes(const Reshape& reshape, std::string_view name) {
  return std::ranges::any_of(reshape.goes,
                             [&](const ColumnThatGoes& one) { return one.column->name == name; });
}

void refuse_new_column(const ColumnThatComes& comes, const Reshape& reshape, const Refusal& refuse) {
  const std::string& name = comes.column.name;
  if (is_own_name(name))
    refuse(comes.where, "names that begin with \"afloat_\" belong to afloat itself", "Choose another name.");
  if (reshape.table.find_column(name))
    refuse(comes.where,
           fmt::format("table \"{}\" already has a column \"{}\"", display(reshape.table.name), name),
           "Both shapes are there in the window, so a new column needs a name of its own.");
  const auto same = [&](const ColumnThatComes& other) { return other.column.name == name; };
  if (std::ranges::count_if(reshape.comes, same) > 1)
    refuse(comes.where, fmt::format("the column \"{}\" is given twice", name),
           "Each needs a name of its own.");
  if (std::string more = beyond_a_type(comes.column.type); !more.empty())
    refuse(comes.type_where, std::move(more), "Give the bare type; `not_null` is a key of its own.");
}

/// Sync follows the columns of the two sides. A change of another column, or a column of the side itself,
/// would leave a row out of step.
void refuse_other_columns(std::string_view expression, std::string_view key, const std::string& target,
                          const SourcePosition& where, const Reshape& reshape, const Refusal& refuse) {
  const bool up = key == "up";
  std::vector<std::string> wrong;
  for (const Column& column : reshape.table.columns)
    if (!up || !goes(reshape, column.name)) wrong.push_back(column.name);
  if (up)
    for (const ColumnThatComes& comes : reshape.comes) wrong.push_back(comes.column.name);
  for (const std::string& name : wrong)
    if (mentions(expression, reshape.table.name.name, name))
      refuse(where,
             fmt::format("`{}` of \"{}\" reads \"{}\": it may read {} alone", key, target, name,
                         up ? names_that_go(reshape) : names_that_come(reshape)),
             "What else changes in the row would leave the two sides out of step.");
}

void refuse_in_constraints(const ColumnThatGoes& one, const Reshape& reshape, const Refusal& refuse,
                           Dialect dialect) {
  const Table& table = reshape.table;
  const std::string& name = one.column->name;
  for (const Column& column : table.columns)
    if (!column.generated.empty() && mentions(column.generated, table.name.name, name))
      refuse(one.where, fmt::format("the generated column \"{}\" is computed from \"{}\"", column.name, name),
             "Drop that one first.");
  const auto unique = [&](const Index& index) { return index.unique && uses_column(index, table, name); };
  if (!table.referenced_by.empty() && std::ranges::any_of(table.indexes, unique))
    refuse(one.where,
           fmt::format("\"{}\" is unique, and \"{}\" has foreign keys to this table", name,
                       display(table.referenced_by.front())),
           "Drop the foreign key first if it points at this column.");
  const auto has = [&](const Constraint& constraint) {
    return std::ranges::count(constraint.columns, name) > 0;
  };
  if (dialect == Dialect::sqlite && std::ranges::any_of(table.constraints, has))
    refuse(
        one.where,
        fmt::format("\"{}\" is part of a UNIQUE, CHECK or FOREIGN KEY of the table, which SQLite cannot take "
                    "away without rebuilding the table",
                    name),
        "Not supported yet on SQLite.");
}

void refuse_old_column(const ColumnThatGoes& one, const Reshape& reshape, const Refusal& refuse,
                       Dialect dialect) {
  const std::string& name = one.column->name;
  const auto same = [&](const ColumnThatGoes& other) { return other.column == one.column; };
  if (std::ranges::count_if(reshape.goes, same) > 1)
    refuse(one.where, fmt::format("the column \"{}\" is given twice", name), "Name each column once.");
  if (is_own_name(name))
    refuse(one.where, fmt::format("\"{}\" belongs to afloat itself", name), "Use `afloat attic purge`.");
  if (std::ranges::count(reshape.table.primary_key, name) > 0)
    refuse(one.where, fmt::format("\"{}\" is part of the primary key", name),
           "A key column cannot go: it is what tells rows apart.");
  if (!one.column->identity.empty())
    refuse(one.where, fmt::format("\"{}\" is an identity column", name), "Its sequence has no second shape.");
  if (const std::string reason = identity_lost_with(reshape.table, name); !reason.empty())
    refuse(one.where, reason, std::string(k_keep_identity));
  refuse_in_constraints(one, reshape, refuse, dialect);
}
} // namespace

std::string names_that_go(const Reshape& reshape) {
  std::vector<std::string> names;
  for (const ColumnThatGoes& one : reshape.goes) names.push_back(one.column->name);
  return join(names, ", ");
}

std::string names_that_come(const Reshape& reshape) {
  std::vector<std::string> names;
  for (const ColumnThatComes& one : reshape.comes) names.push_back(one.column.name);
  return join(names, ", ");
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Reshape& reshape) {
  const Refusal refuse{spec, context};
  for (const ColumnThatComes& comes : reshape.comes) refuse_new_column(comes, reshape, refuse);
  for (const ColumnThatGoes& one : reshape.goes)
    refuse_old_column(one, reshape, refuse, context.sql.dialect());
  for (const ColumnThatComes& comes : reshape.comes)
    refuse_other_columns(comes.up, "up", comes.column.name, comes.up_where, reshape, refuse);
  for (const ColumnThatGoes& one : reshape.goes)
    refuse_other_columns(one.down, "down", one.column->name, one.where, reshape, refuse);
}

} // namespace afloat
