#include "dialect/postgres/carry_partitions.hpp"

#include "dialect/postgres/for_each.hpp"
#include "dialect/postgres/index_columns.hpp"
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

std::string work_name(const Succession& succession, const std::vector<TwinIndex>& indexes,
                      const TwinIndex& index) {
  return fmt::format("{}_{}", succession.id, &index - indexes.data());
}

std::string names_of_parts(const Table& table, const TwinIndex& index) {
  std::string text(embedded_sql("postgres/names_of_indexes.sql"));
  text = replaced(std::move(text), "{index}",
                  literal(in_quotes(RelationName{table.name.schema, index.twin.name})));
  return replaced(std::move(text), "{of}",
                  literal(in_quotes(RelationName{table.name.schema, index.of.name})));
}

/// SQL: the index i of a partition waits to become part of the key.
std::string key_beside(const Index& twin) {
  return fmt::format("{} AND {}", fits_key(twin), unattached());
}

/// Beforehand, because it takes its time in each partition. A key has no index of the whole yet.
Step name_columns_step(const Succession& succession, const TwinIndex& index) {
  const Table& table = succession.table;
  Step step{.title = fmt::format("name the columns of {} as they are called in the end", index.twin.name)};
  step.undo = "nothing to undo: the index goes with abort";
  const RelationName whole{table.name.schema, index.twin.name};
  for (const Partition& partition : table.partitions)
    step.locks.push_back(
        {{partition.name.schema, index_on(partition, index.twin).name}, LockLevel::access_exclusive});
  if (index.of.constraint.empty()) { // those of the partitions follow
    step.locks.insert(step.locks.begin(), {whole, LockLevel::access_exclusive});
    for (std::string& statement : name_index_columns(index, succession))
      step.statements.emplace_back(std::move(statement));
    return step;
  }
  std::vector<std::string> renamed;
  for (const IndexColumnName& name : index_columns_to_name(index, succession))
    renamed.push_back(fmt::format("({}, {})", literal(name.now), literal(name.wanted)));
  if (!renamed.empty())
    step.statements = {for_each(
        fmt::format("SELECT a.attrelid::pg_catalog.regclass AS place, w.now, w.wanted\n"
                    "FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({})) t\n"
                    "JOIN pg_catalog.pg_index i ON t.isleaf AND i.indrelid = t.relid AND {}\n"
                    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid\n"
                    "JOIN (VALUES {}) AS w(now, wanted) ON w.now = a.attname",
                    literal(in_quotes(table.name)), key_beside(index.twin), join(renamed, ", ")),
        "pg_catalog.format('ALTER TABLE %s RENAME COLUMN %I TO %I', each.place, each.now, each.wanted)")};
  return step;
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

std::vector<Step> twin_index_steps(const Succession& succession, const TwinIndex& index) {
  const Table& table = succession.table;
  if (!table.partitioned) return {create_index(table, index.twin)};
  const bool is_key = !index.of.constraint.empty();
  std::vector<Step> steps =
      is_key ? build_steps(table, index.twin, key_beside(index.twin)) : create_index_steps(table, index.twin);
  Step names = name_columns_step(succession, index);
  if (!names.statements.empty()) steps.push_back(std::move(names));
  return steps;
}

void append_search_for_parts(const Succession& succession, const std::vector<TwinIndex>& indexes,
                             std::vector<Statement>& statements) {
  const Table& table = succession.table;
  if (!table.partitioned) return;
  for (const TwinIndex& index : indexes) {
    const auto key = std::ranges::find(table.constraints, index.of.constraint, &Constraint::name);
    statements.emplace_back(find_work(work_name(succession, indexes, index),
                                      index.of.constraint.empty() || key == table.constraints.end()
                                          ? names_of_parts(table, index)
                                          : parts_of_key(table, index.twin, *key)));
  }
}

void append_parts(const Succession& succession, const std::vector<TwinIndex>& indexes,
                  std::vector<Statement>& statements) {
  const Table& table = succession.table;
  for (const TwinIndex& index : indexes) {
    const auto key = std::ranges::find(table.constraints, index.of.constraint, &Constraint::name);
    if (index.of.constraint.empty()) statements.emplace_back(rename_index(table.name, index));
    statements.emplace_back(do_work(work_name(succession, indexes, index)));
    if (!index.of.constraint.empty() && key != table.constraints.end())
      statements.emplace_back(
          alter(table.name, fmt::format("ADD CONSTRAINT {} {}", in_quotes(key->name), key->definition)));
  }
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
                            literal(in_quotes(table.name)), literal(column), literal(column))));
}

std::string is_part_of(const Table& table, std::string_view oid) {
  const std::string root = fmt::format("pg_catalog.to_regclass({})", literal(in_quotes(table.name)));
  if (!table.partitioned) return fmt::format("{} = {}", oid, root);
  return fmt::format("{} IN (SELECT t.relid FROM pg_catalog.pg_partition_tree({}) t)", oid, root);
}

std::string partition_obstacle_query(const Table& table, const std::string& column) {
  std::string users(embedded_sql("postgres/partition_users.sql"));
  users = replaced(std::move(users), "$1::oid[]",
                   fmt::format("ARRAY[pg_catalog.to_regclass({})]::oid[]", literal(in_quotes(table.name))));
  return fmt::format("SELECT DISTINCT u.words || {} FROM (\n{}) AS u(relid, attname, kind, nspname, relname, "
                     "words, gone, made, depth) WHERE u.attname = {} ORDER BY 1",
                     literal(fmt::format(" hangs on {}.{} in a partition alone: drop it, and make it again "
                                         "after contract",
                                         display(table.name), column)),
                     users, literal(column));
}

} // namespace afloat::postgres
