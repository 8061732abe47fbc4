#include "dialect/postgres/carry_partitions.hpp"

#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/partitions.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "model/inheritance.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// For what a partitioned table has and a successor cannot get there.
std::string partitioned_refusal(const SuccessionGroup& group, const Succession& member, std::string& hint) {
  const Table& table = member.table;
  const std::string subject = fmt::format("{}.{}", display(table.name), member.from);
  hint = "Nothing was changed.";
  if (group.type)
    return fmt::format("{} is partitioned, and the type of its columns cannot be made anew",
                       display(table.name));
  for (const ColumnUser& user : table.users) {
    if (user.column != member.from) continue;
    if (user.kind == "partition key") return fmt::format("{} is in the {}", subject, user.words);
    if (user.kind == "of a partition") {
      hint = "Drop it first, and make it again after contract. Nothing was changed.";
      return fmt::format("{} hangs on {} in a partition alone", user.words, subject);
    }
  }
  for (const Constraint& constraint : table.constraints) {
    if (std::ranges::count(constraint.columns, member.from) == 0) continue;
    const bool key =
        constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
    if (key && member.name != member.from) {
      hint = "Leave `to` out: then it gets its key at contract. Nothing was changed.";
      return fmt::format("constraint {} of the partitioned table {} ({}) cannot be built beside its writers",
                         constraint.name, display(table.name), constraint.definition);
    }
  }
  return {};
}
} // namespace

std::string hierarchy_refusal(const SuccessionGroup& group, const Succession& member, std::string& hint) {
  const Table& table = member.table;
  if (!table.inheritance.empty()) {
    hint = way_out_of_inheritance(table);
    return fmt::format("{} is {}, whose columns cannot get a successor", display(table.name),
                       table.inheritance);
  }
  return table.partitioned ? partitioned_refusal(group, member, hint) : std::string();
}

std::vector<Step> twin_index_steps(const Table& table, const TwinIndex& index, bool late) {
  if (!table.partitioned) return {create_index(table, index.twin)};
  if (!index.of.constraint.empty()) return partition_index_steps(table, index.twin);
  return late ? late_index_steps(table, index.twin) : create_index_steps(table, index.twin);
}

void append_note_of_names(const Table& table, const std::vector<TwinIndex>& indexes,
                          std::vector<Statement>& statements) {
  if (!table.partitioned || indexes.empty()) return;
  std::vector<std::string> names;
  for (const TwinIndex& index : indexes)
    names.push_back(literal(quoted(RelationName{table.name.schema, index.of.name})));
  // Several columns of a swap may have such tables.
  statements.emplace_back("CREATE TEMPORARY TABLE IF NOT EXISTS afloat_names (whole pg_catalog.text, relid "
                          "pg_catalog.oid, name pg_catalog.name) ON COMMIT DROP");
  statements.emplace_back(
      fmt::format("INSERT INTO pg_temp.afloat_names SELECT w.name, i.indrelid, "
                  "c.relname FROM pg_catalog.unnest(ARRAY[{}]) AS w(name)"
                  " CROSS JOIN LATERAL pg_catalog.pg_partition_tree(pg_catalog.to_regclass(w.name)) t"
                  " JOIN pg_catalog.pg_index i ON i.indexrelid = t.relid"
                  " JOIN pg_catalog.pg_class c ON c.oid = t.relid WHERE t.level > 0",
                  join(names, ", ")));
}

void append_drop_not_null(const Table& table, const std::string& column, std::vector<Statement>& statements) {
  if (!table.partitioned) return;
  statements.emplace_back(
      "DO "
      + literal(fmt::format("DECLARE\n  partition record;\nBEGIN\n"
                            "  FOR partition IN SELECT t.relid::pg_catalog.regclass AS name FROM "
                            "pg_catalog.pg_partition_tree({}::pg_catalog.regclass) t\n"
                            "    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid AND a.attname = {} "
                            "AND a.attnotnull ORDER BY "
                            "t.level\n  LOOP\n"
                            "    EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', "
                            "partition.name, {});\n"
                            "  END LOOP;\nEND",
                            literal(quoted(table.name)), literal(column), literal(column))));
}

void append_key(const Table& table, const TwinIndex& index, std::vector<Statement>& statements) {
  const auto key = std::ranges::find(table.constraints, index.of.constraint, &Constraint::name);
  if (key == table.constraints.end()) return;
  // Names of the twin for the partitions: those that have the old ones are given at the end.
  for (Statement& statement : key_of_partition_indexes(table, index.twin, *key))
    statements.push_back(std::move(statement));
}

void append_names_of_partitions(const Table& table, const std::vector<TwinIndex>& indexes,
                                std::vector<Statement>& statements) {
  if (!table.partitioned || indexes.empty()) return;
  statements.emplace_back("DO " + literal(embedded_sql("postgres/names_of_partitions.sql")));
}

std::string is_part_of(const Table& table, std::string_view oid) {
  const std::string root = fmt::format("pg_catalog.to_regclass({})", literal(quoted(table.name)));
  if (!table.partitioned) return fmt::format("{} = {}", oid, root);
  return fmt::format("{} IN (SELECT t.relid FROM pg_catalog.pg_partition_tree({}) t)", oid, root);
}

std::string partition_obstacle_query(const Table& table, const std::string& column) {
  std::string users(embedded_sql("postgres/partition_users.sql"));
  users = replaced(std::move(users), "$1::oid[]",
                   fmt::format("ARRAY[pg_catalog.to_regclass({})]::oid[]", literal(quoted(table.name))));
  return fmt::format("SELECT DISTINCT u.words || {} FROM (\n{}) AS u(relid, attname, kind, nspname, relname, "
                     "words, gone, made, depth) WHERE u.attname = {} ORDER BY 1",
                     literal(fmt::format(" hangs on {}.{} in a partition alone: drop it, and make it again "
                                         "after contract",
                                         display(table.name), column)),
                     users, literal(column));
}

} // namespace afloat::postgres
