#pragma once

#include "execution/range.hpp"
#include "sqlite_support.hpp"

#include <functional>
#include <random>

namespace afloat::sqlite_tests {

/// What writes beside a rebuild: called before each step and behind each batch.
using Beside = std::function<void(const Step&)>;

/// Runs the steps of a rebuild as the executor does; a check that finds rows throws.
inline void run_rebuild(Database& database, const std::vector<Step>& steps, const Beside& beside,
                        std::int64_t rows_per_batch = 3) {
  for (const Step& step : steps) {
    beside(step);
    if (step.kind == StepKind::statements) {
      run(database, step.statements);
    } else if (step.kind == StepKind::check) {
      const Disagreement found = find_disagreements(database, *step.work, [](std::int64_t) {});
      if (found.count > 0) throw Error(ErrorCode::refused, join(found.first, "; "));
    } else {
      std::optional<std::string> after;
      const auto last = last_key(database, *step.work);
      if (!last) continue;
      while (const auto range = next_range(database, *step.work, after, rows_per_batch, *last)) {
        run(database, {statement_for(*step.work, *range, rows_per_batch)});
        after = range->upto;
        beside(step);
      }
    }
  }
}

inline std::vector<Step> steps_of(Database& database, const std::string& table,
                                  const std::vector<TableEdit>& edits) {
  return make_sqlite_writer()->rebuild_steps(table_of(database, table), {"1_1", {"", table}, edits},
                                             Phase::contract);
}

/// All but the table's own text, and the indexes of its constraints, which have none.
inline std::vector<std::string> schema_but(Database& database, const std::string& table) {
  return rows(database,
              fmt::format("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
                          "AND NOT (type = 'table' AND name = '{}') ORDER BY rowid",
                          table));
}

inline std::string text_of(Database& database, const std::string& table) {
  return database.query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1", {Value(table)})
      .scalar()
      .value_or("");
}

/// "ok", or what the file's own checks find.
inline std::string health(Database& database) {
  std::vector<std::string> found = rows(database, "PRAGMA integrity_check");
  for (const std::string& row : rows(database, "PRAGMA foreign_key_check")) found.push_back(row);
  return join(found, "; ");
}

} // namespace afloat::sqlite_tests
