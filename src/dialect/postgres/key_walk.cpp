#include "dialect/postgres/key_walk.hpp"

#include "dialect/postgres/names.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
using Key = std::vector<KeyColumn>;

std::string names_of(const Key& key, const std::string& prefix, std::string_view behind = "") {
  std::vector<std::string> names;
  for (const KeyColumn& column : key) names.push_back(prefix + in_quotes(column.name) + std::string(behind));
  return join(names, ", ");
}

/// SQL that writes one row's key as literals.
std::string literals_of(const Key& key) {
  std::vector<std::string> parts;
  for (const KeyColumn& column : key)
    parts.push_back(fmt::format("pg_catalog.quote_literal({}::text) || {}", in_quotes(column.name),
                                literal("::" + column.type)));
  return join(parts, " || ', ' || ");
}

/// SQL that names a row: id=5
std::string label_of(const Key& key, const std::string& prefix) {
  std::vector<std::string> labels;
  for (const KeyColumn& column : key)
    labels.push_back(
        fmt::format("{} || {}{}::text", literal(column.name + "="), prefix, in_quotes(column.name)));
  return join(labels, " || ', ' || ");
}

using Operator = std::string KeyColumn::*;

bool is_one(const Key& key, Operator operation) {
  return std::ranges::all_of(
      key, [&](const KeyColumn& column) { return column.*operation == key.front().*operation; });
}

/// Column by column, where no one operator is written the same for all of them: a comparison of rows takes
/// only one. `near`: of the last column; `far`: strictly, of the others; `meets`: the same or equal.
std::string column_by_column(const Key& key, const std::string& prefix, Operator near, Operator far,
                             Operator meets, std::string_view placeholder) {
  std::vector<std::string> places;
  for (std::size_t i = 0; i < key.size(); ++i) places.push_back(fmt::format("k{}", i + 1));
  std::string text;
  for (std::size_t i = key.size(); i-- > 0;) {
    const std::string name = prefix + in_quotes(key[i].name);
    const std::string value =
        fmt::format("(SELECT {} FROM (VALUES ({})) AS k ({}))", places[i], placeholder, join(places, ", "));
    if (text.empty())
      text = fmt::format("{} {} {}", name, key[i].*near, value);
    else
      text = fmt::format("({0} {1} {3} AND ({0} {2} {3} OR {4}))", name, key[i].*meets, key[i].*far, value,
                         text);
  }
  return text;
}

std::string compared(const Key& key, const std::string& prefix, Operator operation,
                     std::string_view placeholder) {
  const std::string names = names_of(key, prefix);
  if (key.size() == 1) return fmt::format("{} {} {}", names, key.front().*operation, placeholder);
  return fmt::format("({}) {} ({})", names, key.front().*operation, placeholder);
}

std::string behind(const Key& key, const std::string& prefix, std::string_view placeholder) {
  return is_one(key, &KeyColumn::above) ? compared(key, prefix, &KeyColumn::above, placeholder)
                                        : column_by_column(key, prefix, &KeyColumn::above, &KeyColumn::above,
                                                           &KeyColumn::at_least, placeholder);
}

std::string not_behind(const Key& key, const std::string& prefix, std::string_view placeholder) {
  return is_one(key, &KeyColumn::at_most)
             ? compared(key, prefix, &KeyColumn::at_most, placeholder)
             : column_by_column(key, prefix, &KeyColumn::at_most, &KeyColumn::below, &KeyColumn::at_most,
                                placeholder);
}

/// The key {limit} rows on, or the table's last one. Only the index is walked: handing on the keys of a
/// batch, to count and to sort them, took a sixth of the time of filling their rows.
std::string next_bound(const RelationName& table, const Key& key, std::string_view condition) {
  return fmt::format(
      "WITH bound AS MATERIALIZED (SELECT {0} FROM {1}{2} ORDER BY {0} OFFSET {{limit}} - 1 LIMIT 1) "
      "SELECT {3}, {{limit}} FROM bound UNION ALL (SELECT {3}, (SELECT count(*) FROM {1}{2}) FROM {1}{4} "
      "NOT EXISTS (SELECT FROM bound) ORDER BY {5} LIMIT 1)",
      names_of(key, ""), in_quotes(table), condition, literals_of(key), fmt::format("{} AND", condition),
      names_of(key, "", " DESC"));
}

/// In the order of the key; nothing where there is none.
Key key_now(Database& database, const RelationName& table) {
  Key key;
  const Result result = database.query(embedded_sql("postgres/key_now.sql"), {in_quotes(table)});
  for (const std::vector<Value>& row : result.rows)
    key.push_back({row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or("<"),
                   row.at(3).value_or("<="), row.at(4).value_or(">="), row.at(5).value_or(">")});
  return key;
}

std::string prefix_of(const RangeWork& work) {
  return prefix_in(work, in_quotes(work.key.back()));
}

/// As the work was made; of its key it has kept the names alone.
KeyWalk planned_walk(const RangeWork& work, const std::string& prefix) {
  Key planned;
  for (const std::string& name : work.key) planned.push_back({.name = name, .type = {}});
  return walked_by_key(work.table, planned, prefix);
}
} // namespace

std::vector<KeyColumn> key_of(const Table& table) {
  Key key;
  for (const std::string& name : table.primary_key) {
    const Column* column = table.find_column(name);
    key.push_back({.name = name, .type = column ? column->type : "text"});
  }
  return key;
}

std::string row_label(const Table& table, const std::string& prefix) {
  return table.primary_key.empty() ? place_label(prefix) : label_of(key_of(table), prefix);
}

KeyWalk walked_by_key(const RelationName& table, const Key& key, const std::string& prefix) {
  KeyWalk ranges;
  RangeWork& work = ranges.work;
  work.table = table;
  for (const KeyColumn& column : key) work.key.push_back(column.name);
  const std::string to_last = not_behind(key, "", "{last}");
  work.next_bound =
      next_bound(table, key, fmt::format(" WHERE {} AND {}", behind(key, "", "{after}"), to_last));
  work.next_bound_from_start = next_bound(table, key, " WHERE " + to_last);
  work.last = fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT 1", literals_of(key), in_quotes(table),
                          names_of(key, "", " DESC"));
  ranges.condition_from_start = not_behind(key, prefix, "{upto}");
  ranges.condition = behind(key, prefix, "{after}") + " AND " + ranges.condition_from_start;
  ranges.label = label_of(key, prefix);
  return ranges;
}

RangeWork with_key_now(Database& database, RangeWork work) {
  if (work.key.front() == k_place) return work;
  const Key now = key_now(database, work.table);
  if (now.empty()) return work;
  const std::string prefix = prefix_of(work);
  const KeyWalk planned = planned_walk(work, prefix), anew = walked_by_key(work.table, now, prefix);
  return walked_anew(std::move(work), planned, anew);
}

std::optional<RangeWork> by_pages(Database& database, const RangeWork& work) {
  if (work.key.front() == k_place) return std::nullopt;
  if (database.query(embedded_sql("postgres/one_heap.sql"), {in_quotes(work.table)}).scalar() != "t")
    return std::nullopt;
  const std::string prefix = prefix_of(work);
  return walked_anew(work, planned_walk(work, prefix), walked_by_block(work.table, prefix));
}

/// Values that are kept outside of the row stay where they are.
std::string sample_of(Database& database, const RangeWork& work, bool whole_numbers) {
  const Value bytes =
      database
          .query(
              "SELECT pg_catalog.string_agg(pg_catalog.format('CASE WHEN pg_catalog.pg_column_size(%1$I) < "
              "2000 THEN "
              "pg_catalog.pg_column_size(%1$I) ELSE 18 END', attname), ' + ') FROM pg_catalog.pg_attribute "
              "WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped",
              {in_quotes(work.table)})
          .scalar();
  return sample_query(in_quotes(work.table), in_quotes(work.key.front()), bytes.value_or("0"), whole_numbers);
}

std::vector<std::string> quantiles_of(Database& database, const RangeWork& work) {
  std::vector<std::string> bounds;
  const Result found =
      database.query(embedded_sql("postgres/quantiles.sql"), {in_quotes(work.table), work.key.front()});
  for (const std::vector<Value>& row : found.rows) bounds.push_back(row[0].value_or(""));
  return bounds;
}

} // namespace afloat::postgres
