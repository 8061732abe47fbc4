#include "verification/dropped_users.hpp"

#include "model/schema.hpp"
#include "sql/embedded.hpp"
#include "sql/parse_tree.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// The columns that ALTER TABLE drops, or a table that goes as a whole, with an empty column.
std::vector<ColumnName> dropped_by(const std::string& sql) {
  const ParsedStatement statement(sql);
  const ParseNode root = statement.root();
  std::vector<ColumnName> dropped;
  if (root.is("AlterTableStmt")) {
    const ParseNode table = root["relation"];
    for (const ParseNode& command : root.list("cmds"))
      if (command.word("subtype") == "AT_DropColumn")
        dropped.push_back({{std::string(table.text("schemaname")), std::string(table.text("relname"))},
                           std::string(command.text("name"))});
  }
  if (root.is("DropStmt") && root.word("remove_type") == "OBJECT_TABLE")
    for (const ParseNode& object : root.list("objects"))
      if (const std::vector<std::string> name = object.texts("items"); name.size() == 2)
        dropped.push_back({{name[0], name[1]}, ""});
  return dropped;
}
} // namespace

std::vector<DroppedUser> users_of_dropped(Database& database, const std::vector<Step>& steps) {
  std::vector<DroppedUser> users;
  if (database.dialect() != Dialect::postgres) return users;
  for (const Step& step : steps)
    for (const Statement& statement : step.inverse)
      for (const ColumnName& one : dropped_by(statement.sql)) {
        const Value parameters[] = {one.table.schema, one.table.name, one.column};
        for (const auto& row : database.query(embedded_sql("postgres/dropped_users.sql"), parameters).rows) {
          const std::string subject = display(one.table) + (one.column.empty() ? "" : "." + one.column);
          DroppedUser user{fmt::format("{} uses {}", row.at(0).value_or(""), subject),
                           row.at(1).value_or("")};
          if (std::ranges::find(users, user.words, &DroppedUser::words) == users.end())
            users.push_back(std::move(user));
        }
      }
  return users;
}

} // namespace afloat
