#include "model/inheritance.hpp"
#include "operations/aside.hpp"
#include "operations/aside_cross.hpp"
#include "operations/cross.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

// The new table has the source's primary key as its own, and a foreign key back that takes rows along when
// the source row goes. No row in it says the same as a source row whose columns are all at their defaults.
namespace afloat {
namespace {
struct Extract {
  const Table& source;
  std::vector<std::string> columns, key; ///< key: the names in the new table
  Table target;
};

std::vector<std::string> key_names(const OperationSpec& spec, const OperationContext& context,
                                   const Table& source) {
  std::vector<std::string> names = list(spec.fields, "key");
  if (names.empty()) return source.primary_key;
  if (names.size() != source.primary_key.size())
    throw invalid(spec, context, "key",
                  fmt::format("the primary key of {} is ({}): `key` needs {}", display(source.name),
                              join(source.primary_key, ", "),
                              count_of(static_cast<std::int64_t>(source.primary_key.size()), "name")),
                  "Nothing was changed.");
  return names;
}

Constraint back_reference(const Extract& extract, const SqlWriter& sql) {
  const auto quoted = [&](const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const std::string& name : names) all.push_back(sql.identifier(name));
    return join(all, ", ");
  };
  Constraint constraint;
  constraint.kind = ConstraintKind::foreign_key;
  constraint.columns = extract.key;
  constraint.references = extract.source.name;
  constraint.definition =
      fmt::format("FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE CASCADE ON UPDATE CASCADE",
                  quoted(extract.key), sql.relation(extract.source.name), quoted(extract.source.primary_key));
  return constraint;
}

void refuse_columns(const OperationSpec& spec, const OperationContext& context, const Extract& extract) {
  if (extract.columns.empty())
    throw invalid(spec, context, "columns", "no columns are named", "Nothing was changed.");
  for (const std::string& name : extract.columns) {
    if (!extract.source.find_column(name)) {
      std::vector<std::string> names;
      for (const Column& column : extract.source.columns) names.push_back(column.name);
      const auto near = nearest(name, names);
      throw invalid(spec, context, "columns",
                    fmt::format("table \"{}\" has no column \"{}\"", display(extract.source.name), name),
                    near ? fmt::format("Did you mean \"{}\"? Nothing was changed.", *near)
                         : fmt::format("It has: {}. Nothing was changed.", join(names, ", ")));
    }
    if (std::ranges::count(extract.columns, name) > 1)
      throw invalid(spec, context, "columns", fmt::format("column \"{}\" is given twice", name),
                    "Nothing was changed.");
    if (std::ranges::count(extract.key, name) > 0)
      throw invalid(spec, context, "key",
                    fmt::format("\"{}\" is the name of a column that is extracted too", name),
                    "Choose another name for the key. Nothing was changed.");
  }
}

Extract extract_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& source = required_table(spec, context);
  Extract extract{source, list(spec.fields, "columns"), key_names(spec, context, source), {}};
  refuse_columns(spec, context, extract);
  Table& target = extract.target;
  target.name = context.before.resolved(parse_relation(text(spec.fields, "to_table")));
  for (std::size_t i = 0; i < extract.key.size(); ++i) {
    Column key = *source.find_column(source.primary_key[i]);
    key.name = extract.key[i];
    key.identity.clear();
    key.default_sql.reset();
    key.comment.clear();
    key.not_null = true;
    target.columns.push_back(std::move(key));
  }
  for (const std::string& name : extract.columns)
    target.columns.push_back(moved(*source.find_column(name), name));
  target.primary_key = extract.key;
  target.constraints.push_back(back_reference(extract, context.sql));
  target.rows = 0;
  return extract;
}

CrossSync sync_of(const Extract& extract, const OperationContext& context) {
  CrossSync sync;
  sync.id = sync_id(context);
  sync.source = extract.source;
  sync.target = extract.target;
  for (const std::string& name : extract.columns) {
    const Column& column = *extract.source.find_column(name);
    sync.columns.push_back({name, name, column.type, column.default_sql});
  }
  for (std::size_t i = 0; i < extract.key.size(); ++i)
    sync.link.push_back({extract.source.primary_key[i], extract.key[i], "", std::nullopt});
  sync.creates = sync.owns_target = true;
  return sync;
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Extract& extract) {
  const std::string target = display(extract.target.name);
  if (extract.source.primary_key.empty())
    throw invalid(spec, context, "table",
                  fmt::format("{} has no primary key, by which rows of {} could belong to its own",
                              display(extract.source.name), target),
                  "Add a primary key first. Nothing was changed.");
  if (context.before.find(extract.target.name)
      || std::ranges::count(context.before.known, extract.target.name) > 0)
    throw invalid(spec, context, "to_table", fmt::format("there is a table or view \"{}\" already", target),
                  "Choose another name, or use move_column for each column. Nothing was changed.");
  if (is_own_name(extract.target.name.name))
    throw invalid(spec, context, "to_table", "names that begin with \"afloat_\" belong to afloat itself");
  refuse_unmovable(spec, context, "columns", extract.source, extract.columns);
  refuse_placeholders(spec, context, extract.source);
  refuse_placeholders(spec, context, extract.target);
  if (const std::string obstacle = context.sql.sync_obstacle(sync_of(extract, context)); !obstacle.empty())
    throw invalid(spec, context, "table", obstacle, way_out_of_two_tables(extract.source, extract.target));
}

Step expand_step(const Extract& extract, const CrossSync& sync, const OperationContext& context) {
  std::vector<Piece> pieces = relax_pieces(sync, context);
  pieces.push_back(context.sql.create_table(extract.target));
  pieces.push_back(context.sql.copy_table_grants(extract.source.name, extract.target.name));
  pieces.push_back(context.sql.create_cross_sync(sync));
  Step step = combine(Phase::expand,
                      fmt::format("create {}, kept equal to {}.{}", display(extract.target.name),
                                  display(extract.source.name), join(extract.columns, ", ")),
                      std::move(pieces));
  std::erase_if(step.locks, [&](const TableLock& lock) { return lock.relation == extract.target.name; });
  step.undo = fmt::format("drops the sync and the table; what either release wrote stays in {}",
                          display(extract.source.name));
  return step;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Extract extract = extract_of(spec, context);
  refuse_unfit(spec, context, extract);
  const CrossSync sync = sync_of(extract, context);
  const std::optional<AsideTable> aside = aside_of_cross(spec, context, sync);
  const std::string source = display(extract.source.name), target = display(extract.target.name);
  OperationPlan plan;
  plan.steps.push_back(expand_step(extract, sync, context));
  plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill,
                                  fmt::format("add rows to {} for {}", target, source),
                                  context.sql.create_target_rows(sync), extract.source));
  plan.steps.back().undo = "nothing to undo: the table goes with abort";
  plan.steps.push_back(range_step(Phase::backfill, StepKind::check,
                                  fmt::format("compare {} in every row", subject_of(sync)),
                                  context.sql.compare(sync, true), extract.source));
  append_contract(sync, aside, context, plan);
  append_facts(sync, aside, context, plan);
  plan.touches.push_back(target + ".*");
  plan.notes.push_back(
      fmt::format("A row of {} whose columns are all at their defaults has no row in {}; a row of {} "
                  "that is deleted sets them back to these.",
                  source, target, target));
  for (const std::string& name : extract.columns)
    if (extract.source.find_column(name)->not_null)
      plan.notes.push_back(
          fmt::format("{} may be NULL: the old release writes a row step by step. Use set_not_null "
                      "once this window is closed.",
                      touched(extract.target, name)));
  if (context.sql.dialect() == Dialect::postgres)
    for (const std::string& publication : extract.source.publications)
      plan.notes.push_back(fmt::format("Publication \"{}\" carries {}, and not {}: add it, there and at the "
                                       "subscribers, if they need it.",
                                       publication, source, target));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  Extract extract = extract_of(spec, context);
  const CrossSync sync = sync_of(extract, context);
  if (context.sql.dialect() == Dialect::sqlite)
    extract.target.create_sql = context.sql.create_table(extract.target).statements.front().sql;
  apply_to_source(sync, context, schema, shape);
  if (schema.offline && context.sql.dialect() == Dialect::sqlite)
    return context.sql.replay(context.sql.create_table(extract.target).statements, schema);
  schema.known.push_back(extract.target.name);
  schema.tables.push_back(std::move(extract.target));
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table that has the columns now; it needs a primary key"},
    {"columns", FieldType::text_list, true, "The columns that go to the new table"},
    {"to_table", FieldType::text, true, "The new table"},
    {"key", FieldType::text_list, false,
     "The names of the key columns in the new table; the names of the source's primary key without it"},
    k_attic_field,
};
} // namespace

const OperationRow k_extract_table{
    "extract_table", "Make columns of a table the rows of a new one", k_fields, only_table, plan, apply};

} // namespace afloat
