#include "operations/new_constraint.hpp"

#include "operations/revert.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
bool has_name(const Table& table, std::string_view name) {
  return std::ranges::count(table.constraints, name, &Constraint::name) > 0
         || std::ranges::count(table.indexes, name, &Index::name) > 0;
}

std::string add_sql(const Table& table, const Constraint& constraint, const SqlWriter& sql) {
  const std::string name =
      constraint.name.empty() ? "" : fmt::format("CONSTRAINT {} ", sql.identifier(constraint.name));
  return fmt::format("ALTER TABLE {} ADD {}{}", sql.relation(table.name), name, constraint.definition);
}

/// What the server would call it: asked of the replay, which makes names as the server does.
std::string server_name(const OperationContext& context, const Table& table, const Constraint& constraint) {
  Schema copy = context.before;
  const Statement statement(add_sql(table, constraint, context.sql));
  context.sql.replay({&statement, 1}, copy);
  const Table* after = copy.find(table.name);
  if (!after) return {};
  // What the model left unsaid, such as the name of the primary key, the replay may fill in as well.
  for (auto one = after->constraints.rbegin(); one != after->constraints.rend(); ++one)
    if (one->kind == constraint.kind
        && std::ranges::count(table.constraints, one->name, &Constraint::name) == 0)
      return one->name;
  return {};
}

std::string composed_name(const Table& table, const Constraint& constraint, std::string_view label) {
  std::string columns;
  const bool of_table = constraint.kind == ConstraintKind::primary_key
                        || (constraint.kind == ConstraintKind::check && constraint.columns.size() != 1);
  if (!of_table)
    for (const std::string& column : constraint.columns) columns += "_" + column;
  const std::string stem = fmt::format("{}{}_{}", table.name.name, columns, label);
  std::string name = stem;
  for (int number = 1; has_name(table, name); ++number) name = stem + std::to_string(number);
  return name;
}

/// Counts the writes that the condition does not let pass; nothing where such a trigger cannot be had.
std::optional<Sync> counter_of(const NewConstraint& adding, const OperationContext& context,
                               OperationPlan& plan) {
  if (adding.condition.empty() || adding.phase != Phase::contract) return std::nullopt;
  Sync sync;
  sync.kind = Sync::Kind::condition;
  sync.id = sync_id(context);
  sync.table = adding.table;
  sync.up = adding.condition;
  sync.count_old_writes = false;
  const std::string obstacle = context.sql.sync_obstacle(sync);
  if (obstacle.empty()) return sync;
  plan.notes.push_back(fmt::format(
      "Writes that {} will reject are not counted: {}. `afloat verify` and contract find their rows.",
      adding.constraint.name, obstacle));
  return std::nullopt;
}

void append(std::vector<Step>& to, std::vector<Step> more) {
  std::ranges::move(more, std::back_inserter(to));
}

Step count_step(const Sync& sync, const std::string& name, const OperationContext& context) {
  Step step = combine(Phase::expand, fmt::format("count writes that {} will reject", name),
                      {context.sql.create_sync(sync)});
  step.undo = "takes the triggers away";
  return step;
}

Step stop_counting(const Sync& sync, const std::string& name, const OperationContext& context) {
  Step step = combine(Phase::contract, fmt::format("stop counting writes that {} rejects", name),
                      {context.sql.drop_sync(sync)});
  step.inverse.clear();
  return step;
}

/// What the steps of contract would undo one by one, in one transaction; what a later one takes away with it
/// says IF EXISTS.
std::vector<Step> revert_steps(const NewConstraint& adding, const std::vector<Step>& contract,
                               const std::optional<Sync>& counter, const OperationContext& context) {
  Piece piece;
  std::vector<Piece> pieces;
  for (auto step = contract.rbegin(); step != contract.rend(); ++step) {
    if (step->kind == StepKind::check) continue;
    for (const Statement& statement :
         step->kind == StepKind::outside && contract.size() > 1 ? std::vector<Statement>() : step->inverse)
      if (std::ranges::count(piece.statements, statement) == 0) piece.statements.push_back(statement);
    piece.locks.insert(piece.locks.end(), step->locks.begin(), step->locks.end());
  }
  pieces.push_back(std::move(piece));
  if (counter) pieces.push_back(context.sql.create_sync(*counter));
  return {revert_step(fmt::format("drop {} of {}{}", adding.constraint.name, display(adding.table.name),
                                  counter ? ", count what it would reject" : ""),
                      std::move(pieces))};
}

std::vector<std::string> notes_of(const NewConstraint& adding) {
  const std::string& name = adding.constraint.name;
  std::vector<std::string> notes;
  notes.push_back(
      adding.phase == Phase::expand
          ? fmt::format("From expand on what breaks {} is rejected, whichever release writes it.", name)
          : fmt::format("From contract on what breaks {} is rejected; until then it is let in.", name));
  const bool handed_down = adding.table.partitioned || adding.table.inheritance.starts_with("a parent");
  if (handed_down && adding.constraint.kind == ConstraintKind::check)
    notes.push_back(fmt::format("What {} is locked for, its partitions or children are locked for too.",
                                display(adding.table.name)));
  return notes;
}
} // namespace

Phase enforced_in(const OperationSpec& spec, const OperationContext& context) {
  const std::string word = text(spec.fields, "enforce");
  if (word.empty() || word == "contract") return Phase::contract;
  if (word == "expand") return Phase::expand;
  throw invalid(
      spec, context, "enforce", fmt::format("\"{}\" is not a phase that enforces", word),
      "Write \"contract\", or \"expand\" if the old release complies already. Nothing was changed.");
}

std::vector<std::string> key_columns(const OperationSpec& spec, const OperationContext& context,
                                     const Table& table, std::string_view field) {
  const std::vector<std::string> wanted = list(spec.fields, field);
  if (wanted.empty())
    throw invalid(spec, context, field, fmt::format("`{}` names no column", field), "Nothing was changed.");
  std::vector<std::string> known;
  for (const Column& column : table.columns) known.push_back(column.name);
  for (const std::string& name : wanted) {
    if (std::ranges::count(wanted, name) > 1)
      throw invalid(spec, context, field, fmt::format("column \"{}\" is given twice", name),
                    "Nothing was changed.");
    if (is_own_name(name))
      throw invalid(spec, context, field, fmt::format("\"{}\" belongs to afloat itself", name),
                    "Nothing was changed.");
    if (table.find_column(name)) continue;
    const auto near = nearest(name, known);
    throw invalid(
        spec, context, field, fmt::format("table \"{}\" has no column \"{}\"", display(table.name), name),
        near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near) : "Nothing was changed.");
  }
  return wanted;
}

std::string chosen_name(const OperationSpec& spec, const OperationContext& context, const Table& table,
                        const Constraint& constraint, std::string_view label) {
  const std::string given = text(spec.fields, "name");
  if (given.empty()) {
    if (context.sql.dialect() == Dialect::sqlite) return composed_name(table, constraint, label);
    const std::string name = server_name(context, table, constraint);
    if (!name.empty()) return name;
    throw invalid(spec, context, "table", "no name for the constraint can be told",
                  "Give it a `name`. Nothing was changed.");
  }
  if (is_own_name(given))
    throw invalid(spec, context, "name", fmt::format("\"{}\" is a name that afloat keeps for itself", given),
                  "Choose another name. Nothing was changed.");
  if (has_name(table, given))
    throw invalid(
        spec, context, "name",
        fmt::format("table \"{}\" already has a constraint or index \"{}\"", display(table.name), given),
        "Choose another name, or take this operation out if it is there already. Nothing was changed.");
  return given;
}

OperationPlan plan_of(NewConstraint adding, const OperationContext& context) {
  const std::string& name = adding.constraint.name;
  OperationPlan plan;
  plan.steps = adding.looks;
  const auto counter = counter_of(adding, context, plan);
  if (counter) plan.steps.push_back(count_step(*counter, name, context));
  if (adding.phase == Phase::contract) {
    for (Step& look : adding.looks) look.phase = Phase::contract;
    append(plan.steps, std::move(adding.looks));
  }
  std::vector<Step> back;
  if (adding.phase == Phase::contract) back = revert_steps(adding, adding.steps, counter, context);
  append(plan.steps, std::move(adding.steps));
  if (counter) plan.steps.push_back(stop_counting(*counter, name, context));
  const bool swaps = std::ranges::any_of(plan.steps, &Step::swap);
  if (adding.phase == Phase::contract && !swaps) {
    Step& last = plan.steps.back();
    last.swap = true;
    last.inverse.clear();
    last.undo = "`afloat revert` drops it again";
    append_revert(plan, std::move(back));
  }
  std::ranges::move(notes_of(adding), std::back_inserter(plan.notes));
  plan.touches = {display(adding.table.name) + "#" + name};
  for (const std::string& column : adding.constraint.columns)
    plan.reads.push_back(touched(adding.table, column));
  if (counter) {
    plan.counters = context.sql.counters(*counter);
    plan.guards = context.sql.guards(*counter);
  }
  return plan;
}

void apply_constraint(const Table& table, const Constraint& constraint, const OperationContext& context,
                      Schema& schema) {
  if (context.sql.dialect() == Dialect::postgres) {
    const Statement statement(add_sql(table, constraint, context.sql));
    context.sql.replay({&statement, 1}, schema);
    return;
  }
  Table& changed = *schema.find(table.name);
  std::vector<Step> steps = context.sql.constraint_steps(table, constraint, "", Phase::expand);
  // Without its assertions: the other table need not be there when the text is read.
  std::erase_if(steps.front().statements, [](const Statement& statement) {
    return statement.sql.find("afloat_assert") != std::string::npos;
  });
  note_change(changed, context, {Piece{.statements = std::move(steps.front().statements)}});
  changed.constraints.push_back(constraint);
  if (constraint.kind != ConstraintKind::foreign_key) return;
  if (Table* target = schema.find(constraint.references))
    if (std::ranges::count(target->referenced_by, table.name) == 0)
      target->referenced_by.push_back(table.name);
}

std::string column_list(const std::vector<std::string>& columns, const SqlWriter& sql) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(sql.identifier(column));
  return "(" + join(names, ", ") + ")";
}

std::string timing(const OperationSpec& spec, const OperationContext& context) {
  const bool deferrable = flag(spec.fields, "deferrable", false);
  const bool deferred = flag(spec.fields, "initially_deferred", false);
  if (deferred && !deferrable)
    throw invalid(spec, context, "initially_deferred",
                  "only a DEFERRABLE constraint can be INITIALLY DEFERRED",
                  "Add `deferrable = true`. Nothing was changed.");
  return std::string(deferrable ? " DEFERRABLE" : "") + (deferred ? " INITIALLY DEFERRED" : "");
}

References references_of(const Constraint& constraint) {
  References references{constraint.columns, constraint.references, {}, false};
  std::vector<Token> words = tokenize(constraint.definition);
  std::erase_if(words, [](const Token& token) { return token.kind == TokenKind::space; });
  const auto start = std::ranges::find_if(words, [](const Token& token) { return token.is("references"); });
  auto open = std::find_if(start, words.end(), [](const Token& token) {
    return token.text == "(" || token.is("on") || token.is("match") || token.is("deferrable")
           || token.is("not");
  });
  if (open != words.end() && open->text == "(")
    for (auto word = open + 1; word != words.end() && word->text != ")"; ++word)
      if (word->text != ",") references.target_columns.push_back(word->name());
  for (auto word = start; word != words.end(); ++word)
    references.match_full |= word->is("match") && word + 1 != words.end() && (word + 1)->is("full");
  return references;
}

std::string orphans(const Table& table, const References& references, const SqlWriter& sql) {
  // On SQLite a foreign key compares with the affinity and collation of the other table's column: a plus
  // takes those of this one away.
  const std::string plus = sql.dialect() == Dialect::sqlite ? "+" : "";
  std::vector<std::string> present, missing, same;
  for (std::size_t i = 0; i < references.columns.size(); ++i) {
    const std::string own = sql.identifier(table.name.name) + "." + sql.identifier(references.columns[i]);
    present.push_back(own + " IS NOT NULL");
    missing.push_back(own + " IS NULL");
    same.push_back(
        fmt::format("afloat_target.{} = {}{}", sql.identifier(references.target_columns[i]), plus, own));
  }
  const std::string nowhere = fmt::format("NOT EXISTS (SELECT 1 FROM {} AS afloat_target WHERE {})",
                                          sql.relation(references.target), join(same, " AND "));
  if (!references.match_full || present.size() == 1)
    return fmt::format("{} AND {}", join(present, " AND "), nowhere);
  return fmt::format("({}) AND ({} OR {})", join(present, " OR "), join(missing, " OR "), nowhere);
}

} // namespace afloat
