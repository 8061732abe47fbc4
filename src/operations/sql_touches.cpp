#include "operations/sql_touches.hpp"

#include "operations/common.hpp"
#include "operations/sql_judged.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

namespace afloat {
namespace {
/// Columns and tables that two schemas do not have in common: "public.users.phone", "public.notes.*".
void add_differences(const Schema& before, const Schema& after, std::vector<std::string>& touches) {
  const auto add = [&](std::string touch) {
    if (std::ranges::count(touches, touch) == 0) touches.push_back(std::move(touch));
  };
  const auto one_way = [&](const Schema& some, const Schema& others) {
    for (const Table& table : some.tables) {
      const Table* other = others.find(table.name);
      if (!other) add(display(table.name) + ".*");
      for (const Column& column : other ? table.columns : std::vector<Column>())
        if (const Column* now = other->find_column(column.name); !now || *now != column)
          add(touched(table, column.name));
    }
  };
  one_way(before, after);
  one_way(after, before);
}

/// DROP TABLE, or ALTER TABLE … RENAME TO: its triggers go or are another table's, whatever bears the name
/// afterwards.
bool replaces_tables(const std::string& sql) {
  const std::vector<Token> tokens = solid(sql);
  if (tokens.size() < 3 || !tokens[1].is("table")) return false;
  if (tokens[0].is("drop")) return true;
  for (std::size_t i = 2; tokens[0].is("alter") && i + 1 < tokens.size(); ++i)
    if (tokens[i].is("rename") && tokens[i + 1].is("to")) return true;
  return false;
}

/// All of a table, by its own name: SQLite finds it in any case.
void add_whole(const Schema& schema, const RelationName& name, std::vector<std::string>& touches) {
  const RelationName wanted = schema.resolved(name);
  const auto same = [&](const RelationName& known) {
    return schema.dialect == Dialect::sqlite && lower_case(known.name) == lower_case(wanted.name);
  };
  const auto found = std::ranges::find_if(schema.known, same);
  std::string touch = display(found == schema.known.end() ? wanted : *found) + ".*";
  if (std::ranges::count(touches, touch) == 0) touches.push_back(std::move(touch));
}

/// The tables of such statements, whole.
void add_replaced(const OperationContext& context, const std::vector<Statement>& statements,
                  std::vector<std::string>& touches) {
  for (const Statement& statement : statements)
    if (replaces_tables(statement.sql))
      for (const RelationName& name : context.sql.facts(statement.sql).relations)
        add_whole(context.before, name, touches);
}

/// Tables of which it is not known what became of them.
void add_unknown(const Schema& before, const Schema& after, std::vector<std::string>& touches) {
  for (std::size_t i = before.unknown.size(); i < after.unknown.size(); ++i)
    if (!after.unknown[i].relation.name.empty()) add_whole(before, after.unknown[i].relation, touches);
}

} // namespace

std::vector<std::string> touches_of(const OperationContext& context, const std::vector<SqlBlock>& blocks,
                                    const std::vector<RelationName>& named) {
  std::vector<std::string> touches;
  // What becomes of the columns of a table that was not looked at is not known.
  for (const RelationName& name : named)
    if (!context.before.find(name)) add_whole(context.before, name, touches);
  Schema previous = context.before;
  for (const Phase phase : {Phase::expand, Phase::contract}) {
    const std::vector<Statement> statements = statements_of(blocks, phase, previous.dialect);
    if (statements.empty()) continue;
    Schema now = previous;
    context.sql.replay(statements, now);
    add_differences(previous, now, touches);
    add_unknown(previous, now, touches);
    add_replaced(context, statements, touches);
    previous = std::move(now);
  }
  return touches;
}

} // namespace afloat
