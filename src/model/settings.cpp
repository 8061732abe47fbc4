#include "model/settings.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// A constraint or an index on several columns is told of for each of them.
template <class Wanted>
std::vector<std::string> statements_of(const Table& table, const Wanted& is_wanted) {
  std::vector<std::string> statements;
  for (const ColumnUser& user : table.users)
    if (is_wanted(user))
      for (const std::string& sql : user.create)
        if (std::ranges::find(statements, sql) == statements.end()) statements.push_back(sql);
  return statements;
}
} // namespace

std::vector<std::string> settings_of(const Table& table, std::string_view index_or_constraint) {
  // The words of sql/postgres/inspect_users.sql.
  const std::string of_constraint = fmt::format("comment on constraint {}", index_or_constraint);
  const std::string of_index = fmt::format("settings of index {}", index_or_constraint);
  return statements_of(table, [&](const ColumnUser& user) {
    return user.kind == "setting" && (user.words == of_constraint || user.words == of_index);
  });
}

std::vector<std::string> own_defaults_of(const Table& table, std::string_view column) {
  return statements_of(
      table, [&](const ColumnUser& user) { return user.column == column && user.kind == "own default"; });
}

} // namespace afloat
