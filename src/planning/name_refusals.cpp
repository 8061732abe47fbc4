#include "planning/name_refusals.hpp"

#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
Error refusal_at(const OperationSpec& spec, std::string message, std::string_view what_to_do) {
  return Error(ErrorCode::invalid_migration, fmt::format("{}: {}", spec.type, message),
               fmt::format("{} Nothing was changed.", what_to_do))
      .at(spec.where);
}

/// The touch that is this name in any case; empty where there is none.
std::string touch_like(const Plan& operation, const std::string& name) {
  const auto found = std::ranges::find_if(
      operation.touches, [&](const std::string& touch) { return lower_case(touch) == lower_case(name); });
  return found == operation.touches.end() ? std::string() : *found;
}

/// SQLite finds a row without a declared key by its number, under a name that a column can take away: from
/// the triggers of open windows, too.
void refuse_hidden_key(const OperationSpec& spec, const Plan& operation, const Table& table,
                       const SqlWriter& sql) {
  const std::vector<std::string> key = sql.key_ranges(table, "").work.key;
  if (key.size() != 1 || table.find_column(key.front())) return;
  const std::string touch = touch_like(operation, display(table.name) + "." + key.front());
  if (!touch.empty())
    throw refusal_at(
        spec,
        fmt::format("{} would hide SQLite's row number, by which afloat finds the rows of \"{}\"", touch,
                    display(table.name)),
        "Give the column another name, or give the table an INTEGER PRIMARY KEY first.");
}

/// Its own name in other letters is a column's own name to SQLite.
void refuse_other_case(const OperationSpec& spec, const Plan& operation, const Table& table) {
  if (spec.type == "sql") return;
  for (const Column& column : table.columns) {
    const std::string name = display(table.name) + "." + column.name;
    for (const std::string& touch : operation.touches)
      if (touch != name && lower_case(touch) == lower_case(name)
          && !table.find_column(touch.substr(display(table.name).size() + 1)))
        throw refusal_at(
            spec,
            fmt::format("SQLite does not tell {} from the column \"{}\" that is there", touch, column.name),
            "Choose a name that differs in more than capital letters.");
  }
}

} // namespace

void refuse_names(const OperationSpec& spec, const Plan& operation, const Schema& before,
                  const SqlWriter& sql) {
  if (before.dialect != Dialect::sqlite) return;
  for (const Table& table : before.tables) {
    refuse_hidden_key(spec, operation, table, sql);
    refuse_other_case(spec, operation, table);
  }
}

void refuse_module_tables(const OperationSpec& spec, const std::vector<RelationName>& names,
                          const Schema& before) {
  if (before.dialect != Dialect::sqlite || spec.type == "sql") return;
  for (const RelationName& name : names)
    if (const Table* table = before.find(name); table && !table->inheritance.empty())
      throw refusal_at(spec, fmt::format("{} is {}", display(table->name), table->inheritance),
                       "Its module keeps it: make another one with a migration in SQL.");
}

} // namespace afloat
