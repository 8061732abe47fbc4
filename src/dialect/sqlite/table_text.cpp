#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_items.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::sqlite {

std::optional<Item> find_column_item(const std::vector<Lexeme>& text, std::string_view column) {
  for (const Item& item : items_of(text, body_of(text)))
    if (item.begin < item.end && !starts_table_constraint(text[item.begin])
        && same_name(text[item.begin].name(), column))
      return item;
  return std::nullopt;
}

Item column_item(const std::vector<Lexeme>& text, std::string_view column) {
  if (const auto item = find_column_item(text, column)) return *item;
  fail(fmt::format("the text of the table does not define column \"{}\"", column));
}

namespace {
/// Lexemes of the first NOT NULL in the item, with its CONSTRAINT name and ON CONFLICT clause.
std::optional<Item> not_null_in(const std::vector<Lexeme>& text, Item item) {
  for (std::size_t i = item.begin + 1; i + 1 < item.end; ++i) {
    if (text[i].is("(")) i = behind_parenthesis(text, i) - 1;
    if (!text[i].is("not") || i + 1 >= item.end || !text[i + 1].is("null")) continue;
    Item found{i, i + 2};
    if (i >= item.begin + 3 && text[i - 2].is("constraint")) found.begin = i - 2;
    if (found.end + 3 <= item.end && text[found.end].is("on") && text[found.end + 1].is("conflict"))
      found.end += 3;
    return found;
  }
  return std::nullopt;
}

} // namespace

std::optional<Item> default_in(const std::vector<Lexeme>& text, Item item) {
  for (std::size_t i = item.begin + 1; i + 1 < item.end; ++i) {
    if (text[i].is("(")) i = behind_parenthesis(text, i) - 1;
    if (!text[i].is("default") || text[i - 1].is("set") || i + 1 >= item.end)
      continue; // ON DELETE SET DEFAULT
    Item found{i, i + 2};
    if (text[i + 1].is("("))
      found.end = behind_parenthesis(text, i + 1);
    else if (text[i + 1].is("-") || text[i + 1].is("+"))
      found.end = i + 3;
    else if (text[i + 1].is("x") && i + 2 < item.end && text[i + 2].kind == Lexeme::Kind::quoted
             && text[i + 1].end == text[i + 2].begin)
      found.end = i + 3;
    if (i >= item.begin + 3 && text[i - 2].is("constraint")) found.begin = i - 2;
    return found;
  }
  return std::nullopt;
}

namespace {
ClauseText clause_at(std::string_view sql, const std::vector<Lexeme>& text, Item item, Item clause) {
  const std::size_t begin = text[clause.begin - 1].end;
  return {std::string(sql.substr(begin, text[clause.end - 1].end - begin)), clause.begin - item.begin};
}

} // namespace

std::optional<ClauseText> find_not_null(std::string_view create_table, std::string_view column) {
  const std::vector<Lexeme> text = scan(create_table);
  const auto item = find_column_item(text, column);
  const auto found = item ? not_null_in(text, *item) : std::nullopt;
  if (!found) return std::nullopt;
  return clause_at(create_table, text, *item, *found);
}

std::string drop_not_null(std::string_view create_table, std::string_view column) {
  std::string sql(create_table);
  auto found = find_not_null(sql, column);
  if (!found) fail(fmt::format("column \"{}\" has no NOT NULL of its own in the text of the table", column));
  for (; found; found = find_not_null(sql, column)) {
    const std::vector<Lexeme> text = scan(sql);
    sql.erase(text[column_item(text, column).begin + found->behind - 1].end, found->text.size());
  }
  return sql;
}

std::string add_not_null(std::string_view create_table, std::string_view column,
                         const std::optional<ClauseText>& place) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const Item item = column_item(text, column);
  if (not_null_in(text, item)) fail(fmt::format("column \"{}\" is NOT NULL already", column));
  const std::size_t length = item.end - item.begin;
  const std::size_t behind = place && place->behind >= 1 && place->behind <= length ? place->behind : length;
  sql.insert(text[item.begin + behind - 1].end, place ? place->text : " NOT NULL");
  return sql;
}

std::optional<ClauseText> find_default(std::string_view create_table, std::string_view column) {
  const std::vector<Lexeme> text = scan(create_table);
  const auto item = find_column_item(text, column);
  const auto found = item ? default_in(text, *item) : std::nullopt;
  if (!found) return std::nullopt;
  return clause_at(create_table, text, *item, *found);
}

std::string put_default(std::string_view create_table, std::string_view column, const ClauseText& place) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const Item item = column_item(text, column);
  if (default_in(text, item)) fail(fmt::format("column \"{}\" has a default already", column));
  const std::size_t behind = std::clamp<std::size_t>(place.behind, 1, item.end - item.begin);
  sql.insert(text[item.begin + behind - 1].end, place.text);
  return sql;
}

std::string add_default(std::string_view create_table, std::string_view column, std::string_view expression) {
  return put_default(create_table, column,
                     {fmt::format(" DEFAULT ({})", expression), std::string_view::npos});
}

std::string drop_default(std::string_view create_table, std::string_view column) {
  std::string sql(create_table);
  const auto found = find_default(sql, column);
  if (!found) fail(fmt::format("column \"{}\" has no DEFAULT in the text of the table", column));
  const std::vector<Lexeme> text = scan(sql);
  return sql.erase(text[column_item(text, column).begin + found->behind - 1].end, found->text.size());
}

bool names_table(std::string_view sql, std::string_view table) {
  const std::vector<Lexeme> text = scan(sql);
  const auto introduces = [&](std::size_t i) {
    constexpr std::array k_words{"from", "join", "into", "update", "references", "in", ","};
    if (std::any_of(k_words.begin(), k_words.end(), [&](const char* word) { return text[i].is(word); }))
      return true;
    return i > 0 && text[i - 1].is("or"); // UPDATE OR IGNORE
  };
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!text[i].is_name() || !same_name(text[i].name(), table)) continue;
    std::size_t before = i - 1;
    if (text[before].is(".") && before >= 2 && same_name(text[before - 1].name(), "main")) before -= 2;
    while (before > 0 && text[before].is("(")) --before;
    if (introduces(before)) return true;
  }
  return false;
}

} // namespace afloat::sqlite
