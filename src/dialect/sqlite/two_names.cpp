#include "dialect/discard.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

// A view would do for reading. But SQLite refuses an upsert on a view, and through INSTEAD OF triggers
// changes() is 0 and last_insert_rowid() is that of an earlier statement: an application would write wrong
// keys. So the new name is a second table, kept equal row by row; contract drops it and gives its name to the
// old table, which has all that hangs on it. Triggers copy the row as it *is*, never NEW: a user's trigger
// may have changed it since.
namespace afloat::sqlite {
namespace {
struct Twins {
  const Table& table;
  Table twin;
  std::string id;
  std::vector<std::string> key;     ///< what finds a row: rowid, or the primary key
  std::vector<std::string> columns; ///< all that are stored, the key among them
};

struct NamedTrigger {
  std::string name, sql;
};

Twins twins_of(const Table& table, const std::string& to, const std::string& id) {
  Twins twins{table, table, id, key_of(table), {}};
  twins.twin.name.name = to;
  twins.twin.triggers.clear();
  std::erase_if(twins.twin.constraints,
                [](const Constraint& constraint) { return constraint.kind == ConstraintKind::foreign_key; });
  for (const Column& column : table.columns)
    if (column.generated.empty()) twins.columns.push_back(column.name);
  for (const std::string& key : twins.key) {
    const auto same = [&](const std::string& name) {
      return same_name(name, key) || (!table.without_rowid && is_rowid_alias(table, name));
    };
    if (std::ranges::none_of(twins.columns, same)) twins.columns.push_back(key);
  }
  return twins;
}

std::string list_of(const std::vector<std::string>& columns, std::string_view prefix = "") {
  std::vector<std::string> all;
  for (const std::string& column : columns) all.push_back(std::string(prefix) + identifier(column));
  return join(all, ", ");
}

/// a."k" = b."k" AND …
std::string keys_meet(const Twins& twins, std::string_view one, std::string_view other) {
  std::vector<std::string> parts;
  for (const std::string& key : twins.key)
    parts.push_back(fmt::format("{}.{} = {}.{}", one, identifier(key), other, identifier(key)));
  return join(parts, " AND ");
}

/// Rows a and b hold the same images.
std::string same_row(const Twins& twins) {
  std::vector<std::string> parts{keys_meet(twins, "a", "b")};
  for (const std::string& column : twins.columns)
    parts.push_back(
        fmt::format("typeof(a.{0}) IS typeof(b.{0}) AND a.{0} IS b.{0} COLLATE BINARY", identifier(column)));
  return conjunction(parts);
}

std::string exists(const std::string& table, const std::string& key) {
  return fmt::format("EXISTS (SELECT 1 FROM {} WHERE {})", table, key);
}

std::string count_one(const Twins& twins) {
  return fmt::format("{} AND NOT EXISTS (SELECT 1 FROM afloat_counters WHERE id = {} AND writes > 0)",
                     count_write(twins.id), literal(twins.id + "_busy"));
}

std::string busy(const Twins& twins, bool begins) {
  return fmt::format("UPDATE afloat_counters SET writes = {} WHERE id = {}", begins ? 1 : 0,
                     literal(twins.id + "_busy"));
}

/// One direction: what is written to `from` is brought to `to`.
struct Direction {
  const Twins& twins;
  std::string from, to; ///< quoted
  bool from_old;

  std::string key(std::string_view row) const { return key_is(twins.table, row); }
  std::string agrees() const {
    return fmt::format("EXISTS (SELECT 1 FROM {} AS a JOIN {} AS b ON {} WHERE {})", from, to,
                       same_row(twins), keys_meet(twins, "a", "NEW"));
  }
  std::string moved() const { return fmt::format("NOT ({})", keys_meet(twins, "OLD", "NEW")); }
  std::string left_behind() const {
    return fmt::format("{} AND {} AND NOT {}", moved(), exists(to, key("OLD")), exists(from, key("OLD")));
  }
  std::string copy_row() const {
    return fmt::format("UPDATE {} SET ({}) = (SELECT {} FROM {} WHERE {})", to, list_of(twins.columns),
                       list_of(twins.columns), from, key("NEW"));
  }

  /// What one trigger does: the old side is counted; writes of the new side are marked, so that the user's
  /// triggers on the old table, which fire for them there, are not taken for the old release.
  NamedTrigger trigger(std::string_view event, const std::string& when, std::vector<std::string> body) const {
    if (from_old)
      body.insert(body.begin(), count_one(twins));
    else if (!twins.table.triggers.empty()) {
      body.insert(body.begin(), busy(twins, true));
      body.push_back(busy(twins, false));
    }
    const std::string name =
        fmt::format("afloat_{}_{}_{}", twins.id, from_old ? "old" : "new", lower_case(event));
    return {name, fmt::format("CREATE TRIGGER {} AFTER {} ON {} WHEN {} BEGIN {}; END", identifier(name),
                              event, from, when, join(body, "; "))};
  }

  std::vector<std::string> converge() const {
    const std::string there = exists(from, key("NEW"));
    return {fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {2} WHERE {3} AND NOT {4}", to,
                        list_of(twins.columns), from, key("NEW"), exists(to, key("NEW"))),
            fmt::format("{} WHERE {} AND {} AND NOT {}", copy_row(), key("NEW"), there, agrees()),
            // The caller's OR IGNORE swallows a conflict of these.
            fmt::format("SELECT RAISE(ABORT, {}) WHERE {} AND NOT {}",
                        literal(fmt::format("afloat: {} and {} cannot be kept equal", twins.table.name.name,
                                            twins.twin.name.name)),
                        there, agrees())};
  }

  std::vector<NamedTrigger> triggers() const {
    std::vector<std::string> update = converge();
    update.insert(update.begin(), fmt::format("{} WHERE {} AND {} AND {}", copy_row(), key("OLD"),
                                              left_behind(), exists(from, key("NEW"))));
    return {trigger("INSERT", "NOT " + agrees(), converge()),
            trigger("UPDATE", fmt::format("NOT {} OR ({})", agrees(), left_behind()), update),
            trigger("DELETE", exists(to, key("OLD")),
                    {fmt::format("DELETE FROM {} WHERE {} AND NOT {}", to, key("OLD"),
                                 exists(from, key("OLD")))})};
  }
};

std::vector<NamedTrigger> triggers_of(const Twins& twins) {
  const std::string table = relation(twins.table), twin = relation(twins.twin);
  std::vector<NamedTrigger> all = Direction{twins, table, twin, true}.triggers();
  for (NamedTrigger& trigger : Direction{twins, twin, table, false}.triggers())
    all.push_back(std::move(trigger));
  return all;
}

/// The table's own text, with its name changed and without foreign keys, which the old table still checks.
std::vector<Statement> create_twin(const Twins& twins) {
  if (twins.table.create_sql.empty() || !twins.table.changes_since.empty()) {
    Table bare = twins.twin;
    bare.indexes.clear();
    return create_table(bare).statements;
  }
  std::string text = drop_foreign_keys(twins.table.create_sql, "");
  const std::vector<Lexeme> lexemes = scan(text);
  for (std::size_t i = 0; i + 1 < lexemes.size(); ++i)
    if (lexemes[i].is("table")) {
      text.replace(lexemes[i + 1].begin, lexemes[i + 1].end - lexemes[i + 1].begin,
                   identifier(twins.twin.name.name));
      break;
    }
  return {Statement(text)};
}

bool counts_keys_on(const Table& table) {
  return std::ranges::any_of(scan(table.create_sql),
                             [](const Lexeme& lexeme) { return lexeme.is("autoincrement"); });
}

std::vector<Statement> twin_indexes(const Twins& twins) {
  std::vector<Statement> statements;
  for (Index index : twins.table.indexes) {
    if (!index.constraint.empty() || is_own_name(index.name)) continue;
    index.name = fmt::format("afloat_{}_{}", twins.id, index.name);
    statements.emplace_back(index_sql(twins.twin, index));
  }
  return statements;
}

Statement forget_counters(const Twins& twins) {
  return fmt::format("DELETE FROM afloat_counters WHERE id IN ({}, {})", literal(twins.id),
                     literal(twins.id + "_busy"));
}

std::vector<Statement> drop_triggers(const Twins& twins) {
  std::vector<Statement> statements;
  for (const NamedTrigger& trigger : triggers_of(twins))
    statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(trigger.name));
  statements.push_back(forget_counters(twins));
  return statements;
}

/// The twin when contract has taken its name: no two windows have the same id.
Table hidden(const Twins& twins) {
  Table table = twins.twin;
  table.name.name = "afloat_twin_" + twins.id;
  return table;
}

Statement drop_table(const Table& table) {
  return "DROP TABLE IF EXISTS " + relation(table);
}

Piece opening(const Twins& twins) {
  Piece piece;
  piece.statements = create_twin(twins);
  if (counts_keys_on(twins.table))
    piece.statements.emplace_back(fmt::format(
        "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}",
        literal(twins.twin.name.name), literal(twins.table.name.name)));
  for (Statement& statement : twin_indexes(twins)) piece.statements.push_back(std::move(statement));
  for (const std::string& id : {twins.id, twins.id + "_busy"})
    piece.statements.emplace_back(fmt::format(
        "INSERT INTO afloat_counters (id, writes, last_at) VALUES ({}, 0, NULL) ON CONFLICT (id) DO NOTHING",
        literal(id)));
  for (const NamedTrigger& trigger : triggers_of(twins)) piece.statements.emplace_back(trigger.sql);
  piece.inverse = drop_triggers(twins);
  piece.inverse.push_back(drop_table(twins.twin));
  piece.locks = file_lock(twins.table);
  return piece;
}

Piece closing(const Twins& twins) {
  Piece piece;
  const std::string &name = twins.twin.name.name, away = hidden(twins).name.name;
  piece.statements = drop_triggers(twins);
  // What has come to use it since the gate looked would go with it.
  for (Statement& statement : rename_table(twins.twin, away).statements)
    piece.statements.push_back(std::move(statement));
  piece.statements.emplace_back(
      fmt::format("SELECT afloat_assert(NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND "
                  "tbl_name = {}), {})",
                  literal(away), literal("a trigger has come to " + name)));
  piece.statements.emplace_back(
      fmt::format("ALTER TABLE {} RENAME TO {}", relation(twins.table), relation(twins.twin)));
  piece.statements.push_back(rename_statistics(twins.table.name.name, name));
  piece.locks = file_lock(twins.table);
  return piece;
}

/// Behind contract the table has the new name. On the way back a twin takes the old one first.
Table renamed(const Twins& twins) {
  Table table = twins.table;
  table.name = twins.twin.name;
  return table;
}

/// The twin, once it is filled, and the table exchange their names.
Piece exchanging(const Twins& twins, const Twins& back) {
  const auto rename = [](const std::string& from, const std::string& to) -> Statement {
    return fmt::format("ALTER TABLE {} RENAME TO {}", identifier(from), identifier(to));
  };
  const std::string between = fmt::format("_afloat_{}_{}", twins.id, twins.table.name.name);
  Piece piece;
  for (const NamedTrigger& trigger : triggers_of(back))
    piece.statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(trigger.name));
  piece.statements.push_back(rename(twins.twin.name.name, between));
  piece.statements.push_back(rename(twins.table.name.name, twins.twin.name.name));
  piece.statements.push_back(rename(between, twins.table.name.name));
  piece.statements.emplace_back(
      fmt::format("UPDATE afloat_counters SET writes = 0, last_at = NULL WHERE id IN ({}, {})",
                  literal(twins.id), literal(twins.id + "_busy")));
  for (const NamedTrigger& trigger : triggers_of(twins)) piece.statements.emplace_back(trigger.sql);
  piece.locks = file_lock(twins.table);
  return piece;
}

RangeWork copy_rows(const Twins& twins) {
  KeyRanges ranges = key_ranges(twins.table, "a");
  const std::string missing = fmt::format("NOT EXISTS (SELECT 1 FROM {} AS b WHERE {})", relation(twins.twin),
                                          keys_meet(twins, "b", "a"));
  const auto insert = [&](const std::string& where) {
    return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} AS a WHERE {}{}", relation(twins.twin),
                       list_of(twins.columns), list_of(twins.columns, "a."), relation(twins.table), where,
                       missing);
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = insert(ranges.condition + " AND ");
  work.in_range_from_start = insert(ranges.condition_from_start + " AND ");
  work.sweep = insert("") + " LIMIT {limit}";
  work.count_left = fmt::format("SELECT count(*) FROM {} AS a WHERE {}", relation(twins.table), missing);
  return work;
}

/// Rows of `in`, as "a", that are not so in the other table.
RangeWork differing(const Twins& twins, const Table& in, const Table& other) {
  KeyRanges ranges = key_ranges(in, "a");
  const std::string wrong =
      fmt::format("NOT EXISTS (SELECT 1 FROM {} AS b WHERE {})", relation(other), same_row(twins));
  std::vector<std::string> parts;
  for (const std::string& key : in.primary_key.empty() ? twins.key : in.primary_key)
    parts.push_back(fmt::format("{} || quote(a.{})", literal(key + " "), identifier(key)));
  const auto select = [&](const std::string& range) {
    return fmt::format(
        "SELECT {} || {} FROM {} AS a WHERE {} AND {} LIMIT {{limit}}", join(parts, " || ', ' || "),
        literal(fmt::format(": not the same in {}", other.name.name)), relation(in), range, wrong);
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = select(ranges.condition);
  work.in_range_from_start = select(ranges.condition_from_start);
  work.count_left = fmt::format("SELECT count(*) FROM {} AS a WHERE {}", relation(in), wrong);
  return work;
}

std::vector<Guard> guards_of(const Twins& twins) {
  std::vector<Guard> guards;
  for (const NamedTrigger& trigger : triggers_of(twins))
    guards.push_back(
        {Phase::contract, fmt::format("sync trigger {}", trigger.name),
         fmt::format("SELECT coalesce((SELECT CASE WHEN afloat_sha256(sql) = {} THEN 'ok' ELSE 'was "
                     "changed' END FROM sqlite_schema WHERE type = 'trigger' AND name = {}), 'missing')",
                     literal(sha256(trigger.sql)), literal(trigger.name))});
  return guards;
}

std::string obstacle(const Table& table) {
  if (lower_case(table.create_sql).starts_with("create virtual"))
    return table.name.name + " is a virtual table";
  if (key_of(table).empty())
    return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                       table.name.name);
  return {};
}
} // namespace

TwoNames two_names(const Table& table, const std::string& to, const std::string& id) {
  TwoNames result;
  result.refused = obstacle(table);
  if (!result.refused.empty()) return result;
  const Twins twins = twins_of(table, to, id);
  result.open = opening(twins);
  result.fill = copy_rows(twins);
  result.compare = {differing(twins, table, twins.twin), differing(twins, twins.twin, table)};
  result.close = closing(twins);
  const Table now = renamed(twins);
  const Twins back = twins_of(now, table.name.name, id);
  result.discard = discard_steps(hidden(twins), "the twin", Phase::contract);
  result.reopen = opening(back);
  // Contract may have been killed before it was gone.
  result.reopen.statements.insert(result.reopen.statements.begin(), drop_table(hidden(twins)));
  result.refill = copy_rows(back);
  result.recompare = {differing(back, now, back.twin), differing(back, back.twin, now)};
  result.exchange = exchanging(twins, back);
  result.opening = fmt::format("make {}, kept equal to {}", to, table.name.name);
  result.closing = fmt::format("take the twin's name away, and rename {} to {}", table.name.name, to);
  result.counters = {{table.name.name,
                      fmt::format("SELECT writes, last_at FROM afloat_counters WHERE id = {}", literal(id))}};
  result.guards = guards_of(twins);
  result.contract_obstacles = {
      replaced(std::string(embedded_sql("sqlite/twin_users.sql")), "{table}", literal(to))};
  result.notes = {
      fmt::format(
          "In the window {} and {} are two tables: their rows take twice the place, and each write is done "
          "twice.",
          table.name.name, to),
      fmt::format("Only writes are counted: an old release that still reads {} fails from contract on.",
                  table.name.name),
      fmt::format("A trigger on another table that writes {} counts as the old release.", table.name.name)};
  return result;
}

} // namespace afloat::sqlite
