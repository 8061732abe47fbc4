#include "dialect/cross_names.hpp"
#include "operations/aside_cross.hpp"
#include "operations/cross.hpp"
#include "operations/lost_statistics.hpp"
#include "support/text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

// What an operation of two tables touches, can hurt and can lose.
namespace afloat {
namespace {
Loss nulls_of(const CrossSync& sync, const Column& column, const OperationContext& context) {
  Loss loss;
  const std::string name = context.sql.identifier(column.name);
  loss.what = fmt::format("NOT NULL on {}", touched(sync.source, column.name));
  loss.remedy =
      fmt::format("Give these rows a value first, such as with `UPDATE {} SET {} = … WHERE {} IS NULL`.",
                  context.sql.relation(sync.source.name), name, name);
  loss.check = context.sql.nulls(sync.source, column.name);
  loss.query = loss.check->count_left;
  return loss;
}

/// Foreign keys of other tables that point at a column which leaves: contract could not drop what they need.
std::string inbound_keys(const CrossSync& sync, const CrossColumn& pair, const SqlWriter& sql) {
  const std::string subject = touched(sync.source, pair.source);
  if (sql.dialect() == Dialect::sqlite)
    return fmt::format(
        "SELECT 'a foreign key of ' || m.name || ' points at ' || {} || ': drop it first' FROM "
        "sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = {} "
        "COLLATE NOCASE AND f.\"to\" = {} COLLATE NOCASE",
        sql.literal(subject), sql.literal(sync.source.name.name), sql.literal(pair.source));
  return fmt::format(
      "SELECT 'foreign key ' || c.conname || ' of ' || c.conrelid::pg_catalog.regclass || ' points at ' || "
      "{} || ': "
      "drop it first' FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a ON a.attrelid = "
      "c.confrelid "
      "AND a.attnum = ANY (c.confkey) WHERE c.contype = 'f' AND c.confrelid = pg_catalog.to_regclass({}) AND "
      "a.attname = {}",
      sql.literal(subject), sql.literal(sql.relation(sync.source.name)), sql.literal(pair.source));
}

/// `contract`: what that does to those who do not name columns.
void append_notes(const CrossSync& sync, std::string contract, const OperationContext& context,
                  OperationPlan& plan) {
  const std::string source = display(sync.source.name), target = display(sync.target.name);
  for (const CrossColumn& pair : sync.columns)
    if (must_relax(source_column(sync, pair)))
      plan.notes.push_back(fmt::format(
          "{} may be NULL from expand on: the new release leaves it out, and the old one may meet that.",
          touched(sync.source, pair.source)));
  if (context.sql.dialect() == Dialect::postgres)
    plan.notes.push_back(fmt::format("A write to one of the tables locks the row of the other too. Two "
                                     "sessions that write one pair at the "
                                     "same moment, one in {}, the other in {}, can deadlock: the server ends "
                                     "one with 40P01, which is to be "
                                     "tried again; what is committed stays equal.",
                                     source, target));
  else
    plan.notes.push_back(fmt::format(
        "`INSERT OR REPLACE` that leaves out what moves finds the old value again in the other table, unless "
        "recursive_triggers or foreign keys have taken that away (on {} and {}).",
        source, target));
  plan.notes.push_back(
      fmt::format("User triggers on {} fire when sync carries a write of {} over, and the other way round.",
                  target, source));
  plan.notes.push_back(std::move(contract));
  for (const Constraint& constraint : sync.source.constraints)
    if (has_any(constraint, sync))
      plan.notes.push_back(fmt::format("{} does not come along to {}: it goes at contract.",
                                       one_line(constraint.definition, 100), target));
  for (std::string& note : habit_notes(sync.source)) plan.notes.push_back(std::move(note));
}

std::string attic_note(const CrossSync& sync) {
  return fmt::format("Contract changes what `SELECT *` and positional INSERTs see of {}: the columns have "
                     "their attic names from then on, and are gone after the purge.",
                     display(sync.source.name));
}
} // namespace

void append_facts(const CrossSync& sync, const std::optional<AsideTable>& aside,
                  const OperationContext& context, OperationPlan& plan) {
  const SqlWriter& sql = context.sql;
  for (const CrossColumn& pair : sync.columns) {
    plan.touches.push_back(touched(sync.source, pair.source));
    plan.touches.push_back(touched(sync.target, pair.target));
    plan.doomed.push_back({sync.source.name, pair.source});
    plan.contract_obstacles.push_back(inbound_keys(sync, pair, sql));
    for (std::string& query : sql.column_users(sync.source, pair.source))
      plan.contract_obstacles.push_back(std::move(query));
    if (must_relax(source_column(sync, pair)))
      plan.losses.push_back(nulls_of(sync, source_column(sync, pair), context));
  }
  for (const CrossColumn& pair : sync.link) plan.reads.push_back(touched(sync.source, pair.source));
  plan.losses.push_back({fmt::format("values in rows of {} that belong to no row of {}",
                                     display(sync.target.name), display(sync.source.name)),
                         sql.count_unlinked(sync), "", std::nullopt});
  plan.counters = sql.counters(sync);
  plan.guards = sql.guards(sync);
  for (const Guard& guard : aside ? aside->guards : sql.guards(attic_sync(sync, context)))
    plan.guards.push_back(guard);
  append_notes(sync, aside ? cross_aside_note(sync) : attic_note(sync), context, plan);
  if (aside) append_cross_aside_facts(*aside, sync, context, plan);
  for (std::string& note : lost_statistics_notes(sync.source, names_of(sync.columns, &CrossColumn::source),
                                                 aside ? "Contract" : "The purge"))
    plan.notes.push_back(std::move(note));
}

} // namespace afloat
