#include "operations/aside_cross.hpp"

#include "dialect/aside_cross.hpp"
#include "dialect/cross_names.hpp"
#include "model/rowid.hpp"
#include "operations/aside.hpp"
#include "operations/aside_sides.hpp"
#include "operations/cross.hpp"
#include "operations/empty_column.hpp"
#include "operations/revert.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string sources_of(const CrossSync& sync) {
  return fmt::format("{}.{}", display(sync.source.name),
                     join(names_of(sync.columns, &CrossColumn::source), ", "));
}

std::string targets_of(const CrossSync& sync) {
  return fmt::format("{}.{}", display(sync.target.name),
                     join(names_of(sync.columns, &CrossColumn::target), ", "));
}

bool may_be_null(const Table& table, const std::string& name) {
  const Column* column = table.find_column(name);
  return column && !column->not_null && !table.without_rowid && !is_rowid_alias(table, name);
}

/// Where the database itself parts two rows, nobody sees both of them as they were.
void refuse_unseen(const OperationSpec& spec, const OperationContext& context, const CrossSync& window,
                   const ForeignKey& key) {
  if (key.resets)
    refuse_aside_here(
        spec, context,
        fmt::format("the foreign key {} parts rows by itself (ON UPDATE SET …): what the row of "
                    "{} had then could not be told",
                    key.describe(), display(window.source.name)));
  if (context.sql.dialect() != Dialect::sqlite || !key.cascades || key.from_first) return;
  for (const CrossColumn& pair : window.link)
    if (may_be_null(window.source, pair.source))
      refuse_aside_here(
          spec, context,
          fmt::format("{} may become NULL, and the foreign key {} takes the row of {} along (ON UPDATE "
                      "CASCADE): what the row had then could not be told",
                      touched(window.source, pair.source), key.describe(), display(window.target.name)));
}

/// The source without the columns, as contract leaves it.
Table without(const CrossSync& sync) {
  Table table = sync.source;
  std::erase_if(table.columns, [&](const Column& column) {
    return std::ranges::count(names_of(sync.columns, &CrossColumn::source), column.name) > 0;
  });
  return table;
}
} // namespace

std::optional<AsideTable> aside_of_cross(const OperationSpec& spec, const OperationContext& context,
                                         const CrossSync& window, const ForeignKey* key) {
  if (!wants_aside(spec, context)) return std::nullopt;
  if (key) refuse_unseen(spec, context, window, *key);
  AsideTable aside = aside_cross(context.sql.dialect(), window, attic_sync(window, context));
  if (!aside.refused.empty()) refuse_aside_here(spec, context, aside.refused);
  return aside;
}

std::vector<Step> cross_remade(const AsideTable& aside, const CrossSync& window,
                               const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const CrossSync attic = attic_sync(window, context);
  Table table = without(window);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < window.columns.size(); ++i) {
    const Column& was = *window.source.find_column(window.columns[i].source);
    Column column = moved(was, attic.columns[i].source);
    column.comment.clear(); // which copy_properties() brings
    pieces.push_back(sql.add_column(table, empty_column(column, sql.dialect())));
    table.columns.push_back(std::move(column));
    pieces.push_back(sql.copy_properties(attic.source, was, attic.columns[i].source));
  }
  pieces.push_back(aside.reopen);
  pieces.push_back(sql.create_cross_sync(attic));
  const std::string subject = sources_of(attic), target = targets_of(window);
  std::vector<Step> steps{
      revert_step(fmt::format("add {}, kept equal to {}", subject, target), std::move(pieces)),
      range_step(Phase::revert, StepKind::backfill, fmt::format("fill {} from {}", subject, target),
                 aside.bring_back, attic.source)};
  if (window.creates && !window.owns_target)
    steps.push_back(range_step(Phase::revert, StepKind::backfill,
                               fmt::format("add rows to {} for {}", display(window.target.name), subject),
                               sql.create_target_rows(attic), attic.source));
  steps.push_back(range_step(Phase::revert, StepKind::check,
                             fmt::format("compare {} and {} in every row", subject, target),
                             aside.compare_back, attic.source));
  return steps;
}

void append_cross_purge(const AsideTable& aside, const CrossSync& window, OperationPlan& plan) {
  if (!aside.rows.name.name.empty()) {
    plan.steps.push_back(aside_purge(aside));
    plan.steps.back().destroys = true;
    plan.steps.back().undo = end_of_partings(window);
    return;
  }
  if (aside.guards.empty()) return;
  Step step = combine(Phase::purge,
                      fmt::format("drop the triggers by which {} follows {}", display(window.target.name),
                                  display(window.source.name)),
                      {aside.drop});
  step.inverse.clear();
  step.undo = "no way back from here; nothing is lost, the values are in " + display(window.target.name);
  plan.steps.push_back(std::move(step));
}

std::vector<Loss> asked_of_cross(const AsideTable& aside, const CrossSync& window, std::vector<Loss> losses,
                                 const OperationContext& context) {
  const CrossSync attic = attic_sync(window, context);
  return asked_of_values(aside, attic.source, names_of(attic.columns, &CrossColumn::source),
                         targets_of(window), std::move(losses), context);
}

std::string cross_aside_note(const CrossSync& window) {
  return fmt::format("Contract drops {}: `SELECT *` and positional INSERTs see the new shape alone. After a "
                     "revert {} at the end of the table.",
                     sources_of(window), window.columns.size() == 1 ? "it is" : "they are");
}

void append_cross_aside_facts(const AsideTable& aside, const CrossSync& window,
                              const OperationContext& context, OperationPlan& plan) {
  const std::string source = display(window.source.name), target = display(window.target.name);
  if (!aside.rows.name.name.empty()) {
    for (const std::string& key : window.source.primary_key)
      plan.reads.push_back(touched(window.source, key));
    plan.notes.push_back(fmt::format(
        "Behind contract a row of {} that loses its row of {} by a change of its own ({}) keeps what it had "
        "for a revert, in {}, until another row of {} comes.",
        source, target, join(names_of(window.link, &CrossColumn::source), ", "), display(aside.rows.name),
        target));
  }
  if (context.sql.dialect() == Dialect::sqlite) plan.notes.push_back(rewriting_note(window.source));
}

} // namespace afloat
