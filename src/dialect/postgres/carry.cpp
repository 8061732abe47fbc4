#include "dialect/partitions.hpp"
#include "dialect/postgres/carry_partition_keys.hpp"
#include "dialect/postgres/carry_partitions.hpp"
#include "dialect/postgres/carry_sequence.hpp"
#include "dialect/postgres/carry_swap.hpp"
#include "dialect/postgres/carry_together.hpp"
#include "dialect/postgres/carry_twins.hpp"
#include "dialect/postgres/enum_type.hpp"
#include "dialect/postgres/index_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "sql/foreign_key.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// What can exist twice (indexes, checks, foreign keys) is built for the successor beforehand and only takes
// the old names in the swap. What the server binds to a column by number and cannot exist twice (views,
// policies, triggers with a column list, statistics, column lists of publications) is dropped and made again
// there, from the server's own text, which then means the successor, because the successor bears the name.
namespace afloat::postgres {
namespace {
/// A foreign key of another table that is built for the successor too.
bool follows(const Together& all, const ColumnUser& user) {
  const auto is_meant = [&](const TwinConstraint& constraint) {
    return user.words.starts_with(fmt::format("constraint {} on table ", constraint.of.name));
  };
  return std::ranges::any_of(all.pointing, is_meant)
         || std::ranges::any_of(
             all.members, [&](const Work& work) { return std::ranges::any_of(work.constraints, is_meant); });
}

std::string refusal(const Together& all, const Work& work, std::string& hint) {
  const Succession& s = work.succession;
  const std::string subject = fmt::format("{}.{}", display(s.table.name), s.from);
  hint = "Nothing was changed.";
  if (std::string reason = hierarchy_refusal(all.group, s, hint); !reason.empty()) return reason;
  for (const ColumnUser& user : s.table.users) {
    if (user.column != s.from) continue;
    if (user.kind == "not ours" && work.keeps_name) {
      hint =
          "Let this role be a member of that one (GRANT … TO …); or drop it first, and let its owner make it "
          "again after contract. Nothing was changed.";
      return fmt::format("{} hangs on {} and could not be made again by this role", user.words, subject);
    }
    if (user.kind != "other" && user.kind != "foreign key") continue;
    if (user.kind == "foreign key" && follows(all, user)) continue;
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

bool is_known(const Work& work, const ColumnUser& user) {
  if (user.column != work.succession.from || user.kind == "materialized view") return false;
  if (work.keeps_name || user.kind == "sequence" || user.kind == "setting" || user.kind == "function")
    return true;
  return user.kind != "not ours" && !is_made_again(user.kind);
}

/// They are asked for elsewhere, by plan.doomed.
constexpr std::string_view k_no_view =
    " AND u.kind NOT LIKE '%view' AND NOT (u.kind = 'not ours' AND u.words LIKE 'view %')";

/// What came or changed since the plan was made keeps the gate closed; where the old name goes, all that must
/// let go of it.
std::string obstacle_query(const Work& work) {
  const Succession& s = work.succession;
  std::string users(embedded_sql("postgres/inspect_users.sql"));
  users = replaced(std::move(users), "$1::oid[]",
                   fmt::format("ARRAY[pg_catalog.to_regclass({})]::oid[]", literal(in_quotes(s.table.name))));
  std::vector<std::string> known{"('', '')"};
  for (const ColumnUser& user : s.table.users)
    if (is_known(work, user))
      known.push_back(fmt::format("({}, {})", literal(user.words), literal(sha256(user.definition))));
  const std::string column = fmt::format("{}.{}", display(s.table.name), s.from);
  const std::string remedy =
      work.keeps_name
          ? fmt::format(" hangs on {}, and came or changed after the plan was made: drop it, and make it "
                        "again after contract",
                        column)
          : fmt::format(" hangs on {}: let it use {}, or drop it", column, s.name);
  return fmt::format("SELECT DISTINCT u.words || {} FROM (\n{}) AS u(relid, attname, kind, nspname, relname, "
                     "words, gone, made, "
                     "depth) WHERE u.attname = {} AND u.kind <> 'not null'{} AND (u.words, "
                     "pg_catalog.encode(pg_catalog.sha256("
                     "pg_catalog.convert_to(u.made, 'UTF8')), 'hex')) NOT IN ({}) ORDER BY 1",
                     literal(remedy), users, literal(s.from), work.keeps_name ? "" : k_no_view,
                     join(known, ", "));
}

/// Fails where the server does not compare the successor with what the foreign key points at. Not asked where
/// that gets a successor, too, or where this role may not read its table.
std::optional<std::string> foreign_key_trial(const Together& all, const TwinConstraint& constraint,
                                             std::size_t number) {
  if (constraint.of.kind != ConstraintKind::foreign_key || all.group.type) return std::nullopt;
  const RelationName& target = constraint.of.references;
  std::vector<std::string> referenced;
  for (const std::string& column : parse_foreign_key(constraint.of.definition).referenced) {
    if (successor_of(all.group, target, column)) return std::nullopt;
    referenced.push_back(in_quotes(column));
  }
  const std::string& definition = constraint.twin.definition;
  const std::string copy = fmt::format("afloat_target_{}", number);
  return "DO "
         + literal(fmt::format("BEGIN CREATE TEMPORARY TABLE {0} (LIKE {1} INCLUDING INDEXES);"
                               " ALTER TABLE pg_temp.{2} ADD {3} REFERENCES pg_temp.{0} ({4});"
                               " EXCEPTION WHEN insufficient_privilege THEN NULL; END",
                               copy, in_quotes(target), in_quotes(constraint.table.name),
                               definition.substr(0, definition.find(" REFERENCES ")),
                               join(referenced, ", ")));
}

/// On an empty copy under the same name in pg_temp: fails where an index, a constraint or the default does
/// not fit the successor's type.
std::vector<std::string> trial(const Together& all, const Work& work) {
  const Succession& s = work.succession;
  Table copy = s.table;
  copy.name.schema = "pg_temp";
  copy.partitioned = false;
  const auto change = [&](std::string_view action) {
    return fmt::format("ALTER TABLE {} {}", in_quotes(copy.name), action);
  };
  std::vector<std::string> statements{
      fmt::format("CREATE TEMPORARY TABLE {} (LIKE {})", in_quotes(s.table.name.name),
                  in_quotes(s.table.name)),
      change(fmt::format("ADD COLUMN {} {}", in_quotes(s.successor.name), s.successor.type))};
  for (const Succession& other : all.group.members)
    if (other.id != s.id && other.table.name == s.table.name)
      statements.push_back(
          change(fmt::format("ADD COLUMN {} {}", in_quotes(other.successor.name), other.successor.type)));
  for (const TwinIndex& index : work.indexes) {
    Index local = index.twin;
    local.tablespace.clear();
    statements.push_back(
        replaced(create_index(copy, local).statements.at(0).sql, "INDEX CONCURRENTLY ", "INDEX "));
  }
  for (const TwinConstraint& constraint : work.constraints)
    if (constraint.of.kind == ConstraintKind::check)
      statements.push_back(change(
          fmt::format("ADD CONSTRAINT {} {}", in_quotes(constraint.twin.name), constraint.twin.definition)));
    else if (auto key = foreign_key_trial(all, constraint, statements.size()))
      statements.push_back(std::move(*key));
  if (s.default_sql)
    statements.push_back(change(
        fmt::format("ALTER COLUMN {} SET DEFAULT {}", in_quotes(s.successor.name),
                    all.group.type ? retyped(*s.default_sql, all.group.type->from, all.group.type->beside)
                                   : *s.default_sql)));
  if (all.members.size() > 1) statements.push_back("DROP TABLE " + in_quotes(copy.name));
  return statements;
}

Step analyze(const Work& work, std::string_view what, std::string title) {
  Step step{.phase = Phase::contract, .title = std::move(title), .scans = false};
  step.statements = {fmt::format("ANALYZE {}{}", in_quotes(work.succession.table.name), what)};
  step.locks = {{work.succession.table.name, LockLevel::share_update_exclusive}};
  step.undo = "nothing to undo";
  return step;
}

void append_index_steps(const Work& work, Carry& carry) {
  const Table& table = work.succession.table;
  for (const TwinIndex& index : work.indexes) {
    // A second unique index makes two sessions that upsert one key fail; while nobody writes the successor by
    // name, nobody needs it before contract.
    const bool late = work.keeps_name && index.twin.unique;
    for (Step& step : twin_index_steps(work.succession, index)) {
      step.phase = late ? Phase::contract : Phase::backfill;
      (late ? carry.before : carry.beside).push_back(std::move(step));
    }
    if (late)
      for (std::string& query : index_obstacles(table, index.twin))
        carry.obstacles.push_back(std::move(query));
  }
}

std::vector<std::string> remembered(const Work& work) {
  std::vector<std::string> words;
  const Succession& s = work.succession;
  const Column& column = *s.table.find_column(s.from);
  for (const TwinConstraint& constraint : work.constraints)
    words.push_back(fmt::format("CONSTRAINT {} {}", in_quotes(constraint.of.name), constraint.of.definition));
  for (const TwinIndex& index : work.indexes)
    words.push_back(index_definition(s.table.name, index.of, "")
                    + (index.of.constraint.empty() ? "" : ", of constraint " + index.of.constraint));
  if (column.not_null) words.emplace_back("NOT NULL");
  if (column.default_sql && !s.keep_default) words.push_back("DEFAULT " + *column.default_sql);
  return words;
}

void append_notes(const Together& all, Carry& carry) {
  std::vector<std::string> again;
  for (const MadeAgain& each : all.users)
    if (each.of->name == each.of->from && !each.user->drop.empty()) again.push_back(each.user->words);
  if (!again.empty())
    carry.notes.push_back(fmt::format("Contract drops and makes again, in the swap's transaction, what the "
                                      "server binds to a column and not to "
                                      "its name: {}.",
                                      join(again, ", ")));
  for (const Work& work : all.members) {
    const Succession& s = work.succession;
    for (const ColumnUser& user : s.table.users)
      if (user.column == s.from && user.kind == "materialized view")
        carry.notes.push_back(fmt::format("Contract stays closed while {} reads {}.{}.", user.words,
                                          display(s.table.name), s.from));
  }
}

void append_after(const Together& all, Carry& carry) {
  const auto validate = [&](const TwinConstraint& constraint) {
    std::ranges::move(validate_steps(constraint), std::back_inserter(carry.after));
  };
  std::ranges::for_each(all.pointing, validate);
  for (const Work& work : all.members) {
    std::ranges::for_each(work.constraints, validate);
    std::ranges::move(sequence_steps(work.succession), std::back_inserter(carry.after));
    const auto is_statistics = [&](const MadeAgain& again) {
      return again.user->kind == "statistics" && again.of == &work.succession;
    };
    if (work.keeps_name && std::ranges::any_of(all.users, is_statistics))
      carry.after.push_back(analyze(work, "", "gather the extended statistics again (reads a sample)"));
  }
}

/// Those that point at members in the order in which their tables began to, also tables whose columns are
/// wide enough and stay: the server fires the triggers of foreign keys in the order in which these were made.
std::vector<const TwinConstraint*> in_order_of_keys(const Together& all) {
  std::vector<const TwinConstraint*> constraints = constraints_of(all);
  std::ranges::stable_sort(constraints, {}, [&](const TwinConstraint* constraint) -> std::ptrdiff_t {
    for (const Succession& member : all.group.members) {
      const std::vector<RelationName>& tables = member.table.referenced_by;
      if (member.table.name == constraint->of.references)
        return std::ranges::find(tables, constraint->table) - tables.begin();
    }
    return -1;
  });
  return constraints;
}

void append_before(const Together& all, int server_version, Carry& carry) {
  for (const Work& work : all.members) append_index_steps(work, carry);
  for (const TwinConstraint* constraint : in_order_of_keys(all))
    std::ranges::move(constraint_steps(*constraint, server_version), std::back_inserter(carry.before));
  for (const Work& work : all.members) {
    const Succession& s = work.succession;
    if (s.not_null)
      std::ranges::move(not_null_steps(s, work.not_null_name), std::back_inserter(carry.before));
    carry.before.push_back(
        analyze(work, fmt::format(" ({})", in_quotes(s.successor.name)),
                fmt::format("let the planner know the values of {} (reads a sample)", s.successor.name)));
  }
}

void append_texts(const Piece& piece, std::vector<std::string>& texts) {
  for (const Statement& statement : piece.statements) texts.push_back(statement.sql);
}
} // namespace

Carry carry(const SuccessionGroup& group, int server_version) {
  const Together all = together_of(group, server_version);
  Carry carry;
  for (const Work& work : all.members) {
    carry.refusal = refusal(all, work, carry.hint);
    if (!carry.refusal.empty()) return carry;
  }
  for (const TwinConstraint* constraint : constraints_of(all)) {
    carry.refusal = partition_key_refusal(*constraint, server_version, carry.hint);
    if (!carry.refusal.empty()) return carry;
  }
  if (group.type) append_texts(group.type->create, carry.trial);
  append_before(all, server_version, carry);
  carry.swap = swap(all);
  append_after(all, carry);
  for (const Work& work : all.members) {
    std::ranges::move(trial(all, work), std::back_inserter(carry.trial));
    carry.obstacles.push_back(obstacle_query(work));
    if (work.succession.table.partitioned)
      carry.obstacles.push_back(partition_obstacle_query(work.succession.table, work.succession.from));
    if (is_identity(work.succession)) carry.obstacles.push_back(identity_obstacle_query(work.succession));
    carry.remembered_of.push_back(remembered(work));
    std::ranges::copy(carry.remembered_of.back(), std::back_inserter(carry.remembered));
  }
  if (group.type) append_texts(group.type->swap, carry.trial);
  append_notes(all, carry);
  return carry;
}

} // namespace afloat::postgres
