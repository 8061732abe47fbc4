#include "operations/duplicates.hpp"

#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
/// What stands behind COLLATE in the suffix of a part, with the word.
std::string collation_of(const IndexPart& part) {
  std::string collation;
  bool inside = false;
  for (const Token& token : tokenize(part.suffix)) {
    if (token.is("collate")) inside = true;
    const bool name =
        token.kind == TokenKind::word || token.kind == TokenKind::quoted_word || token.text == ".";
    if (inside && token.kind == TokenKind::space && collation.size() > 8) break; // behind the name
    if (inside && (name || token.kind == TokenKind::space)) collation += token.text;
  }
  return collation.empty() ? "" : " " + trimmed(collation);
}
} // namespace

RangeWork duplicates(const Table& table, const Index& index, const SqlWriter& sql) {
  std::vector<std::string> keys, conditions, shown;
  for (const IndexPart& part : index.parts) {
    const std::string key = part.column.empty() ? "(" + part.expression + ")" : sql.identifier(part.column);
    keys.push_back(key + collation_of(part));
    if (!index.nulls_not_distinct) conditions.push_back(key + " IS NOT NULL");
    shown.push_back(fmt::format("coalesce(CAST({} AS text), 'NULL')", keys.back()));
  }
  if (!index.predicate.empty()) conditions.push_back("(" + index.predicate + ")");
  const std::string where = conditions.empty() ? "" : " WHERE " + join(conditions, " AND ");
  const std::string grouped = fmt::format("FROM {}{} GROUP BY {} HAVING count(*) > 1",
                                          sql.relation(table.name), where, join(keys, ", "));
  RangeWork work;
  work.table = table.name;
  work.in_range_from_start =
      fmt::format("SELECT {} || ': ' || CAST(count(*) AS text) || ' rows' {} LIMIT {{limit}}",
                  join(shown, " || ', ' || "), grouped);
  work.count_left = fmt::format(
      "SELECT coalesce(sum(more), 0) FROM (SELECT count(*) - 1 AS more {}) AS duplicated", grouped);
  return work;
}

} // namespace afloat
