#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

// UNIQUE and PRIMARY KEY in the text of a table have an index without text, which is numbered by their place.
// Its tree is that of any index on the columns: with a text it is one that can be dropped, and one that was
// built can lose its text. So no row is copied. Tried with integrity_check, also on WITHOUT ROWID.
namespace afloat::sqlite {
namespace {
constexpr std::string_view k_gone = "afloat_gone";

std::vector<Index> numbered(const Table& table) {
  std::vector<Index> indexes;
  for (const Index& index : table.indexes)
    if (index.name.starts_with("sqlite_autoindex_")) indexes.push_back(index);
  std::ranges::sort(indexes, [](const Index& one, const Index& other) {
    return std::pair(one.name.size(), one.name) < std::pair(other.name.size(), other.name);
  });
  return indexes;
}

/// The keys as the server has them now must be those that the numbers were told from.
Statement assert_keys(const Table& table, const std::vector<Index>& indexes) {
  std::string known;
  for (const Index& index : indexes) {
    std::vector<std::string> columns;
    for (const IndexPart& part : index.parts) columns.push_back(part.column);
    known += fmt::format("{}({})", index.name, join(columns, ","));
  }
  return fmt::format(
      "SELECT afloat_assert((SELECT coalesce(group_concat(key, ''), '') FROM (SELECT l.name || '(' || "
      "(SELECT "
      "group_concat(name, ',') FROM pragma_index_info(l.name)) || ')' AS key FROM pragma_index_list({}) l "
      "WHERE l.name LIKE 'sqlite~_autoindex~_%' ESCAPE '~' ORDER BY length(l.name), l.name)) = {}, {})",
      literal(table.name.name), literal(known),
      literal(fmt::format("the keys of {} are not those that the plan was made from: a newer migration has "
                          "changed them, or somebody by hand",
                          table.name.name)));
}

/// The names of the keys behind this number, `by` further on.
Statement renumber(const Table& table, std::size_t behind, int by) {
  const std::string prefix = fmt::format("sqlite_autoindex_{}_", table.name.name);
  const std::string number = fmt::format("CAST(substr(name, {}) AS integer)", prefix.size() + 1);
  return fmt::format(
      "UPDATE sqlite_schema SET name = {0} || ({1} + {2}) WHERE type = 'index' AND sql IS NULL "
      "AND tbl_name = {3} COLLATE NOCASE AND {1} > {4}",
      literal(prefix), number, by, literal(table.name.name), behind);
}

Index named(Index index) {
  index.name = k_gone;
  index.constraint.clear();
  index.primary = false;
  return index;
}

/// The number of the one that goes; behind the last if another constraint has the same index.
std::size_t gone_one(const std::vector<Index>& before, const std::vector<Index>& after) {
  std::size_t at = 0;
  while (at < after.size() && at < before.size() && before[at].parts == after[at].parts) ++at;
  return at;
}
} // namespace

Rebuild without_key(const Table& table, const ConstraintKey& key) {
  return {"key", table.name, {{"drop_key", {key.name, key.definition, key.column}}}};
}

Step drop_key_step(const Table& table, const Constraint& constraint, const ConstraintKey& key) {
  const RebuildShape shape = shape_of(table, without_key(table, key));
  const std::vector<Index> before = numbered(shape.from), after = numbered(shape.to);
  const std::size_t at = gone_one(before, after);
  const auto place = find_constraint(shape.from.create_sql, key);
  if (!place) throw Error(ErrorCode::bug, "a constraint that is not in the text of its table");
  const std::string drop = fmt::format("afloat_drop_constraint(sql, {}, {}, {})", literal(key.name),
                                       literal(key.definition), literal(key.column));
  const std::string put = fmt::format("afloat_put_constraint(sql, {}, {}, '{}')", literal(place->column),
                                      literal(place->clause.text), place->clause.behind);
  std::vector<Statement> edits{edit_of("table", table.name.name, drop)},
      back{edit_of("table", table.name.name, put)};
  Piece piece;
  if (before.size() > after.size()) {
    Index plain = named(before[at]);
    plain.unique = false;
    edits.push_back(
        {fmt::format("UPDATE sqlite_schema SET name = {}, sql = {} WHERE type = 'index' AND name = {}",
                     literal(k_gone), literal(index_sql(table, plain)), literal(before[at].name)),
         1});
    edits.push_back(renumber(table, at + 1, -1));
    back.push_back(renumber(table, at, +1));
    back.push_back(
        {fmt::format("UPDATE sqlite_schema SET name = {}, sql = NULL WHERE type = 'index' AND name = {}",
                     literal(before[at].name), literal(k_gone)),
         1});
    piece.inverse.emplace_back(index_sql(table, named(before[at])));
  }
  piece.statements = schema_edit(std::move(edits));
  piece.statements.insert(piece.statements.begin(), assert_keys(table, before));
  if (before.size() > after.size()) piece.statements.emplace_back(fmt::format("DROP INDEX {}", k_gone));
  piece.inverse.insert(piece.inverse.begin(), assert_keys(table, after));
  std::ranges::move(schema_edit(std::move(back)), std::back_inserter(piece.inverse));
  piece.locks = file_lock(table);
  const std::string called = constraint.name.empty() ? constraint.definition : constraint.name;
  Step step =
      combine(Phase::expand, fmt::format("drop {} of {}", called, table.name.name), {std::move(piece)});
  step.undo = "builds its index again and puts it back where it stood, if no row breaks it by then";
  return step;
}

} // namespace afloat::sqlite
