#include "dialect/postgres/facts_reader.hpp"
#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string part_text(const IndexPart& part) {
  const std::string what = part.column.empty() ? "(" + part.expression + ")" : in_quotes(part.column);
  return part.suffix.empty() ? what : what + " " + part.suffix;
}

} // namespace

std::string index_definition(const RelationName& table, const Index& index, std::string_view how) {
  std::vector<std::string> parts, included;
  for (const IndexPart& part : index.parts) parts.push_back(part_text(part));
  for (const std::string& column : index.include) included.push_back(in_quotes(column));
  const bool only = how == "ONLY ";
  std::string text = fmt::format("CREATE {}INDEX {}{} ON {}{} USING {} ({})", index.unique ? "UNIQUE " : "",
                                 only ? "" : how, in_quotes(index.name), only ? how : "", in_quotes(table),
                                 index.method.empty() ? "btree" : index.method, join(parts, ", "));
  if (!included.empty()) text += fmt::format(" INCLUDE ({})", join(included, ", "));
  if (index.nulls_not_distinct) text += " NULLS NOT DISTINCT";
  if (!index.options.empty()) text += fmt::format(" WITH ({})", index.options);
  if (!index.tablespace.empty()) text += " TABLESPACE " + in_quotes(index.tablespace);
  if (!index.predicate.empty()) text += fmt::format(" WHERE {}", index.predicate);
  return text;
}

// 'building' stands for an index that some backend is still at work on: neither done nor ours to remove.
std::string index_state_query(const RelationName& table, const RelationName& index) {
  return fmt::format("SELECT coalesce((SELECT CASE WHEN i.indisvalid AND i.indisready THEN 'done'"
                     " WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE "
                     "p.index_relid = i.indexrelid)"
                     " THEN 'building' ELSE 'partial' END"
                     " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                     " WHERE i.indrelid = pg_catalog.to_regclass({}) AND c.relname = {}), 'absent')",
                     literal(in_quotes(table)), literal(index.name));
}

Step create_index(const Table& table, const Index& index) {
  if (table.partitioned)
    throw Error(
        ErrorCode::invalid_migration,
        fmt::format("an index on the partitioned table {} cannot be built without blocking its writers"
                    " (CREATE INDEX CONCURRENTLY is not possible there); this is not supported here yet",
                    display(table.name)),
        "The operation `create_index` builds one, partition by partition.");
  const std::string drop = fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}",
                                       in_quotes(RelationName{table.name.schema, index.name}));
  Step step{.kind = StepKind::outside,
            .title = fmt::format("build {}index {} on {}", index.unique ? "unique " : "", index.name,
                                 display(table.name))};
  step.statements = {index_definition(table.name, index, "CONCURRENTLY ")};
  step.inverse = {drop};
  step.cleanup = {drop};
  step.locks = {{table.name, LockLevel::share_update_exclusive}};
  step.scans = true;
  step.done_when = index_state_query(table.name, {table.name.schema, index.name});
  step.undo = "the index is dropped";
  return step;
}

Piece drop_index(const Table& table, const Index& index) {
  Piece piece;
  piece.locks = {{table.name, LockLevel::access_exclusive}};
  piece.statements.emplace_back(
      index.constraint.empty()
          ? fmt::format("DROP INDEX IF EXISTS {}", in_quotes(RelationName{table.name.schema, index.name}))
          : fmt::format("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", in_quotes(table.name),
                        in_quotes(index.constraint)));
  return piece;
}

Step drop_index_step(const Table& table, const Index& index) {
  const std::string name = in_quotes(RelationName{table.name.schema, index.name});
  Step step{.phase = Phase::contract,
            .kind = StepKind::outside,
            .title = fmt::format("drop index {} of {}", index.name, display(table.name))};
  step.statements = {"DROP INDEX CONCURRENTLY IF EXISTS " + name};
  // A drop that was interrupted leaves an INVALID index, and may go on in its backend.
  step.done_when = fmt::format("SELECT coalesce((SELECT CASE WHEN i.indisvalid THEN 'absent' ELSE 'partial' "
                               "END FROM pg_catalog.pg_index i"
                               " WHERE i.indexrelid = pg_catalog.to_regclass({})), 'done')",
                               literal(name));
  step.cleanup = step.statements;
  step.removes = true;
  step.locks = {{table.name, LockLevel::share_update_exclusive}};
  if (index.valid) {
    step.inverse = {index_definition(table.name, index, "CONCURRENTLY IF NOT EXISTS ")};
  }
  return step;
}

} // namespace afloat::postgres
