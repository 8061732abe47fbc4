#include "dialect/cross_names.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "sql/foreign_key.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// Triggers run AFTER the row is written, and copy what stands in one table into the other where it differs,
// so that they come to an end with recursive_triggers on or off. Values are read from the tables, never from
// NEW, because there they have their affinity.
namespace afloat::sqlite {
namespace {
struct NamedTrigger {
  std::string name, sql;
};

std::string cell(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, identifier(column));
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("(typeof({0}) IS NOT typeof({1}) OR {0} IS NOT {1} COLLATE BINARY)", one, other);
}

/// A foreign key of the source may take the link away (ON DELETE SET …), and SQLite does so before the AFTER
/// DELETE triggers of the target run: these find no source row by it any more. So the key of a target row
/// that goes is noted from BEFORE until AFTER. Nothing else is done BEFORE, because a trigger of the user's
/// may keep the row.
bool is_parted_by_delete(const CrossSync& sync) {
  return std::ranges::any_of(sync.source.constraints, [&](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::foreign_key
           && same_name(constraint.references.name, sync.target.name.name)
           && has_action(constraint.definition, "delete", "set");
  });
}

/// Where that is noted.
Table leaving(const CrossSync& sync) {
  Table table;
  table.name.name = "afloat_leaving_" + sync.id;
  for (const CrossColumn& pair : sync.link)
    if (const Column* key = sync.target.find_column(pair.target)) {
      Column column;
      column.name = key->name;
      column.type = key->type;
      column.collation = key->collation;
      table.columns.push_back(std::move(column));
    }
  return table;
}

/// Statements for one trigger. `afloat_s` and `afloat_t` are the aliases of the tables where they are read;
/// the row that the trigger is about is NEW or OLD, of the source or of the target.
class Body {
 public:
  Body(const CrossSync& sync, bool on_source) : m_sync(sync), m_on_source(on_source) {}

  std::string source_is(std::string_view alias, std::string_view row) const {
    std::vector<std::string> parts;
    for (const CrossColumn& pair : m_sync.link)
      parts.push_back(fmt::format("{} = {}", cell(alias, pair.source), key(pair, row)));
    return join(parts, " AND ");
  }
  std::string target_is(std::string_view alias, std::string_view row) const {
    std::vector<std::string> parts;
    for (const CrossColumn& pair : m_sync.link)
      parts.push_back(fmt::format("{} = {}", cell(alias, pair.target), key(pair, row)));
    return join(parts, " AND ");
  }
  std::string mine(const CrossColumn& pair) const { return m_on_source ? pair.source : pair.target; }
  std::string column_changed(const CrossColumn& pair) const { return sqlite::changed(mine(pair)); }
  std::string link_changed() const {
    std::vector<std::string> parts;
    for (const CrossColumn& pair : m_sync.link) parts.push_back(sqlite::changed(mine(pair)));
    return "(" + join(parts, " OR ") + ")";
  }
  std::string any_changed() const {
    std::vector<std::string> parts;
    for (const CrossColumn& pair : m_sync.columns) parts.push_back(column_changed(pair));
    return join(parts, " OR ") + " OR " + link_changed();
  }
  std::string watched() const {
    std::vector<std::string> names;
    for (const auto& pairs : {m_sync.columns, m_sync.link})
      for (const CrossColumn& pair : pairs) names.push_back(identifier(mine(pair)));
    return join(names, ", ");
  }

  /// The source's column takes the value of its target row, where `also` holds for that row.
  std::string to_source(const CrossColumn& pair, const std::string& also) const {
    const std::string row =
        fmt::format("FROM {} AS afloat_t WHERE {}", relation(m_sync.target), target_is("afloat_t", "NEW"));
    return fmt::format("UPDATE {0} SET {1} = (SELECT {2} {3}) WHERE {4} AND EXISTS (SELECT 1 {3} AND {5}{6})",
                       relation(m_sync.source), identifier(pair.source), cell("afloat_t", pair.target), row,
                       source_is(relation(m_sync.source), "NEW"),
                       differ(cell("afloat_t", pair.target), cell(relation(m_sync.source), pair.source)),
                       also.empty() ? "" : " AND " + also);
  }
  std::string to_target(const CrossColumn& pair, const std::string& also) const {
    const std::string row =
        fmt::format("FROM {} AS afloat_s WHERE {}", relation(m_sync.source), source_is("afloat_s", "NEW"));
    return fmt::format("UPDATE {0} SET {1} = (SELECT {2} {3}) WHERE {4} AND EXISTS (SELECT 1 {3} AND {5}){6}",
                       relation(m_sync.target), identifier(pair.target), cell("afloat_s", pair.source), row,
                       target_is(relation(m_sync.target), "NEW"),
                       differ(cell("afloat_s", pair.source), cell(relation(m_sync.target), pair.target)),
                       also.empty() ? "" : " AND " + also);
  }
  std::string target_brings(const CrossColumn& pair) const {
    return differ(cell("afloat_t", pair.target), default_of(pair));
  }
  /// A target row for the source row, where it has none and needs one.
  std::string create() const {
    std::vector<std::string> columns, values, off;
    for (const auto& pairs : {m_sync.link, m_sync.columns})
      for (const CrossColumn& pair : pairs) {
        columns.push_back(identifier(pair.target));
        values.push_back(cell("afloat_s", pair.source));
      }
    for (const CrossColumn& pair : m_sync.columns)
      off.push_back(differ(cell("afloat_s", pair.source), default_of(pair)));
    return fmt::format(
        "INSERT INTO {0} ({1}) SELECT {2} FROM {3} AS afloat_s WHERE {4} AND ({5}) AND NOT EXISTS (SELECT 1 "
        "FROM {0} AS afloat_t WHERE {6})",
        relation(m_sync.target), join(columns, ", "), join(values, ", "), relation(m_sync.source),
        source_is("afloat_s", "NEW"), join(off, " OR "), target_is("afloat_t", "NEW"));
  }
  /// An outer OR IGNORE swallows a conflict of the statements before.
  std::string require_equal(const CrossColumn& pair, const std::string& also) const {
    return fmt::format(
        "SELECT RAISE(ABORT, {}) WHERE {}EXISTS (SELECT 1 FROM {} AS afloat_s JOIN {} AS afloat_t ON {} AND "
        "{} WHERE {})",
        literal(fmt::format("afloat: {}.{} and {}.{} cannot be kept equal", m_sync.source.name.name,
                            pair.source, m_sync.target.name.name, pair.target)),
        also.empty() ? "" : also + " AND ", relation(m_sync.source), relation(m_sync.target),
        source_is("afloat_s", "NEW"), target_is("afloat_t", "NEW"),
        differ(cell("afloat_s", pair.source), cell("afloat_t", pair.target)));
  }
  /// The source row that had the target row of OLD goes back to its defaults.
  std::string left() const { return to_defaults(source_is(relation(m_sync.source), "OLD")); }
  /// The same of NEW's row, where it lost its link because that target row is being deleted, and found none
  /// that brings a value.
  std::string parted() const {
    std::vector<std::string> brings;
    for (const CrossColumn& pair : m_sync.columns) brings.push_back(target_brings(pair));
    return to_defaults(fmt::format(
        "{0} AND {1} AND EXISTS (SELECT 1 FROM {2} AS afloat_t WHERE {3}) AND NOT EXISTS (SELECT 1 FROM {4} "
        "AS afloat_t WHERE {3} OR ({5} AND ({6})))",
        key_is(m_sync.source, "NEW"), link_changed(), relation(leaving(m_sync)), target_is("afloat_t", "OLD"),
        relation(m_sync.target), target_is("afloat_t", "NEW"), join(brings, " OR ")));
  }
  std::string note_leaving() const {
    std::vector<std::string> keys;
    for (const CrossColumn& pair : m_sync.link) keys.push_back(key(pair, "OLD"));
    return fmt::format("INSERT INTO {} VALUES ({})", relation(leaving(m_sync)), join(keys, ", "));
  }
  std::string forget_leaving() const {
    const std::string table = relation(leaving(m_sync));
    return fmt::format("DELETE FROM {} WHERE {}", table, target_is(table, "OLD"));
  }

 private:
  std::string to_defaults(const std::string& which) const {
    std::vector<std::string> values, off;
    for (const CrossColumn& pair : m_sync.columns) {
      values.push_back(fmt::format("{} = {}", identifier(pair.source), default_of(pair)));
      off.push_back(differ(cell(relation(m_sync.source), pair.source), default_of(pair)));
    }
    return fmt::format("UPDATE {} SET {} WHERE {} AND ({})", relation(m_sync.source), join(values, ", "),
                       which, join(off, " OR "));
  }
  std::string default_of(const CrossColumn& pair) const { return stored_default(m_sync, pair); }
  std::string key(const CrossColumn& pair, std::string_view row) const { return cell(row, mine(pair)); }

  const CrossSync& m_sync;
  bool m_on_source;
};

NamedTrigger trigger(const CrossSync& sync, std::string_view what, std::string_view event, const Table& table,
                     const std::string& when, const std::vector<std::string>& body) {
  const std::string name = fmt::format("afloat_{}_{}", sync.id, what);
  return {name, fmt::format("CREATE TRIGGER {} {} ON {} WHEN {} BEGIN {}; END", identifier(name), event,
                            relation(table), when, join(body, "; "))};
}

void add_source(const CrossSync& sync, std::vector<NamedTrigger>& triggers) {
  const Body body(sync, true);
  std::vector<std::string> insert, update, remove, check;
  const std::string relinked = body.link_changed();
  if (is_parted_by_delete(sync)) update.push_back(body.parted());
  if (sync.owns_target) {
    std::vector<std::string> values;
    for (const CrossColumn& pair : sync.link)
      values.push_back(fmt::format("{} = {}", identifier(pair.target), cell("NEW", pair.source)));
    update.push_back(fmt::format("UPDATE {} SET {} WHERE {} AND {}", relation(sync.target),
                                 join(values, ", "), body.target_is(relation(sync.target), "OLD"), relinked));
  }
  for (const CrossColumn& pair : sync.columns) {
    const std::string at_default =
        fmt::format("NOT {}", differ(cell(relation(sync.source), pair.source), stored_default(sync, pair)));
    const std::string changed = body.column_changed(pair);
    insert.push_back(body.to_source(pair, at_default));
    insert.push_back(body.to_target(pair, ""));
    std::string takes = fmt::format("{} AND NOT {}", relinked, changed);
    // In the window the source brings what it has to a target row that is at its default; behind contract
    // nobody writes that but the target.
    if (!sync.attic) takes += " AND " + body.target_brings(pair);
    update.push_back(body.to_source(pair, takes));
    update.push_back(body.to_target(pair, fmt::format("({} OR {})", changed, relinked)));
    if (sync.attic) continue;
    check.push_back(body.require_equal(pair, ""));
  }
  if (sync.creates) {
    insert.push_back(body.create());
    update.push_back(body.create());
  }
  insert.insert(insert.end(), check.begin(), check.end());
  if (!sync.attic)
    for (const CrossColumn& pair : sync.columns)
      update.push_back(
          body.require_equal(pair, fmt::format("({} OR {})", body.column_changed(pair), relinked)));
  triggers.push_back(trigger(sync, "source_insert", "AFTER INSERT", sync.source, "1", insert));
  triggers.push_back(trigger(sync, "source_update", "AFTER UPDATE OF " + body.watched(), sync.source,
                             body.any_changed(), update));
  if (!sync.owns_target) return;
  // Where foreign keys are switched off, nobody else does it.
  remove.push_back(fmt::format("DELETE FROM {} WHERE {}", relation(sync.target),
                               body.target_is(relation(sync.target), "OLD")));
  triggers.push_back(trigger(sync, "source_delete", "AFTER DELETE", sync.source, "1", remove));
}

void add_target(const CrossSync& sync, std::vector<NamedTrigger>& triggers) {
  const Body body(sync, false);
  const std::string relinked = body.link_changed();
  std::vector<std::string> insert, update{body.left() + " AND " + relinked};
  for (const CrossColumn& pair : sync.columns) {
    const std::string changed = body.column_changed(pair);
    insert.push_back(body.to_source(pair, body.target_brings(pair)));
    insert.push_back(body.to_target(pair, ""));
    update.push_back(body.to_source(pair, fmt::format("(CASE WHEN {} THEN {} ELSE {} END)", relinked,
                                                      body.target_brings(pair), changed)));
    update.push_back(body.to_target(pair, relinked));
    if (sync.attic) continue;
    insert.push_back(body.require_equal(pair, ""));
    update.push_back(body.require_equal(pair, fmt::format("({} OR {})", changed, relinked)));
  }
  triggers.push_back(trigger(sync, "target_insert", "AFTER INSERT", sync.target, "1", insert));
  triggers.push_back(trigger(sync, "target_update", "AFTER UPDATE OF " + body.watched(), sync.target,
                             body.any_changed(), update));
  std::vector<std::string> remove{body.left()};
  if (is_parted_by_delete(sync)) {
    triggers.push_back(
        trigger(sync, "target_leaves", "BEFORE DELETE", sync.target, "1", {body.note_leaving()}));
    remove.push_back(body.forget_leaving());
  }
  triggers.push_back(trigger(sync, "target_delete", "AFTER DELETE", sync.target, "1", remove));
}

/// BEFORE, because afterwards both sides are equal, whoever wrote. What is equal already was carried over; of
/// an UPDATE that is asked of what it changes, because sync carries one column after the other.
void add_counter(const CrossSync& sync, std::vector<NamedTrigger>& triggers) {
  const Body body(sync, true);
  const std::vector<std::string> count{count_write(sync.id)};
  std::vector<std::string> same, changed_same, off, names;
  for (const CrossColumn& pair : sync.columns) {
    const std::string other = differ(cell("afloat_t", pair.target), cell("NEW", pair.source));
    same.push_back("NOT " + other);
    changed_same.push_back(fmt::format("NOT ({} AND {})", body.column_changed(pair), other));
    off.push_back(differ(cell("NEW", pair.source), stored_default(sync, pair)));
    names.push_back(identifier(pair.source));
  }
  const std::string rows =
      fmt::format("FROM {} AS afloat_t WHERE {}", relation(sync.target), body.target_is("afloat_t", "NEW"));
  const auto carried = [&](const std::vector<std::string>& conditions) {
    return fmt::format("EXISTS (SELECT 1 {} AND {})", rows, join(conditions, " AND "));
  };
  const std::string emptied = fmt::format("NOT ({}) AND NOT EXISTS (SELECT 1 {})", join(off, " OR "), rows);
  triggers.push_back(trigger(sync, "count_insert", "BEFORE INSERT", sync.source,
                             fmt::format("({}) AND NOT {}", join(off, " OR "), carried(same)), count));
  triggers.push_back(trigger(sync, "count_update", "BEFORE UPDATE OF " + join(names, ", "), sync.source,
                             fmt::format("NOT {} AND NOT ({})", carried(changed_same), emptied), count));
}

std::vector<NamedTrigger> triggers_of(const CrossSync& sync) {
  std::vector<NamedTrigger> triggers;
  if (!sync.attic) add_counter(sync, triggers);
  add_source(sync, triggers);
  add_target(sync, triggers);
  return triggers;
}
} // namespace

Piece create_cross_sync(const CrossSync& sync) {
  Piece piece;
  if (!sync.attic)
    piece.statements.emplace_back(
        fmt::format("INSERT INTO afloat_counters (id, writes, last_at) VALUES ({}, 0, NULL) "
                    "ON CONFLICT (id) DO NOTHING",
                    literal(sync.id)));
  if (is_parted_by_delete(sync))
    for (Statement& statement : create_table(leaving(sync)).statements)
      piece.statements.push_back(std::move(statement));
  for (const NamedTrigger& trigger : triggers_of(sync)) piece.statements.emplace_back(trigger.sql);
  piece.inverse = drop_cross_sync(sync).statements;
  piece.locks = file_lock(sync.source);
  return piece;
}

Piece drop_cross_sync(const CrossSync& sync) {
  Piece piece;
  for (const NamedTrigger& trigger : triggers_of(sync))
    piece.statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(trigger.name));
  if (is_parted_by_delete(sync))
    piece.statements.emplace_back("DROP TABLE IF EXISTS " + relation(leaving(sync)));
  if (!sync.attic)
    piece.statements.emplace_back(fmt::format("DELETE FROM afloat_counters WHERE id = {}", literal(sync.id)));
  piece.locks = file_lock(sync.source);
  return piece;
}

std::vector<Counter> counters(const CrossSync& sync) {
  return {{sync.source.name.name + "." + join(names_of(sync.columns, &CrossColumn::source), ", "),
           fmt::format("SELECT writes, last_at FROM afloat_counters WHERE id = {}", literal(sync.id))}};
}

std::vector<Guard> guards(const CrossSync& sync) {
  std::vector<Guard> guards;
  for (const NamedTrigger& trigger : triggers_of(sync))
    guards.push_back(
        {sync.attic ? Phase::purge : Phase::contract, fmt::format("sync trigger {}", trigger.name),
         fmt::format(
             "SELECT coalesce((SELECT CASE WHEN afloat_sha256(sql) = {} THEN 'ok' ELSE 'was changed' END "
             "FROM sqlite_schema WHERE type = 'trigger' AND name = {}), 'missing')",
             literal(sha256(trigger.sql)), literal(trigger.name))});
  return guards;
}

std::string sync_obstacle(const CrossSync& sync) {
  for (const Table* table : {&sync.source, &sync.target})
    if (lower_case(table->create_sql).starts_with("create virtual"))
      return table->name.name + " is a virtual table";
  if (key_of(sync.source).empty())
    return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                       sync.source.name.name);
  return {};
}

} // namespace afloat::sqlite
