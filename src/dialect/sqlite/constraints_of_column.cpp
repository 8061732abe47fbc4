#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

// A CHECK or a foreign key is nothing but text. A UNIQUE of the table has an index without text; given a name
// and a text it is one of CREATE INDEX, which can be dropped.
namespace afloat::sqlite {
namespace {
bool has(const Index& index, std::string_view column) {
  return index.constraint == "unique" && std::ranges::any_of(index.parts, [&](const IndexPart& part) {
           return same_name(part.column, column);
         });
}

/// Another migration may have taken constraints away since the plan was made, and their numbers with them.
Statement doomed_indexes(const Table& table, std::string_view column, const std::string& name) {
  return fmt::format(
      "CREATE TEMP TABLE afloat_doomed AS SELECT l.name AS was, {2} || row_number() OVER (ORDER BY l.seq "
      "DESC) AS "
      "becomes, (SELECT group_concat('\"' || replace(x.name, '\"', '\"\"') || '\"') FROM "
      "pragma_index_info(l.name) x) AS columns FROM "
      "pragma_index_list({0}) l WHERE l.origin = 'u' AND EXISTS (SELECT 1 FROM pragma_index_info(l.name) x "
      "WHERE x.name = {1} COLLATE NOCASE)",
      literal(table.name.name), literal(column), literal(name));
}

/// The indexes of the table's other constraints are numbered in the order of the text.
Statement renumber(const Table& table) {
  const std::string stem = literal("sqlite_autoindex_" + table.name.name + "_");
  return fmt::format("UPDATE sqlite_schema SET name = {0} || (CAST(substr(name, length({0}) + 1) AS INTEGER) "
                     "- (SELECT count(*) "
                     "FROM temp.afloat_doomed d WHERE CAST(substr(was, length({0}) + 1) AS INTEGER) < "
                     "CAST(substr(name, length({0}) + 1) AS INTEGER))) WHERE type = 'index' "
                     "AND sql IS NULL AND "
                     "tbl_name = {1} COLLATE NOCASE",
                     stem, literal(table.name.name));
}
std::int64_t number_of(const Index& index, const std::string& stem) {
  return std::atoll(index.name.substr(std::min(stem.size(), index.name.size())).c_str());
}

/// A UNIQUE of the text wants an index without one, under the number of its place in the text.
void append_automatic(const Table& table, const Index& index, const std::string& name, std::int64_t number,
                      std::vector<Statement>& edits) {
  const std::string stem = literal("sqlite_autoindex_" + table.name.name + "_");
  edits.emplace_back(fmt::format(
      "UPDATE sqlite_schema SET name = {0} || (CAST(substr(name, length({0}) + 1) AS INTEGER) + 1) WHERE "
      "type "
      "= 'index' AND sql IS NULL AND tbl_name = {1} COLLATE NOCASE AND CAST(substr(name, length({0}) + 1) AS "
      "INTEGER) >= {2}",
      stem, literal(table.name.name), number));
  edits.emplace_back(fmt::format("UPDATE sqlite_schema SET name = {}, sql = NULL WHERE type = 'index' AND "
                                 "name = {}",
                                 literal(index.name), literal(name)),
                     1);
}

/// The constraints in the order of the text, so that each finds before it what stood before it.
std::vector<Statement> put_back(const Table& table, std::string_view column, const std::string& name) {
  std::vector<Index> indexes;
  const std::string stem = "sqlite_autoindex_" + table.name.name + "_";
  for (const Index& index : table.indexes)
    if (has(index, column)) indexes.push_back(index);
  std::ranges::sort(indexes, {}, [&](const Index& index) { return number_of(index, stem); });
  std::vector<Statement> statements, edits;
  for (const Constraint& constraint : table.constraints) {
    const auto same = [&](const std::string& other) { return same_name(other, column); };
    if (constraint.kind == ConstraintKind::primary_key || std::ranges::none_of(constraint.columns, same))
      continue;
    if (const auto place = place_of(table, constraint))
      edits.push_back(edit_of("table", table.name.name,
                              fmt::format("afloat_put_constraint(sql, {}, {}, '{}')", literal(place->column),
                                          literal(place->clause.text), place->clause.behind)));
  }
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    Index plain = indexes[i];
    plain.name = name + std::to_string(i + 1);
    plain.constraint.clear();
    statements.emplace_back(index_sql(table, plain));
    append_automatic(table, indexes[i], plain.name, number_of(indexes[i], stem), edits);
  }
  for (Statement& statement : schema_edit(std::move(edits))) statements.push_back(std::move(statement));
  return statements;
}
} // namespace

Piece drop_constraints_of(const Table& table, std::string_view column, std::string_view id) {
  const std::string name = fmt::format("afloat_{}_unique_", id);
  const auto count =
      std::ranges::count_if(table.indexes, [&](const Index& index) { return has(index, column); });
  std::vector<Statement> edits{
      edit_of("table", table.name.name, fmt::format("afloat_drop_constraints_of(sql, {})", literal(column)))};
  if (count > 0) {
    edits.emplace_back(fmt::format("UPDATE sqlite_schema SET name = becomes, sql = 'CREATE UNIQUE INDEX "
                                   "\"' || becomes || '\" ON ' || {} "
                                   "|| ' (' || columns || ')' FROM temp.afloat_doomed d WHERE type = "
                                   "'index' AND name = was",
                                   literal(relation(table))));
    edits.push_back(renumber(table));
  }
  Piece piece;
  if (count > 0) piece.statements.push_back(doomed_indexes(table, column, name));
  for (Statement& statement : schema_edit(std::move(edits))) piece.statements.push_back(std::move(statement));
  for (int i = 1; i <= count; ++i)
    piece.statements.emplace_back("DROP INDEX " + identifier(name + std::to_string(i)));
  if (count > 0) {
    piece.statements.emplace_back(
        fmt::format("SELECT afloat_forget_statistics({})", literal(table.name.name)));
    piece.statements.emplace_back("DROP TABLE temp.afloat_doomed");
  }
  piece.inverse = put_back(table, column, name);
  piece.locks = file_lock(table);
  piece.scans = count > 0; // the pages of the index go to the list of free ones
  return piece;
}

} // namespace afloat::sqlite
