#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
constexpr std::string_view k_base = "when"; ///< marks the WHEN 1 that a trigger without WHEN is given first

[[noreturn]] void fail(std::string message) {
  throw Error(ErrorCode::statement, std::move(message));
}

std::string opening(std::string_view id) {
  return fmt::format("/*<afloat {}>*/", id);
}

std::string closing(std::string_view id) {
  return fmt::format("/*</afloat {}>*/", id);
}

/// Text that is afloat's: found again, and taken away whole, by its two marks.
std::string marked(std::string_view id, std::string_view text) {
  return opening(id) + std::string(text) + closing(id);
}

void without_marks(std::string& sql, std::string_view id) {
  const std::string open = opening(id), close = closing(id);
  for (std::size_t at = sql.find(open); at != std::string::npos; at = sql.find(open, at)) {
    const std::size_t end = sql.find(close, at);
    if (end == std::string::npos)
      fail(fmt::format("the text of the trigger has a mark of {} without its end", id));
    sql.erase(at, end + close.size() - at);
  }
}

/// The WHEN of a trigger that had none, for as long as there are guards; alone again when no guard stands in
/// it.
std::string added_when() {
  return marked(k_base, "WHEN ") + marked(k_base, "1 ");
}

/// Whether a place in the text lies between any two marks of afloat.
bool inside_marks(std::string_view sql, std::size_t at) {
  const std::size_t open = sql.rfind("/*<afloat ", at);
  if (open == std::string_view::npos) return false;
  const std::size_t close = sql.rfind("/*</afloat ", at);
  return close == std::string_view::npos || close < open;
}

/// Past the ends of marked texts that close here, so that the marks of two ids nest and never cross.
std::size_t behind_marks(const std::string& sql, std::size_t at) {
  while (true) {
    const std::size_t mark = sql.find_first_not_of(' ', at);
    if (mark == std::string::npos || sql.compare(mark, 11, "/*</afloat ") != 0) return at;
    at = sql.find("*/", mark) + 2;
  }
}

struct Layout {
  std::vector<Lexeme> text;
  std::size_t event = 0, on = 0, when = 0, begin = 0; ///< `when` is 0 without WHEN
};

Layout layout_of(std::string_view create_trigger) {
  Layout layout;
  layout.text = scan(create_trigger);
  const std::vector<Lexeme>& text = layout.text;
  std::size_t i = 0;
  while (i < text.size() && !text[i].is("trigger")) ++i;
  if (i + 1 < text.size() && text[i + 1].is("if")) i += 3; // IF NOT EXISTS
  i += 2;                                                  // behind the name, or its schema
  if (i < text.size() && text[i].is(".")) i += 2;
  const auto is_event = [](const Lexeme& lexeme) {
    return lexeme.is("insert") || lexeme.is("update") || lexeme.is("delete");
  };
  while (i < text.size() && !is_event(text[i])) ++i;
  layout.event = i;
  while (i < text.size() && !text[i].is("on")) ++i;
  layout.on = i;
  for (i += 2; i < text.size() && !text[i].is("begin"); ++i)
    if (text[i].is("when")) break;
  if (i < text.size() && text[i].is("when")) layout.when = i++;
  for (; i < text.size(); ++i) {
    if (text[i].is("(")) {
      i = behind_parenthesis(text, i) - 1;
      continue;
    }
    if (text[i].is("begin") && !text[i - 1].is(".")) break;
  }
  if (i >= text.size()) fail("the text of the trigger has no BEGIN");
  layout.begin = i;
  return layout;
}

/// Index of the column name in each `row.column` where row is NEW or OLD, outside of afloat's own text.
std::vector<std::size_t> references(std::string_view sql, const std::vector<Lexeme>& text,
                                    std::string_view row, std::string_view column) {
  std::vector<std::size_t> found;
  for (std::size_t i = 2; i < text.size(); ++i)
    if (text[i].is_name() && text[i - 1].is(".") && text[i - 2].is_name()
        && same_name(text[i - 2].name(), row) && same_name(text[i].name(), column)
        && !inside_marks(sql, text[i].begin))
      found.push_back(i);
  return found;
}
} // namespace

TriggerText read_trigger(std::string_view create_trigger) {
  const Layout layout = layout_of(create_trigger);
  const std::vector<Lexeme>& text = layout.text;
  TriggerText result;
  result.has_when = layout.when != 0;
  result.before = layout.event > 0 && text[layout.event - 1].is("before");
  result.instead_of = layout.event > 0 && text[layout.event - 1].is("of");
  result.on_insert = text[layout.event].is("insert");
  result.on_update = text[layout.event].is("update");
  result.on_delete = text[layout.event].is("delete");
  for (std::size_t i = layout.event + 2; i < layout.on; ++i)
    if (!text[i].is(",")) result.update_of.push_back(text[i].name());
  result.table = text[layout.on + 1].name();
  // Without BEFORE, AFTER or INSTEAD OF a trigger of SQLite is a BEFORE trigger.
  if (!result.instead_of && !text[layout.event - 1].is("after")) result.before = true;
  return result;
}

std::string add_trigger_guard(std::string_view create_trigger, std::string_view id,
                              std::string_view expression) {
  std::string sql(create_trigger);
  if (sql.find(opening(id) + " (") != std::string::npos)
    fail(fmt::format("the trigger has a guard of {} already", id));
  Layout layout = layout_of(sql);
  if (layout.when == 0) {
    sql.insert(layout.text[layout.begin].begin, added_when());
    layout = layout_of(sql);
  }
  // Directly behind the last word: a comment to the end of the line may follow it.
  sql.insert(behind_marks(sql, layout.text[layout.begin - 1].end), marked(id, " )"));
  sql.insert(behind_marks(sql, layout.text[layout.when].end),
             marked(id, fmt::format(" ({}) AND ( ", expression)));
  return sql;
}

std::string add_trigger_columns(std::string_view create_trigger, std::string_view id,
                                std::string_view columns) {
  std::string sql(create_trigger);
  const Layout layout = layout_of(sql);
  sql.insert(behind_marks(sql, layout.text[layout.on - 1].end), marked(id, fmt::format(", {}", columns)));
  return sql;
}

std::string wrap_new_column(std::string_view create_trigger, std::string_view id, std::string_view column,
                            std::string_view before, std::string_view after) {
  std::string sql(create_trigger);
  const std::vector<Lexeme> text = scan(sql);
  std::vector<std::size_t> found = references(sql, text, "new", column);
  std::reverse(found.begin(), found.end());
  for (const std::size_t i : found) {
    sql.insert(text[i].end, marked(id, after));
    sql.insert(text[i - 2].begin, marked(id, before));
  }
  return sql;
}

std::string restore_trigger(std::string_view create_trigger, std::string_view id) {
  std::string sql(create_trigger);
  without_marks(sql, id);
  if (sql.find(added_when()) != std::string::npos) without_marks(sql, k_base);
  return sql;
}

bool trigger_reads(std::string_view create_trigger, std::string_view column) {
  const std::vector<Lexeme> text = scan(create_trigger);
  return !references(create_trigger, text, "new", column).empty()
         || !references(create_trigger, text, "old", column).empty();
}

namespace {
struct ViewLayout {
  std::vector<Lexeme> text;
  std::size_t name = 0; ///< index of the view's name
  bool has_list = false, selects_all = false;
};

ViewLayout view_layout(std::string_view create_view) {
  ViewLayout layout;
  layout.text = scan(create_view);
  const std::vector<Lexeme>& text = layout.text;
  std::size_t i = 0;
  while (i < text.size() && !text[i].is("view")) ++i;
  if (i + 1 < text.size() && text[i + 1].is("if")) i += 3;
  if (i + 3 < text.size() && text[i + 2].is(".")) i += 2;
  layout.name = i + 1;
  if (layout.name + 1 >= text.size()) fail("the text of the view has no SELECT");
  layout.has_list = text[layout.name + 1].is("(");
  // Outside of subqueries; a product has a value on its left, and count(*) a parenthesis.
  for (std::size_t k = layout.name + 1; k < text.size(); ++k) {
    if (text[k].is("(")) k = behind_parenthesis(text, k) - 1;
    if (text[k].is("*")
        && (text[k - 1].is("select") || text[k - 1].is(",") || text[k - 1].is(".")
            || text[k - 1].is("distinct") || text[k - 1].is("all")))
      layout.selects_all = true;
  }
  return layout;
}

std::string column_list(std::span<const std::string> columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back('"' + replaced(column, "\"", "\"\"") + '"');
  return "(" + join(quoted, ", ") + ")";
}
} // namespace

std::string name_view_columns(std::string_view create_view, std::span<const std::string> columns) {
  std::string sql(create_view);
  const ViewLayout layout = view_layout(sql);
  if (!layout.has_list && !layout.selects_all) sql.insert(layout.text[layout.name].end, column_list(columns));
  return sql;
}

std::string unname_view_columns(std::string_view create_view, std::span<const std::string> columns) {
  std::string sql(create_view);
  const std::size_t at = view_layout(sql).text[view_layout(sql).name].end;
  const std::string list = column_list(columns);
  if (sql.compare(at, list.size(), list) == 0) sql.erase(at, list.size());
  return sql;
}

} // namespace afloat::sqlite
