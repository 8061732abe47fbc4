#include "dialect/numbering.hpp"
#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/key_walk.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sides.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/sync_text.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// Its rows are in several tables, and one place stands for a row in each of them.
bool has_rows_elsewhere(const Table& table) {
  return table.partitioned || table.inheritance.starts_with("a parent");
}

KeyWalk ranges_of(const Table& table, const std::string& prefix = "") {
  if (!table.primary_key.empty()) return walked_by_key(table.name, key_of(table), prefix);
  if (has_rows_elsewhere(table))
    throw Error(ErrorCode::invalid_migration,
                fmt::format("the {} {} has no primary key to walk it by",
                            table.partitioned ? "partitioned table" : "parent of other tables",
                            display(table.name)),
                "Add a primary key first.");
  return walked_by_block(table.name, prefix);
}

/// SQL that shows a row: label: a='x', b=NULL.
std::string shown_row(const std::string& label, const std::vector<std::string>& columns) {
  std::vector<std::string> values;
  for (const std::string& column : columns)
    values.push_back(fmt::format("{} || coalesce(pg_catalog.quote_literal({}::text), 'NULL')",
                                 literal(column + "="), in_quotes(column)));
  return values.empty() ? label : fmt::format("{} || ': ' || {}", label, join(values, " || ', ' || "));
}

/// A check as one query, for rows that are in several tables and have no key.
RangeWork check_at_once(const Table& table, const std::vector<std::string>& shown, const std::string& wrong) {
  RangeWork work;
  work.table = table.name;
  work.in_range_from_start =
      fmt::format("SELECT {} FROM {} WHERE {} LIMIT {{limit}}",
                  shown_row("tableoid::pg_catalog.regclass || ' ctid=' || ctid::text", shown),
                  in_quotes(table.name), wrong);
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", in_quotes(table.name), wrong);
  return work;
}

/// The same: rows of a range for which `wrong` holds, each as "id=5: a='x', b=NULL".
RangeWork check(const Table& table, const std::vector<std::string>& shown, const std::string& wrong) {
  if (has_rows_elsewhere(table) && table.primary_key.empty()) return check_at_once(table, shown, wrong);
  KeyWalk ranges = ranges_of(table);
  const std::string select =
      fmt::format("SELECT {} FROM {} WHERE ", shown_row(ranges.label, shown), in_quotes(table.name));
  const auto in = [&](const std::string& range) {
    return fmt::format("{}{} AND {} LIMIT {{limit}}", select, range, wrong);
  };
  ranges.work.in_range = in(ranges.condition);
  ranges.work.in_range_from_start = in(ranges.condition_from_start);
  ranges.work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", in_quotes(table.name), wrong);
  return std::move(ranges.work);
}

/// `up` of each new column, or `down` of each old one.
std::vector<std::string> derived(const Sync& sync, const std::vector<SyncColumn>& side) {
  if (sync.identity) return {in_quotes(side[0].name == sync.new_column ? sync.old_column : sync.new_column)};
  std::vector<std::string> expressions;
  for (const SyncColumn& column : side) expressions.push_back("(" + column.expression + ")");
  return expressions;
}

std::string joined_with(const std::vector<std::string>& values, std::string_view behind,
                        std::string_view separator) {
  std::vector<std::string> parts;
  for (const std::string& value : values) parts.push_back(value + std::string(behind));
  return join(parts, separator);
}

std::vector<std::string> quoted_names(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(in_quotes(column.name));
  return names;
}

/// The side is not what its expressions give.
std::string differs(const Sync& sync, const std::vector<SyncColumn>& side) {
  std::vector<std::string> cast = derived(sync, side);
  for (std::size_t i = 0; i < side.size(); ++i)
    cast[i] = fmt::format("CAST({} AS {})", cast[i], side[i].type);
  return images_differ(cast, quoted_names(side));
}

std::string unfilled(const Sync& sync) {
  const std::vector<SyncColumn> side = new_side(sync);
  if (sync.kind == Sync::Kind::fill && draws_number(sync.up)) return in_quotes(side[0].name) + " IS NULL";
  const std::vector<std::string> up = derived(sync, side);
  const std::string all_null = joined_with(quoted_names(side), " IS NULL", " AND ");
  const std::string given =
      up.size() == 1 ? up[0] + " IS NOT NULL" : fmt::format("({})", joined_with(up, " IS NOT NULL", " OR "));
  const std::vector<SyncColumn> olds = old_side(sync);
  const bool has_down = sync.kind == Sync::Kind::pair && !sync.identity && !olds.empty()
                        && sync.table.find_column(olds.front().name);
  if (!has_down || sync.never_null || sync.hidden) return all_null + " AND " + given;
  // NULL may be what the new release wrote there, where `down` makes a value of it.
  return fmt::format("{} AND {} AND {}", all_null, given, differs(sync, olds));
}

/// In the attic NULL stands for what `down` cannot map, and asking `down` for it would fail.
std::string attic_disagrees(const Sync& sync, const std::string& up_differs) {
  const std::vector<SyncColumn> side = old_side(sync);
  const std::vector<std::string> names = quoted_names(side);
  std::vector<std::string> down_differs;
  for (const SyncColumn& column : side)
    down_differs.push_back(side.size() == 1 ? differs(sync, {column})
                                            : fmt::format("({} IS NOT NULL AND {})", in_quotes(column.name),
                                                          differs(sync, {column})));
  return fmt::format("CASE WHEN {} THEN false WHEN NOT {} THEN false ELSE {} END",
                     joined_with(names, " IS NULL", " AND "), up_differs, join(down_differs, " OR "));
}

std::string disagrees(const Sync& sync) {
  const std::vector<SyncColumn> olds = old_side(sync);
  const std::string up_differs = differs(sync, new_side(sync));
  if (is_plain_copy(sync) || !sync.table.find_column(olds.front().name)) return up_differs;
  if (sync.kind == Sync::Kind::attic) return attic_disagrees(sync, up_differs);
  return up_differs + " AND " + differs(sync, olds);
}

/// What sweeps are for. The rows of a partition that was attached have passed no trigger: of those that do
/// not agree, the side that is off its default was written, as on INSERT.
std::string left_over(const Sync& sync) {
  const std::vector<SyncColumn> side = new_side(sync);
  if (sync.kind != Sync::Kind::pair || !tells_unfilled(sync)) return unfilled(sync);
  std::vector<std::string> defaults = new_defaults(sync);
  for (std::size_t i = 0; i < side.size(); ++i)
    defaults[i] = fmt::format("CAST({} AS {})", defaults[i], side[i].type);
  return fmt::format("({} OR (NOT {} AND {}))", unfilled(sync), images_differ(defaults, quoted_names(side)),
                     disagrees(sync));
}

/// `session_replication_role = replica` would skip a foreign key and a deferrable unique constraint on the
/// target.
bool allows_replica_role(const Sync& sync) {
  const std::vector<SyncColumn> side = new_side(sync);
  return std::ranges::none_of(sync.table.constraints, [&](const Constraint& constraint) {
    const bool skipped = constraint.kind == ConstraintKind::foreign_key || constraint.deferrable;
    return skipped && std::ranges::any_of(constraint.columns, [&](const std::string& column) {
             return std::ranges::find(side, column, &SyncColumn::name) != side.end();
           });
  });
}

/// new = up, for each column.
std::string assignments(const Sync& sync) {
  const std::vector<SyncColumn> side = new_side(sync);
  const std::vector<std::string> up = derived(sync, side);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < side.size(); ++i)
    parts.push_back(fmt::format("{} = {}", in_quotes(side[i].name), up[i]));
  return join(parts, ", ");
}

/// Whatever rows are left, wherever they are; those that somebody has locked are for a later sweep. Where the
/// rows are in several tables, a place alone would also mean rows that were not asked for.
std::string sweep(const Sync& sync) {
  const std::string table = in_quotes(sync.table.name), left = left_over(sync);
  if (!has_rows_elsewhere(sync.table))
    return fmt::format(
        "UPDATE {} SET {} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {} WHERE {} LIMIT {{limit}} "
        "FOR NO KEY UPDATE SKIP LOCKED)) AND {}",
        table, assignments(sync), table, left, left);
  const std::string name = in_quotes(sync.table.name.name);
  return fmt::format(
      "WITH afloat_left AS MATERIALIZED (SELECT tableoid AS afloat_of, ctid AS afloat_at FROM {0} WHERE {1} "
      "LIMIT {{limit}} FOR NO KEY UPDATE SKIP LOCKED) UPDATE {0} SET {2} FROM afloat_left "
      "WHERE {3}.tableoid = afloat_of AND {3}.ctid = afloat_at AND {1}",
      table, left, assignments(sync), name);
}

/// A release leaves the other side's columns out of its INSERT.
std::vector<std::string> null_trial(const Sync& sync) {
  std::vector<std::string> statements;
  const auto add = [&](const std::vector<SyncColumn>& side) {
    for (const SyncColumn& column : side) {
      const Column* known = sync.table.find_column(column.name);
      if (column.constant_default || (known && known->default_sql)) continue;
      if (std::string ask = must_take_null(column.type); !ask.empty()) statements.push_back(std::move(ask));
    }
  };
  add(new_side(sync));
  if (sync.kind == Sync::Kind::pair) add(old_side(sync));
  return statements;
}

/// A copy of the table under its own name in pg_temp takes the expressions as generated columns, which the
/// server accepts only if they are immutable (42P17) and can be assigned (42804), and computes for a sample
/// of rows.
std::vector<std::string> trial(const Sync& sync) {
  const std::string copy = "pg_temp." + in_quotes(sync.table.name.name);
  const std::vector<SyncColumn> news = new_side(sync), olds = old_side(sync);
  std::vector<std::string> columns;
  for (const Column& column : sync.table.columns)
    if (std::ranges::find(news, column.name, &SyncColumn::name) == news.end())
      columns.push_back(in_quotes(column.name));
  const std::string all = join(columns, ", ");
  const auto add = [&](std::string_view name, std::string_view type, const std::string& generated) {
    return fmt::format("ALTER TABLE {} ADD COLUMN {} {}{}", copy, in_quotes(name), type,
                       generated.empty() ? "" : fmt::format(" GENERATED ALWAYS AS ({}) STORED", generated));
  };
  std::vector<std::string> statements{fmt::format(
      "CREATE TEMPORARY TABLE {} (LIKE {})", in_quotes(sync.table.name.name), in_quotes(sync.table.name))};
  for (const SyncColumn& column : news)
    if (!sync.table.find_column(column.name)) statements.push_back(add(column.name, column.type, ""));
  const auto add_generated = [&](const std::vector<SyncColumn>& side, std::string_view name) {
    const std::vector<std::string> names = numbered(side, name), expressions = derived(sync, side);
    for (std::size_t i = 0; i < side.size(); ++i)
      statements.push_back(add(names[i], side[i].type, expressions[i]));
  };
  if (sync.kind == Sync::Kind::pair) {
    add_generated(news, "afloat_trial_up");
    if (sync.table.find_column(olds.front().name)) add_generated(olds, "afloat_trial_down");
  }
  for (std::string& statement : null_trial(sync)) statements.push_back(std::move(statement));
  statements.push_back(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} LIMIT 1000", copy, all, all,
                                   in_quotes(sync.table.name)));
  statements.push_back(fmt::format("UPDATE {} SET {}", copy, assignments(sync)));
  return statements;
}
} // namespace

// One statement over the whole table; only where that fails is each row tried by itself, to name those that
// are in the way.
std::vector<std::string> up_trial(const Sync& sync) {
  const std::string table = in_quotes(sync.table.name);
  const std::string up = fmt::format("CAST({} AS {})", derived(sync, new_side(sync)).front(), sync.new_type);
  const std::string body = fmt::format(
      "#variable_conflict use_column\nDECLARE\n  at_row tid;\n  shown text;\n  rows text := '';\n  number "
      "bigint := 0;\nBEGIN\n"
      "  BEGIN\n    PERFORM pg_catalog.count(ROW({0})) FROM {1};\n    RETURN;\n"
      "  EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN NULL;\n  END;\n"
      "  FOR at_row, shown IN SELECT ctid, {2} FROM {1} LOOP\n"
      "    BEGIN\n      PERFORM ROW({0}) FROM {1} WHERE ctid = at_row;\n"
      "    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN\n      number := number + "
      "1;\n"
      "      rows := rows || CASE rows WHEN '' THEN ' ' ELSE '; ' END || shown;\n    END;\n    EXIT WHEN "
      "number = 5;\n  END LOOP;\n"
      "  IF number > 0 THEN\n    RAISE EXCEPTION USING ERRCODE = '22000', MESSAGE =\n"
      "      pg_catalog.format({3}, CASE number WHEN 5 THEN 'at least 5' ELSE number::text END, rows);\n"
      "  END IF;\nEND",
      up, table,
      fmt::format("{} || {} || coalesce(pg_catalog.quote_literal({}::text), 'NULL')",
                  ranges_of(sync.table).label, literal(": " + sync.old_column + "="),
                  in_quotes(sync.old_column)),
      literal(fmt::format("%s rows of {} have no {} as `up` makes it:%s", display(sync.table.name),
                          sync.new_type)));
  return {"DO " + literal(body)};
}

namespace {
/// What ends the backfill, the same of it and of the check behind it: its sweep, and what each of its
/// transactions begins with.
void end_backfill(const Sync& sync, RangeWork& work) {
  work.sweep = with_notes(sync, sweep(sync));
  work.before_batch = {in_backfill(sync.id)};
  if (allows_replica_role(sync))
    work.before_batch.emplace_back("replica:SET LOCAL session_replication_role = replica");
}

/// The rows that disagree are all that a backfill may have left out, and others.
bool finds_unfilled(const Sync& sync) {
  if (sync.kind == Sync::Kind::fill) return true;
  return sync.kind == Sync::Kind::pair && (is_plain_copy(sync) || !(sync.never_null || sync.hidden));
}
} // namespace

KeyRanges key_ranges(const Table& table, std::string_view qualifier) {
  KeyWalk ranges = ranges_of(table, in_quotes(qualifier) + ".");
  return {std::move(ranges.work), std::move(ranges.condition), std::move(ranges.condition_from_start)};
}

RangeWork backfill(const Sync& sync) {
  KeyWalk ranges = ranges_of(sync.table);
  RangeWork& work = ranges.work;
  const std::string table = in_quotes(sync.table.name);
  const std::string update = fmt::format("UPDATE {} SET {} WHERE ", table, assignments(sync));
  work.in_range = with_notes(sync, update + ranges.condition + " AND " + unfilled(sync));
  work.in_range_from_start =
      with_notes(sync, update + ranges.condition_from_start + " AND " + unfilled(sync));
  end_backfill(sync, work);
  const bool own_sequence = sync.kind == Sync::Kind::fill && sync.up.starts_with("pg_catalog.nextval(");
  if (!own_sequence) work.trial = trial(sync); // that one is not there yet
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", table, unfilled(sync));
  return std::move(ranges.work);
}

RangeWork compare(const Sync& sync) {
  const bool fills = sync.kind == Sync::Kind::fill;
  std::vector<SyncColumn> shown = fills ? std::vector<SyncColumn>{} : old_side(sync);
  std::ranges::move(new_side(sync), std::back_inserter(shown));
  std::vector<std::string> names;
  for (const SyncColumn& column : shown) names.push_back(column.name);
  std::string wrong = fills ? unfilled(sync) : disagrees(sync);
  const bool since = sync.kind == Sync::Kind::pair && sync.table.partitioned;
  if (since && !finds_unfilled(sync)) wrong += " OR " + unfilled(sync);
  RangeWork work = check(sync.table, names, "(" + wrong + ")");
  if (since || finds_unfilled(sync)) end_backfill(sync, work);
  return work;
}

RangeWork nulls(const Table& table, std::string_view column) {
  return check(table, {std::string(column)}, fmt::format("{} IS NULL", in_quotes(column)));
}

RangeWork rows_where(const Table& table, const std::vector<std::string>& shown,
                     const std::string& condition) {
  return check(table, shown, "(" + condition + ")");
}

} // namespace afloat::postgres
