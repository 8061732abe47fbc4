#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_items.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace afloat::sqlite {
namespace {
/// What stands behind the type: [first word of the first clause, end of the definition).
std::size_t first_clause(const std::vector<Lexeme>& text, Item item) {
  std::size_t i = item.begin + 1;
  while (i < item.end && !starts_clause(text[i])) i = text[i].is("(") ? behind_parenthesis(text, i) : i + 1;
  return i;
}

std::string between(std::string_view sql, const std::vector<Lexeme>& text, std::size_t begin,
                    std::size_t end) {
  if (begin >= end) return {};
  return std::string(sql.substr(text[begin].begin, text[end - 1].end - text[begin].begin));
}

/// The COLLATE clause with a space before it, if there is one.
std::string collation_in(std::string_view sql, const std::vector<Lexeme>& text, Item item) {
  for (std::size_t i = first_clause(text, item); i + 1 < item.end; ++i) {
    if (text[i].is("(")) i = behind_parenthesis(text, i) - 1;
    if (text[i].is("collate")) return " " + between(sql, text, i, i + 2);
  }
  return {};
}

std::string with_space(std::string text) {
  return text.empty() ? text : " " + text;
}
} // namespace

bool starts_clause(const Lexeme& lexeme) {
  constexpr std::array k_words{"constraint", "primary", "not",        "null",      "unique", "check",
                               "default",    "collate", "references", "generated", "as"};
  return std::any_of(k_words.begin(), k_words.end(), [&](const char* word) { return lexeme.is(word); });
}

bool trigger_names(std::string_view create_trigger, std::string_view id, std::string_view column) {
  const std::string sql = restore_trigger(create_trigger, id);
  const std::vector<Lexeme> text = scan(sql);
  return std::any_of(text.begin(), text.end(), [&](const Lexeme& lexeme) {
    return lexeme.is_name() && same_name(lexeme.name(), column);
  });
}

std::string read_type(std::string_view create_table, std::string_view column) {
  const std::vector<Lexeme> text = scan(create_table);
  const Item item = column_item(text, column);
  return between(create_table, text, item.begin + 1, first_clause(text, item));
}

std::string set_type(std::string_view create_table, std::string_view column, std::string_view type) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const Item item = column_item(text, column);
  const std::size_t begin = text[item.begin].end, end = text[first_clause(text, item) - 1].end;
  return sql.replace(begin, end - begin, with_space(std::string(type)));
}

std::string succeed_column(std::string_view create_table, std::string_view from, std::string_view attic,
                           std::string_view successor, bool keep_default) {
  std::string sql(create_table);
  const std::vector<Lexeme> text = scan(sql);
  const Item old_item = column_item(text, from), new_item = column_item(text, successor);
  const std::string name = between(sql, text, old_item.begin, old_item.begin + 1);
  std::string old_text = identifier(attic)
                         + with_space(between(sql, text, old_item.begin + 1, first_clause(text, old_item)))
                         + collation_in(sql, text, old_item);
  if (const auto found = default_in(text, old_item); keep_default && found)
    old_text += with_space(between(sql, text, found->begin, found->end));
  const std::string new_text =
      name + with_space(between(sql, text, new_item.begin + 1, first_clause(text, new_item)))
      + with_space(between(sql, text, first_clause(text, old_item), old_item.end));
  std::array<std::pair<Item, std::string>, 2> edits{{{old_item, old_text}, {new_item, new_text}}};
  if (old_item.begin < new_item.begin) std::swap(edits[0], edits[1]); // the one behind first
  for (const auto& [item, replacement] : edits)
    sql.replace(text[item.begin].begin, text[item.end - 1].end - text[item.begin].begin, replacement);
  return sql;
}

} // namespace afloat::sqlite
