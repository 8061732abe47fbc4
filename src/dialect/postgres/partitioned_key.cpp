#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

// A key of a partitioned table. ADD CONSTRAINT … USING INDEX is not possible there. With ONLY the constraint
// comes in the catalogs alone, not valid yet; a partition that comes from then on brings its own. Each of
// those that are there gets its index concurrently, then, in one short transaction each, its constraint,
// which is attached.
namespace afloat::postgres {
std::string fits_key(const Index& index) {
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) columns.push_back(literal(part.column));
  for (const std::string& column : index.include) columns.push_back(literal(column));
  std::string text(embedded_sql("postgres/fits_key.sql"));
  if (text.ends_with('\n')) text.pop_back();
  text = replaced(std::move(text), "{columns}", fmt::format("ARRAY[{}]", join(columns, ", ")));
  text = replaced(std::move(text), "{keys}", fmt::to_string(index.parts.size()));
  return replaced(std::move(text), "{not_distinct}", index.nulls_not_distinct ? "true" : "false");
}

std::vector<Step> partitioned_key_steps(const Table& table, const Index& index, const Constraint& constraint,
                                        Phase phase) {
  refuse_foreign_partitions(table, "a key");
  const auto alter = [&](std::string_view only, std::string_view action, std::string_view definition) {
    return fmt::format("ALTER TABLE {}{} {} {}{}", only, in_quotes(table.name), action,
                       in_quotes(constraint.name), definition);
  };
  Step parent{.title = fmt::format("make {} on {} alone, without its partitions", constraint.name,
                                   display(table.name))};
  parent.statements = {alter("ONLY ", "ADD CONSTRAINT", " " + constraint.definition)};
  parent.locks = {{table.name, LockLevel::access_exclusive}};
  parent.inverse = {alter("", "DROP CONSTRAINT IF EXISTS", "")};
  parent.undo = "the constraint is dropped, with those of the partitions that are attached to it";
  std::vector<Step> steps = steps_of_whole(std::move(parent), table, index, &constraint);
  for (Step& step : steps) step.phase = phase;
  return steps;
}

std::string parts_of_key(const Table& table, const Index& index, const Constraint& constraint) {
  const std::size_t timing = constraint.definition.find(" DEFERRABLE");
  std::string text(embedded_sql("postgres/keys_of_partitions.sql"));
  text = replaced(std::move(text), "{fits}", fits_key(index));
  text = replaced(std::move(text), "{unattached}", unattached());
  text = replaced(std::move(text), "{kind}",
                  constraint.kind == ConstraintKind::primary_key ? "PRIMARY KEY" : "UNIQUE");
  text = replaced(std::move(text), "{timing}",
                  timing == std::string::npos ? "" : constraint.definition.substr(timing));
  text = replaced(std::move(text), "{definition}", literal(constraint.definition));
  return replaced(std::move(text), "{index}",
                  literal(in_quotes(RelationName{table.name.schema, constraint.name})));
}

} // namespace afloat::postgres

namespace afloat {
using postgres::literal, postgres::in_quotes;

std::vector<std::string> index_obstacles(const Table& table, const Index& index) {
  if (!table.partitioned) return {};
  std::vector<std::string> columns;
  for (const IndexPart& part : index.parts) columns.push_back(literal(part.column));
  std::string text(embedded_sql("postgres/index_obstacles.sql"));
  text = replaced(std::move(text), "{table}", literal(in_quotes(table.name)));
  text = replaced(std::move(text), "{name}", literal(index.name));
  text = replaced(std::move(text), "{unique}", index.unique ? "true" : "false");
  return {replaced(std::move(text), "{columns}", fmt::format("ARRAY[{}]::text[]", join(columns, ", ")))};
}

} // namespace afloat
