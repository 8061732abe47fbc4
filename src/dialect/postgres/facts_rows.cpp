#include "dialect/postgres/facts_reader.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Statements on rows: they lock, but leave the schema alone.
namespace afloat::postgres {
namespace {
/// The tables that INSERT, UPDATE, DELETE and MERGE write, also inside of WITH; the others are only read.
void add_written(const ParseNode& statement, StatementFacts& facts) {
  constexpr std::array<std::string_view, 4> k_writers{"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"};
  walk(statement, [&](const ParseNode& node) {
    if (std::ranges::find(k_writers, node.type()) != k_writers.end())
      add_lock(facts, relation_of(node["relation"]), LockLevel::row_exclusive);
  });
}

void read_write(const ParseNode& statement, StatementFacts& facts) {
  const std::string_view type = statement.type();
  const std::string_view words = type == "InsertStmt"   ? "INSERT INTO"
                                 : type == "DeleteStmt" ? "DELETE FROM"
                                 : type == "UpdateStmt" ? "UPDATE"
                                                        : "MERGE INTO";
  set_title(facts, words, relation_of(statement["relation"]));
  add_reads(facts, statement);
  add_written(statement, facts);
}

void read_select(const ParseNode& statement, StatementFacts& facts) {
  const ParseNode into = statement["into_clause"]["rel"];
  add_reads(facts, statement);
  add_written(statement, facts);
  if (!statement.list("locking_clause").empty())
    for (const TableLock& lock : std::vector<TableLock>(facts.locks))
      add_lock(facts, lock.relation, LockLevel::row_share);
  if (!into) return;
  const RelationName table = relation_of(into);
  std::erase_if(facts.locks, [&](const TableLock& lock) { return lock.relation == table; });
  set_title(facts, "SELECT INTO", table);
  add_relation(facts, table);
}

void read_truncate(const ParseNode& statement, StatementFacts& facts) {
  std::vector<std::string> names;
  for (const ParseNode& table : statement.list("relations")) {
    add_lock(facts, relation_of(table), LockLevel::access_exclusive);
    names.push_back(display(relation_of(table)));
  }
  facts.what = "TRUNCATE " + join(names, ", ");
}

void read_lock(const ParseNode& statement, StatementFacts& facts) {
  facts.until_commit = true;
  std::vector<std::string> names;
  for (const ParseNode& table : statement.list("relations")) {
    // The server's numbers of lock modes, from 1 (ACCESS SHARE) to 8.
    add_lock(facts, relation_of(table), static_cast<LockLevel>(statement.number("mode") - 1));
    names.push_back(display(relation_of(table)));
  }
  facts.what = "LOCK TABLE " + join(names, ", ");
}

void read_copy(const ParseNode& statement, StatementFacts& facts) {
  const bool from = statement.flag("is_from");
  if (statement["relation"]) {
    set_title(facts, "COPY", relation_of(statement["relation"]));
    add_lock(facts, relation_of(statement["relation"]),
             from ? LockLevel::row_exclusive : LockLevel::access_share);
  }
  add_reads(facts, statement["query"]);
  add_written(statement["query"], facts);
  if (!statement.text("filename").empty()) return;
  facts.refused =
      from ? "COPY FROM STDIN: a migration has no input" : "COPY TO STDOUT: a migration has no output";
  facts.hint = from ? "Write the rows as INSERT statements, or COPY from a file on the server."
                    : "Take it out of the migration.";
}

/// VACUUM and ANALYZE.
void read_vacuum(const ParseNode& statement, StatementFacts& facts) {
  const bool vacuum = statement.flag("is_vacuumcmd");
  const bool full = is_on(statement.list("options"), "full", false);
  std::vector<std::string> names;
  for (const ParseNode& table : statement.list("rels")) {
    add_lock(facts, relation_of(table["relation"]),
             full ? LockLevel::access_exclusive : LockLevel::share_update_exclusive);
    names.push_back(display(relation_of(table["relation"])));
  }
  facts.what = fmt::format("{}{}{}{}", vacuum ? "VACUUM" : "ANALYZE", full ? " FULL" : "",
                           names.empty() ? "" : " ", join(names, ", "));
  facts.outside = facts.repeatable = vacuum;
  facts.rewrites = full;
  facts.scans = vacuum;
}

/// Without a table it goes over all that were clustered before, in transactions of its own.
void read_cluster(const ParseNode& statement, StatementFacts& facts) {
  facts.rewrites = facts.scans = true;
  facts.outside = facts.repeatable = !statement["relation"];
  if (facts.outside) return;
  set_title(facts, "CLUSTER", relation_of(statement["relation"]));
  add_lock(facts, relation_of(statement["relation"]), LockLevel::access_exclusive);
}

void read_refresh(const ParseNode& statement, StatementFacts& facts) {
  const RelationName view = relation_of(statement["relation"]);
  const bool concurrent = statement.flag("concurrent");
  set_title(facts, "REFRESH MATERIALIZED VIEW", view);
  add_lock(facts, view, concurrent ? LockLevel::exclusive : LockLevel::access_exclusive);
  facts.rewrites = !concurrent;
  facts.scans = true;
}

constexpr std::array<FactsRow, 11> k_rows{{
    {"InsertStmt", read_write},
    {"UpdateStmt", read_write},
    {"DeleteStmt", read_write},
    {"MergeStmt", read_write},
    {"SelectStmt", read_select},
    {"TruncateStmt", read_truncate},
    {"LockStmt", read_lock},
    {"CopyStmt", read_copy},
    {"VacuumStmt", read_vacuum},
    {"ClusterStmt", read_cluster},
    {"RefreshMatViewStmt", read_refresh},
}};
} // namespace

std::span<const FactsRow> facts_of_rows() {
  return k_rows;
}

} // namespace afloat::postgres
