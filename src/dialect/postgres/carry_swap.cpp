#include "dialect/postgres/carry_swap.hpp"

#include "dialect/partitions.hpp"
#include "dialect/postgres/carry_partition_keys.hpp"
#include "dialect/postgres/carry_partitions.hpp"
#include "dialect/postgres/carry_sequence.hpp"
#include "dialect/postgres/index_columns.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
std::string alter(const Work& work, std::string_view action) {
  return postgres::alter(work.succession.table.name, action);
}

std::string alter(const TwinConstraint& constraint, std::string_view action) {
  return postgres::alter(constraint.table, action);
}

constexpr std::string_view k_no_sequence =
    "\n    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class s WHERE s.oid = d.objid AND s.relkind = 'S'\n"
    "      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)";

/// What counts the writes that a constraint will reject stands on a column that keeps its name.
constexpr std::string_view k_no_counter =
    "\n    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.oid = d.objid AND t.tgname ~ "
    "'^~afloat_'\n      AND d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass)";

/// Fails if something still hangs on the column that goes: it would stay with it unseen.
std::string nothing_left(const Work& work) {
  const std::string body =
      fmt::format("DECLARE found text;\nBEGIN\n"
                  "  SELECT pg_catalog.string_agg(DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, "
                  "d.objsubid), ', ')\n"
                  "  INTO found FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a\n"
                  "    ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid\n"
                  "  WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.attname = {}\n"
                  "    AND {} AND d.classid <> "
                  "'pg_catalog.pg_attrdef'::pg_catalog.regclass{}{};\n"
                  "  IF found IS NOT NULL THEN\n"
                  "    RAISE EXCEPTION '% would stay with the column that goes to the attic', found;\n"
                  "  END IF;\nEND",
                  literal(work.succession.attic), is_part_of(work.succession.table, "a.attrelid"),
                  work.succession.sequences.empty() ? "" : k_no_sequence,
                  work.succession.attic == work.succession.from ? k_no_counter : "");
  return "DO " + literal(body);
}

/// PostgreSQL 18, where a partition may have a NOT NULL of its own.
bool has_named_not_null(const Work& work) {
  return !work.not_null_name.empty();
}

void append_release(const Together& all, std::vector<Statement>& statements) {
  for (auto again = all.users.rbegin(); again != all.users.rend(); ++again)
    if (again->of->name == again->of->from)
      for (const std::string& drop : again->user->drop) statements.emplace_back(drop);
  const auto drop_constraint = [&](const TwinConstraint& constraint) {
    statements.emplace_back(alter(constraint, "DROP CONSTRAINT " + in_quotes(constraint.of.name)));
  };
  std::ranges::for_each(all.pointing, drop_constraint);
  for (const Work& work : all.members) std::ranges::for_each(work.constraints, drop_constraint);
  for (const Work& work : all.members) {
    for (const TwinIndex& index : work.indexes)
      for (const Statement& drop : drop_index(work.succession.table, index.of).statements)
        statements.push_back(drop);
  }
  for (const Work& work : all.members) {
    const Succession& s = work.succession;
    const Column& column = *s.table.find_column(s.from);
    if (column.not_null && !is_identity(s)) {
      statements.emplace_back(alter(work, fmt::format("ALTER COLUMN {} DROP NOT NULL", in_quotes(s.from))));
      if (has_named_not_null(work)) append_drop_not_null(s.table, s.from, statements);
    }
    if (column.default_sql && !s.keep_default) // of a domain it would be that of the domain then
      statements.emplace_back(alter(work, fmt::format("ALTER COLUMN {} {} DEFAULT{}", in_quotes(s.from),
                                                      is_servers_type(column.type) ? "DROP" : "SET",
                                                      is_servers_type(column.type) ? "" : " NULL")));
  }
}

void append_constraint_names(const TwinConstraint& constraint, std::vector<Statement>& statements) {
  const std::string name = in_quotes(constraint.of.name);
  statements.emplace_back(
      alter(constraint, fmt::format("RENAME CONSTRAINT {} TO {}", in_quotes(constraint.twin.name), name)));
  if (constraint.deferred_later)
    statements.emplace_back(
        alter(constraint, fmt::format("ALTER CONSTRAINT {} DEFERRABLE INITIALLY IMMEDIATE", name)));
}

void append_index_names(const Work& work, std::vector<Statement>& statements) {
  if (work.succession.table.partitioned) {
    append_parts(work.succession, work.indexes, statements);
    return;
  }
  for (const TwinIndex& index : work.indexes) {
    for (std::string& rename : name_index_columns(index, work.succession))
      statements.emplace_back(std::move(rename));
    if (index.of.constraint.empty())
      statements.emplace_back(rename_index(work.succession.table.name, index));
    else // the index takes the constraint's name
      statements.emplace_back(
          alter(work, fmt::format("ADD CONSTRAINT {} {} USING INDEX {}", in_quotes(index.of.constraint),
                                  index.of.primary ? "PRIMARY KEY" : "UNIQUE", in_quotes(index.twin.name))));
  }
}

/// What points at the key of a partitioned table, which is there now; all columns have their names.
void append_late_foreign_keys(const Together& all, std::vector<Statement>& statements) {
  for (const TwinConstraint* each : constraints_of(all))
    if (each->in_swap)
      statements.emplace_back(
          alter(*each, fmt::format("ADD CONSTRAINT {} {}{}", in_quotes(each->of.name), each->of.definition,
                                   each->of.validated ? " NOT VALID" : "")));
}

/// The statement for a successor of another name: what names a sequence, an index or a constraint, which have
/// theirs again, and what is said of the column alone. Nothing for what stays with the column that goes.
std::optional<std::string> for_other_name(const MadeAgain& again, const std::string& create) {
  const Succession& s = *again.of;
  if (again.user->kind == "sequence") // OWNED BY …
    return fmt::format("{}{}.{}", create.substr(0, create.rfind(" OWNED BY ") + 10), in_quotes(s.table.name),
                       in_quotes(s.name));
  if (again.user->kind != "setting") return std::nullopt;
  if (!again.user->words.starts_with("settings of column ")) return create;
  return postgres::alter(s.table.name, fmt::format("ALTER COLUMN {}{}", in_quotes(s.name),
                                                   create.substr(create.rfind(" SET "))));
}

/// The successor's type may be one that cannot be compressed: then it has nothing of that setting.
std::string for_successor(const ColumnUser& user, std::string create) {
  if (user.kind != "setting" || create.find(" SET COMPRESSION ") == std::string::npos) return create;
  return "DO "
         + literal(fmt::format("BEGIN {}; EXCEPTION WHEN feature_not_supported THEN NULL; END", create));
}

void append_binding(const Together& all, std::vector<Statement>& statements) {
  for (const Work& work : all.members) {
    const Succession& s = work.succession;
    if (is_identity(s)) {
      statements.emplace_back(move_identity(s)); // lets the old NOT NULL go, too
      if (has_named_not_null(work)) append_drop_not_null(s.table, s.attic, statements);
    }
    for (const TwinConstraint& constraint : work.constraints)
      if (!constraint.in_swap) append_constraint_names(constraint, statements);
    if (!work.not_null_name.empty())
      statements.emplace_back(alter(
          work,
          fmt::format("RENAME CONSTRAINT {} TO {}",
                      in_quotes(fitting_name(fmt::format("afloat_{}_{}", s.id, work.not_null_name))),
                      in_quotes(work.not_null_name == "not_null"
                                    ? fitting_name(fmt::format("{}_{}_not_null", s.table.name.name, s.name))
                                    : work.not_null_name))));
    append_index_names(work, statements);
    if (s.default_sql)
      statements.emplace_back(
          alter(work, fmt::format("ALTER COLUMN {} SET DEFAULT {}", in_quotes(s.name), *s.default_sql)));
  }
  for (const TwinConstraint& constraint : all.pointing)
    if (!constraint.in_swap) append_constraint_names(constraint, statements);
  append_late_foreign_keys(all, statements);
  append_names_of_keys(constraints_of(all), statements);
  for (const MadeAgain& again : all.users)
    for (const std::string& create : again.user->create) {
      const bool keeps_name = again.of->name == again.of->from;
      const auto statement = keeps_name ? std::optional(create) : for_other_name(again, create);
      if (statement) statements.emplace_back(for_successor(*again.user, *statement));
    }
}

std::vector<TableLock> swap_locks(const Together& all) {
  std::vector<TableLock> locks;
  const auto lock = [&](const RelationName& relation) {
    if (std::ranges::count(locks, relation, &TableLock::relation) == 0)
      locks.push_back({relation, LockLevel::access_exclusive});
  };
  for (const Work& work : all.members) {
    lock(work.succession.table.name);
    for (const Partition& partition : work.succession.table.partitions) lock(partition.name);
  }
  for (const TwinConstraint& constraint : all.pointing) {
    lock(constraint.table);
    for (const Partition& partition : constraint.partitions) lock(partition.name);
  }
  for (const Work& work : all.members)
    for (const TwinConstraint& constraint : work.constraints)
      if (constraint.of.kind == ConstraintKind::foreign_key) lock(constraint.of.references);
  for (const MadeAgain& again : all.users)
    if (again.of->name == again.of->from && (again.user->kind == "view" || again.user->kind == "policy"))
      lock(again.user->relation);
  return locks;
}

/// Those that point at others first: most writers lock them in that order too. Not those that members point
/// at: to lock a table takes a right on it.
std::vector<const Table*> tables_of(const SuccessionGroup& group) {
  std::vector<const Table*> tables;
  const auto add = [&](const Table& table) {
    const auto same = [&](const Table* other) { return other->name == table.name; };
    if (std::ranges::none_of(tables, same)) tables.push_back(&table);
  };
  for (auto member = group.members.rbegin(); member != group.members.rend(); ++member) add(member->table);
  for (const PointingKey& pointing : group.pointing) add(pointing.table);
  return tables;
}

/// Locks several tables at once.
void append_lock(const Together& all, std::vector<Statement>& statements) {
  if (all.members.size() + all.pointing.size() < 2) return;
  std::vector<std::string> names;
  for (const Table* table : tables_of(all.group)) names.push_back(in_quotes(table->name));
  statements.emplace_back(fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", join(names, ", ")));
}
} // namespace

Piece swap(const Together& all) {
  Piece piece;
  piece.locks = swap_locks(all);
  append_lock(all, piece.statements);
  append_release(all, piece.statements);
  for (const Work& work : all.members) {
    const Succession& s = work.succession;
    const auto rename = [&](const std::string& from, const std::string& to) {
      if (from != to)
        piece.statements.emplace_back(
            alter(work, fmt::format("RENAME COLUMN {} TO {}", in_quotes(from), in_quotes(to))));
    };
    rename(s.from, s.attic);
    rename(s.successor.name, s.name);
  }
  if (all.group.type)
    std::ranges::copy(all.group.type->swap.statements, std::back_inserter(piece.statements));
  append_binding(all, piece.statements);
  for (const Work& work : all.members) piece.statements.emplace_back(nothing_left(work));
  return piece;
}

} // namespace afloat::postgres

namespace afloat {

Piece before_swap(const SuccessionGroup& group) {
  Piece piece;
  const std::vector<const Table*> tables = postgres::tables_of(group);
  const auto alone = [](const Table* table) { return !table->partitioned && table->users.empty(); };
  if (std::ranges::all_of(tables, alone)) return piece; // SQLite's, too
  std::vector<std::string> partitioned;
  for (const Table* table : tables)
    if (table->partitioned) partitioned.push_back("ONLY " + postgres::in_quotes(table->name));
  if (!partitioned.empty())
    piece.statements.emplace_back(
        fmt::format("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE", join(partitioned, ", ")));
  const postgres::Together all = postgres::together_of(group, 0);
  postgres::append_note_of_keys(postgres::constraints_of(all), piece.statements);
  for (const postgres::Work& work : all.members)
    postgres::append_search_for_parts(work.succession, work.indexes, piece.statements);
  return piece;
}

} // namespace afloat
