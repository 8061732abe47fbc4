#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/rebuild.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "dialect/sqlite/table_edits.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

// The swap: the two tables exchange their b-trees, index by index, and the table's text becomes the new one.
// What hangs on the table's name (triggers, views, foreign keys, statistics) is not touched.
namespace afloat::sqlite {
namespace {
void append(std::vector<Statement>& to, std::vector<Statement> more) {
  std::ranges::move(more, std::back_inserter(to));
}

class Swap {
 public:
  explicit Swap(const RebuildShape& shape) : m(shape), m_table(shape.from.name.name) {}

  std::vector<Statement> statements() const {
    std::vector<Statement> all = assertions();
    append(all, drop_capture(m));
    all.push_back(rows_before());
    append(all, schema_edit(edits()));
    for (const IndexTwin& index : m.only_old) all.emplace_back("DROP INDEX " + identifier(index.twin));
    if (m.autoincrement) all.push_back(keep_sequence());
    if (m.other_constraints)
      all.emplace_back(fmt::format("SELECT afloat_forget_statistics({})", literal(m_table)));
    all.push_back(works());
    all.emplace_back("DROP TABLE temp.afloat_rows");
    all.emplace_back("DROP TABLE temp.afloat_errors");
    return all;
  }

 private:
  std::vector<Statement> assertions() const {
    std::vector<std::string> indexes;
    for (const IndexTwin& index : m.indexes) indexes.push_back(literal(index.index.name));
    return {
        fmt::format("SELECT afloat_assert((SELECT count(*) FROM {}) = (SELECT count(*) FROM {}), {})",
                    identifier(m_table), identifier(m.shadow),
                    literal(fmt::format("{} and its copy differ in their number of rows", m_table))),
        fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND "
                    "tbl_name = {} COLLATE NOCASE AND sql IS NOT NULL AND name NOT IN ({})), {})",
                    literal(m_table), join(indexes, ", "),
                    literal(fmt::format("{} was given another index meanwhile: drop it, or abort", m_table))),
        // Prepares what uses the table: what works before must work after.
        fmt::format("CREATE TEMP TABLE afloat_errors AS SELECT afloat_schema_errors({}) AS text",
                    literal(m_table))};
  }

  /// Each with the table, and for the index of a constraint the name, that will have its b-tree.
  Statement rows_before() const {
    return fmt::format(
        "CREATE TEMP TABLE afloat_rows AS SELECT *, 'sqlite_autoindex_' || other || '_' || substr(was, "
        "length('sqlite_autoindex_' || of || '_') + 1) AS becomes FROM (SELECT type AS kind, name AS was, "
        "tbl_name "
        "AS of, rootpage AS page, sql IS NULL AS nameless, CASE tbl_name WHEN {1} THEN {0} ELSE {1} END AS "
        "other "
        "FROM sqlite_schema WHERE type IN ('table', 'index') AND tbl_name IN ({0}, {1}))",
        literal(m_table), literal(m.shadow));
  }

  static Statement take_pages(const std::string& type, const std::string& name, const std::string& of,
                              const std::string& more = "", const std::string& where = "") {
    return {
        fmt::format("UPDATE sqlite_schema SET rootpage = (SELECT page FROM temp.afloat_rows WHERE kind = {0} "
                    "AND was = {2}){3} WHERE type = {0} AND name = {1}{4}",
                    literal(type), literal(name), literal(of), more, where),
        1};
  }

  std::vector<Statement> edits() const {
    const std::string hidden = with_name(drop_foreign_keys(m.from.create_sql, ""), m.shadow);
    std::vector<Statement> all{take_pages("table", m_table, m.shadow, ", sql = " + literal(m.to.create_sql),
                                          " AND sql = " + literal(m.from.create_sql)),
                               take_pages("table", m.shadow, m_table, ", sql = " + literal(hidden))};
    for (const IndexTwin& index : m.indexes) {
      all.push_back(take_pages("index", index.index.name, index.twin));
      all.push_back(take_pages("index", index.twin, index.index.name));
    }
    // It stands on the rows that are the table's now, and can be dropped there.
    for (const IndexTwin& index : m.only_old)
      all.push_back({fmt::format("UPDATE sqlite_schema SET tbl_name = {}, sql = {} WHERE type = 'index' AND "
                                 "name = {}",
                                 literal(m_table), literal(twin_sql(m.from, index)), literal(index.twin)),
                     1});
    append(all, constraint_indexes());
    for (const Column& column : m.from.columns)
      if (!m.to.find_column(column.name)) all.push_back(forget_change_of(m.from, column.name));
    return all;
  }

  /// Those of PRIMARY KEY and UNIQUE have no text; one table may have more of them than the other.
  static std::vector<Statement> constraint_indexes() {
    constexpr std::string_view k_alone = "nameless AND becomes NOT IN (SELECT was FROM temp.afloat_rows)";
    return {Statement(
                "UPDATE sqlite_schema SET rootpage = page FROM temp.afloat_rows WHERE type = 'index' AND sql "
                "IS NULL AND nameless AND name = becomes"),
            fmt::format("DELETE FROM sqlite_schema WHERE type = 'index' AND name IN (SELECT was FROM "
                        "temp.afloat_rows WHERE {})",
                        k_alone),
            fmt::format(
                "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) SELECT 'index', becomes, "
                "other, page, NULL FROM temp.afloat_rows WHERE {}",
                k_alone)};
  }

  static std::string twin_sql(const Table& on, const IndexTwin& index) {
    Index renamed = index.index;
    renamed.name = index.twin;
    return index_sql(on, renamed);
  }

  /// An old AUTOINCREMENT goes on as it was; a new one begins behind the highest key.
  Statement keep_sequence() const {
    return fmt::format("INSERT INTO sqlite_sequence (name, seq) SELECT {0}, seq FROM sqlite_sequence WHERE "
                       "name = {1} AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = {0})",
                       literal(m_table), literal(m.shadow));
  }

  Statement works() const {
    const std::string now = fmt::format("afloat_schema_errors({})", literal(m_table));
    return fmt::format(
        "SELECT afloat_assert({0} IS NULL OR {0} IS (SELECT text FROM temp.afloat_errors), {1} || {0})", now,
        literal(fmt::format("with {} rebuilt, something would not work any more: ", m_table)));
  }

  const RebuildShape& m;
  std::string m_table;
};
} // namespace

std::vector<Statement> swap(const RebuildShape& shape) {
  return Swap(shape).statements();
}

} // namespace afloat::sqlite
