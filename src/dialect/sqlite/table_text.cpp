#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_lexemes.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
[[noreturn]] void fail(std::string message) {
  throw Error(ErrorCode::statement, std::move(message));
}

} // namespace

std::size_t body_of(const std::vector<Lexeme>& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i].is("virtual")) fail("the columns of a virtual table cannot be edited");
    if (text[i].is("as")) break;
    if (text[i].is("(")) return i;
  }
  fail("the text of the table has no column definitions");
}

std::vector<Item> items_of(const std::vector<Lexeme>& text, std::size_t open) {
  std::vector<Item> items;
  const std::size_t close = behind_parenthesis(text, open) - 1;
  std::size_t begin = open + 1;
  for (std::size_t i = begin; i < close; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
    } else if (text[i].is(",")) {
      items.push_back({begin, i});
      begin = i + 1;
    }
  }
  items.push_back({begin, close});
  return items;
}

namespace {
bool starts_table_constraint(const Lexeme& lexeme) {
  constexpr std::array k_words{"constraint", "primary", "unique", "check", "foreign"};
  return std::any_of(k_words.begin(), k_words.end(), [&](const char* word) { return lexeme.is(word); });
}

std::optional<Item> find_column_item(const std::vector<Lexeme>& text, std::string_view column) {
  for (const Item& item : items_of(text, body_of(text)))
    if (item.begin < item.end && !starts_table_constraint(text[item.begin])
        && same_name(text[item.begin].name(), column))
      return item;
  return std::nullopt;
}

} // namespace

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

/// Lexemes of the DEFAULT in the item, with its CONSTRAINT name.
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

ClauseText clause_at(std::string_view sql, const std::vector<Lexeme>& text, Item item, Item clause) {
  const std::size_t begin = text[clause.begin - 1].end;
  return {std::string(sql.substr(begin, text[clause.end - 1].end - begin)), clause.begin - item.begin};
}

/// The lexemes of the first parentheses at or behind `at`, as names.
std::vector<std::string> names_in_parentheses(const std::vector<Lexeme>& text, std::size_t at,
                                              std::size_t end) {
  std::vector<std::string> names;
  while (at < end && !text[at].is("(")) ++at;
  if (at >= end) return names;
  const std::size_t close = behind_parenthesis(text, at) - 1;
  for (std::size_t i = at + 1; i < close; ++i)
    if (text[i].is_name() && (text[i - 1].is("(") || text[i - 1].is(","))) names.push_back(text[i].name());
  return names;
}

/// All words in the first parentheses that name a column of the table.
std::vector<std::string> columns_mentioned(const std::vector<Lexeme>& text, std::size_t at, std::size_t end,
                                           const std::vector<std::string>& columns) {
  std::vector<std::string> found;
  while (at < end && !text[at].is("(")) ++at;
  const std::size_t close = at < end ? behind_parenthesis(text, at) : end;
  for (const std::string& column : columns)
    for (std::size_t i = at; i < close; ++i)
      if (text[i].is_name() && same_name(text[i].name(), column)) {
        found.push_back(column);
        break;
      }
  return found;
}

std::optional<ConstraintKind> kind_at(const std::vector<Lexeme>& text, std::size_t i, std::size_t end) {
  if (text[i].is("primary")) return ConstraintKind::primary_key;
  if (text[i].is("unique")) return ConstraintKind::unique;
  if (text[i].is("check") && i + 1 < end && text[i + 1].is("(")) return ConstraintKind::check;
  if (text[i].is("foreign") || text[i].is("references")) return ConstraintKind::foreign_key;
  return std::nullopt;
}

bool ends_constraint(const std::vector<Lexeme>& text, std::size_t i, std::size_t end) {
  if (text[i].is("constraint") || text[i].is("collate") || text[i].is("default") || text[i].is("generated")) {
    return !(text[i].is("default") && i > 0 && text[i - 1].is("set"));
  }
  if (text[i].is("not")) return i + 1 < end && text[i + 1].is("null");
  return kind_at(text, i, end).has_value();
}

/// Where the constraint that starts at `i` ends: REFERENCES belongs to a FOREIGN KEY before it.
std::size_t end_of_constraint(const std::vector<Lexeme>& text, std::size_t i, std::size_t end) {
  bool may_refer = text[i].is("foreign");
  for (++i; i < end; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
    } else if (text[i].is("references") && may_refer) {
      may_refer = false;
    } else if (ends_constraint(text, i, end)) {
      break;
    }
  }
  return std::min(i, end);
}

void read_constraints(std::string_view sql, const std::vector<Lexeme>& text, Item item,
                      const std::vector<std::string>& columns, std::vector<ConstraintPlace>& result) {
  const bool of_column = !starts_table_constraint(text[item.begin]);
  std::string name;
  std::size_t begin = item.end;
  for (std::size_t i = item.begin + (of_column ? 1 : 0); i < item.end; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
      continue;
    }
    if (text[i].is("constraint") && i + 1 < item.end) {
      begin = i;
      name = text[++i].name();
      continue;
    }
    const auto kind = kind_at(text, i, item.end);
    if (!kind) {
      name.clear(); // it was that of a NOT NULL, DEFAULT, …
      begin = item.end;
      continue;
    }
    const std::size_t end = end_of_constraint(text, i, item.end);
    Constraint constraint;
    constraint.name = std::exchange(name, {});
    constraint.kind = *kind;
    constraint.definition = sql.substr(text[i].begin, text[end - 1].end - text[i].begin);
    if (*kind == ConstraintKind::check)
      constraint.columns = columns_mentioned(text, i, end, columns);
    else
      constraint.columns =
          of_column ? std::vector{text[item.begin].name()} : names_in_parentheses(text, i, end);
    for (std::size_t k = i; k < end; ++k) {
      if (text[k].is("references") && k + 1 < end) constraint.references.name = text[k + 1].name();
      if (text[k].is("deferrable") && !text[k - 1].is("not")) constraint.deferrable = true;
    }
    result.push_back({std::move(constraint), item, {std::min(begin, i), end}});
    begin = item.end;
    i = end - 1;
  }
}
} // namespace

std::vector<ConstraintPlace> constraint_places(std::string_view create_table) {
  const std::vector<Lexeme> text = scan(create_table);
  const std::vector<Item> items = items_of(text, body_of(text));
  std::vector<std::string> columns;
  for (const Item& item : items)
    if (item.begin < item.end && !starts_table_constraint(text[item.begin]))
      columns.push_back(text[item.begin].name());
  std::vector<ConstraintPlace> result;
  for (const Item& item : items)
    if (item.begin < item.end) read_constraints(create_table, text, item, columns, result);
  return result;
}

TableText read_table(std::string_view create_table) {
  TableText result;
  for (ConstraintPlace& place : constraint_places(create_table))
    result.constraints.push_back(std::move(place.constraint));
  const std::vector<Lexeme> text = scan(create_table);
  for (std::size_t i = behind_parenthesis(text, body_of(text)); i < text.size(); ++i)
    if (text[i].is("strict")) result.strict = true;
  return result;
}

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

namespace {
/// Foreign keys to other tables among the constraints of the item.
std::vector<Item> foreign_keys_in(const std::vector<Lexeme>& text, Item item, std::string_view own_name) {
  std::vector<Item> found;
  const bool of_column = !starts_table_constraint(text[item.begin]);
  for (std::size_t i = item.begin + (of_column ? 1 : 0); i < item.end; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
      continue;
    }
    const std::size_t begin = i;
    if (text[i].is("constraint") && i + 2 < item.end) i += 2;
    const auto kind = kind_at(text, i, item.end);
    if (!kind) {
      i = begin;
      continue;
    }
    const std::size_t end = end_of_constraint(text, i, item.end);
    for (std::size_t k = i; k + 1 < end; ++k)
      if (text[k].is("references") && !same_name(text[k + 1].name(), own_name)) found.push_back({begin, end});
    i = end - 1;
  }
  return found;
}
} // namespace

std::string drop_foreign_keys(std::string_view create_table, std::string_view own_name) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const std::vector<Item> items = items_of(text, body_of(text));
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->begin >= item->end) continue;
    std::vector<Item> keys = foreign_keys_in(text, *item, own_name);
    std::reverse(keys.begin(), keys.end());
    for (Item key : keys) {
      if (key.begin == item->begin && key.end == item->end) --key.begin; // with the comma before it
      const std::size_t begin = text[key.begin - 1].end;
      sql.erase(begin, text[key.end - 1].end - begin);
    }
  }
  return sql;
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
