#include "operations/trials.hpp"

#include "sql/tokens.hpp"

#include <string_view>

namespace afloat {
namespace {
/// SQLite looks for a name among the temporary tables first.
RelationName temporary(const RelationName& name, const SqlWriter& sql) {
  return {sql.dialect() == Dialect::postgres ? "pg_temp" : "", name.name};
}
} // namespace

Table trial_copy(const Table& table, const SqlWriter& sql) {
  Table copy;
  copy.name = temporary(table.name, sql);
  for (const Column& column : table.columns)
    copy.columns.push_back({.name = column.name, .type = column.type, .collation = column.collation});
  return copy;
}

Table trial_table(Table table, const SqlWriter& sql) {
  table.name = temporary(table.name, sql);
  std::erase_if(table.constraints,
                [](const Constraint& each) { return each.kind == ConstraintKind::foreign_key; });
  return table;
}

std::string make_temporary(const Table& table, const SqlWriter& sql) {
  constexpr std::string_view k_create = "CREATE ";
  return "CREATE TEMPORARY " + sql.create_table(table).statements.front().sql.substr(k_create.size());
}

std::set<std::string> words_of(const std::vector<std::string>& trial) {
  std::set<std::string> words;
  for (const std::string& sql : trial)
    for (const Token& token : tokenize(sql)) words.insert(token.name());
  return words;
}

} // namespace afloat
