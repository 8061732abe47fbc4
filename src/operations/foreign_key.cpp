#include "operations/foreign_key.hpp"

#include "sql/foreign_key.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace afloat {
namespace {
/// The table's own spelling of a column: SQLite takes any case.
std::string spelled(const Table& table, const std::string& name) {
  if (table.find_column(name)) return name;
  for (const Column& column : table.columns)
    if (lower_case(column.name) == lower_case(name)) return column.name;
  return name;
}

bool same_relation(const RelationName& one, const RelationName& other) {
  return one == other || (one.schema.empty() && lower_case(one.name) == lower_case(other.name));
}

/// What stands in the parentheses behind REFERENCES table; the primary key where there are none.
std::vector<std::string> referenced_columns(const Constraint& constraint, const Table& target) {
  std::vector<Token> tokens;
  for (const Token& token : tokenize(constraint.definition))
    if (token.kind != TokenKind::space) tokens.push_back(token);
  auto at = std::ranges::find_if(tokens, [](const Token& token) { return token.is("references"); });
  if (at == tokens.end()) return target.primary_key;
  for (++at; at != tokens.end() && at->text != "("; ++at)
    if (at->text != "." && at->kind != TokenKind::word && at->kind != TokenKind::quoted_word)
      break;
    else if (at->is("on") || at->is("match") || at->is("deferrable") || at->is("not"))
      return target.primary_key;
  if (at == tokens.end() || at->text != "(") return target.primary_key;
  std::vector<std::string> columns;
  for (++at; at != tokens.end() && at->text != ")"; ++at)
    if (at->text != ",") columns.push_back(spelled(target, at->name()));
  return columns;
}

std::vector<std::string> spelled(const Table& table, std::vector<std::string> names) {
  for (std::string& name : names) name = spelled(table, name);
  return names;
}

bool same_columns(std::vector<std::string> some, std::vector<std::string> others) {
  std::ranges::sort(some);
  std::ranges::sort(others);
  return some == others;
}
} // namespace

std::string ForeignKey::describe() const {
  const std::string columns = join(from_first ? first : second, ", ");
  return name.empty() ? "(" + columns + ")" : fmt::format("{} ({})", name, columns);
}

std::vector<ForeignKey> foreign_keys_between(const Table& first, const Table& second) {
  std::vector<ForeignKey> keys;
  const auto add = [&](const Table& from, const Table& to, bool from_first) {
    for (const Constraint& constraint : from.constraints) {
      if (constraint.kind != ConstraintKind::foreign_key || !same_relation(constraint.references, to.name))
        continue;
      std::vector<std::string> own = spelled(from, constraint.columns);
      std::vector<std::string> theirs = spelled(to, referenced_columns(constraint, to));
      keys.push_back({constraint.name, from_first, from_first ? own : theirs, from_first ? theirs : own,
                      constraint.deferrable, has_action(constraint.definition, "update", "cascade"),
                      has_action(constraint.definition, "update", "set")});
    }
  };
  add(first, second, true);
  add(second, first, false);
  return keys;
}

bool is_unique(const Table& table, const std::vector<std::string>& columns) {
  const auto deferrable = [&](const Index& index) {
    return std::ranges::any_of(table.constraints, [&](const Constraint& constraint) {
      return !constraint.name.empty() && constraint.name == index.constraint && constraint.deferrable;
    });
  };
  const bool by_index = std::ranges::any_of(table.indexes, [&](const Index& index) {
    std::vector<std::string> parts;
    for (const IndexPart& part : index.parts) parts.push_back(part.column);
    return index.unique && index.valid && index.predicate.empty() && !deferrable(index)
           && same_columns(spelled(table, parts), columns);
  });
  if (by_index) return true;
  const bool key_index = std::ranges::any_of(table.indexes, &Index::primary);
  return !key_index && same_columns(spelled(table, table.primary_key), columns);
}

} // namespace afloat
