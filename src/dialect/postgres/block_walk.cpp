#include "dialect/postgres/key_walk.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// How many blocks hold {limit} rows is estimated; the bounds are exact, and a TID range scan (PostgreSQL 14)
// reads no more than these blocks.
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

std::string next_block_bound(const RelationName& table, std::string_view start, std::string_view after) {
  std::string text(k_ctid_bound);
  text = replaced(std::move(text), "{behind}", after.empty() ? "" : " AND ctid > " + std::string(after));
  text = replaced(std::move(text), "{table_literal}", literal(in_quotes(table)));
  text = replaced(std::move(text), "{table}", in_quotes(table));
  return replaced(std::move(text), "{start}", start);
}
} // namespace

std::string place_label(const std::string& prefix) {
  return fmt::format("'{0}=' || {1}{0}::text", k_place, prefix);
}

KeyWalk walked_by_block(const RelationName& table, const std::string& prefix) {
  KeyWalk ranges;
  ranges.work.table = table;
  ranges.work.key = {std::string(k_place)};
  ranges.work.next_bound = next_block_bound(table, "((({after})::text::point)[0]::bigint + 1)", "{after}");
  ranges.work.next_bound_from_start = next_block_bound(table, "0::bigint", "");
  ranges.work.last = replaced(std::string(k_last_ctid), "{table_literal}", literal(in_quotes(table)));
  ranges.condition_from_start = prefix + "ctid <= {upto}";
  ranges.condition = prefix + "ctid > {after} AND " + ranges.condition_from_start;
  ranges.label = place_label(prefix);
  return ranges;
}

} // namespace afloat::postgres
