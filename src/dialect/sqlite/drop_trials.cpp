#include "dialect/sqlite/drop_trials.hpp"

#include "dialect/sqlite/column_uses.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/statement_reader.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
struct Drops {
  std::vector<std::pair<std::string, std::string>> columns; ///< table, column
  std::vector<std::string> made;                            ///< tables and indexes of the migration's own
  bool keys = false; ///< expand has made foreign keys, which go before the columns that they point at
};

void read(const std::string& sql, Drops& drops) {
  StatementReader reader(sql);
  if (reader.take({"drop", "index"}) || reader.take({"drop", "table"})) {
    reader.take({"if", "exists"});
    return drops.made.push_back(reader.relation().name);
  }
  if (!reader.take({"alter", "table"})) return;
  const std::string table = reader.relation().name;
  if (reader.take({"rename", "to"})) drops.made.push_back(table); // it is emptied before it is dropped
  if (reader.take({"drop", "column"})) drops.columns.emplace_back(table, reader.name());
}

Drops drops_of(const Plan& plan) {
  Drops drops;
  for (const Step& step : plan.steps) {
    if (step.phase < Phase::contract) {
      for (const Statement& statement : step.inverse) read(statement.sql, drops);
      for (const Statement& statement : step.statements)
        drops.keys = drops.keys || lower_case(statement.sql).find("references") != std::string::npos;
    }
    if (step.phase != Phase::abort) continue;
    if (!step.rebuild)
      for (const Statement& statement : step.statements) read(statement.sql, drops);
    else if (step.swap)
      for (const TableEdit& edit : step.rebuild->edits)
        drops.columns.emplace_back(step.rebuild->table.name, edit.arguments.at(0));
  }
  return drops;
}

/// Without what afloat keeps there itself, and what goes before the columns: what hangs on that cannot be
/// made then.
std::unique_ptr<Database> copy_of_schema(Database& database, const Drops& drops) {
  std::unique_ptr<Database> copy = open_empty();
  for (const auto& row :
       database
           .query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE "
                  "'sqlite~_%' ESCAPE '~' ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN "
                  "'view' THEN 3 ELSE 4 END, rowid",
                  {})
           .rows) {
    const auto is_it = [&](const std::string& name) { return same_name(name, *row[1]); };
    if (is_own_name(*row[1]) || std::ranges::any_of(drops.made, is_it)) continue;
    try {
      copy->script(row[0] == "trigger" ? without_marks(*row[2]) : *row[2]);
    } catch (const Error& error) { // a module or a function of the application's
      if (error.code != ErrorCode::statement) throw;
    }
  }
  return copy;
}

std::string errors_around(Database& copy, const std::string& table) {
  return copy.query("SELECT afloat_schema_errors($1)", {Value(table)}).scalar().value_or("");
}

/// What SQLite says of the schema without the column, or nothing. `looks_around`: also at what ALTER TABLE
/// lets pass.
std::string trouble_without(Database& copy, const std::string& table, const std::string& column,
                            bool looks_around) {
  const std::string before = errors_around(copy, table);
  try {
    copy.script(fmt::format("ALTER TABLE {} DROP COLUMN {}", identifier(table), identifier(column)));
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement) throw;
    const bool of_table = error.message.starts_with("error in table "); // a constraint that goes before
    return of_table || error.message.find(" after drop column: ") == std::string::npos ? "" : error.message;
  }
  const std::string after = errors_around(copy, table);
  return !looks_around || after == before ? "" : after;
}
} // namespace

void try_drops(Database& database, const Plan& plan) {
  const Drops drops = drops_of(plan);
  if (drops.columns.empty()) return;
  const std::unique_ptr<Database> copy = copy_of_schema(database, drops);
  for (const auto& [table, column] : drops.columns)
    if (const std::string trouble = trouble_without(*copy, table, column, !drops.keys); !trouble.empty())
      throw Error(ErrorCode::refused,
                  fmt::format("{} cannot be taken back: something would not work without {}.{}: {}",
                              plan.title(), table, column, trouble),
                  "Change what uses the column so that it does not, or drop it first. Nothing was changed.");
}

} // namespace afloat::sqlite
