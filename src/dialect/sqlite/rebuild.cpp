#include "dialect/sqlite/rebuild.hpp"

#include "dialect/discard.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_edits.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
void append(std::vector<Statement>& to, std::vector<Statement> more) {
  std::ranges::move(more, std::back_inserter(to));
}

Statement create_twin(const RebuildShape& shape, const IndexTwin& index) {
  Table on;
  on.name.name = shape.shadow;
  Index renamed = index.index;
  renamed.name = index.twin;
  return index_sql(on, renamed);
}

/// Without foreign keys: the old table has them, and what hangs on both would be rejected or changed twice.
std::string shadow_sql(const RebuildShape& shape) {
  return with_name(drop_foreign_keys(shape.to.create_sql, ""), shape.shadow);
}

std::vector<Statement> remove_shadow(const RebuildShape& shape) {
  std::vector<Statement> statements = drop_capture(shape);
  statements.emplace_back("DROP TABLE IF EXISTS " + identifier(shape.shadow));
  return statements;
}

Step prepare_step(const RebuildShape& shape, Phase phase) {
  const std::string& name = shape.from.name.name;
  Piece piece;
  piece.statements = remove_shadow(shape); // of an earlier try
  piece.statements.emplace_back(fmt::format(
      "SELECT afloat_assert(EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {} "
      "AND sql = {}), {})",
      literal(name), literal(shape.from.create_sql),
      literal(name + " is not what the plan was made from any more")));
  piece.statements.emplace_back(shadow_sql(shape));
  // All of them before the first row: what a REPLACE takes from the old table is found by them.
  for (const auto& indexes : {shape.indexes, shape.only_old})
    for (const IndexTwin& index : indexes) piece.statements.push_back(create_twin(shape, index));
  append(piece.statements, capture(shape));
  piece.inverse = remove_shadow(shape);
  piece.locks = file_lock(shape.from);
  Step step = combine(phase, fmt::format("make {} anew as {}, kept equal by triggers", name, shape.shadow),
                      {std::move(piece)});
  step.undo = "the triggers and the copy are dropped";
  return step;
}

RangeWork work_on(const Table& table, const std::string& statement, const std::string& only = "") {
  const KeyRanges ranges = key_ranges(table, table.name.name, only);
  RangeWork work = ranges.work;
  work.in_range = replaced(statement, "{range}", ranges.condition);
  work.in_range_from_start = replaced(statement, "{range}", ranges.condition_from_start);
  work.count_left = "SELECT 0"; // rows that come or move meanwhile are the triggers' work
  return work;
}

Step work_step(const RebuildShape& shape, Phase phase, StepKind kind, std::string title, RangeWork work) {
  Step step;
  step.phase = phase;
  step.kind = kind;
  step.title = std::move(title);
  step.rows = shape.from.rows;
  step.work = std::move(work);
  return step;
}

/// Rows that come meanwhile are in the copy already, so that the work has an end however many they are.
Step copy_step(const RebuildShape& shape, Phase phase) {
  const std::string table = identifier(shape.from.name.name), shadow = identifier(shape.shadow);
  const std::string missing = fmt::format("NOT EXISTS (SELECT 1 FROM {} AS afloat_n WHERE {})", shadow,
                                          matches(shape, "afloat_n", table));
  Step step =
      work_step(shape, phase, StepKind::backfill, fmt::format("copy the rows of {}", shape.from.name.name),
                work_on(shape.from,
                        fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {{range}} AND {}", shadow,
                                    copied_columns(shape, "", true),
                                    copied_columns(shape, table + ".", false), table, missing),
                        missing));
  step.undo = "the copy is dropped";
  return step;
}

/// Equal in value and storage class; where the type of a column changes, as storing changes the value.
std::string same_row(const RebuildShape& shape, const std::string& table) {
  std::vector<std::string> same{matches(shape, "afloat_n", table)};
  for (const std::string& name : shape.columns) {
    const Column &from = *shape.from.find_column(name), &to = *shape.to.find_column(name);
    const std::string old_cell = table + "." + identifier(name), new_cell = "afloat_n." + identifier(name);
    same.push_back(
        from.type == to.type
            ? fmt::format("typeof({0}) = typeof({1}) AND {0} IS {1} COLLATE BINARY", new_cell, old_cell)
            : fmt::format("{} IS +({}) COLLATE BINARY", new_cell, old_cell));
  }
  return conjunction(same);
}

Step compare_step(const RebuildShape& shape, Phase phase) {
  const std::string table = identifier(shape.from.name.name);
  std::vector<std::string> key;
  for (const std::string& column : shape.from.primary_key.empty() ? shape.key : shape.from.primary_key)
    key.push_back(fmt::format("{} || quote({}.{})", literal(column + " "), table, identifier(column)));
  return work_step(
      shape, phase, StepKind::check, fmt::format("compare {} with its copy", shape.from.name.name),
      work_on(shape.from,
              fmt::format(
                  "SELECT {} FROM {} WHERE {{range}} AND NOT EXISTS (SELECT 1 FROM {} AS afloat_n WHERE {}) "
                  "LIMIT {{limit}}",
                  join(key, " || ', ' || "), table, identifier(shape.shadow), same_row(shape, table))));
}

Step swap_step(const RebuildShape& shape, Phase phase) {
  Step step;
  step.phase = phase;
  step.title = fmt::format("put the new {} in the place of the old one", shape.from.name.name);
  step.statements = swap(shape);
  step.locks = file_lock(shape.from);
  step.scans = true; // counts both
  step.swap = true;
  step.undo = "not by abort: another rebuild brings the old form back";
  return step;
}

Table old_table(const RebuildShape& shape) {
  Table table = shape.from;
  table.name.name = shape.shadow;
  return table;
}

} // namespace

std::vector<Step> rebuild_steps(const Table& table, const Rebuild& rebuild, Phase phase) {
  const RebuildShape shape = shape_of(table, rebuild);
  std::vector<Step> steps{prepare_step(shape, phase), copy_step(shape, phase), compare_step(shape, phase),
                          swap_step(shape, phase)};
  std::ranges::move(discard_steps(old_table(shape), "the old " + table.name.name, phase),
                    std::back_inserter(steps));
  for (Step& step : steps) step.rebuild = rebuild;
  return steps;
}

Table rebuilt(const Table& table, const Rebuild& rebuild) {
  Table made = shape_of(table, rebuild).to;
  Table result = table;
  result.create_sql = made.create_sql;
  result.changes_since.clear();
  result.columns = std::move(made.columns);
  result.primary_key = std::move(made.primary_key);
  result.indexes = std::move(made.indexes);
  result.constraints = std::move(made.constraints);
  result.without_rowid = made.without_rowid;
  return result;
}

std::string rebuild_obstacle(const Table& table, const Rebuild& rebuild) {
  if (lower_case(table.create_sql).starts_with("create virtual"))
    return table.name.name + " is a virtual table";
  try {
    const RebuildShape shape = shape_of(table, rebuild);
    if (shape.key.empty() || shape.match.empty())
      return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                         table.name.name);
  } catch (const Error& error) {
    if (error.code != ErrorCode::statement) throw;
    return error.message;
  }
  return {};
}

} // namespace afloat::sqlite
