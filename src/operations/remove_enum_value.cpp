#include "operations/remove_enum_value.hpp"

#include "operations/revert.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// PostgreSQL: the type is made anew, and its columns with it (remove_enum_type.cpp). SQLite: where the value
// becomes another, a second column has it so (change_type), and the list is edited when it takes the column's
// name; else no row has the value, and only the list is edited.
namespace afloat {
namespace {
RemovedValue removed_value(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& column = required_column(spec, table);
  const std::string value = text(spec.fields, "value"), becomes = text(spec.fields, "becomes");
  return {spec,
          context,
          table,
          column,
          value,
          becomes,
          context.sql.remove_enum_value(context.before, table, column, value, becomes, sync_id(context),
                                        context.version)};
}

[[noreturn]] void refuse_label(const RemovedValue& what, std::string_view field, const std::string& label) {
  const auto near = nearest(label, what.removal.labels);
  throw invalid(what.spec, what.context, field, fmt::format("\"{}\" is not one of the values", label),
                near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                     : fmt::format("They are: {}. Nothing was changed.", join(what.removal.labels, ", ")));
}

void refuse_unfit(const RemovedValue& what) {
  const std::vector<std::string>& labels = what.removal.labels;
  if (labels.empty())
    throw invalid(what.spec, what.context, "column", what.removal.refused, what.removal.hint);
  if (std::ranges::count(labels, what.value) == 0) refuse_label(what, "value", what.value);
  if (what.becomes == what.value)
    throw invalid(what.spec, what.context, "becomes", "it is the value that goes",
                  "Give another one. Nothing was changed.");
  if (!what.becomes.empty() && std::ranges::count(labels, what.becomes) == 0)
    refuse_label(what, "becomes", what.becomes);
  if (labels.size() == 1)
    throw invalid(what.spec, what.context, "value", fmt::format("\"{}\" is the only value", what.value),
                  "Drop the column instead. Nothing was changed.");
  if (!what.removal.refused.empty())
    throw invalid(what.spec, what.context, "column", what.removal.refused, what.removal.hint);
  refuse_placeholders(what.spec, what.context, what.table);
}

// SQLite.

/// Puts the value back where it stood in the list.
Piece wider_list(const RemovedValue& what) {
  const std::vector<std::string>& labels = what.removal.labels;
  const auto at = std::ranges::find(labels, what.value);
  Table narrow = what.table;
  narrow.constraints = what.removal.constraints;
  const EnumValue value = at == labels.begin() ? EnumValue{what.value, labels.at(1), true}
                                               : EnumValue{what.value, *(at - 1), false};
  return what.context.sql.add_enum_value(narrow, what.column, {}, value).piece;
}

Step widen_step(const RemovedValue& what, const std::optional<Sync>& counter) {
  std::vector<Piece> pieces{wider_list(what)};
  if (counter) pieces.push_back(what.context.sql.create_sync(*counter));
  return revert_step(
      fmt::format("let {} take \"{}\" again", touched(what.table, what.column.name), what.value),
      std::move(pieces));
}

/// The same as a change of type to the type that is there.
OperationSpec as_change(const RemovedValue& what) {
  OperationSpec change = what.spec;
  const auto put = [&](std::string name, std::string value) {
    change.fields.push_back({std::move(name), std::move(value), what.spec.where});
  };
  put("column_type", what.column.type.empty() ? "blob" : what.column.type);
  put("up", what.removal.members.front().up);
  put("down", what.removal.members.front().down);
  put("new_default", what.removal.members.front().default_sql.value_or(""));
  return change;
}

std::string title_of_edit(const RemovedValue& what) {
  return fmt::format("let {} take no \"{}\"", touched(what.table, what.column.name), what.value);
}

void append_counter(const RemovedValue& what, const Sync& counter, OperationPlan& plan) {
  for (Counter& one : value_counters(what, what.removal.members.front()))
    plan.counters.push_back(std::move(one));
  for (Guard& one : what.context.sql.guards(counter)) plan.guards.push_back(std::move(one));
}

Step count_step(const RemovedValue& what, const Sync& counter) {
  Step step =
      combine(Phase::expand,
              fmt::format("count writes of \"{}\" to {}", what.value, touched(what.table, what.column.name)),
              {what.context.sql.create_sync(counter)});
  step.undo = "takes the triggers away";
  return step;
}

OperationPlan plan_list(const RemovedValue& what) {
  OperationPlan plan;
  const auto counter = value_counter(what, what.removal.members.front());
  plan.steps = look_for_value(what, Phase::expand);
  if (counter) plan.steps.push_back(count_step(what, *counter));
  std::ranges::move(look_for_value(what, Phase::contract), std::back_inserter(plan.steps));
  std::vector<Piece> pieces{what.removal.edit};
  if (counter) pieces.push_back(what.context.sql.drop_sync(*counter));
  Step step = combine(Phase::contract, title_of_edit(what), std::move(pieces));
  step.inverse.clear();
  step.swap = true;
  step.undo = "`afloat revert` lets the value in again";
  plan.steps.push_back(std::move(step));
  append_revert(plan, {widen_step(what, counter)});
  if (counter) append_counter(what, *counter, plan);
  plan.touches = {touched(what.table, what.column.name)};
  plan.notes.push_back(fmt::format(
      "Until contract the old release may go on to write \"{}\"; contract refuses while rows have it.",
      what.value));
  return plan;
}

/// The list that the successor takes over is edited in the transaction in which it does. The way back widens
/// it first: the column in the attic has the value.
OperationPlan plan_successor(const RemovedValue& what) {
  OperationPlan plan = find_operation("change_type")->plan(as_change(what), what.context);
  const auto counter = value_counter(what, what.removal.members.front());
  const auto swap = std::ranges::find_if(plan.steps, [](const Step& step) { return step.swap; });
  swap->title += fmt::format("; it takes no \"{}\"", what.value);
  swap->undo =
      "`afloat revert`: the old column, with the value, is in the attic from here on, and is kept in "
      "sync until it is purged";
  std::ranges::copy(what.removal.edit.statements, std::back_inserter(swap->statements));
  if (counter) {
    const Piece drop = what.context.sql.drop_sync(*counter);
    swap->statements.insert(swap->statements.begin(), drop.statements.begin(), drop.statements.end());
    const auto first = std::ranges::find(plan.steps, StepKind::statements, &Step::kind);
    plan.steps.insert(first + 1, count_step(what, *counter));
    append_counter(what, *counter, plan);
  }
  plan.steps.insert(std::ranges::find(plan.steps, Phase::revert, &Step::phase), widen_step(what, counter));
  plan.notes.push_back(
      fmt::format("Rows with \"{}\" have \"{}\" from contract on.", what.value, what.becomes));
  return plan;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const RemovedValue what = removed_value(spec, context);
  refuse_unfit(what);
  if (context.sql.dialect() == Dialect::postgres) return plan_new_type(what);
  return what.becomes.empty() ? plan_list(what) : plan_successor(what);
}

void drop_from_list(const RemovedValue& what, Schema& schema) {
  Table& table = *schema.find(what.table.name);
  // Without its assertion: the rows are not there when the text is read.
  Piece edit = what.removal.edit;
  std::erase_if(edit.statements, [](const Statement& statement) {
    return statement.sql.find("afloat_assert") != std::string::npos;
  });
  std::vector<Piece> pieces{std::move(edit)};
  const std::optional<std::string>& now = what.removal.members.front().default_sql;
  if (now != what.column.default_sql) {
    pieces.push_back(what.context.sql.drop_default(what.table, what.column.name));
    pieces.push_back(what.context.sql.set_default(what.table, what.column.name, *now));
  }
  note_change(table, what.context, std::move(pieces));
  table.constraints = what.removal.constraints;
  table.find_column(what.removal.members.front().column.name)->default_sql = now;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const RemovedValue what = removed_value(spec, context);
  if (!what.removal.refused.empty() || std::ranges::count(what.removal.labels, what.value) == 0) return;
  if (context.sql.dialect() == Dialect::postgres) return apply_new_type(what, schema, shape);
  if (!what.becomes.empty() && shape == Shape::window)
    return find_operation("change_type")->apply(as_change(what), context, schema, shape);
  if (shape == Shape::complete) drop_from_list(what, schema);
}

std::vector<RelationName> follows(const OperationSpec& spec, const Schema& schema, const SqlWriter& sql) {
  const Table* table = schema.find(table_field(spec));
  const Column* column = table ? table->find_column(text(spec.fields, "column")) : nullptr;
  return column ? sql.tables_of_enum(schema, *column) : std::vector<RelationName>();
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "A table with a column of the type"},
    {"column", FieldType::text, true,
     "The column: an enum on PostgreSQL, with CHECK (column IN (…)) on SQLite"},
    {"value", FieldType::text, true, "The value that goes"},
    {"becomes", FieldType::text, false,
     "The value that takes its place in rows that have it; without it no row may have it"},
};
} // namespace

std::vector<Step> look_for_value(const RemovedValue& what, Phase phase) {
  std::vector<Step> looks;
  if (!what.becomes.empty()) return looks;
  for (const EnumMember& member : what.removal.members)
    looks.push_back(range_step(
        phase, StepKind::check,
        fmt::format("look for rows of {} with \"{}\"", touched(member.table, member.column.name), what.value),
        what.context.sql.rows_where(member.table, {member.column.name}, member.has_value), member.table));
  return looks;
}

std::optional<Sync> value_counter(const RemovedValue& what, const EnumMember& member) {
  Sync sync;
  sync.kind = Sync::Kind::condition;
  sync.id = member.id + "_value";
  sync.table = member.table;
  sync.up = fmt::format("NOT coalesce({}, false)", member.has_value);
  sync.count_old_writes = false;
  return what.context.sql.sync_obstacle(sync).empty() ? std::optional(std::move(sync)) : std::nullopt;
}

std::vector<Counter> value_counters(const RemovedValue& what, const EnumMember& member) {
  const auto sync = value_counter(what, member);
  std::vector<Counter> counters = sync ? what.context.sql.counters(*sync) : std::vector<Counter>();
  for (Counter& counter : counters)
    counter.subject = fmt::format("\"{}\" in {}", what.value, touched(member.table, member.column.name));
  return counters;
}

const OperationRow k_remove_enum_value{"remove_enum_value",
                                       "Take a value out of an enum",
                                       k_fields,
                                       only_table,
                                       plan,
                                       apply,
                                       false,
                                       nullptr,
                                       false,
                                       follows};

} // namespace afloat
