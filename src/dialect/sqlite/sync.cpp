#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
struct NamedTrigger {
  std::string name, sql;
};

std::string cell(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, identifier(column));
}

/// The text is what SQLite stores: guards() compares it.
NamedTrigger trigger(const Sync& sync, std::string_view what, std::string_view event, std::string_view when,
                     const std::vector<std::string>& body) {
  const std::string name = fmt::format("afloat_{}_{}", sync.id, what);
  return {name, fmt::format("CREATE TRIGGER {} {} ON {} WHEN {} BEGIN {}; END", identifier(name), event,
                            relation(sync.table), when, join(body, "; "))};
}

/// Writes one side of NEW's row from the other, unless they agree. In the table itself bare names resolve,
/// and the columns have their affinity. The second statement is there because an outer OR IGNORE swallows a
/// conflict of the first.
std::vector<std::string> follow(const Sync& sync, const SyncText& text, bool towards_new) {
  const std::string& target = towards_new ? sync.new_column : sync.old_column;
  const std::string& expression = towards_new ? sync.up : sync.down;
  const std::string& source = towards_new ? sync.old_column : sync.new_column;
  const std::string where = fmt::format("{} AND NOT {}", key_is(sync.table, "NEW"), text.row_agrees());
  const bool never_raises = sync.kind == Sync::Kind::attic && !towards_new;
  std::vector<std::string> body{
      fmt::format("UPDATE {}{} SET {} = {} WHERE {}", never_raises ? "OR IGNORE " : "", relation(sync.table),
                  identifier(target), sync.identity ? identifier(source) : expression, where)};
  if (sync.kind == Sync::Kind::pair)
    body.push_back(fmt::format("SELECT RAISE(ABORT, {}) WHERE EXISTS (SELECT 1 FROM {} WHERE {})",
                               literal(fmt::format("afloat: {0}.{1} and {0}.{2} cannot be kept equal",
                                                   sync.table.name.name, sync.old_column, sync.new_column)),
                               relation(sync.table), where));
  return body;
}

std::string reject_unless(const Sync& sync, const SyncText& text, const std::string& both_written) {
  return fmt::format(
      "SELECT RAISE(ABORT, {}) WHERE {} AND EXISTS (SELECT 1 FROM {} WHERE {} AND NOT {})",
      literal(fmt::format("afloat: {0}.{1} and {0}.{2} were written with values that do not agree",
                          sync.table.name.name, sync.old_column, sync.new_column)),
      both_written, relation(sync.table), key_is(sync.table, "NEW"), text.row_agrees());
}

std::string count_one(const Sync& sync) {
  return fmt::format(
      "UPDATE afloat_counters SET writes = writes + 1, last_at = (julianday('now') - 2440587.5) * 86400.0 "
      "WHERE id = {}",
      literal(sync.id));
}

bool counts(const Sync& sync) {
  return sync.count_left_out || sync.kind == Sync::Kind::table
         || (sync.kind != Sync::Kind::attic && sync.count_old_writes && !sync.old_column.empty());
}

std::string update_of(std::string_view column) {
  return "AFTER UPDATE OF " + identifier(column);
}

void add_pair(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  const std::string old_changed = text.changed(sync.old_column), new_changed = text.changed(sync.new_column);
  // Plain copies are told apart from NEW alone, which spares the backfill a statement a row.
  const std::string differ = text.plain_copy() ? " AND NOT " + text.agrees("NEW") : "";
  const std::string new_idle = text.new_at_default();
  std::vector<std::string> insert_down = follow(sync, text, false), update_new = insert_down;
  if (sync.policy == ConflictPolicy::reject && sync.kind == Sync::Kind::pair) {
    insert_down.insert(insert_down.begin(), reject_unless(sync, text, "NOT " + text.old_at_default()));
    update_new.insert(update_new.begin(), reject_unless(sync, text, old_changed));
  }
  triggers.push_back(
      trigger(sync, "insert_old", "AFTER INSERT", new_idle + differ, follow(sync, text, true)));
  triggers.push_back(
      trigger(sync, "insert_new", "AFTER INSERT", fmt::format("NOT ({}){}", new_idle, differ), insert_down));
  triggers.push_back(
      trigger(sync, "update_new", update_of(sync.new_column), new_changed + differ, update_new));
  triggers.push_back(trigger(sync, "update_old", update_of(sync.old_column),
                             fmt::format("{} AND NOT {}{}", old_changed, new_changed, differ),
                             follow(sync, text, true)));
}

void add_counter(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  const std::vector<std::string> count{count_one(sync)};
  if (sync.kind == Sync::Kind::table) {
    for (const std::string event : {"INSERT", "UPDATE", "DELETE"})
      triggers.push_back(trigger(sync, "count_" + lower_case(event), "AFTER " + event, "1", count));
    return;
  }
  if (sync.count_left_out) {
    const std::string left_out = cell("NEW", sync.new_column) + " IS NULL";
    triggers.push_back(trigger(sync, "count_insert", "AFTER INSERT", left_out, count));
    if (sync.updates_too)
      triggers.push_back(trigger(sync, "count_update", update_of(sync.new_column), left_out, count));
    return;
  }
  const std::string old_idle = text.old_at_default();
  const std::string old_written =
      old_idle == "1" ? cell("NEW", sync.old_column) + " IS NOT NULL" : "NOT " + ("(" + old_idle + ")");
  const bool pair = sync.kind == Sync::Kind::pair;
  // Without a second column a default that differs from row to row says nothing about who wrote it.
  if (pair || old_idle != "1")
    triggers.push_back(
        trigger(sync, "count_insert", "AFTER INSERT",
                pair ? fmt::format("{} AND {}", text.new_at_default(), old_written) : old_written,
                {count_one(sync)}));
  const bool own_possible = sync.kind != Sync::Kind::watch;
  triggers.push_back(trigger(sync, "count_update", update_of(sync.old_column),
                             own_possible ? fmt::format("NOT ({})", text.own_update()) : "1",
                             {count_one(sync)}));
}

void add_required(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  const std::string old_null = cell("NEW", sync.old_column) + " IS NULL";
  const std::vector<std::string> raise{fmt::format(
      "SELECT RAISE(ABORT, {})",
      literal(fmt::format("NOT NULL constraint failed: {}.{}", sync.table.name.name, sync.old_column)))};
  triggers.push_back(trigger(sync, "require_insert", "BEFORE INSERT",
                             fmt::format("{} AND {} IS NULL", old_null, text.down_value()), raise));
  // Also for sync's own update, when down() of what the new release wrote is NULL.
  triggers.push_back(
      trigger(sync, "require_update", "BEFORE UPDATE OF " + identifier(sync.old_column), old_null, raise));
}

bool only_counts(const Sync& sync) {
  return sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table;
}

std::vector<NamedTrigger> triggers_of(const Sync& sync) {
  const SyncText text(sync);
  std::vector<NamedTrigger> triggers;
  if (counts(sync)) add_counter(sync, text, triggers);
  if (only_counts(sync)) return triggers;
  if (sync.kind == Sync::Kind::fill) {
    const std::string left_out = cell("NEW", sync.new_column) + " IS NULL";
    const std::vector<std::string> fill{
        fmt::format("UPDATE {} SET {} = {} WHERE {} AND {} IS NULL AND ({}) IS NOT NULL",
                    relation(sync.table), identifier(sync.new_column), sync.up, key_is(sync.table, "NEW"),
                    identifier(sync.new_column), sync.up)};
    triggers.push_back(trigger(sync, "fill", "AFTER INSERT", left_out, fill));
    if (sync.updates_too)
      triggers.push_back(trigger(sync, "fill_update", update_of(sync.new_column), left_out, fill));
    return triggers;
  }
  if (sync.kind == Sync::Kind::pair && sync.required) add_required(sync, text, triggers);
  add_pair(sync, text, triggers);
  return triggers;
}

bool fires_for_sync(const Trigger& trigger) {
  return trigger.on_update && trigger.update_of.empty();
}

bool needs_wrap(const Sync& sync, const Trigger& trigger) {
  return sync.kind == Sync::Kind::pair && !trigger.on_delete && trigger_reads(trigger.sql, sync.old_column);
}

/// NEW.old of a user's trigger, when the other side was written and sync has not run yet: what it is about to
/// hold.
std::string wrapped(const Sync& sync, const SyncText& text, const Trigger& trigger, std::string inner) {
  const std::string written =
      trigger.on_insert ? fmt::format("NOT ({})", text.new_at_default()) : text.changed(sync.new_column);
  const Column* column = sync.table.find_column(sync.old_column);
  const std::string collation =
      column != nullptr && !column->collation.empty() ? " COLLATE " + column->collation : "";
  return fmt::format("afloat_wrap_new_column({}, {}, {}, {}, {})", inner, literal(sync.id),
                     literal(sync.old_column),
                     literal(fmt::format("(CASE WHEN {} AND NOT {} THEN {} ELSE ", written,
                                         text.agrees("NEW"), text.down_value())),
                     literal(fmt::format(" END{})", collation)));
}

std::vector<Statement> trigger_edits(const Sync& sync) {
  const SyncText text(sync);
  std::vector<Statement> edits;
  if (only_counts(sync)) return edits;
  for (const Trigger& trigger : sync.table.triggers) {
    std::string expression = "sql";
    if (needs_wrap(sync, trigger)) expression = wrapped(sync, text, trigger, expression);
    if (fires_for_sync(trigger))
      expression = fmt::format("afloat_add_trigger_guard({}, {}, {})", expression, literal(sync.id),
                               literal(fmt::format("NOT ({})", text.own_update())));
    if (expression != "sql") edits.push_back(edit_of("trigger", trigger.name, expression));
  }
  return edits;
}

void append(std::vector<Statement>& to, std::vector<Statement> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

/// A CHECK that NULL does not pass would reject the insert before sync has filled the column.
bool check_needs_value(const Constraint& constraint, const std::string& column) {
  if (constraint.kind != ConstraintKind::check) return false;
  const bool mentioned = std::any_of(constraint.columns.begin(), constraint.columns.end(),
                                     [&](const std::string& name) { return same_name(name, column); });
  if (!mentioned) return false;
  const std::vector<Lexeme> text = scan(constraint.definition);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char* word : {"notnull", "coalesce", "ifnull", "typeof"})
      if (text[i].is(word)) return true;
    if (i + 1 < text.size() && text[i].is("not") && text[i + 1].is("null")) return true;
    if (i + 1 < text.size() && text[i].is("is") && !text[i + 1].is("null")) return true;
  }
  return false;
}

std::string trigger_obstacle(const Sync& sync, const Trigger& trigger) {
  if (trigger.update_of.size() < 2 || sync.hidden)
    return {}; // UPDATE OF the old column alone fires once whoever writes it
  for (const std::string& column : trigger.update_of)
    if (!sync.old_column.empty() && same_name(column, sync.old_column))
      return fmt::format(
          "trigger {} fires on UPDATE OF {} together with other columns, so that it would fire twice for one "
          "update by the new release",
          trigger.name, column);
  return {};
}

std::string old_column_obstacle(const Sync& sync) {
  const Table& table = sync.table;
  const std::string name = table.name.name + "." + sync.old_column;
  const Column* column = table.find_column(sync.old_column);
  if (column == nullptr) return {};
  if (!column->generated.empty()) return name + " is a generated column";
  if (is_rowid_alias(table, sync.old_column))
    return name + " is the INTEGER PRIMARY KEY, which is the rowid itself and cannot have a second shape";
  const bool in_key = std::any_of(table.primary_key.begin(), table.primary_key.end(),
                                  [&](const std::string& key) { return same_name(key, sync.old_column); });
  if (in_key && table.without_rowid)
    return name + " is part of the primary key of a table WITHOUT ROWID, which cannot be NULL";
  for (const Constraint& constraint : table.constraints)
    if (!sync.hidden && check_needs_value(constraint, sync.old_column))
      return fmt::format(
          "{} of {} would see {} as NULL when the new release inserts, before sync has filled it",
          one_line(constraint.definition, 120), table.name.name, sync.old_column);
  return {};
}
} // namespace

Piece create_sync(const Sync& sync) {
  Piece piece;
  if (counts(sync))
    piece.statements.emplace_back(
        fmt::format("INSERT INTO afloat_counters (id, writes, last_at) VALUES ({}, 0, NULL) "
                    "ON CONFLICT (id) DO NOTHING",
                    literal(sync.id)));
  append(piece.statements, schema_edit(trigger_edits(sync)));
  for (const NamedTrigger& trigger : triggers_of(sync)) piece.statements.emplace_back(trigger.sql);
  piece.inverse = drop_sync(sync).statements;
  piece.locks = file_lock(sync.table);
  return piece;
}

Piece drop_sync(const Sync& sync) {
  Piece piece;
  for (const NamedTrigger& trigger : triggers_of(sync))
    piece.statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(trigger.name));
  // All triggers that bear this sync's marks, whatever they are called by now.
  const std::string restore = fmt::format("UPDATE sqlite_schema SET sql = afloat_restore_trigger(sql, {}) "
                                          "WHERE type = 'trigger' AND instr(sql, {}) > 0",
                                          literal(sync.id), literal(fmt::format("/*<afloat {}>*/", sync.id)));
  if (!trigger_edits(sync).empty()) append(piece.statements, schema_edit({Statement(restore)}));
  if (counts(sync))
    piece.statements.emplace_back(fmt::format("DELETE FROM afloat_counters WHERE id = {}", literal(sync.id)));
  piece.locks = file_lock(sync.table);
  return piece;
}

std::vector<Counter> counters(const Sync& sync) {
  if (!counts(sync)) return {};
  return {{counted_subject(sync),
           fmt::format("SELECT writes, last_at FROM afloat_counters WHERE id = {}", literal(sync.id))}};
}

std::vector<Guard> guards(const Sync& sync) {
  std::vector<Guard> guards;
  for (const NamedTrigger& trigger : triggers_of(sync)) {
    const std::string subject = fmt::format("sync trigger {} on {}", trigger.name, sync.table.name.name);
    // Only the counter names columns outside of the pair, which another window may rename.
    const std::string same = trigger.name.find("_count_") != std::string::npos
                                 ? "1"
                                 : fmt::format("afloat_sha256(sql) = {}", literal(sha256(trigger.sql)));
    guards.push_back(
        {sync.kind == Sync::Kind::attic ? Phase::purge : Phase::contract, subject,
         fmt::format("SELECT coalesce((SELECT CASE WHEN {} THEN 'ok' ELSE {} END FROM sqlite_schema "
                     "WHERE type = 'trigger' AND name = {}), {})",
                     same, "'was changed'", literal(trigger.name), "'missing'")});
  }
  return guards;
}

std::string sync_obstacle(const Sync& sync) {
  const Table& table = sync.table;
  if (lower_case(table.create_sql).starts_with("create virtual"))
    return table.name.name + " is a virtual table";
  if (key_of(table).empty())
    return fmt::format("{} has columns named rowid, _rowid_ and oid, so that no name is left for its rowid",
                       table.name.name);
  if (sync.kind == Sync::Kind::attic || only_counts(sync)) return {};
  if (const std::string obstacle = old_column_obstacle(sync); !obstacle.empty()) return obstacle;
  for (const Trigger& trigger : table.triggers)
    if (const std::string obstacle = trigger_obstacle(sync, trigger); !obstacle.empty()) return obstacle;
  return {};
}

} // namespace afloat::sqlite
