#include "operations/revert.hpp"

#include "dialect/partitions.hpp"
#include "model/settings.hpp"
#include "operations/common.hpp"
#include "operations/duplicates.hpp"
#include "operations/new_constraint.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
constexpr std::string_view k_not_valid = " NOT VALID";

bool has_any(const Constraint& constraint, const HiddenColumns& hidden) {
  return std::ranges::any_of(constraint.columns,
                             [&](const std::string& name) { return hidden.attic_name(name) != nullptr; });
}

bool has_any(const Index& index, const HiddenColumns& hidden) {
  return std::ranges::any_of(hidden.names,
                             [&](const auto& name) { return uses_column(index, hidden.table, name.first); });
}

bool is_key(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
}

std::string in_attic(std::string_view expression, const HiddenColumns& hidden, const SqlWriter& sql) {
  return replace_columns(expression, hidden.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           const std::string* attic = hidden.attic_name(name);
                           return attic ? std::optional(sql.identifier(*attic)) : std::nullopt;
                         });
}

/// What took the place of a column of the primary key has its name.
Table in_attic(const HiddenColumns& hidden) {
  Table table = hidden.table;
  std::vector<Column> successors;
  for (Column& column : table.columns)
    if (const std::string* attic = hidden.attic_name(column.name)) {
      if (std::ranges::count(table.primary_key, column.name) > 0) successors.push_back(column);
      column.name = *attic;
      column.not_null = false;
    }
  table.columns.insert(table.columns.end(), successors.begin(), successors.end());
  return table;
}

Index in_attic(Index index, const HiddenColumns& hidden, const SqlWriter& sql) {
  for (IndexPart& part : index.parts) {
    if (const std::string* attic = hidden.attic_name(part.column)) part.column = *attic;
    part.expression = in_attic(part.expression, hidden, sql);
  }
  index.predicate = in_attic(index.predicate, hidden, sql);
  return index;
}

std::vector<std::string> in_attic(std::vector<std::string> columns, const HiddenColumns& hidden) {
  for (std::string& column : columns)
    if (const std::string* attic = hidden.attic_name(column)) column = *attic;
  return columns;
}

const Index* index_of(const Table& table, const Constraint& constraint) {
  const auto found = std::ranges::find(table.indexes, constraint.name, &Index::constraint);
  return found == table.indexes.end() || constraint.name.empty() ? nullptr : &*found;
}

std::string inside_parentheses(std::string_view definition) {
  const std::size_t open = definition.find('('), close = definition.rfind(')');
  return open == std::string_view::npos || close < open
             ? std::string()
             : std::string(definition.substr(open, close + 1 - open));
}

std::optional<RangeWork> breaches(const Constraint& constraint, const HiddenColumns& hidden,
                                  const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Table table = in_attic(hidden);
  if (constraint.kind == ConstraintKind::check)
    return sql.rows_where(
        table, in_attic(constraint.columns, hidden),
        fmt::format("NOT {}", in_attic(inside_parentheses(constraint.definition), hidden, sql)));
  if (constraint.kind != ConstraintKind::foreign_key) return std::nullopt;
  References references = references_of(constraint);
  references.columns = in_attic(references.columns, hidden);
  if (const Table* target = context.before.find(references.target);
      target && references.target_columns.empty())
    references.target_columns = target->primary_key;
  if (references.target_columns.size() != references.columns.size()) return std::nullopt;
  for (std::string& column : references.target_columns)
    for (const HiddenTarget& target : hidden.targets)
      if (target.table == references.target && target.name == column) {
        column = target.attic;
        break;
      }
  return sql.rows_where(table, references.columns, orphans(table, references, sql));
}

Loss loss_of(std::string what, std::string remedy, RangeWork check) {
  Loss loss{std::move(what), check.count_left, std::move(remedy), std::nullopt};
  loss.check = std::move(check);
  return loss;
}
} // namespace

const std::string* HiddenColumns::attic_name(std::string_view was) const {
  for (const auto& [name, attic] : names)
    if (name == was) return &attic;
  return nullptr;
}

Piece undone(Piece piece) {
  std::swap(piece.statements, piece.inverse);
  return piece;
}

Step revert_step(std::string title, std::vector<Piece> pieces) {
  Step step = combine(Phase::revert, std::move(title), std::move(pieces));
  step.inverse.clear();
  step.undo = "`afloat contract` again";
  return step;
}

namespace {
/// The plan has the triggers of SQLite's sync as they were made in expand, and they ask of each other column
/// whether it was changed. Another window may have hidden or renamed such a column since, and then no write
/// to the table would work: what is not there is not asked for.
void forget_what_went(Step& step) {
  const auto makes = [](const Statement& statement) {
    return statement.sql.starts_with("CREATE TRIGGER \"afloat_");
  };
  if (std::ranges::none_of(step.statements, makes)) return;
  for (const std::string_view sql :
       {"PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = afloat_forget_missing(sql, tbl_name) WHERE type = 'trigger' AND "
        "(name LIKE 'afloat~_%' ESCAPE '~' OR instr(sql, '/*<afloat ') > 0)",
        "CREATE VIEW afloat_schema_touch AS SELECT 1", "DROP VIEW afloat_schema_touch",
        "PRAGMA writable_schema = RESET"})
    step.statements.emplace_back(std::string(sql));
}
} // namespace

void append_revert(OperationPlan& plan, std::vector<Step> steps) {
  for (Step& step : steps) {
    step.phase = Phase::revert;
    forget_what_went(step);
    step.inverse.clear();
    step.undo = step.kind == StepKind::check ? "reads only" : "`afloat contract` again";
    plan.steps.push_back(std::move(step));
  }
}

namespace {
void append_settings(const Table& table, const std::string& name, std::vector<Statement>& to) {
  std::ranges::move(settings_of(table, name), std::back_inserter(to));
}
} // namespace

std::vector<Step> rebuild_constraint(const Table& table, const Constraint& constraint, const SqlWriter& sql) {
  if (is_key(constraint)) {
    Index bare = *index_of(table, constraint);
    bare.constraint.clear();
    std::vector<Step> steps = sql.key_steps(table, bare, constraint, Phase::revert);
    append_settings(table, constraint.name, steps.back().statements);
    return steps;
  }
  Constraint bare = constraint;
  if (bare.definition.ends_with(k_not_valid))
    bare.definition.resize(bare.definition.size() - k_not_valid.size());
  std::vector<Step> steps = sql.constraint_steps(table, bare, "", Phase::revert);
  if (!constraint.validated) steps.resize(1);
  // There is no NOT VALID for these (for the foreign key before PostgreSQL 18): they are read under the lock.
  const bool at_once = constraint.kind == ConstraintKind::exclusion
                       || (constraint.kind == ConstraintKind::foreign_key && table.partitioned);
  if (!at_once) {
    append_settings(table, constraint.name, steps.front().statements);
    return steps;
  }
  steps.resize(1);
  steps.front().statements = {fmt::format("ALTER TABLE {} ADD CONSTRAINT {} {}", sql.relation(table.name),
                                          sql.identifier(constraint.name), constraint.definition)};
  append_settings(table, constraint.name, steps.front().statements);
  steps.front().scans = true;
  return steps;
}

std::optional<Loss> loss_of_constraint(const Table& table, const Constraint& constraint,
                                       const OperationContext& context) {
  auto check = breaches(constraint, {table, {}}, context);
  if (!check || !constraint.validated) return std::nullopt;
  return loss_of(fmt::format("{} of {}", constraint.name.empty() ? constraint.definition : constraint.name,
                             display(table.name)),
                 "Correct or delete these rows.", std::move(*check));
}

namespace {
bool is_rebuilt(const Index& index, const HiddenColumns& hidden) {
  return index.constraint.empty() && index.valid && !is_own_name(index.name) && has_any(index, hidden);
}
} // namespace

std::vector<Step> rebuild_hidden(const HiddenColumns& hidden, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Table& table = hidden.table;
  std::vector<Step> steps;
  for (const Index& index : table.indexes)
    if (is_rebuilt(index, hidden))
      for (Step& step : sql.create_index_steps(table, index)) steps.push_back(std::move(step));
  if (sql.dialect() == Dialect::sqlite) return steps; // there they are parts of the table's text
  for (const Constraint& constraint : table.constraints)
    if (!is_own_name(constraint.name) && has_any(constraint, hidden)
        && (!is_key(constraint) || index_of(table, constraint)))
      for (Step& step : rebuild_constraint(table, constraint, sql)) steps.push_back(std::move(step));
  return steps;
}

void append_index_settings(const HiddenColumns& hidden, std::vector<Step>& steps) {
  Step step{.phase = Phase::revert, .title = "set its indexes as they were"};
  for (const Index& index : hidden.table.indexes)
    if (is_rebuilt(index, hidden)) append_settings(hidden.table, index.name, step.statements);
  if (step.statements.empty()) return;
  step.locks = {{hidden.table.name, LockLevel::access_exclusive}}; // for REPLICA IDENTITY
  steps.push_back(std::move(step));
}

void append_index_obstacles(const HiddenColumns& hidden, std::vector<Loss>& losses) {
  for (const Index& index : hidden.table.indexes) {
    if (!index.valid || is_own_name(index.name) || !has_any(index, hidden)) continue;
    const std::string what = fmt::format("{} of {}", index.name, display(hidden.table.name));
    for (const std::string& query : index_obstacles(hidden.table, index))
      losses.push_back(loss_of(what, "Detach these partitions.", asked_once(hidden.table, query)));
    if (const auto taken = taken_names(hidden.table, index))
      losses.push_back(loss_of(what, "Rename these.", asked_once(hidden.table, *taken)));
  }
}

std::vector<Loss> losses_of_rebuild(const HiddenColumns& hidden, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const Table table = in_attic(hidden);
  std::vector<Loss> losses;
  append_index_obstacles(hidden, losses);
  for (const auto& [was, attic] : hidden.names)
    if (const Column* column = hidden.table.find_column(was); column && column->not_null)
      losses.push_back(loss_of(
          fmt::format("NOT NULL on {}", touched(hidden.table, was)),
          fmt::format(
              "Give {0} a value in these rows. Where another column is in sync with it, give that one "
              "a value that `down` maps: it takes over what is written to {0}.",
              attic),
          sql.nulls(table, attic)));
  for (const Index& index : hidden.table.indexes)
    if (index.unique && index.valid && has_any(index, hidden))
      losses.push_back(loss_of(fmt::format("{} of {}", index.name, display(table.name)),
                               "Delete or change all but one of each.",
                               duplicates(table, in_attic(index, hidden, sql), sql)));
  for (const Constraint& constraint : hidden.table.constraints)
    if (constraint.validated && has_any(constraint, hidden))
      if (auto check = breaches(constraint, hidden, context))
        losses.push_back(
            loss_of(fmt::format("{} of {}", constraint.name.empty() ? constraint.definition : constraint.name,
                                display(table.name)),
                    "Correct or delete these rows.", std::move(*check)));
  return losses;
}

Loss unmapped_rows(const Sync& sync, bool required, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const bool postgres = sql.dialect() == Dialect::postgres;
  std::vector<std::string> lost, kept, differ, shown, values, derived;
  for (const SyncColumn& column : old_side(sync)) lost.push_back(sql.identifier(column.name) + " IS NULL");
  for (const SyncColumn& column : new_side(sync)) {
    const std::string name = sql.identifier(column.name);
    kept.push_back(name + " IS NOT NULL");
    shown.push_back(column.name);
    differ.push_back(fmt::format("{} IS NOT ({})", name, column.expression));
    values.push_back(name);
    derived.push_back(fmt::format("CAST(({}) AS {})", column.expression, column.type));
  }
  const std::string differs = postgres ? fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))",
                                                     join(values, ", "), join(derived, ", "))
                                       : "(" + join(differ, " OR ") + ")";
  const std::string condition =
      fmt::format("{} AND ({}) AND {}", join(lost, " AND "), join(kept, " OR "), differs);
  return loss_of(fmt::format("the old shape of {}.{}", display(sync.table.name), join(shown, ", ")),
                 required ? "Give these rows a value that the old shape holds." : "",
                 sql.rows_where(sync.table, shown, condition));
}

Loss parted_rows(const Sync& sync, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  std::string remedy = "Something went around sync (`afloat verify`): write these rows once more.";
  if (sync.table.partitioned) {
    std::vector<std::string> put;
    for (const SyncColumn& column : old_side(sync))
      put.push_back(
          fmt::format("{} = {}", sql.identifier(column.name),
                      sync.identity ? sql.identifier(new_side(sync).front().name) : column.expression));
    remedy =
        fmt::format("Something went around sync (`afloat verify`), such as a partition that was attached "
                    "with rows: UPDATE {} SET {} WHERE …",
                    sql.relation(sync.table.name), join(put, ", "));
  }
  return loss_of(fmt::format("{}.{}, equal to the attic in every row", display(sync.table.name),
                             names_of(new_side(sync))),
                 std::move(remedy), sql.compare(sync));
}

void append_attached_rows(const Sync& sync, const OperationContext& context, std::vector<Loss>& losses) {
  if (sync.table.partitioned) losses.push_back(parted_rows(sync, context));
}

void append_keys_since(const Table& table, const std::string& column, const OperationContext& context,
                       std::vector<Loss>& losses) {
  if (table.partitioned)
    losses.push_back(loss_of("the key of partitions of " + touched(table, column), "Detach these partitions.",
                             asked_once(table, keyed_partitions(table, column))));
  const auto can_be_pointed_at = [&](const Index& index) {
    return index.unique && uses_column(index, table, column);
  };
  if (context.sql.dialect() != Dialect::postgres || std::ranges::none_of(table.indexes, can_be_pointed_at))
    return;
  std::vector<std::pair<RelationName, std::string>> known;
  for (const Table& other : context.before.tables)
    for (const Constraint& constraint : other.constraints)
      if (constraint.kind == ConstraintKind::foreign_key && constraint.references == table.name)
        known.emplace_back(other.name, constraint.name);
  losses.push_back(loss_of("the key of " + touched(table, column),
                           "Drop them, and add them again after the revert.",
                           asked_once(table, keys_since(table, column, known))));
}

Step attic_check(const Sync& sync, const OperationContext& context) {
  return range_step(Phase::purge, StepKind::check,
                    fmt::format("compare {}.{} and {} in every row", display(sync.table.name),
                                names_of(old_side(sync)), names_of(new_side(sync))),
                    context.sql.compare(sync), sync.table);
}

} // namespace afloat
