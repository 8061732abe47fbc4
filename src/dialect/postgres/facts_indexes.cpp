#include "dialect/postgres/facts_reader.hpp"
#include "dialect/postgres/names.hpp"
#include "support/text.hpp"

#include <array>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string drop_concurrently(const RelationName& index) {
  return fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", in_quotes(index));
}

void read_create_index(const ParseNode& statement, StatementFacts& facts) {
  const RelationName table = relation_of(statement["relation"]);
  const RelationName index{table.schema, std::string(statement.text("idxname"))};
  const bool concurrent = statement.flag("concurrent");
  facts.what =
      fmt::format("CREATE INDEX{}{} ON {}", index.name.empty() ? "" : " ", index.name, display(table));
  facts.scans = true;
  add_lock(facts, table, concurrent ? LockLevel::share_update_exclusive : LockLevel::share);
  add_relation(facts, table);
  if (!index.name.empty()) add_relation(facts, index);
  if (!concurrent) return;
  facts.outside = true;
  if (index.name.empty()) {
    facts.refused = fmt::format("the index on {} has no name, and is built concurrently", display(table));
    facts.hint =
        "Write CREATE INDEX CONCURRENTLY name ON …: a build that was cut short is found by its name.";
    return;
  }
  facts.done_when = index_state_query(table, index);
  facts.cleanup = {drop_concurrently(index)};
  facts.repeatable = statement.flag("if_not_exists");
}

/// A build that was cut short leaves INVALID indexes "…_ccnew" (or "…_ccold") behind, which writers have to
/// fill. Of a whole table, nobody can tell their names from the statement.
void add_leftovers(const RelationName& index, StatementFacts& facts) {
  for (const std::string_view ending : {"_ccnew", "_ccold"})
    if (index.name.size() + ending.size() <= 63)
      facts.cleanup.emplace_back(drop_concurrently({index.schema, index.name + std::string(ending)}));
}

void read_reindex(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view kind = statement.word("kind");
  const bool concurrent = is_on(statement.list("params"), "concurrently", false);
  const bool whole = !statement["relation"];
  facts.scans = true;
  facts.outside = concurrent || whole;
  facts.repeatable = facts.outside;
  const std::string words = "REINDEX " + std::string(kind.substr(std::string_view("REINDEX_OBJECT_").size()));
  if (whole) {
    facts.what = fmt::format("{} {}", words, statement.text("name"));
    return;
  }
  const RelationName relation = relation_of(statement["relation"]);
  set_title(facts, words, relation);
  const bool table = kind == "REINDEX_OBJECT_TABLE";
  add_lock(facts, relation,
           concurrent ? LockLevel::share_update_exclusive
           : table    ? LockLevel::share
                      : LockLevel::access_exclusive);
  if (concurrent && !table) add_leftovers(relation, facts);
}

constexpr std::array<FactsRow, 2> k_rows{{
    {"IndexStmt", read_create_index},
    {"ReindexStmt", read_reindex},
}};
} // namespace

// DROP INDEX CONCURRENTLY; an interrupted one leaves an INVALID index, and the same statement drops it.
void read_drop_index(const ParseNode& statement, StatementFacts& facts) {
  std::vector<std::string> names;
  for (const ParseNode& object : statement.list("objects")) {
    const RelationName index = relation_of(parts_of(object));
    names.push_back(display(index));
    add_lock(facts, index,
             statement.flag("concurrent") ? LockLevel::share_update_exclusive : LockLevel::access_exclusive);
    add_relation(facts, index);
    if (!statement.flag("concurrent")) continue;
    facts.outside = true;
    facts.repeatable = statement.flag("missing_ok");
    if (!facts.repeatable)
      facts.done_when = fmt::format("SELECT CASE WHEN pg_catalog.to_regclass({}) IS NULL THEN 'done' ELSE "
                                    "'absent' END",
                                    literal(in_quotes(index)));
  }
  facts.what = "DROP INDEX " + join(names, ", ");
}

std::span<const FactsRow> facts_of_indexes() {
  return k_rows;
}

} // namespace afloat::postgres
