#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/schema_text.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

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

std::string listed(const std::vector<SyncColumn>& side) {
  std::vector<std::string> names;
  for (const SyncColumn& column : side) names.push_back(identifier(column.name));
  return join(names, ", ");
}

/// Both sides for messages: "t.name and t.title".
std::string subject(const Sync& sync) {
  return fmt::format("{0}.{1} and {0}.{2}", sync.table.name.name, names_of(old_side(sync)),
                     names_of(new_side(sync)));
}

/// Writes one side of NEW's row from the other, unless they agree. In the table itself bare names resolve,
/// and the columns have their affinity. The second statement is there because an outer OR IGNORE swallows a
/// conflict of the first.
std::vector<std::string> follow(const Sync& sync, const SyncText& text, bool towards_new) {
  std::vector<std::string> assignments;
  for (const SyncColumn& column : towards_new ? text.new_side() : text.old_side())
    assignments.push_back(fmt::format("{} = {}", identifier(column.name), column.expression));
  const std::string where = fmt::format("{} AND NOT {}", key_is(sync.table, "NEW"), text.row_agrees());
  const bool never_raises = sync.kind == Sync::Kind::attic && !towards_new;
  std::vector<std::string> body{fmt::format("UPDATE {}{} SET {} WHERE {}", never_raises ? "OR IGNORE " : "",
                                            relation(sync.table), join(assignments, ", "), where)};
  if (sync.kind == Sync::Kind::pair)
    body.push_back(fmt::format("SELECT RAISE(ABORT, {}) WHERE EXISTS (SELECT 1 FROM {} WHERE {})",
                               literal(fmt::format("afloat: {} cannot be kept equal", subject(sync))),
                               relation(sync.table), where));
  return body;
}

/// What an INSERT of the old release does. NULLs of the new side say nothing there, even if `down` makes the
/// old side's values of them.
std::vector<std::string> follow_insert(const Sync& sync, const SyncText& text) {
  std::vector<std::string> body = follow(sync, text, true);
  if (is_many_sided(sync) || (sync.kind == Sync::Kind::pair && !text.plain_copy()))
    body[0] = replaced(std::move(body[0]), text.row_agrees(), text.row_fits_up());
  return body;
}

/// A statement that writes a part of the new side before the backfill has come to the row: without the other
/// parts `down` would lose what the old side holds.
std::string fill_the_rest(const Sync& sync, const SyncText& text) {
  std::vector<std::string> assignments;
  for (const SyncColumn& column : text.new_side())
    assignments.push_back(
        fmt::format("{0} = coalesce({0}, {1})", identifier(column.name), column.expression));
  return fmt::format("UPDATE {} SET {} WHERE {} AND {} AND NOT {} AND NOT {}", relation(sync.table),
                     join(assignments, ", "), key_is(sync.table, "NEW"),
                     text.all_null("OLD", text.new_side()), text.agrees("OLD"), text.row_agrees());
}

std::string reject_unless(const Sync& sync, const SyncText& text, const std::string& both_written) {
  return fmt::format(
      "SELECT RAISE(ABORT, {}) WHERE {} AND EXISTS (SELECT 1 FROM {} WHERE {} AND NOT {})",
      literal(fmt::format("afloat: {} were written with values that do not agree", subject(sync))),
      both_written, relation(sync.table), key_is(sync.table, "NEW"), text.row_agrees());
}

bool counts(const Sync& sync) {
  return sync.count_left_out || sync.kind == Sync::Kind::table || sync.kind == Sync::Kind::condition
         || (sync.kind != Sync::Kind::attic && sync.count_old_writes && !old_side(sync).empty());
}

std::string update_of(const std::vector<SyncColumn>& side) {
  return "AFTER UPDATE OF " + listed(side);
}

bool has_default(const std::vector<SyncColumn>& side) {
  return std::any_of(side.begin(), side.end(),
                     [](const SyncColumn& column) { return column.constant_default.has_value(); });
}

void add_pair(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  const std::string old_changed = text.old_changed(), new_changed = text.new_changed();
  // Plain copies are told apart from NEW alone, which spares the backfill a statement a row.
  const std::string differ = text.plain_copy() ? " AND NOT " + text.agrees("NEW") : "";
  // In the attic an INSERT at both defaults is the new release's: the old column need not have the default.
  const std::string new_idle =
      sync.kind == Sync::Kind::attic && has_default(text.new_side())
          ? fmt::format("({} AND NOT {})", text.new_at_default(), text.old_at_default())
          : text.new_at_default();
  std::vector<std::string> insert_down = follow(sync, text, false), update_new = insert_down;
  if (sync.policy == ConflictPolicy::reject && sync.kind == Sync::Kind::pair) {
    insert_down.insert(insert_down.begin(), reject_unless(sync, text, "NOT " + text.old_at_default()));
    update_new.insert(update_new.begin(), reject_unless(sync, text, old_changed));
  }
  if (text.new_side().size() > 1 && sync.kind == Sync::Kind::pair)
    update_new.insert(update_new.begin(), fill_the_rest(sync, text));
  triggers.push_back(
      trigger(sync, "insert_old", "AFTER INSERT", new_idle + differ, follow_insert(sync, text)));
  triggers.push_back(
      trigger(sync, "insert_new", "AFTER INSERT", fmt::format("NOT ({}){}", new_idle, differ), insert_down));
  triggers.push_back(
      trigger(sync, "update_new", update_of(text.new_side()), new_changed + differ, update_new));
  triggers.push_back(trigger(sync, "update_old", update_of(text.old_side()),
                             fmt::format("{} AND NOT {}{}", old_changed, new_changed, differ),
                             follow(sync, text, true)));
}

/// A row that breaks the condition, and only where a column of it was written. It is asked of the row in the
/// table, as a CHECK would: NEW's cells have no affinity, so that NEW."n" = '5' is false of the number 5.
/// Where another trigger has changed the row since, NEW's cells are all that is left.
void add_condition_counter(const Sync& sync, std::vector<NamedTrigger>& triggers) {
  std::vector<std::string> columns;
  const std::string condition = replace_columns(
      sync.up, sync.table.name.name, [&](std::string_view name) -> std::optional<std::string> {
        const Column* column = sync.table.find_column(name);
        if (!column) return std::nullopt;
        if (std::find(columns.begin(), columns.end(), identifier(column->name)) == columns.end())
          columns.push_back(identifier(column->name));
        return cell("NEW", column->name);
      });
  std::vector<std::string> found{key_is(sync.table, "NEW")};
  for (const std::string& column : columns)
    found.push_back(fmt::format("{0} IS NEW.{0} COLLATE BINARY", column));
  const std::string broken = fmt::format("coalesce((SELECT ({}) IS FALSE FROM {} WHERE {}), ({}) IS FALSE)",
                                         sync.up, relation(sync.table), conjunction(found), condition);
  const std::vector<std::string> count{count_write(sync.id)};
  triggers.push_back(trigger(sync, "count_insert", "AFTER INSERT", broken, count));
  triggers.push_back(trigger(sync, "count_update",
                             columns.empty() ? "AFTER UPDATE" : "AFTER UPDATE OF " + join(columns, ", "),
                             broken, count));
}

std::string any_not_null(const std::vector<SyncColumn>& side) {
  std::vector<std::string> parts;
  for (const SyncColumn& column : side) parts.push_back(cell("NEW", column.name) + " IS NOT NULL");
  return parts.size() == 1 ? parts[0] : "(" + join(parts, " OR ") + ")";
}

void add_counter(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  if (sync.kind == Sync::Kind::condition) return add_condition_counter(sync, triggers);
  const std::vector<std::string> count{count_write(sync.id)};
  if (sync.kind == Sync::Kind::table) {
    for (const std::string event : {"INSERT", "UPDATE", "DELETE"})
      triggers.push_back(trigger(sync, "count_" + lower_case(event), "AFTER " + event, "1", count));
    return;
  }
  if (sync.count_left_out) {
    const std::string left_out = cell("NEW", sync.new_column) + " IS NULL";
    triggers.push_back(trigger(sync, "count_insert", "AFTER INSERT", left_out, count));
    if (sync.updates_too)
      triggers.push_back(trigger(sync, "count_update", update_of(text.new_side()), left_out, count));
    return;
  }
  const std::string old_idle = text.old_at_default();
  const std::string old_written = old_idle == "1" ? any_not_null(text.old_side()) : "NOT (" + old_idle + ")";
  const bool pair = sync.kind == Sync::Kind::pair;
  // Without a second column a default that differs from row to row says nothing about who wrote it.
  if (pair || old_idle != "1")
    triggers.push_back(
        trigger(sync, "count_insert", "AFTER INSERT",
                pair ? fmt::format("{} AND {}", text.new_at_default(), old_written) : old_written,
                {count_write(sync.id)}));
  const bool own_possible = sync.kind != Sync::Kind::watch;
  triggers.push_back(trigger(sync, "count_update", update_of(text.old_side()),
                             own_possible ? fmt::format("NOT ({})", text.own_update()) : "1",
                             {count_write(sync.id)}));
}

void add_required(const Sync& sync, const SyncText& text, std::vector<NamedTrigger>& triggers) {
  const bool several = text.old_side().size() > 1;
  int number = 0;
  for (const SyncColumn& column : text.old_side()) {
    ++number;
    if (!column.required) continue;
    const std::string behind = several ? fmt::format("_{}", number) : "";
    const std::string old_null = cell("NEW", column.name) + " IS NULL";
    const std::vector<std::string> raise{fmt::format(
        "SELECT RAISE(ABORT, {})",
        literal(fmt::format("NOT NULL constraint failed: {}.{}", sync.table.name.name, column.name)))};
    triggers.push_back(trigger(sync, "require_insert" + behind, "BEFORE INSERT",
                               fmt::format("{} AND {} IS NULL", old_null, text.down_value(column)), raise));
    // Also for sync's own update, when down() of what the new release wrote is NULL.
    triggers.push_back(trigger(sync, "require_update" + behind, "BEFORE UPDATE OF " + identifier(column.name),
                               old_null, raise));
  }
}

/// One of the sources is other than it was, and nobody wrote the column itself.
NamedTrigger follow_sources(const Sync& sync) {
  std::vector<std::string> sources, differ;
  for (const std::string& source : sync.sources) {
    sources.push_back(identifier(source));
    differ.push_back(changed(source));
  }
  return trigger(sync, "follow", "AFTER UPDATE OF " + join(sources, ", "),
                 fmt::format("({}) AND NOT {}", join(differ, " OR "), changed(sync.new_column)),
                 {fmt::format("UPDATE {} SET {} = {} WHERE {}", relation(sync.table),
                              identifier(sync.new_column), sync.up, key_is(sync.table, "NEW"))});
}

bool only_counts(const Sync& sync) {
  return sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table
         || sync.kind == Sync::Kind::condition;
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
      triggers.push_back(trigger(sync, "fill_update", update_of(text.new_side()), left_out, fill));
    if (!sync.sources.empty()) triggers.push_back(follow_sources(sync));
    return triggers;
  }
  if (sync.kind == Sync::Kind::pair) add_required(sync, text, triggers);
  add_pair(sync, text, triggers);
  return triggers;
}

/// A list of columns of the old side alone fires once, whoever writes them: the new release's write by sync's
/// own update. One with others among them would fire for the statement and for sync's update, or for one of
/// them only. With the new side in it, and silent for sync's own update, it fires once for the statement.
bool lists_others_too(const Sync& sync, const SyncText& text, const Trigger& trigger) {
  if (sync.kind != Sync::Kind::pair || sync.hidden) return false;
  const std::vector<SyncColumn> side = text.old_side();
  const auto on_side = [&](const std::string& name) {
    return std::any_of(side.begin(), side.end(),
                       [&](const SyncColumn& column) { return same_name(column.name, name); });
  };
  return std::any_of(trigger.update_of.begin(), trigger.update_of.end(), on_side)
         && !std::all_of(trigger.update_of.begin(), trigger.update_of.end(), on_side);
}

bool needs_wrap(const Sync& sync, const Trigger& trigger, const SyncColumn& column) {
  return sync.kind == Sync::Kind::pair && !trigger.on_delete && trigger_reads(trigger.sql, column.name);
}

/// NEW.old of a user's trigger, when the other side was written and sync has not run yet: what it is about to
/// hold.
std::string wrapped(const Sync& sync, const SyncText& text, const Trigger& trigger, const SyncColumn& old,
                    const std::string& inner) {
  const std::string written =
      trigger.on_insert ? fmt::format("NOT ({})", text.new_at_default()) : text.new_changed();
  const Column* column = sync.table.find_column(old.name);
  const std::string collation =
      column != nullptr && !column->collation.empty() ? " COLLATE " + column->collation : "";
  return fmt::format("afloat_wrap_new_column({}, {}, {}, {}, {})", inner, literal(sync.id), literal(old.name),
                     literal(fmt::format("(CASE WHEN {} AND NOT {} THEN {} ELSE ", written,
                                         text.agrees("NEW"), text.down_value(old))),
                     literal(fmt::format(" END{})", collation)));
}

std::vector<Statement> trigger_edits(const Sync& sync) {
  const SyncText text(sync);
  std::vector<Statement> edits;
  if (only_counts(sync)) return edits;
  for (const Trigger& trigger : sync.table.triggers) {
    std::string expression = "sql";
    for (const SyncColumn& column : text.old_side())
      if (needs_wrap(sync, trigger, column)) expression = wrapped(sync, text, trigger, column, expression);
    const bool widened = lists_others_too(sync, text, trigger);
    if (widened)
      expression = fmt::format("afloat_add_trigger_columns({}, {}, {})", expression, literal(sync.id),
                               literal(listed(text.new_side())));
    if (widened || (trigger.on_update && trigger.update_of.empty()))
      expression = fmt::format("afloat_add_trigger_guard({}, {}, {})", expression, literal(sync.id),
                               literal(fmt::format("NOT ({})", text.own_update())));
    if (expression == "sql") continue;
    edits.push_back(edit_of("trigger", trigger.name, expression));
    // In the window it may have been dropped, as the gate of contract may have asked.
    if (sync.kind == Sync::Kind::attic) edits.back().must_change.reset();
  }
  return edits;
}

void append(std::vector<Statement>& to, std::vector<Statement> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
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

} // namespace afloat::sqlite
