#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_items.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

// The constraints in the text of a CREATE TABLE.
namespace afloat::sqlite {
namespace {
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

void read_constraints(std::string_view sql, const std::vector<Lexeme>& text, Located place,
                      const std::vector<std::string>& columns, std::vector<Located>& result) {
  const Item item = place.item;
  const bool of_column = !starts_table_constraint(text[item.begin]);
  if (of_column) place.column = text[item.begin].name();
  std::string name;
  std::size_t named_at = item.end;
  for (std::size_t i = item.begin + (of_column ? 1 : 0); i < item.end; ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
      continue;
    }
    if (text[i].is("constraint") && i + 1 < item.end) {
      named_at = i;
      name = text[++i].name();
      continue;
    }
    const auto kind = kind_at(text, i, item.end);
    if (!kind) {
      name.clear(); // it was that of a NOT NULL, DEFAULT, …
      continue;
    }
    place.clause.begin = named_at + 2 == i ? named_at : i;
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
    place.clause.end = end;
    place.constraint = std::move(constraint);
    result.push_back(place);
    i = end - 1;
  }
}

std::vector<Located> all_constraints(std::string_view sql, const std::vector<Lexeme>& text) {
  const std::vector<Item> items = items_of(text, body_of(text));
  std::vector<std::string> columns;
  for (const Item& item : items)
    if (item.begin < item.end && !starts_table_constraint(text[item.begin]))
      columns.push_back(text[item.begin].name());
  std::vector<Located> result;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].begin < items[i].end)
      read_constraints(sql, text,
                       {.constraint = {}, .column = {}, .number = i, .item = items[i], .clause = {}}, columns,
                       result);
  return result;
}

} // namespace

std::vector<Located> located_constraints(std::string_view create_table) {
  return all_constraints(create_table, scan(create_table));
}

namespace {
/// Word for word, whatever stands between the words.
bool same_words(std::string_view one, std::string_view other) {
  const std::vector<Lexeme> a = scan(one), b = scan(other);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Lexeme& x, const Lexeme& y) {
    return x.is_name() && y.is_name() ? same_name(x.text, y.text) : x.text == y.text;
  });
}

Located located(std::string_view sql, const std::vector<Lexeme>& text, const ConstraintKey& key) {
  std::vector<Located> found;
  for (Located& one : all_constraints(sql, text)) {
    const bool same = key.name.empty() ? one.constraint.name.empty() && same_name(one.column, key.column)
                                             && same_words(one.constraint.definition, key.definition)
                                       : same_name(one.constraint.name, key.name);
    if (same) found.push_back(std::move(one));
  }
  const std::string& called = key.name.empty() ? key.definition : key.name;
  if (found.empty()) fail(fmt::format("the text of the table has no constraint {}", called));
  if (found.size() > 1) fail(fmt::format("the text of the table has more than one constraint {}", called));
  return std::move(found.front());
}

/// The comma before a constraint that is all of its item goes with it.
std::size_t begin_of(const std::vector<Lexeme>& text, const Located& place) {
  const bool whole = place.clause.begin == place.item.begin && place.clause.end == place.item.end;
  return text[place.clause.begin - (whole ? 2 : 1)].end;
}
} // namespace

TableText read_table(std::string_view create_table) {
  const std::vector<Lexeme> text = scan(create_table);
  TableText result;
  for (Located& located : all_constraints(create_table, text))
    result.constraints.push_back(std::move(located.constraint));
  for (std::size_t i = behind_parenthesis(text, body_of(text)); i < text.size(); ++i)
    if (text[i].is("strict")) result.strict = true;
  return result;
}

std::optional<ConstraintPlace> find_constraint(std::string_view create_table, const ConstraintKey& key) {
  const std::vector<Lexeme> text = scan(create_table);
  for (const Located& one : all_constraints(create_table, text)) {
    if (key.name.empty()
            ? !one.constraint.name.empty() || !same_words(one.constraint.definition, key.definition)
                  || (!key.column.empty() && !same_name(one.column, key.column))
            : !same_name(one.constraint.name, key.name))
      continue;
    const std::size_t begin = begin_of(text, one);
    ConstraintPlace place{one.column,
                          {std::string(create_table.substr(begin, text[one.clause.end - 1].end - begin)), 0}};
    if (!one.column.empty())
      place.clause.behind = one.clause.begin - one.item.begin;
    else if (text[one.item.begin - 1].end != begin && one.clause.end == one.item.end
             && one.clause.begin == one.item.begin)
      place.clause.behind = one.number;
    else // one of several in an item
      place.clause = {"," + place.clause.text, std::string_view::npos};
    return place;
  }
  return std::nullopt;
}

std::string drop_constraint(std::string_view create_table, const ConstraintKey& key) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const Located place = located(sql, text, key);
  const std::size_t begin = begin_of(text, place);
  return sql.erase(begin, text[place.clause.end - 1].end - begin);
}

std::string put_constraint(std::string_view create_table, const ConstraintPlace& place) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const std::vector<Item> items = items_of(text, body_of(text));
  const ClauseText& clause = place.clause;
  if (place.column.empty()) {
    const std::size_t number = std::clamp<std::size_t>(clause.behind, 1, items.size());
    // A column that was added meanwhile stands before all constraints of the table.
    std::size_t last = number - 1;
    while (last + 1 < items.size() && !starts_table_constraint(text[items[last + 1].begin])) ++last;
    return sql.insert(text[items[last].end - 1].end, clause.text);
  }
  for (const Item& item : items) {
    if (starts_table_constraint(text[item.begin]) || !same_name(text[item.begin].name(), place.column))
      continue;
    const std::size_t behind = std::clamp<std::size_t>(clause.behind, 1, item.end - item.begin);
    return sql.insert(text[item.begin + behind - 1].end, clause.text);
  }
  fail(fmt::format("the text of the table does not define column \"{}\"", place.column));
}

std::string add_constraint(std::string_view create_table, std::string_view name,
                           std::string_view definition) {
  const std::vector<Lexeme> text = scan(create_table);
  for (const Located& one : all_constraints(create_table, text))
    if (same_name(one.constraint.name, name))
      fail(fmt::format("the table has a constraint \"{}\" already", name));
  return put_constraint(
      create_table,
      {"", {fmt::format(", CONSTRAINT {} {}", identifier(name), definition), std::string_view::npos}});
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

} // namespace afloat::sqlite
