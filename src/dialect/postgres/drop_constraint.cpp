#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "model/settings.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

// The way back from DROP CONSTRAINT takes several transactions, so that nobody is kept out while the table is
// read. They are the inverses of steps that do nothing on the way there and come before the drop: whatever
// was begun when it stopped, they find either the constraint as it was, or what the inverse behind them made.
namespace afloat::postgres {
namespace {
Step place_for(std::string title, std::string inverse) {
  Step step{.title = fmt::format("nothing yet: the place of `{}` on the way back", title)};
  step.inverse = {std::move(inverse)};
  step.undo = std::move(title);
  return step;
}

std::string title_of(const Table& table, const Constraint& constraint) {
  return fmt::format("drop {} of {}", constraint.name, display(table.name));
}

/// CHECK and foreign keys.
std::vector<Step> drop_row_constraint(const Table& table, const Constraint& constraint) {
  Constraint bare = constraint;
  constexpr std::string_view k_not_valid = " NOT VALID";
  if (bare.definition.ends_with(k_not_valid))
    bare.definition.resize(bare.definition.size() - k_not_valid.size());
  std::vector<Step> back = constraint_steps(table, bare, Phase::expand);
  std::vector<Step> steps;
  if (constraint.validated) {
    steps.push_back(place_for(back[1].title, back[1].statements.front().sql));
  }
  Step drop{.title = title_of(table, constraint)};
  const Piece piece = drop_constraint(table, constraint);
  drop.statements = piece.statements;
  drop.locks = piece.locks;
  drop.inverse = back[0].statements;
  std::ranges::move(settings_of(table, constraint.name), std::back_inserter(drop.inverse));
  drop.undo = "adds it again, NOT VALID";
  steps.push_back(std::move(drop));
  return steps;
}

/// UNIQUE and PRIMARY KEY.
std::vector<Step> drop_key(const Table& table, const Constraint& constraint, const Index& index) {
  const std::string has =
      fmt::format("EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {}::pg_catalog.regclass AND "
                  "conname = {})",
                  literal(in_quotes(table.name)), literal(constraint.name));
  const std::string add =
      fmt::format("BEGIN IF NOT {} THEN {}; END IF; END", has, add_key_sql(table, constraint));
  std::vector<Step> steps{
      place_for(fmt::format("make {} of its index again", constraint.name), "DO " + literal(add))};
  std::ranges::move(settings_of(table, constraint.name), std::back_inserter(steps.front().inverse));
  Index bare = index;
  bare.constraint.clear();
  Step drop = drop_index_step(table, bare);
  drop.phase = Phase::expand;
  drop.title = title_of(table, constraint);
  drop.statements = drop_constraint(table, constraint).statements;
  drop.locks = {{table.name, LockLevel::access_exclusive}};
  drop.undo = "builds its index again: " + drop.inverse.front().sql;
  steps.push_back(std::move(drop));
  return steps;
}
} // namespace

std::vector<Step> drop_constraint_steps(const Table& table, const Constraint& constraint) {
  const auto index = std::ranges::find(table.indexes, constraint.name, &Index::constraint);
  const bool key =
      constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
  return key && index != table.indexes.end() ? drop_key(table, constraint, *index)
                                             : drop_row_constraint(table, constraint);
}

std::optional<RangeWork> constraint_users(const Table& table, const Constraint& constraint) {
  std::string text = replaced(std::string(embedded_sql("postgres/constraint_users.sql")), "{table}",
                              literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{constraint}", literal(constraint.name));
  RangeWork work;
  work.table = table.name;
  work.in_range_from_start = text + " LIMIT {limit}";
  work.count_left = fmt::format("SELECT count(*) FROM ({}) AS users", text);
  return work;
}

} // namespace afloat::postgres
