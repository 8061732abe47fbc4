#include "dialect/postgres/replay_state.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

// GRANT and REVOKE, as far as columns have rights of their own.
namespace afloat::postgres {
namespace {
constexpr std::array<std::string_view, 4> k_of_columns{"INSERT", "REFERENCES", "SELECT", "UPDATE"};

/// Rights of a column that `privilege` names; without a name all of them.
std::vector<std::string> rights(const ParseNode& privilege) {
  const std::string name = lower_case(privilege.text("priv_name"));
  std::vector<std::string> all(k_of_columns.begin(), k_of_columns.end());
  if (!name.empty()) std::erase_if(all, [&](const std::string& one) { return lower_case(one) != name; });
  return all;
}

/// By privilege and grantee, everybody first, as the inspector reads them.
void give(Column& column, const Grant& given) {
  const auto order = [](const Grant& one) {
    return std::tuple(one.privilege, one.grantee != "PUBLIC", one.grantee);
  };
  const auto at = std::ranges::lower_bound(column.grants, order(given), {}, order);
  if (at != column.grants.end() && order(*at) == order(given))
    at->grantable |= given.grantable;
  else
    column.grants.insert(at, given);
}

void take(Column& column, const Grant& taken, bool only_the_option) {
  for (Grant& grant : column.grants)
    if (grant.privilege == taken.privilege && grant.grantee == taken.grantee) grant.grantable = false;
  if (only_the_option) return;
  std::erase_if(column.grants, [&](const Grant& grant) {
    return grant.privilege == taken.privilege && grant.grantee == taken.grantee;
  });
}

/// To, or from, all that the statement names, but for those without a name: CURRENT_USER is who applies it.
void change(const ParseNode& statement, const std::vector<std::string>& privileges, Column& column) {
  const bool option = statement.flag("grant_option"), grants = statement.flag("is_grant");
  for (const ParseNode& grantee : statement.list("grantees")) {
    const bool everybody = grantee.word("roletype") == "ROLESPEC_PUBLIC";
    const std::string name(everybody ? "PUBLIC" : grantee.text("rolename"));
    if (name.empty()) continue;
    for (const std::string& privilege : privileges)
      if (grants)
        give(column, {privilege, name, option});
      else
        take(column, {privilege, name}, option);
  }
}

bool names_everyone(const ParseNode& statement) {
  return std::ranges::none_of(statement.list("grantees"), [](const ParseNode& grantee) {
    return grantee.word("roletype") != "ROLESPEC_PUBLIC" && grantee.text("rolename").empty();
  });
}

void change_columns(const ParseNode& statement, const ParseNode& privilege, const ParseNode& relation,
                    Replay& replay) {
  const std::vector<std::string> columns = privilege.texts("cols");
  Table* table = replay.table(relation_of(relation), "grants rights on columns that are not known");
  if (!table) return;
  if (!names_everyone(statement))
    replay.mark_unknown(table->name, "grants rights on columns to whoever runs it");
  for (const std::string& name : columns)
    if (Column* column = table->find_column(name)) change(statement, rights(privilege), *column);
}

/// What is taken of a table is taken of each column, too.
void take_from_table(const ParseNode& statement, Table& table) {
  std::vector<std::string> all;
  for (const ParseNode& privilege : statement.list("privileges"))
    for (std::string& right : rights(privilege)) all.push_back(std::move(right));
  if (statement.list("privileges").empty()) all.assign(k_of_columns.begin(), k_of_columns.end());
  for (Column& column : table.columns) change(statement, all, column);
}

void read_grant(const ParseNode& statement, Replay& replay) {
  if (statement.word("objtype") != "OBJECT_TABLE") return;
  const bool takes = !statement.flag("is_grant");
  if (statement.word("targtype") == "ACL_TARGET_ALL_IN_SCHEMA") {
    if (!takes) return;
    for (const std::string& place : statement.texts("objects"))
      for (Table& table : replay.schema.tables)
        if (table.name.schema == place) take_from_table(statement, table);
    return;
  }
  if (statement.word("targtype") != "ACL_TARGET_OBJECT") return;
  bool of_columns = false;
  for (const ParseNode& privilege : statement.list("privileges")) {
    if (privilege.texts("cols").empty()) continue;
    of_columns = true;
    for (const ParseNode& relation : statement.list("objects"))
      change_columns(statement, privilege, relation, replay);
  }
  if (of_columns || !takes) return;
  for (const ParseNode& relation : statement.list("objects"))
    if (Table* table = replay.schema.find(replay.meant(relation_of(relation))))
      take_from_table(statement, *table);
}

constexpr std::array<ReplayRow, 1> k_rows{{{"GrantStmt", read_grant}}};
} // namespace

std::span<const ReplayRow> replay_of_grants() {
  return k_rows;
}

} // namespace afloat::postgres
