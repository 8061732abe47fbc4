#include "dialect/sqlite/database.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/inspector.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "dialect/sqlite/replay_parts.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/table_edits.hpp"
#include "sql/tokens.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

// Both tables are made in a database in memory, empty, and read back: SQLite itself says what its texts mean.
namespace afloat::sqlite {
namespace {
Table inspected(Database& database, const RelationName& name) {
  const std::array names{name};
  Schema schema = inspect_sqlite(database, names);
  if (schema.tables.size() != 1)
    throw Error(ErrorCode::statement, fmt::format("the text of \"{}\" makes another table", name.name));
  return std::move(schema.tables.front());
}

/// The text of a table of which operations have changed the values since it was read.
std::string text_of(const Table& table) {
  if (!table.create_sql.empty() && table.changes_since.empty()) return table.create_sql;
  Schema schema;
  schema.tables = {table};
  Selection selection;
  selection.tables = {lower_case(table.name.name)};
  selection.all = {&schema.tables.front()};
  const auto database = open_empty();
  materialise(*database, schema, selection);
  return inspected(*database, table.name).create_sql;
}

Table made_of(const std::string& create_sql, const RelationName& name, const std::vector<Index>& indexes) {
  const auto database = open_empty();
  database->script(create_sql);
  Table bare;
  bare.name = name;
  for (const Index& index : indexes) database->script(index_sql(bare, index));
  return inspected(*database, name);
}

std::vector<Index> created_indexes(const Table& table) {
  std::vector<Index> indexes;
  for (const Index& index : table.indexes)
    if (index.constraint.empty()) indexes.push_back(index);
  return indexes;
}

bool has_expression(const Index& index) {
  return !index.predicate.empty()
         || std::ranges::any_of(index.parts, [](const IndexPart& part) { return part.column.empty(); });
}

std::vector<std::string> sorted_columns(const Index& index) {
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) columns.push_back(lower_case(part.column));
  std::ranges::sort(columns);
  return columns;
}

/// The old table's uniques over plain columns, with the INTEGER PRIMARY KEY, which has no index.
std::vector<Index> plain_uniques(const Table& table) {
  std::vector<Index> uniques;
  for (const Index& index : table.indexes)
    if (index.unique && !has_expression(index)) uniques.push_back(index);
  if (!table.primary_key.empty() && is_rowid_alias(table, table.primary_key[0])) {
    Index key;
    key.unique = true;
    key.parts.push_back({table.primary_key[0], "", ""});
    uniques.push_back(key);
  }
  return uniques;
}

bool has_unique(const Table& table, const Index& wanted) {
  return std::ranges::any_of(plain_uniques(table), [&](const Index& index) {
    return sorted_columns(index) == sorted_columns(wanted);
  });
}

/// Columns as SQL to compare with, in the collation of the index.
std::vector<std::string> compared_columns(const Index& index) {
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) {
    const std::string order = lower_case(part.suffix);
    std::string suffix = part.suffix;
    if (order.ends_with("desc")) suffix.resize(suffix.size() - 4);
    columns.push_back(trimmed(identifier(part.column) + " " + suffix));
  }
  return columns;
}

std::vector<std::string> constraint_indexes(const Table& table) {
  std::vector<std::string> all;
  for (const Index& index : table.indexes)
    if (!index.constraint.empty()) all.push_back(index.name + join(sorted_columns(index), ","));
  std::ranges::sort(all);
  return all;
}

bool uses(const Index& index, const Table& table, const std::string& column) {
  const auto in_part = [&](const IndexPart& part) {
    return same_name(part.column, column) || mentions(part.expression, table.name.name, column);
  };
  return std::ranges::any_of(index.parts, in_part) || mentions(index.predicate, table.name.name, column);
}

/// SQLite would take a quoted name that is no column for a string.
void refuse_used_columns(const RebuildShape& shape) {
  for (const Column& column : shape.from.columns)
    for (const IndexTwin& index : shape.indexes)
      if (!shape.to.find_column(column.name) && uses(index.index, shape.from, column.name))
        throw Error(ErrorCode::statement, fmt::format("index \"{}\" has the column \"{}\", which goes",
                                                      index.index.name, column.name));
}

/// How a row of the old table is found in the new one.
void pair_keys(RebuildShape& shape) {
  shape.key = key_of(shape.from);
  const std::vector<std::string>& key = shape.to.primary_key;
  const bool by_key = shape.to.without_rowid || (!key.empty() && is_rowid_alias(shape.to, key[0]));
  if (!by_key && !shape.from.without_rowid) {
    const std::vector<std::string> rowid = key_of(shape.to);
    if (!rowid.empty() && !shape.key.empty()) shape.match.push_back({shape.key[0], rowid[0]});
    shape.copies_rowid = true;
    return;
  }
  for (const std::string& column : by_key ? key : shape.from.primary_key)
    shape.match.push_back({column, column});
  // The rowid itself is the quicker key where it is the same thing.
  if (by_key && key.size() == 1 && is_rowid_alias(shape.from, key[0])) shape.key = key;
}

void add_uniques(RebuildShape& shape) {
  for (const Index& index : plain_uniques(shape.from)) {
    const bool kept = std::ranges::all_of(
        index.parts, [&](const IndexPart& part) { return shape.to.find_column(part.column) != nullptr; });
    if (!kept)
      throw Error(ErrorCode::statement,
                  fmt::format("a UNIQUE of \"{}\" has a column that goes", shape.from.name.name));
    shape.uniques.push_back(compared_columns(index));
    if (has_unique(shape.to, index)) continue;
    shape.only_old.push_back({index, fmt::format("{}_u{}", shape.shadow, shape.only_old.size() + 1)});
  }
}
} // namespace

bool RebuildShape::same_key() const {
  return key.size() == match.size()
         && std::ranges::equal(
             key, match, [](const auto& column, const auto& part) { return same_name(column, part.from); });
}

RebuildShape shape_of(const Table& table, const Rebuild& rebuild) {
  RebuildShape shape;
  shape.rebuild = rebuild;
  shape.shadow = "afloat_rebuild_" + rebuild.id;
  const std::string text = text_of(table);
  const std::vector<Index> indexes = created_indexes(table);
  shape.from = made_of(text, table.name, indexes);
  shape.to = made_of(edited(text, rebuild.edits), table.name, indexes);
  shape.from.rows = table.rows;
  for (const TableEdit& edit : rebuild.edits)
    if (edit.what == "give_up_column") shape.given_up.push_back(edit.arguments.at(0));
  for (const Column& column : shape.to.columns) {
    const bool there = shape.from.find_column(column.name) != nullptr;
    if (there && column.generated.empty()) shape.columns.push_back(column.name);
  }
  for (const Index& index : indexes)
    shape.indexes.push_back({index, fmt::format("{}_i{}", shape.shadow, shape.indexes.size() + 1)});
  refuse_used_columns(shape);
  pair_keys(shape);
  add_uniques(shape);
  shape.other_constraints = constraint_indexes(shape.from) != constraint_indexes(shape.to);
  const std::vector<Lexeme> words = scan(shape.to.create_sql);
  shape.autoincrement =
      std::ranges::any_of(words, [](const Lexeme& word) { return word.is("autoincrement"); });
  return shape;
}

} // namespace afloat::sqlite
