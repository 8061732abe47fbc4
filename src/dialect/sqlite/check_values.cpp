#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
/// The lexemes of a list: its parenthesis, and its values.
struct List {
  std::size_t open = 0, close = 0;
  std::vector<std::size_t> values;
};

/// `column IN ('…', …)` and nothing else between `begin` and `end`.
std::optional<List> list_in(const std::vector<Lexeme>& text, std::size_t begin, std::size_t end,
                            std::string_view column) {
  const auto is_column = [&](std::size_t i) {
    return text[i].is_name() && same_name(text[i].name(), column);
  };
  if (begin + 4 < end && is_column(begin) && text[begin + 1].is("is") && text[begin + 2].is("null")
      && text[begin + 3].is("or"))
    begin += 4;
  if (begin + 4 >= end || !is_column(begin) || !text[begin + 1].is("in") || !text[begin + 2].is("("))
    return std::nullopt;
  List list{begin + 2, behind_parenthesis(text, begin + 2) - 1, {}};
  if (list.close + 1 != end) return std::nullopt;
  for (std::size_t i = list.open + 1; i < list.close; i += 2) {
    if (!text[i].text.starts_with('\'')) return std::nullopt;
    if (i + 1 < list.close && !text[i + 1].is(",")) return std::nullopt;
    list.values.push_back(i);
  }
  return list.values.empty() ? std::nullopt : std::optional(list);
}

std::optional<List> find_list(const std::vector<Lexeme>& text, std::string_view column) {
  std::optional<List> found;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (!text[i].is("check") || !text[i + 1].is("(")) continue;
    const std::size_t close = behind_parenthesis(text, i + 1) - 1;
    if (const auto list = list_in(text, i + 2, close, column)) {
      if (found) return std::nullopt;
      found = list;
    }
    i = close;
  }
  return found;
}

List required_list(const std::vector<Lexeme>& text, std::string_view column) {
  if (const auto list = find_list(text, column)) return *list;
  throw Error(ErrorCode::statement,
              fmt::format("the text of the table has no CHECK ({} IN ('…', …)) any more", column));
}
} // namespace

std::optional<std::vector<std::string>> check_values(std::string_view sql, std::string_view column) {
  const std::vector<Lexeme> text = scan(sql);
  const auto list = find_list(text, column);
  if (!list) return std::nullopt;
  std::vector<std::string> values;
  for (const std::size_t i : list->values) values.push_back(text[i].name());
  return values;
}

std::string add_check_value(std::string_view sql, std::string_view column, std::string_view value,
                            std::size_t place) {
  const std::vector<Lexeme> text = scan(sql);
  const List list = required_list(text, column);
  std::string result(sql);
  if (place < list.values.size())
    result.insert(text[list.values[place]].begin, literal(value) + ", ");
  else
    result.insert(text[list.values.back()].end, ", " + literal(value));
  return result;
}

std::string drop_check_value(std::string_view sql, std::string_view column, std::string_view value) {
  const std::vector<Lexeme> text = scan(sql);
  const List list = required_list(text, column);
  const auto found =
      std::ranges::find_if(list.values, [&](std::size_t i) { return text[i].name() == value; });
  if (found == list.values.end() || list.values.size() == 1)
    throw Error(ErrorCode::statement,
                fmt::format("\"{}\" is not one of several values of {}", value, column));
  std::string result(sql);
  const std::size_t i = *found;
  const std::size_t begin = i == list.values.back() ? text[list.values.end()[-2]].end : text[i].begin;
  const std::size_t end = i == list.values.back() ? text[i].end : text[*std::next(found)].begin;
  return result.erase(begin, end - begin);
}

} // namespace afloat::sqlite
