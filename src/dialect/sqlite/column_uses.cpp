#include "dialect/sqlite/column_uses.hpp"

#include "dialect/sqlite/connection.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Row = std::vector<std::string>;

std::vector<Row> rows(sqlite3* connection, const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v2(connection, sql.c_str(), -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepared);
  std::vector<Row> result;
  while (statement && sqlite3_step(prepared) == SQLITE_ROW) {
    Row& row = result.emplace_back();
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
      const void* text = sqlite3_column_text(prepared, i);
      row.emplace_back(text == nullptr ? "" : static_cast<const char*>(text));
    }
  }
  return result;
}

bool runs(sqlite3* connection, const std::string& sql) {
  return sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

bool says(std::string_view sql, std::string_view name) {
  const std::vector<Lexeme> text = scan(sql);
  return std::ranges::any_of(
      text, [&](const Lexeme& lexeme) { return lexeme.is_name() && same_name(lexeme.name(), name); });
}

/// The schema without rows; what could not be made is named in `missing`.
struct EmptyCopy {
  Connection connection;
  std::vector<std::string> missing;
};

EmptyCopy empty_copy(sqlite3* of) {
  EmptyCopy copy{open_in_memory(), {}};
  sqlite3* const opened = copy.connection.get();
  // An object that cannot be read then stays as it is, and does not fail the rename.
  runs(opened, "PRAGMA writable_schema = ON");
  for (const Row& row : rows(of, "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND "
                                 "type <> 'index' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND NOT (type = "
                                 "'trigger' AND name LIKE 'afloat~_%' ESCAPE '~') ORDER BY CASE type WHEN "
                                 "'table' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid"))
    if (!runs(opened, row[0] == "trigger" ? without_marks(row[2]) : row[2])) copy.missing.push_back(row[1]);
  return copy;
}

std::string text_of(sqlite3* connection, const std::string& trigger) {
  const auto found =
      rows(connection, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = " + literal(trigger));
  return found.empty() ? std::string() : found[0][0];
}
} // namespace

std::string without_marks(std::string sql) {
  constexpr std::string_view k_open = "/*<afloat ", k_end = ">*/";
  for (std::size_t at = sql.find(k_open); at != std::string::npos; at = sql.find(k_open, at)) {
    const std::size_t end = sql.find(k_end, at);
    if (end == std::string::npos) return sql;
    const std::string id = sql.substr(at + k_open.size(), end - at - k_open.size());
    const std::string close = "/*</afloat " + id + std::string(k_end);
    const std::size_t last = sql.find(close, end);
    if (last == std::string::npos) return sql;
    sql.erase(at, last + close.size() - at);
  }
  return sql;
}

bool trigger_uses(sqlite3* connection, const std::string& trigger, const std::string& table,
                  const std::string& column) {
  const std::string sql = without_marks(text_of(connection, trigger));
  // Through a view the trigger may know the column by the name that the view gives it.
  const EmptyCopy copy = empty_copy(connection);
  const auto named = [&](const std::string& name) { return same_name(name, trigger) || says(sql, name); };
  if (std::ranges::any_of(copy.missing, named)) return says(sql, column);
  const std::string before = text_of(copy.connection.get(), trigger);
  if (!runs(copy.connection.get(), fmt::format("ALTER TABLE {} RENAME COLUMN {} TO afloat_another_name",
                                               identifier(table), identifier(column))))
    return says(sql, column);
  return text_of(copy.connection.get(), trigger) != before;
}

std::string forget_missing(sqlite3* connection, const std::string& create_trigger, const std::string& table) {
  constexpr std::string_view k_question = " AND NOT (typeof(OLD.\"";
  std::vector<std::string> columns;
  for (const Row& row :
       rows(connection, fmt::format("SELECT name FROM pragma_table_xinfo({})", literal(table))))
    columns.push_back(row[0]);
  std::string sql = create_trigger;
  for (std::size_t at = sql.find(k_question); at != std::string::npos; at = sql.find(k_question, at)) {
    std::string name;
    std::size_t end = at + k_question.size();
    for (; end < sql.size(); ++end) {
      if (sql[end] == '"' && sql.compare(end, 2, "\"\"") != 0) break;
      if (sql[end] == '"') ++end;
      name += sql[end];
    }
    const std::string question = " AND NOT " + changed(name);
    const bool there =
        std::ranges::any_of(columns, [&](const std::string& column) { return same_name(column, name); });
    if (there || sql.compare(at, question.size(), question) != 0)
      at = end;
    else
      sql.erase(at, question.size());
  }
  return sql;
}

} // namespace afloat::sqlite
