#include "operations/aside_sides.hpp"

#include "operations/aside.hpp"
#include "operations/common.hpp"
#include "operations/revert.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string old_names(const Sync& window) {
  return fmt::format("{}.{}", display(window.table.name), names_of(old_side(window)));
}

bool is_on(const std::vector<SyncColumn>& side, const std::string& name) {
  return std::ranges::any_of(side, [&](const SyncColumn& column) { return column.name == name; });
}

/// A column that is no more than read may change without the side that contract leaves there: nobody could
/// tell then what the old release shall read.
void refuse_other_reads(const OperationSpec& spec, const OperationContext& context, const Sync& window,
                        const Sync& attic) {
  for (const SyncColumn& old : old_side(attic))
    for (const Column& column : window.table.columns)
      if (!is_on(new_side(attic), column.name)
          && mentions(old.expression, attic.table.name.name, column.name))
        refuse_aside_here(spec, context,
                          fmt::format("`down` reads \"{}\", which can change by itself: what the old release "
                                      "shall read then could not be told",
                                      column.name));
}

Table without(const Table& table, const std::vector<SyncColumn>& side) {
  Table rest = table;
  std::erase_if(rest.columns, [&](const Column& column) { return is_on(side, column.name); });
  return rest;
}
} // namespace

std::optional<AsideTable> aside_of_sides(const OperationSpec& spec, const OperationContext& context,
                                         const Sync& window, const Sync& attic) {
  if (!wants_aside(spec, context)) return std::nullopt;
  for (const SyncColumn& old : old_side(window))
    if (std::ranges::count(window.table.primary_key, old.name) > 0)
      refuse_aside_here(spec, context,
                        fmt::format("\"{}\" is part of the primary key, by which values are kept", old.name));
  refuse_other_reads(spec, context, window, attic);
  AsideTable aside = context.sql.aside_sides(window, attic);
  if (!aside.refused.empty()) refuse_aside_here(spec, context, aside.refused);
  return aside;
}

void append_keeping(const AsideTable& aside, const Sync& window, OperationPlan& plan) {
  const std::string subject = old_names(window), kept = display(aside.rows.name);
  plan.steps.push_back(combine(Phase::contract,
                               fmt::format("make {} for what `down` does not give back of {}", kept, subject),
                               {aside.open}));
  plan.steps.back().undo = "drops the table; the old shape is still there";
  plan.steps.push_back(
      range_step(Phase::contract, StepKind::backfill,
                 fmt::format("keep in {} what `down` does not give back of {}", kept, subject), aside.keep,
                 window.table));
  plan.steps.back().undo = "the table goes with abort";
}

std::vector<Piece> aside_swap_pieces(const AsideTable& aside, const Sync& window, const Sync& attic,
                                     std::vector<Piece> pieces, const OperationContext& context) {
  std::vector<Piece> all{context.sql.drop_sync(window), aside.still};
  std::ranges::move(pieces, std::back_inserter(all));
  for (const SyncColumn& old : old_side(attic)) all.push_back(context.sql.drop_column(attic.table, old.name));
  all.push_back(aside.close);
  return all;
}

std::vector<Step> aside_remade(const AsideTable& aside, const Sync& attic, const std::vector<Column>& columns,
                               std::vector<Piece> properties, const OperationContext& context) {
  Table table = without(attic.table, old_side(attic));
  std::vector<Piece> pieces;
  for (const Column& column : columns) {
    Column bare = column;
    bare.default_sql.reset();
    bare.not_null = false;
    pieces.push_back(context.sql.add_column(table, bare));
    table.columns.push_back(std::move(bare));
    if (column.default_sql)
      pieces.push_back(context.sql.set_default(table, column.name, *column.default_sql));
  }
  std::ranges::move(properties, std::back_inserter(pieces));
  pieces.push_back(context.sql.create_sync(attic));
  const std::string subject = fmt::format("{}.{}", display(attic.table.name), names_of(old_side(attic)));
  const std::string kept = display(aside.rows.name);
  return {revert_step(fmt::format("add {}, in sync with {}", subject, names_of(new_side(attic))),
                      std::move(pieces)),
          range_step(Phase::revert, StepKind::backfill,
                     fmt::format("fill {} from {}, or by `down`", subject, kept), aside.bring_back,
                     attic.table),
          range_step(Phase::revert, StepKind::check,
                     fmt::format("compare {} and {} in every row", subject, names_of(new_side(attic))),
                     context.sql.compare(attic), attic.table),
          range_step(Phase::revert, StepKind::check,
                     fmt::format("compare {} and {} in every row that is kept", subject, kept),
                     aside.compare_back, attic.table)};
}

std::vector<Loss> asked_of_values(const AsideTable& aside, const Table& table,
                                  const std::vector<std::string>& hidden, const std::string& instead,
                                  std::vector<Loss> losses, const OperationContext& context) {
  const SqlWriter& sql = context.sql;
  const auto over_values = [&](std::string& text) {
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      const std::string name = sql.identifier(hidden[i]);
      text = replaced(std::move(text), sql.identifier(table.name.name) + "." + name, aside.values[i]);
      text = replaced(std::move(text), name, aside.values[i]);
    }
  };
  for (Loss& loss : losses) {
    over_values(loss.query);
    for (const std::string& name : hidden) loss.remedy = replaced(std::move(loss.remedy), name, instead);
    if (!loss.check) continue;
    for (std::string* text :
         {&loss.check->in_range, &loss.check->in_range_from_start, &loss.check->count_left})
      over_values(*text);
  }
  return losses;
}

std::vector<Loss> asked_aside(const AsideTable& aside, const Sync& attic, std::vector<Loss> losses,
                              const OperationContext& context) {
  std::vector<std::string> hidden;
  for (const SyncColumn& old : old_side(attic)) hidden.push_back(old.name);
  return asked_of_values(aside, attic.table, hidden, names_of(new_side(attic)), std::move(losses), context);
}

Step aside_sides_purge(const AsideTable& aside, const Sync& window) {
  Step step = aside_purge(aside);
  step.destroys = true;
  step.undo =
      fmt::format("POINT OF NO RETURN: what `down` does not give back of {} is gone", old_names(window));
  return step;
}

void append_aside_sides_facts(const AsideTable& aside, const Sync& window, const OperationContext& context,
                              OperationPlan& plan) {
  for (AtticEntry& entry : plan.attic) {
    entry.name = display(aside.rows.name);
    entry.aside = true;
  }
  for (const std::string& key : window.table.primary_key) plan.reads.push_back(touched(window.table, key));
  std::ranges::copy(aside.guards, std::back_inserter(plan.guards));
  plan.notes.push_back(
      fmt::format("Contract drops what was {}: `SELECT *` and positional INSERTs see the new shape alone. A "
                  "revert makes it anew, at the end of the table.",
                  old_names(window)));
  if (context.sql.dialect() == Dialect::sqlite) plan.notes.push_back(rewriting_note(window.table));
}

} // namespace afloat
