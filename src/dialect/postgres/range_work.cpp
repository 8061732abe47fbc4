#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// Tables without a primary key are walked by physical place. How many blocks hold {limit} rows is estimated;
// the bounds are exact, and a TID range scan (PostgreSQL 14) reads no more than these blocks.
constexpr std::string_view k_ctid_bound = R"(WITH place AS MATERIALIZED (
  SELECT {start} AS first, least((({last})::text::point)[0]::bigint + 1,
      pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint) AS blocks,
    greatest(1, ceil({limit} / greatest(1, CASE WHEN c.relpages > 0 AND c.reltuples > 0
      THEN c.reltuples / c.relpages ELSE 50 END)))::bigint AS step
  FROM pg_catalog.pg_class c WHERE c.oid = {table_literal}::pg_catalog.regclass),
bound AS MATERIALIZED (
  SELECT (pg_catalog.format('(%s,65535)', least(first + step, blocks) - 1))::tid AS upto FROM place WHERE first < blocks)
SELECT pg_catalog.quote_literal(bound.upto::text) || '::tid', (
  SELECT count(*) FROM {table} WHERE ctid <= (SELECT upto FROM bound){behind})
FROM bound)";
constexpr std::string_view k_last_ctid =
    R"(SELECT pg_catalog.quote_literal(pg_catalog.format('(%s,65535)', blocks - 1)) || '::tid'
FROM (SELECT pg_catalog.pg_relation_size({table_literal}::pg_catalog.regclass)
  / pg_catalog.current_setting('block_size')::bigint AS blocks) size WHERE blocks > 0)";

struct Key {
  std::vector<std::string> names;   ///< for messages
  std::vector<std::string> columns; ///< quoted
  std::string literals;             ///< SQL that writes one row's key as literals
};

std::string row_of(const std::vector<std::string>& columns) {
  return columns.size() == 1 ? columns[0] : "(" + join(columns, ", ") + ")";
}

/// `prefix`: what stands before the columns in a statement that reads other tables too: u.
Key key_of(const Table& table, const std::string& prefix) {
  Key key;
  std::vector<std::string> parts;
  for (const std::string& name : table.primary_key) {
    const Column* column = table.find_column(name);
    key.names.push_back(name);
    key.columns.push_back(prefix + quoted(name));
    parts.push_back(fmt::format("pg_catalog.quote_literal({}::text) || {}", quoted(name),
                                literal("::" + (column ? column->type : "text"))));
  }
  key.literals = join(parts, " || ', ' || ");
  return key;
}

std::string compared(const Key& key, std::string_view operation, std::string_view placeholder) {
  return key.columns.size() == 1 ? fmt::format("{} {} {}", key.columns[0], operation, placeholder)
                                 : fmt::format("{} {} ({})", row_of(key.columns), operation, placeholder);
}

/// The key {limit} rows on, or the table's last one. Only the index is walked: handing on the keys of a
/// batch, to count and to sort them, took a sixth of the time of filling their rows.
std::string next_key_bound(const Table& table, const Key& key, std::string_view condition) {
  std::vector<std::string> descending;
  for (const std::string& column : key.columns) descending.push_back(column + " DESC");
  return fmt::format(
      "WITH bound AS MATERIALIZED (SELECT {0} FROM {1}{2} ORDER BY {0} OFFSET {{limit}} - 1 LIMIT 1) "
      "SELECT {3}, {{limit}} FROM bound UNION ALL (SELECT {3}, (SELECT count(*) FROM {1}{2}) FROM {1}{4} "
      "NOT EXISTS (SELECT FROM bound) ORDER BY {5} LIMIT 1)",
      join(key.columns, ", "), quoted(table.name), condition, key.literals, fmt::format("{} AND", condition),
      join(descending, ", "));
}

std::string last_key(const Table& table, const Key& key) {
  std::vector<std::string> descending;
  for (const std::string& column : key.columns) descending.push_back(column + " DESC");
  return fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT 1", key.literals, quoted(table.name),
                     join(descending, ", "));
}

std::string next_block_bound(const Table& table, std::string_view start, std::string_view after) {
  std::string text(k_ctid_bound);
  text = replaced(std::move(text), "{behind}", after.empty() ? "" : " AND ctid > " + std::string(after));
  text = replaced(std::move(text), "{table_literal}", literal(quoted(table.name)));
  text = replaced(std::move(text), "{table}", quoted(table.name));
  return replaced(std::move(text), "{start}", start);
}

/// The bounds for a table, and the two conditions for a range that `in_range` and its first batch need.
struct Ranges {
  RangeWork work;
  std::string condition, condition_from_start;
  std::string label; ///< SQL that names a row: id=5
};

Ranges walked_by_key(const Table& table, const std::string& prefix) {
  const Key key = key_of(table, "");
  const Key in_statement = key_of(table, prefix);
  Ranges ranges;
  ranges.work.key = key.names;
  const std::string not_behind = compared(key, "<=", "{last}");
  ranges.work.next_bound =
      next_key_bound(table, key, fmt::format(" WHERE {} AND {}", compared(key, ">", "{after}"), not_behind));
  ranges.work.next_bound_from_start = next_key_bound(table, key, " WHERE " + not_behind);
  ranges.work.last = last_key(table, key);
  ranges.condition_from_start = compared(in_statement, "<=", "{upto}");
  ranges.condition = compared(in_statement, ">", "{after}") + " AND " + ranges.condition_from_start;
  std::vector<std::string> labels;
  for (const std::string& name : key.names)
    labels.push_back(fmt::format("{} || {}::text", literal(name + "="), quoted(name)));
  ranges.label = join(labels, " || ', ' || ");
  return ranges;
}

Ranges walked_by_block(const Table& table, const std::string& prefix) {
  if (table.partitioned)
    throw Error(ErrorCode::invalid_migration,
                fmt::format("the partitioned table {} has no primary key to walk it by", display(table.name)),
                "Add a primary key first.");
  Ranges ranges;
  ranges.work.key = {"ctid"};
  ranges.work.next_bound = next_block_bound(table, "((({after})::text::point)[0]::bigint + 1)", "{after}");
  ranges.work.next_bound_from_start = next_block_bound(table, "0::bigint", "");
  ranges.work.last = replaced(std::string(k_last_ctid), "{table_literal}", literal(quoted(table.name)));
  ranges.condition_from_start = prefix + "ctid <= {upto}";
  ranges.condition = prefix + "ctid > {after} AND " + ranges.condition_from_start;
  ranges.label = "'ctid=' || ctid::text";
  return ranges;
}

Ranges ranges_of(const Table& table, const std::string& prefix = "") {
  Ranges ranges = table.primary_key.empty() ? walked_by_block(table, prefix) : walked_by_key(table, prefix);
  ranges.work.table = table.name;
  return ranges;
}

/// A check: rows of a range for which `wrong` holds, each as "id=5: a='x', b=NULL".
RangeWork check(const Table& table, const std::vector<std::string>& shown, const std::string& wrong) {
  Ranges ranges = ranges_of(table);
  std::vector<std::string> values;
  for (const std::string& column : shown)
    values.push_back(fmt::format("{} || coalesce(pg_catalog.quote_literal({}::text), 'NULL')",
                                 literal(column + "="), quoted(column)));
  const std::string select = fmt::format("SELECT {} || ': ' || {} FROM {} WHERE ", ranges.label,
                                         join(values, " || ', ' || "), quoted(table.name));
  const auto in = [&](const std::string& range) {
    return fmt::format("{}{} AND {} LIMIT {{limit}}", select, range, wrong);
  };
  ranges.work.in_range = in(ranges.condition);
  ranges.work.in_range_from_start = in(ranges.condition_from_start);
  ranges.work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", quoted(table.name), wrong);
  return std::move(ranges.work);
}

std::string up_of(const Sync& sync) {
  return sync.identity ? quoted(sync.old_column) : "(" + sync.up + ")";
}

std::string down_of(const Sync& sync) {
  return sync.identity ? quoted(sync.new_column) : "(" + sync.down + ")";
}

std::string unfilled(const Sync& sync) {
  return fmt::format("{} IS NULL AND {} IS NOT NULL", quoted(sync.new_column), up_of(sync));
}

std::string differs(const std::string& expression, const std::string& type, const std::string& column) {
  return fmt::format("pg_catalog.record_image_ne(ROW(CAST({} AS {})), ROW({}))", expression, type,
                     quoted(column));
}

std::string disagrees(const Sync& sync) {
  const std::string up_differs = differs(up_of(sync), sync.new_type, sync.new_column);
  const Column* old_column = sync.table.find_column(sync.old_column);
  if (is_plain_copy(sync) || !old_column) return up_differs;
  const std::string down_differs = differs(down_of(sync), old_column->type, sync.old_column);
  // In the attic NULL stands for what `down` cannot map, and asking `down` for it would fail.
  if (sync.kind == Sync::Kind::attic)
    return fmt::format("CASE WHEN {} IS NULL THEN false WHEN NOT {} THEN false ELSE {} END",
                       quoted(sync.old_column), up_differs, down_differs);
  return up_differs + " AND " + down_differs;
}

/// `session_replication_role = replica` would skip a foreign key and a deferrable unique constraint on the
/// target.
bool allows_replica_role(const Sync& sync) {
  return std::ranges::none_of(sync.table.constraints, [&](const Constraint& constraint) {
    const bool skipped = constraint.kind == ConstraintKind::foreign_key || constraint.deferrable;
    return skipped && std::ranges::find(constraint.columns, sync.new_column) != constraint.columns.end();
  });
}

/// A copy of the table under its own name in pg_temp takes the expressions as generated columns, which the
/// server accepts only if they are immutable (42P17) and can be assigned (42804), and computes for a sample
/// of rows.
std::vector<std::string> trial(const Sync& sync) {
  const std::string copy = "pg_temp." + quoted(sync.table.name.name);
  const std::string new_column = quoted(sync.new_column);
  const Column* old_column = sync.table.find_column(sync.old_column);
  std::vector<std::string> columns;
  for (const Column& column : sync.table.columns)
    if (column.name != sync.new_column) columns.push_back(quoted(column.name));
  const std::string all = join(columns, ", ");
  const auto add = [&](std::string_view name, std::string_view type, const std::string& generated) {
    return fmt::format("ALTER TABLE {} ADD COLUMN {} {}{}", copy, quoted(name), type,
                       generated.empty() ? "" : fmt::format(" GENERATED ALWAYS AS ({}) STORED", generated));
  };
  std::vector<std::string> statements{fmt::format("CREATE TEMPORARY TABLE {} (LIKE {})",
                                                  quoted(sync.table.name.name), quoted(sync.table.name))};
  if (!sync.table.find_column(sync.new_column)) statements.push_back(add(sync.new_column, sync.new_type, ""));
  if (sync.kind == Sync::Kind::pair) {
    statements.push_back(add("afloat_trial_up", sync.new_type, up_of(sync)));
    if (old_column) statements.push_back(add("afloat_trial_down", old_column->type, down_of(sync)));
  }
  statements.push_back(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} LIMIT 1000", copy, all, all,
                                   quoted(sync.table.name)));
  statements.push_back(fmt::format("UPDATE {} SET {} = {}", copy, new_column, up_of(sync)));
  return statements;
}
} // namespace

KeyRanges key_ranges(const Table& table, std::string_view qualifier) {
  Ranges ranges = ranges_of(table, quoted(qualifier) + ".");
  return {std::move(ranges.work), std::move(ranges.condition), std::move(ranges.condition_from_start)};
}

RangeWork backfill(const Sync& sync) {
  Ranges ranges = ranges_of(sync.table);
  RangeWork& work = ranges.work;
  const std::string table = quoted(sync.table.name);
  const std::string update =
      fmt::format("UPDATE {} SET {} = {} WHERE ", table, quoted(sync.new_column), up_of(sync));
  work.in_range = with_notes(sync, update + ranges.condition + " AND " + unfilled(sync));
  work.in_range_from_start =
      with_notes(sync, update + ranges.condition_from_start + " AND " + unfilled(sync));
  work.sweep =
      with_notes(sync, fmt::format("{}ctid = ANY (ARRAY(SELECT ctid FROM {} WHERE {} LIMIT {{limit}} "
                                   "FOR NO KEY UPDATE SKIP LOCKED)) AND {}",
                                   update, table, unfilled(sync), unfilled(sync)));
  work.before_batch = {"SET LOCAL afloat.backfill = 'on'"};
  if (allows_replica_role(sync))
    work.before_batch.emplace_back("replica:SET LOCAL session_replication_role = replica");
  work.trial = trial(sync);
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", table, unfilled(sync));
  return std::move(ranges.work);
}

RangeWork compare(const Sync& sync) {
  if (sync.kind == Sync::Kind::fill) return check(sync.table, {sync.new_column}, "(" + unfilled(sync) + ")");
  return check(sync.table, {sync.old_column, sync.new_column}, "(" + disagrees(sync) + ")");
}

RangeWork nulls(const Table& table, std::string_view column) {
  return check(table, {std::string(column)}, fmt::format("{} IS NULL", quoted(column)));
}

} // namespace afloat::postgres
