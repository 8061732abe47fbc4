#include "dialect/postgres/made_again.hpp"

#include <algorithm>
#include <string>

namespace afloat::postgres {
namespace {
/// Once each: a constraint on several columns is told of for each of them.
void append_new(const ColumnUser& user, std::vector<Statement>& statements) {
  for (const std::string& sql : user.create)
    if (std::ranges::find(statements, sql, &Statement::sql) == statements.end()) statements.emplace_back(sql);
}
} // namespace

void append_own_defaults(const Table& table, std::string_view column, std::vector<Statement>& statements) {
  for (const ColumnUser& user : table.users)
    if (user.column == column && user.kind == "own default") append_new(user, statements);
}

void append_constraint_settings(const Table& table, const Constraint& constraint,
                                std::vector<Statement>& statements) {
  for (const ColumnUser& user : table.users)
    if (user.kind == "setting"
        && (user.words == "comment on constraint " + constraint.name
            || user.words == "settings of index " + constraint.name))
      append_new(user, statements);
}

} // namespace afloat::postgres
