#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_edits.hpp"
#include "dialect/sqlite/table_items.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

// The text of a table that an operation has changed without saying how.
namespace afloat::sqlite {
namespace {
std::string fitted_column(std::string text, const Column& is, const Column& wanted) {
  if (!same_name(is.type, wanted.type)) text = set_type(text, is.name, wanted.type);
  if (is.not_null && !wanted.not_null) text = drop_not_null(text, is.name);
  if (!is.not_null && wanted.not_null) text = add_not_null(text, is.name);
  if (is.default_sql == wanted.default_sql) return text;
  if (is.default_sql) text = drop_default(text, is.name);
  return wanted.default_sql ? add_default(text, is.name, *wanted.default_sql) : text;
}

const Column* named(const Table& table, std::string_view name) {
  const auto found =
      std::ranges::find_if(table.columns, [&](const Column& column) { return same_name(column.name, name); });
  return found == table.columns.end() ? nullptr : &*found;
}

bool same_names(const Table& one, const Table& other) {
  return std::ranges::equal(one.columns, other.columns,
                            [](const Column& a, const Column& b) { return same_name(a.name, b.name); });
}

/// The columns that are wanted, in their order, each as the text has it, and behind them what is the table's.
std::string with_columns(std::string_view create_table, const Table& wanted) {
  const std::vector<Lexeme> text = scan(create_table);
  const auto words = [&](Item item) {
    return std::string(
        create_table.substr(text[item.begin].begin, text[item.end - 1].end - text[item.begin].begin));
  };
  const std::size_t open = body_of(text);
  std::vector<std::string> items;
  for (const Column& column : wanted.columns) {
    const auto item = find_column_item(text, column.name);
    items.push_back(item ? words(*item) : column_definition(wanted, column));
  }
  for (const Item item : items_of(text, open))
    if (starts_table_constraint(text[item.begin])) items.push_back(words(item));
  return fmt::format("{}{}{}", create_table.substr(0, text[open].end), join(items, ", "),
                     create_table.substr(text[behind_parenthesis(text, open) - 1].begin));
}
} // namespace

std::string fitted_text(const Table& now, const Table& wanted) {
  std::string text = now.create_sql;
  for (const Column& is : now.columns)
    if (const Column* column = named(wanted, is.name))
      text = fitted_column(std::move(text), is, *column);
    else
      text = drop_constraints_of(text, is.name);
  return same_names(now, wanted) ? text : with_columns(text, wanted);
}

} // namespace afloat::sqlite
