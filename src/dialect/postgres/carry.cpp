#include "dialect/postgres/carry_twins.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

// What can exist twice (indexes, checks, foreign keys) is built for the successor beforehand and only takes
// the old names in the swap. What the server binds to a column by number and cannot exist twice (views,
// policies, triggers with a column list, statistics, column lists of publications) is dropped and made again
// there, from the server's own text, which then means the successor, because the successor bears the name.
namespace afloat::postgres {
namespace {
/// In the order in which they are made again: a view may serve a policy, a publication wants the replica
/// identity.
constexpr std::array<std::string_view, 8> k_made_again{"sequence", "setting", "statistics", "trigger",
                                                       "function", "view",    "policy",     "publication"};

struct Work {
  const Succession& succession;
  std::vector<TwinIndex> indexes;
  std::vector<TwinConstraint> constraints;
  std::vector<const ColumnUser*> users; ///< of the column, in the order in which they are made again
  std::string not_null_name;            ///< PostgreSQL 18
  bool keeps_name = false;              ///< the successor takes the column's name
};

std::string alter(const Work& work, std::string_view action) {
  return fmt::format("ALTER TABLE {} {}", quoted(work.succession.table.name), action);
}

Work work_of(const Succession& succession, int server_version) {
  Work work{succession, twin_indexes(succession),          twin_constraints(succession), {},
            {},         succession.name == succession.from};
  for (const std::string_view kind : k_made_again)
    for (const ColumnUser& user : succession.table.users)
      if (user.column == succession.from && user.kind == kind) work.users.push_back(&user);
  if (server_version >= 180'000 && succession.not_null) {
    work.not_null_name = "not_null";
    for (const ColumnUser& user : succession.table.users)
      if (user.column == succession.from && user.kind == "not null") work.not_null_name = user.words;
  }
  return work;
}

std::string refusal(const Work& work, std::string& hint) {
  const Succession& s = work.succession;
  const std::string subject = fmt::format("{}.{}", display(s.table.name), s.from);
  hint = "Nothing was changed.";
  if (s.table.partitioned || !s.table.inheritance.empty())
    return fmt::format("{} is {}, whose columns cannot get a successor yet", display(s.table.name),
                       s.table.partitioned ? "partitioned" : s.table.inheritance);
  for (const ColumnUser& user : s.table.users) {
    if (user.column != s.from || (user.kind != "other" && user.kind != "foreign key")) continue;
    hint = fmt::format("{} it first, and make it again after contract. Nothing was changed.",
                       user.kind == "other" ? "Drop or change" : "Drop");
    return fmt::format("{} hangs on {} and cannot be moved to its successor", user.words, subject);
  }
  for (const Constraint& constraint : s.table.constraints) {
    if (std::ranges::count(constraint.columns, s.from) == 0) continue;
    const bool key =
        constraint.kind == ConstraintKind::unique || constraint.kind == ConstraintKind::primary_key;
    if (constraint.kind == ConstraintKind::exclusion || (key && constraint.deferrable)) {
      hint = "Drop it first, and add it again after contract. Nothing was changed.";
      return fmt::format("constraint {} of {} ({}) cannot be built beside its writers", constraint.name,
                         display(s.table.name), constraint.definition);
    }
  }
  for (const TwinIndex& index : work.indexes)
    if (!index.of.valid) {
      hint = "Drop it, or build it again with REINDEX INDEX CONCURRENTLY. Nothing was changed.";
      return fmt::format("index {} on {} is INVALID", index.of.name, subject);
    }
  return {};
}

/// What came or changed since the plan was made keeps the gate closed.
std::string obstacle_query(const Work& work) {
  const Succession& s = work.succession;
  std::string users(embedded_sql("postgres/inspect_users.sql"));
  users = replaced(std::move(users), "$1::oid[]",
                   fmt::format("ARRAY[pg_catalog.to_regclass({})]::oid[]", literal(quoted(s.table.name))));
  std::vector<std::string> known{"('', '')"};
  for (const ColumnUser& user : s.table.users)
    if (user.column == s.from && user.kind != "materialized view"
        && (work.keeps_name || std::ranges::count(k_made_again, user.kind) == 0 || user.kind == "sequence"
            || user.kind == "setting" || user.kind == "function"))
      known.push_back(fmt::format("({}, {})", literal(user.words), literal(sha256(user.definition))));
  const std::string remedy = work.keeps_name ? "drop it, and make it again after contract"
                                             : fmt::format("let it use {}, or drop it", s.name);
  return fmt::format("SELECT DISTINCT u.words || {} FROM (\n{}) AS u(relid, attname, kind, nspname, relname, "
                     "words, gone, made, "
                     "depth) WHERE u.attname = {} AND u.kind <> 'not null' AND (u.words, "
                     "pg_catalog.encode(pg_catalog.sha256("
                     "pg_catalog.convert_to(u.made, 'UTF8')), 'hex')) NOT IN ({}) ORDER BY 1",
                     literal(fmt::format(" hangs on {}.{}, and the plan does not know it so: {}",
                                         display(s.table.name), s.from, remedy)),
                     users, literal(s.from), join(known, ", "));
}

/// Fails if something still hangs on the column that goes: it would stay with it unseen.
std::string nothing_left(const Work& work) {
  const std::string body =
      fmt::format("DECLARE found text;\nBEGIN\n"
                  "  SELECT pg_catalog.string_agg(DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, "
                  "d.objsubid), ', ')\n"
                  "  INTO found FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a\n"
                  "    ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid\n"
                  "  WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.attname = {}\n"
                  "    AND a.attrelid = pg_catalog.to_regclass({}) AND d.classid <> "
                  "'pg_catalog.pg_attrdef'::pg_catalog.regclass;\n"
                  "  IF found IS NOT NULL THEN\n"
                  "    RAISE EXCEPTION '% would stay with the column that goes to the attic', found;\n"
                  "  END IF;\nEND",
                  literal(work.succession.attic), literal(quoted(work.succession.table.name)));
  return "DO " + literal(body);
}

void append_release(const Work& work, std::vector<Statement>& statements) {
  const Succession& s = work.succession;
  if (work.keeps_name)
    for (auto user = work.users.rbegin(); user != work.users.rend(); ++user)
      for (const std::string& drop : (*user)->drop) statements.emplace_back(drop);
  for (const TwinConstraint& constraint : work.constraints)
    statements.emplace_back(alter(work, "DROP CONSTRAINT " + quoted(constraint.of.name)));
  for (const TwinIndex& index : work.indexes)
    for (const Statement& drop : drop_index(s.table, index.of).statements) statements.push_back(drop);
  const Column& column = *s.table.find_column(s.from);
  if (column.not_null)
    statements.emplace_back(alter(work, fmt::format("ALTER COLUMN {} DROP NOT NULL", quoted(s.from))));
  if (column.default_sql && !s.keep_default)
    statements.emplace_back(alter(work, fmt::format("ALTER COLUMN {} DROP DEFAULT", quoted(s.from))));
}

void append_binding(const Work& work, std::vector<Statement>& statements) {
  const Succession& s = work.succession;
  const std::string name = quoted(s.name);
  for (const TwinConstraint& constraint : work.constraints)
    statements.emplace_back(
        alter(work, fmt::format("RENAME CONSTRAINT {} TO {}", quoted(constraint.twin.name),
                                quoted(constraint.of.name))));
  if (!work.not_null_name.empty())
    statements.emplace_back(alter(
        work, fmt::format("RENAME CONSTRAINT {} TO {}",
                          quoted(fitting_name(fmt::format("afloat_{}_{}", s.id, work.not_null_name))),
                          quoted(work.not_null_name == "not_null"
                                     ? fitting_name(fmt::format("{}_{}_not_null", s.table.name.name, s.name))
                                     : work.not_null_name))));
  for (const TwinIndex& index : work.indexes) {
    const std::string twin = quoted(index.twin.name);
    if (index.of.constraint.empty())
      statements.emplace_back(fmt::format("ALTER INDEX {} RENAME TO {}",
                                          quoted(RelationName{s.table.name.schema, index.twin.name}),
                                          quoted(index.of.name)));
    else // the index takes the constraint's name
      statements.emplace_back(
          alter(work, fmt::format("ADD CONSTRAINT {} {} USING INDEX {}", quoted(index.of.constraint),
                                  index.of.primary ? "PRIMARY KEY" : "UNIQUE", twin)));
  }
  if (s.default_sql)
    statements.emplace_back(alter(work, fmt::format("ALTER COLUMN {} SET DEFAULT {}", name, *s.default_sql)));
  for (const ColumnUser* user : work.users)
    if (work.keeps_name || user->kind == "sequence")
      for (std::string create : user->create) {
        if (!work.keeps_name) // OWNED BY …
          create = fmt::format(
              "{}.{}", create.substr(0, create.rfind(" OWNED BY ") + 10) + quoted(s.table.name), name);
        statements.emplace_back(std::move(create));
      }
}

Piece swap(const Work& work) {
  const Succession& s = work.succession;
  Piece piece;
  piece.locks = {{s.table.name, LockLevel::access_exclusive}};
  const auto lock = [&](const RelationName& relation) {
    if (std::ranges::count(piece.locks, relation, &TableLock::relation) == 0)
      piece.locks.push_back({relation, LockLevel::access_exclusive});
  };
  for (const TwinConstraint& constraint : work.constraints)
    if (constraint.of.kind == ConstraintKind::foreign_key) lock(constraint.of.references);
  if (work.keeps_name)
    for (const ColumnUser* user : work.users)
      if (user->kind == "view" || user->kind == "policy") lock(user->relation);
  append_release(work, piece.statements);
  const auto rename = [&](const std::string& from, const std::string& to) {
    if (from != to)
      piece.statements.emplace_back(
          alter(work, fmt::format("RENAME COLUMN {} TO {}", quoted(from), quoted(to))));
  };
  rename(s.from, s.attic);
  rename(s.successor.name, s.name);
  append_binding(work, piece.statements);
  piece.statements.emplace_back(nothing_left(work));
  return piece;
}

/// On an empty copy under the same name in pg_temp: fails where an index, a check or the default does not fit
/// the successor's type.
std::vector<std::string> trial(const Work& work) {
  const Succession& s = work.succession;
  Table copy = s.table;
  copy.name.schema = "pg_temp";
  const auto change = [&](std::string_view action) {
    return fmt::format("ALTER TABLE {} {}", quoted(copy.name), action);
  };
  std::vector<std::string> statements{
      fmt::format("CREATE TEMPORARY TABLE {} (LIKE {})", quoted(s.table.name.name), quoted(s.table.name)),
      change(fmt::format("ADD COLUMN {} {}", quoted(s.successor.name), s.successor.type))};
  for (const TwinIndex& index : work.indexes) {
    Index local = index.twin;
    local.tablespace.clear();
    statements.push_back(
        replaced(create_index(copy, local).statements.at(0).sql, "INDEX CONCURRENTLY ", "INDEX "));
  }
  for (const TwinConstraint& constraint : work.constraints)
    if (constraint.of.kind == ConstraintKind::check)
      statements.push_back(change(
          fmt::format("ADD CONSTRAINT {} {}", quoted(constraint.twin.name), constraint.twin.definition)));
  if (s.default_sql)
    statements.push_back(
        change(fmt::format("ALTER COLUMN {} SET DEFAULT {}", quoted(s.successor.name), *s.default_sql)));
  return statements;
}

Step analyze(const Work& work, std::string_view what, std::string title) {
  Step step{.phase = Phase::contract, .title = std::move(title), .scans = false};
  step.statements = {fmt::format("ANALYZE {}{}", quoted(work.succession.table.name), what)};
  step.locks = {{work.succession.table.name, LockLevel::share_update_exclusive}};
  step.undo = "nothing to undo";
  return step;
}

void append_index_steps(const Work& work, Carry& carry) {
  for (const TwinIndex& index : work.indexes) {
    Step step = create_index(work.succession.table, index.twin);
    // A second unique index makes two sessions that upsert one key fail; while nobody writes the successor by
    // name, nobody needs it before contract.
    const bool late = work.keeps_name && index.twin.unique;
    step.phase = late ? Phase::contract : Phase::backfill;
    (late ? carry.before : carry.beside).push_back(std::move(step));
  }
}

void append_remembered(const Work& work, Carry& carry) {
  const Succession& s = work.succession;
  const Column& column = *s.table.find_column(s.from);
  for (const TwinConstraint& constraint : work.constraints)
    carry.remembered.push_back(
        fmt::format("CONSTRAINT {} {}", quoted(constraint.of.name), constraint.of.definition));
  for (const TwinIndex& index : work.indexes)
    carry.remembered.push_back(
        replaced(create_index(s.table, index.of).statements.at(0).sql, " CONCURRENTLY", "")
        + (index.of.constraint.empty() ? "" : ", of constraint " + index.of.constraint));
  if (column.not_null) carry.remembered.emplace_back("NOT NULL");
  if (column.default_sql && !s.keep_default) carry.remembered.push_back("DEFAULT " + *column.default_sql);
}

void append_notes(const Work& work, Carry& carry) {
  const Succession& s = work.succession;
  std::vector<std::string> again;
  if (work.keeps_name)
    for (const ColumnUser* user : work.users)
      if (!user->drop.empty()) again.push_back(user->words);
  if (!again.empty())
    carry.notes.push_back(fmt::format("Contract drops and makes again, in the swap's transaction, what the "
                                      "server binds to a column and not to "
                                      "its name: {}.",
                                      join(again, ", ")));
  for (const ColumnUser& user : s.table.users)
    if (user.column == s.from && user.kind == "materialized view")
      carry.notes.push_back(fmt::format("Contract stays closed while {} reads {}.{}.", user.words,
                                        display(s.table.name), s.from));
}
} // namespace

Carry carry(const Succession& succession, int server_version) {
  const Work work = work_of(succession, server_version);
  Carry carry;
  carry.refusal = refusal(work, carry.hint);
  if (!carry.refusal.empty()) return carry;
  append_index_steps(work, carry);
  for (const TwinConstraint& constraint : work.constraints)
    std::ranges::move(constraint_steps(succession, constraint), std::back_inserter(carry.before));
  if (succession.not_null)
    std::ranges::move(not_null_steps(succession, work.not_null_name), std::back_inserter(carry.before));
  carry.before.push_back(analyze(
      work, fmt::format(" ({})", quoted(succession.successor.name)),
      fmt::format("let the planner know the values of {} (reads a sample)", succession.successor.name)));
  carry.swap = swap(work);
  const auto is_statistics = [](const ColumnUser* user) { return user->kind == "statistics"; };
  if (work.keeps_name && std::ranges::any_of(work.users, is_statistics))
    carry.after.push_back(analyze(work, "", "gather the extended statistics again (reads a sample)"));
  carry.trial = trial(work);
  carry.obstacles = {obstacle_query(work)};
  append_remembered(work, carry);
  append_notes(work, carry);
  return carry;
}

} // namespace afloat::postgres
