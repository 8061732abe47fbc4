#include "dialect/sqlite/table_edits.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_items.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
using Lexemes = std::vector<Lexeme>;

/// Takes an item of the body away, with the comma before it, or behind it if it is the first.
void erase_item(std::string& sql, const Lexemes& text, Item item) {
  const bool first = text[item.begin - 1].is("(");
  if (first && !text[item.end].is(",")) fail("the table would have no columns left");
  const std::size_t begin = first ? text[item.begin].begin : text[item.begin - 1].begin;
  const std::size_t end = first ? text[item.end + 1].begin : text[item.end - 1].end;
  sql.erase(begin, end - begin);
}

/// The constraint that stands first in the text among those that `chosen` says yes to.
std::optional<Located> first_constraint(std::string_view sql,
                                        const std::function<bool(const Constraint&)>& chosen) {
  for (const Located& place : located_constraints(sql))
    if (chosen(place.constraint)) return place;
  return std::nullopt;
}

void erase_constraint(std::string& sql, const Located& place) {
  const Lexemes text = scan(sql);
  if (place.item.begin == place.clause.begin && place.item.end == place.clause.end)
    return erase_item(sql, text, place.item);
  const std::size_t begin = text[place.clause.begin - 1].end;
  sql.erase(begin, text[place.clause.end - 1].end - begin);
}

bool uses(const Constraint& constraint, std::string_view column) {
  return constraint.kind != ConstraintKind::primary_key
         && std::ranges::any_of(constraint.columns,
                                [&](const std::string& name) { return same_name(name, column); });
}

std::string drop_column(std::string_view create_table, std::string_view column) {
  std::string sql(create_table);
  const Lexemes text = scan(sql);
  erase_item(sql, text, column_item(text, column));
  return sql;
}

std::string drop_constraint(std::string_view create_table, std::string_view definition) {
  std::string sql(create_table);
  const auto place = first_constraint(
      sql, [&](const Constraint& constraint) { return constraint.definition == definition; });
  if (!place) fail(fmt::format("the text of the table has no constraint {}", definition));
  erase_constraint(sql, *place);
  return sql;
}

std::string add_constraint(std::string_view create_table, std::string_view definition) {
  std::string sql(create_table);
  const Lexemes text = scan(sql);
  const std::vector<Item> items = items_of(text, body_of(text));
  return sql.insert(text[items.back().end - 1].end, fmt::format(", {}", definition));
}

std::string set_options(std::string_view create_table, std::string_view options) {
  std::string sql(create_table);
  const Lexemes text = scan(sql);
  sql.erase(text[behind_parenthesis(text, body_of(text)) - 1].end);
  return options.empty() ? sql : fmt::format("{} {}", sql, options);
}

std::string set_definition(std::string_view create_table, std::string_view column,
                           std::string_view definition) {
  std::string sql(create_table);
  const Lexemes text = scan(sql);
  const Item item = column_item(text, column);
  const std::size_t begin = text[item.begin].begin;
  return sql.replace(begin, text[item.end - 1].end - begin, definition);
}

struct EditRow {
  std::string_view what;
  std::size_t arguments;
  std::string (*apply)(std::string_view, const std::vector<std::string>&);
};

using Arguments = std::vector<std::string>;
constexpr std::array k_rows{
    EditRow{"drop_column", 1, [](std::string_view t, const Arguments& a) { return drop_column(t, a[0]); }},
    EditRow{"give_up_column", 1, [](std::string_view t, const Arguments& a) { return drop_column(t, a[0]); }},
    EditRow{"drop_constraints_of", 1,
            [](std::string_view t, const Arguments& a) { return drop_constraints_of(t, a[0]); }},
    EditRow{"drop_constraint", 1,
            [](std::string_view t, const Arguments& a) { return drop_constraint(t, a[0]); }},
    EditRow{"drop_key", 3,
            [](std::string_view t, const Arguments& a) {
              return drop_constraint(t, ConstraintKey{a[0], a[1], a[2]});
            }},
    EditRow{"add_not_null", 1, [](std::string_view t, const Arguments& a) { return add_not_null(t, a[0]); }},
    EditRow{"add_constraint", 1,
            [](std::string_view t, const Arguments& a) { return add_constraint(t, a[0]); }},
    EditRow{"set_options", 1, [](std::string_view t, const Arguments& a) { return set_options(t, a[0]); }},
    EditRow{"set_definition", 2,
            [](std::string_view t, const Arguments& a) { return set_definition(t, a[0], a[1]); }},
};
} // namespace

std::string drop_constraints_of(std::string_view create_table, std::string_view column) {
  std::string sql(create_table);
  const auto of_column = [&](const Constraint& constraint) { return uses(constraint, column); };
  while (const auto place = first_constraint(sql, of_column)) erase_constraint(sql, *place);
  return sql;
}

std::string edited(std::string_view create_table, std::span<const TableEdit> edits) {
  std::string sql(create_table);
  for (const TableEdit& edit : edits) {
    const auto row = std::ranges::find(k_rows, edit.what, &EditRow::what);
    if (row == k_rows.end() || row->arguments != edit.arguments.size())
      throw Error(ErrorCode::bug, fmt::format("no edit of a table's text \"{}\"", edit.what));
    sql = row->apply(sql, edit.arguments);
  }
  return sql;
}

std::string with_name(std::string_view create_table, std::string_view name) {
  std::string sql(create_table);
  const Lexemes text = scan(create_table); // its words are views: not of what is edited below
  const std::size_t open = body_of(text);
  const std::string old = text[open - 1].name();
  for (std::size_t i = text.size() - 1; i >= open; --i) // from behind: the places before stay where they are
    if (i + 1 < text.size() && text[i].is_name() && text[i + 1].is(".") && same_name(text[i].name(), old))
      sql.replace(text[i].begin, text[i].end - text[i].begin, identifier(name));
  const Lexeme& own = text[open - 1];
  return sql.replace(own.begin, own.end - own.begin, identifier(name));
}

} // namespace afloat::sqlite
