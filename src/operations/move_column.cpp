#include "model/inheritance.hpp"
#include "model/rowid.hpp"
#include "operations/aside.hpp"
#include "operations/aside_cross.hpp"
#include "operations/cross.hpp"
#include "operations/empty_column.hpp"
#include "operations/foreign_key.hpp"
#include "operations/rows.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// The target gets the column and sync in one transaction. From then on a write to either side reaches the row
// that belongs to it on the other, which a foreign key with unique columns on both ends tells. Contract hides
// the column of the source.
namespace afloat {
namespace {
struct Move {
  const Table& source;
  const Column& column;
  const Table& target;
  std::string to;
};

Move move_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& source = required_table(spec, context);
  const Column& column = required_column(spec, source);
  const Table& target = required_table(spec, context, "to_table");
  const std::string to = text(spec.fields, "to");
  return {source, column, target, to.empty() ? column.name : to};
}

std::string list_of(const std::vector<ForeignKey>& keys) {
  std::vector<std::string> texts;
  for (const ForeignKey& key : keys) texts.push_back(key.describe());
  return join(texts, ", ");
}

ForeignKey link_of(const OperationSpec& spec, const OperationContext& context, const Move& move) {
  std::vector<ForeignKey> keys = foreign_keys_between(move.source, move.target);
  const std::string source = display(move.source.name), target = display(move.target.name);
  if (keys.empty())
    throw invalid(
        spec, context, "to_table",
        fmt::format("no foreign key says which row of {} belongs to which row of {}", target, source),
        "Add one first, with unique columns on both ends. Nothing was changed.");
  const std::string by = text(spec.fields, "by");
  const std::string all = list_of(keys);
  if (!by.empty())
    std::erase_if(keys, [&](const ForeignKey& key) {
      return key.name != by && join(key.from_first ? key.first : key.second, ", ") != by;
    });
  if (keys.empty())
    throw invalid(spec, context, "by",
                  fmt::format("no foreign key between {} and {} is called \"{}\"", source, target, by),
                  fmt::format("There is: {}. Nothing was changed.", all));
  if (keys.size() > 1)
    throw invalid(spec, context, by.empty() ? "to_table" : "by",
                  fmt::format("{} and {} have several foreign keys: {}", source, target, all),
                  "Say by which one the rows belong together: `by = \"…\"`. Nothing was changed.");
  return keys.front();
}

void refuse_many(const OperationSpec& spec, const OperationContext& context, const Move& move,
                 const ForeignKey& key) {
  const auto refuse = [&](const Table& table, const std::vector<std::string>& columns, const Table& other) {
    if (is_unique(table, columns)) return;
    const std::string name = display(table.name), names = join(columns, ", ");
    throw invalid(
        spec, context, "to_table",
        fmt::format("{}.{} is not unique: several rows of {} may belong to one row of {}, and could "
                    "not keep values of their own",
                    name, names, name, display(other.name)),
        fmt::format("Make it unique first, if it is meant to be: create_index with `unique = true` on "
                    "{} ({}). Nothing was changed.",
                    name, names));
  };
  refuse(move.source, key.first, move.target);
  refuse(move.target, key.second, move.source);
}

/// A row that sync makes has the link and the column, and else only defaults.
void refuse_uncreatable(const OperationSpec& spec, const OperationContext& context, const Move& move,
                        const ForeignKey& key) {
  const std::string target = display(move.target.name);
  if (key.from_first)
    throw invalid(spec, context, "create_missing",
                  fmt::format("{} refers to {}: a row of {} must be there before the one that refers to it",
                              display(move.source.name), target, target),
                  "Leave `create_missing` out. Nothing was changed.");
  for (const Column& column : move.target.columns) {
    const bool rowid = context.sql.dialect() == Dialect::sqlite && is_rowid_alias(move.target, column.name);
    const bool given = std::ranges::count(key.second, column.name) > 0;
    if (column.not_null && !column.default_sql && column.identity.empty() && column.generated.empty()
        && !given && !rowid)
      throw invalid(spec, context, "create_missing",
                    fmt::format("{}.{} is NOT NULL without a default, so that sync cannot make a row", target,
                                column.name),
                    "Give it a default, or leave `create_missing` out. Nothing was changed.");
  }
}

CrossSync sync_of(const OperationSpec& spec, const OperationContext& context, const Move& move) {
  const ForeignKey key = link_of(spec, context, move);
  CrossSync sync;
  sync.id = sync_id(context);
  sync.source = move.source;
  sync.target = move.target;
  sync.columns = {{move.column.name, move.to, move.column.type, move.column.default_sql}};
  for (std::size_t i = 0; i < key.first.size() && i < key.second.size(); ++i)
    sync.link.push_back({key.first[i], key.second[i], "", std::nullopt});
  sync.creates = flag(spec.fields, "create_missing", false);
  return sync;
}

void refuse_unfit(const OperationSpec& spec, const OperationContext& context, const Move& move) {
  if (move.source.name == move.target.name)
    throw invalid(spec, context, "to_table", "the column is in this table already",
                  "Use rename_column to give it another name. Nothing was changed.");
  if (move.target.find_column(move.to))
    throw invalid(spec, context, find(spec.fields, "to") ? "to" : "to_table",
                  fmt::format("table \"{}\" already has a column \"{}\"", display(move.target.name), move.to),
                  "Choose another name with `to`. Nothing was changed.");
  if (is_own_name(move.to))
    throw invalid(spec, context, "to", "names that begin with \"afloat_\" belong to afloat itself");
  refuse_unmovable(spec, context, "column", move.source, {move.column.name});
  refuse_placeholders(spec, context, move.source);
  refuse_placeholders(spec, context, move.target);
  const ForeignKey key = link_of(spec, context, move);
  if (std::ranges::count(key.first, move.column.name) > 0)
    throw invalid(spec, context, "column",
                  fmt::format("\"{}\" is what says which rows belong together", move.column.name),
                  "Nothing was changed.");
  refuse_many(spec, context, move, key);
  if (flag(spec.fields, "create_missing", false)) refuse_uncreatable(spec, context, move, key);
  if (const std::string obstacle = context.sql.sync_obstacle(sync_of(spec, context, move)); !obstacle.empty())
    throw invalid(spec, context, "table", obstacle, way_out_of_two_tables(move.source, move.target));
}

/// An index on the column alone gets a twin on the target.
std::vector<Index> twin_indexes(const Move& move, const OperationContext& context) {
  std::vector<Index> twins;
  for (const Index& index : move.source.indexes) {
    if (!index.valid || index.parts.size() != 1 || index.parts[0].column != move.column.name
        || !index.include.empty() || !index.predicate.empty() || is_own_name(index.name))
      continue;
    Index twin = index;
    twin.name = context.sql.fitting_name(
        fmt::format("{}_{}_{}", move.target.name.name, move.to, index.unique ? "key" : "idx"));
    twin.constraint.clear();
    twin.parts[0].column = move.to;
    const auto same = [&](const Index& other) { return other.name == twin.name; };
    if (std::ranges::none_of(move.target.indexes, same) && std::ranges::none_of(twins, same))
      twins.push_back(twin);
  }
  return twins;
}

/// PostgreSQL: rows that are there keep NULL, which says "not filled yet". On SQLite they would read a
/// default that is set afterwards as well, and so get it at once.
std::vector<Piece> add_pieces(const Move& move, const OperationContext& context) {
  Column column = moved(move.column, move.to);
  if (context.sql.dialect() == Dialect::sqlite || !column.default_sql)
    return {context.sql.add_column(move.target, empty_column(column, context.sql.dialect()))};
  const std::string expression = *column.default_sql;
  column.default_sql.reset();
  std::vector<Piece> pieces{context.sql.add_column(move.target, empty_column(column, context.sql.dialect()))};
  Table with_column = move.target;
  with_column.columns.push_back(column);
  pieces.push_back(context.sql.set_default(with_column, move.to, expression));
  return pieces;
}

Step expand_step(const Move& move, const CrossSync& sync, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  std::vector<Piece> pieces = relax_pieces(sync, context);
  for (Piece& piece : add_pieces(move, context)) pieces.push_back(std::move(piece));
  pieces.push_back(sql.create_cross_sync(sync));
  Step step = combine(Phase::expand,
                      fmt::format("add {}, kept equal to {}", touched(move.target, move.to),
                                  touched(move.source, move.column.name)),
                      std::move(pieces));
  step.undo = fmt::format("drops the sync and the new column; what either release wrote stays in {}",
                          touched(move.source, move.column.name));
  return step;
}

OperationPlan plan(const OperationSpec& spec, const OperationContext& context) {
  const Move move = move_of(spec, context);
  refuse_unfit(spec, context, move);
  const CrossSync sync = sync_of(spec, context, move);
  const ForeignKey key = link_of(spec, context, move);
  const std::optional<AsideTable> aside = aside_of_cross(spec, context, sync, &key);
  const std::string source = touched(move.source, move.column.name), target = touched(move.target, move.to);
  OperationPlan plan;
  plan.steps.push_back(expand_step(move, sync, context));
  plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill,
                                  fmt::format("fill {} from {}", target, source),
                                  context.sql.fill_target(sync), move.source));
  if (sync.creates) {
    plan.steps.push_back(range_step(Phase::backfill, StepKind::backfill,
                                    fmt::format("add rows to {} for {}", display(move.target.name), source),
                                    context.sql.create_target_rows(sync), move.source));
    plan.steps.back().undo = "the rows stay; the column goes with abort";
  }
  for (const Index& twin : twin_indexes(move, context)) {
    Table with_column = move.target;
    with_column.columns.push_back(moved(move.column, move.to));
    plan.steps.push_back(context.sql.create_index(with_column, twin));
    plan.steps.back().phase = Phase::backfill;
    plan.steps.back().undo = "drops the index";
  }
  plan.steps.push_back(range_step(Phase::backfill, StepKind::check,
                                  fmt::format("compare {} in every row", subject_of(sync)),
                                  context.sql.compare(sync, sync.creates), move.source));
  append_contract(sync, aside, context, plan);
  append_facts(sync, aside, context, plan);
  for (const CrossColumn& pair : sync.link) plan.reads.push_back(touched(move.target, pair.target));
  plan.notes.push_back(
      sync.creates
          ? fmt::format("A row of {} whose {} is off its default gets a row in {}: an INSERT of that row "
                        "afterwards, by either release, meets a duplicate key.",
                        display(move.source.name), move.column.name, display(move.target.name))
          : fmt::format("A value of {} without a row in {} stays where it is until that row comes; contract "
                        "waits for it, and names the rows.",
                        source, display(move.target.name)));
  for (std::string& note : added_column_notes(move.target, context.sql.dialect()))
    plan.notes.push_back(std::move(note));
  return plan;
}

void apply(const OperationSpec& spec, const OperationContext& context, Schema& schema, Shape shape) {
  const Move move = move_of(spec, context);
  const CrossSync sync = sync_of(spec, context, move);
  Table& target = *schema.find(move.target.name);
  const std::vector<Index> twins = twin_indexes(move, context);
  note_change(target, context, add_pieces(move, context));
  Column column = moved(move.column, move.to);
  target.columns.push_back(std::move(column));
  target.indexes.insert(target.indexes.end(), twins.begin(), twins.end());
  apply_to_source(sync, context, schema, shape);
}

std::vector<RelationName> both_tables(const OperationSpec& spec, const SqlWriter&) {
  return {table_field(spec), parse_relation(text(spec.fields, "to_table"))};
}

constexpr FieldRow k_fields[] = {
    {"table", FieldType::text, true, "The table that has the column now"},
    {"column", FieldType::text, true, "The column that moves"},
    {"to_table", FieldType::text, true,
     "The table that takes it over; a foreign key between the two, unique on both ends, says which rows "
     "belong "
     "together"},
    {"to", FieldType::text, false, "Its name there, if that is another one"},
    {"by", FieldType::text, false,
     "Which foreign key, where there are several: its name, or its column (`user_id`)"},
    {"create_missing", FieldType::flag, false,
     "A row that has a value and no row in `to_table` gets one; without it the value waits for that row"},
    k_attic_field,
};
} // namespace

const OperationRow k_move_column{"move_column", "Move a column to another table, through a foreign key",
                                 k_fields,      both_tables,
                                 plan,          apply};

} // namespace afloat
