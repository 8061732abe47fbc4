#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

// CHECK and foreign keys stand in the text of CREATE TABLE alone and nothing on disk depends on them, so that
// an edit of the text adds or removes them (https://sqlite.org/lang_altertable.html#otheralter). One that is
// added must hold already: rows are looked at in the same transaction, which nobody else writes in.
namespace afloat::sqlite {
namespace {
std::string broken(const Table& table, const Constraint& constraint) {
  return fmt::format("{} does not hold in some rows of {}",
                     constraint.name.empty() ? constraint.definition : constraint.name, table.name.name);
}

Statement assert_none(const Table& table, std::string_view rejected, const std::string& message) {
  return fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM {} WHERE {}), {})", relation(table),
                     rejected, literal(message));
}

/// SQLite's own check of the foreign key from these columns, once it is there: also of what the other table
/// has as its key. It reads 1M rows in 55 ms, a query for rows without their parent in 240.
Statement assert_foreign_key(const Table& table, const Constraint& constraint, const std::string& message) {
  return fmt::format(
      "SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check({0}) c JOIN "
      "pragma_foreign_key_list({0}) f ON f.id = c.fkid WHERE f.\"table\" = {1} COLLATE NOCASE AND f.\"from\" "
      "= {2} COLLATE NOCASE), {3})",
      literal(table.name.name), literal(constraint.references.name),
      literal(constraint.columns.empty() ? "" : constraint.columns.front()), literal(message));
}

/// The edit behind what must hold before it, or for a foreign key before what must hold after it.
std::vector<Statement> checked_edit(const Table& table, const Constraint& constraint,
                                    std::string_view rejected, const std::string& expression) {
  const std::string message = broken(table, constraint);
  std::vector<Statement> statements = schema_edit({edit_of("table", table.name.name, expression)});
  if (constraint.kind == ConstraintKind::foreign_key)
    statements.push_back(assert_foreign_key(table, constraint, message));
  else if (!rejected.empty())
    statements.insert(statements.begin(), assert_none(table, rejected, message));
  return statements;
}

ConstraintKey key_of(const Table& table, const Constraint& constraint) {
  ConstraintKey key{constraint.name, constraint.definition, ""};
  if (constraint.name.empty() && constraint.columns.size() == 1) {
    // A nameless one of several columns that say the same is told by its column.
    for (const std::string& column : {constraint.columns.front(), std::string()}) {
      key.column = column;
      const auto place = find_constraint(table.create_sql, key);
      if (place && place->column == column) return key;
    }
  }
  return key;
}

std::string drop_call(const ConstraintKey& key) {
  return fmt::format("afloat_drop_constraint(sql, {}, {}, {})", literal(key.name), literal(key.definition),
                     literal(key.column));
}

std::string put_call(const ConstraintPlace& place) {
  return fmt::format("afloat_put_constraint(sql, {}, {}, '{}')", literal(place.column),
                     literal(place.clause.text), place.clause.behind);
}

bool is_key(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
}

std::vector<Step> drop_unique_index(const Table& table, const Index& index) {
  Piece piece;
  piece.statements.emplace_back("DROP INDEX " + identifier(index.name));
  piece.inverse.emplace_back(index_sql(table, index));
  piece.locks = file_lock(table);
  Step step =
      combine(Phase::expand, fmt::format("drop {} of {}", index.name, table.name.name), {std::move(piece)});
  step.undo = "builds the index again";
  return {std::move(step)};
}
} // namespace

std::optional<ConstraintPlace> place_of(const Table& table, const Constraint& constraint) {
  return find_constraint(table.create_sql, key_of(table, constraint));
}

std::vector<Step> constraint_steps(const Table& table, const Constraint& constraint,
                                   std::string_view rejected, Phase phase) {
  Piece piece;
  piece.statements = checked_edit(table, constraint, rejected,
                                  fmt::format("afloat_add_constraint(sql, {}, {})", literal(constraint.name),
                                              literal(constraint.definition)));
  piece.inverse = schema_edit({edit_of("table", table.name.name, drop_call({constraint.name, "", ""}))});
  piece.locks = file_lock(table);
  piece.scans = true;
  Step step =
      combine(phase, fmt::format("add {} to {}", constraint.name, table.name.name), {std::move(piece)});
  step.undo = "the constraint is dropped";
  return {std::move(step)};
}

std::vector<std::string> constraint_trial(const Table& table, const Constraint& constraint) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns) columns.push_back(identifier(column.name));
  return {fmt::format("CREATE TEMP TABLE {} ({}, {})", relation(table), join(columns, ", "),
                      constraint.definition)};
}

std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint,
                                        std::string_view rejected) {
  for (const Index& index : table.indexes)
    if (constraint.kind == ConstraintKind::unique && same_name(index.name, constraint.name))
      return drop_unique_index(table, index);
  const ConstraintKey key = key_of(table, constraint);
  if (is_key(constraint)) return {drop_key_step(table, constraint, key)};
  const std::string prefix = constraint.name.empty() ? "" : "CONSTRAINT " + identifier(constraint.name) + " ";
  const ConstraintPlace place =
      find_constraint(table.create_sql, key)
          .value_or(ConstraintPlace{"", {", " + prefix + constraint.definition, std::string_view::npos}});
  Piece piece;
  piece.statements = schema_edit({edit_of("table", table.name.name, drop_call(key))});
  piece.inverse = checked_edit(table, constraint, rejected, put_call(place));
  piece.locks = file_lock(table);
  const std::string called = constraint.name.empty() ? constraint.definition : constraint.name;
  Step step =
      combine(Phase::expand, fmt::format("drop {} of {}", called, table.name.name), {std::move(piece)});
  step.undo = "puts it back where it stood, if no row breaks it by then";
  return {std::move(step)};
}

Table without_constraint(const Table& table, const Constraint& constraint) {
  return rebuilt(table, without_key(table, key_of(table, constraint)));
}

} // namespace afloat::sqlite
