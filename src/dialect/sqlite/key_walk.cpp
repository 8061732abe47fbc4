#include "dialect/sqlite/key_walk.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
using Names = std::vector<std::string>;

/// The key's columns as SQL: `names` and `descending` for ORDER BY, `tuple` to compare with, `text` as
/// literals in one text column.
struct KeyText {
  std::string names, descending, tuple, text;
  bool single = true;

  explicit KeyText(const Names& key, const std::string& prefix = "") {
    Names columns, texts;
    for (const std::string& column : key) {
      columns.push_back(prefix + identifier(column));
      texts.push_back(fmt::format("quote({})", identifier(column)));
    }
    single = columns.size() == 1;
    names = join(columns, ", ");
    descending = join(columns, " DESC, ") + " DESC";
    tuple = single ? names : "(" + names + ")";
    text = join(texts, " || ', ' || ");
  }

  std::string not_behind_last() const { return tuple + (single ? " <= {last}" : " <= ({last})"); }
  std::string behind_after() const { return tuple + (single ? " > {after}" : " > ({after})"); }
  std::string up_to() const { return tuple + (single ? " <= {upto}" : " <= ({upto})"); }
};

/// The key {limit} rows on, or the table's last one. What OFFSET skips is only walked over; the subquery
/// without FROM is computed once, because SQLite does not merge it into the outer one.
std::string next_bound(const std::string& table, const KeyText& key, const std::string& where) {
  const std::string rows = table + where;
  return fmt::format("SELECT coalesce(bound, (SELECT {0} FROM {1} ORDER BY {2} LIMIT 1)), "
                     "CASE WHEN bound IS NULL THEN (SELECT count(*) FROM {1}) ELSE {{limit}} END "
                     "FROM (SELECT (SELECT {0} FROM {1} ORDER BY {3} LIMIT 1 OFFSET {{limit}} - 1) AS bound) "
                     "WHERE bound IS NOT NULL OR EXISTS (SELECT 1 FROM {1})",
                     key.text, rows, key.descending, key.names);
}

std::string label_of(const Names& columns, const std::string& prefix) {
  Names parts;
  for (const std::string& column : columns)
    parts.push_back(fmt::format("{} || quote({}{})", literal(column + " "), prefix, identifier(column)));
  return join(parts, " || ', ' || ");
}

/// `shown`: what names a row.
KeyWalk walked_by(const RelationName& name, const Names& columns, const Names& shown,
                  const std::string& prefix, const std::string& only) {
  const KeyText key(columns), in_statement(columns, prefix);
  const std::string table = identifier(name.name), also = only.empty() ? "" : " AND " + only;
  KeyWalk ranges;
  RangeWork& work = ranges.work;
  work.table = name;
  work.key = columns;
  work.next_bound = next_bound(
      table, key, fmt::format(" WHERE {} AND {}{}", key.behind_after(), key.not_behind_last(), also));
  work.next_bound_from_start =
      next_bound(table, key, fmt::format(" WHERE {}{}", key.not_behind_last(), also));
  work.last = fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT 1", key.text, table, key.descending);
  ranges.condition_from_start = in_statement.up_to();
  ranges.condition = in_statement.behind_after() + " AND " + ranges.condition_from_start;
  ranges.label = label_of(shown, prefix);
  return ranges;
}

/// What names a row in a check, or empty: the primary key, which work by place does not keep elsewhere.
std::string label_in(const RangeWork& work) {
  constexpr std::string_view select = "SELECT '";
  const std::string& text = work.in_range_from_start;
  if (!text.starts_with(select)) return {};
  const std::size_t end = std::min(text.find(" || ': "), text.find(" FROM "));
  return end == std::string::npos ? std::string() : text.substr(select.size() - 1, end - select.size() + 1);
}

bool is_place(const Names& key) {
  constexpr std::array<std::string_view, 3> names{"rowid", "_rowid_", "oid"};
  return key.size() == 1 && std::ranges::find(names, key.front()) != names.end();
}
} // namespace

KeyWalk ranges_of(const Table& table, const std::string& prefix, const std::string& only) {
  const Names key = key_of(table);
  return walked_by(table.name, key, table.primary_key.empty() ? key : table.primary_key, prefix, only);
}

RangeWork with_key_now(Database& database, RangeWork work) {
  Names now;
  for (const auto& row :
       database.query("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", {work.table.name})
           .rows)
    now.push_back(row.at(0).value_or(""));
  if (now.empty()) return work;
  const std::string prefix = prefix_in(work, identifier(work.key.back()));
  const RelationName table = work.table;
  const Names planned = work.key;
  KeyWalk before = walked_by(table, planned, planned, prefix, "");
  before.label = label_in(work);
  KeyWalk after = walked_by(table, is_place(planned) ? planned : now, now, prefix, "");
  if (after.work.key == planned) after.work = work; // its bounds may leave rows out
  return walked_anew(std::move(work), before, after);
}

std::string sample_of(Database& database, const RangeWork& work) {
  std::vector<std::string> bytes;
  for (const auto& row : database.query("SELECT name FROM pragma_table_info($1)", {work.table.name}).rows)
    bytes.push_back(fmt::format("coalesce(length({}), 0)", identifier(row.at(0).value_or(""))));
  return sample_query(identifier(work.table.name), identifier(work.key.front()), join(bytes, " + "));
}

} // namespace afloat::sqlite
