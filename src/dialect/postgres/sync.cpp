#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sides.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/sync_text.hpp"
#include "dialect/postgres/sync_triggers.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "support/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// A user trigger may change a source that the statement does not name.
std::string follow_event(const Sync& sync) {
  if (user_trigger_before(sync.table, &Trigger::on_update)) return "UPDATE";
  std::vector<std::string> sources;
  for (const std::string& source : sync.sources) sources.push_back(in_quotes(source));
  return "UPDATE OF " + join(sources, ", ");
}

/// One of the sources is other than it was, and nobody wrote the column itself.
std::string source_changed(const Sync& sync) {
  std::vector<std::string> before, after;
  for (const std::string& source : sync.sources) {
    before.push_back("OLD." + in_quotes(source));
    after.push_back("NEW." + in_quotes(source));
  }
  return fmt::format(
      "pg_catalog.record_image_ne(ROW({}), ROW({})) AND NOT pg_catalog.record_image_ne(ROW(OLD.{}), "
      "ROW(NEW.{}))",
      join(before, ", "), join(after, ", "), in_quotes(sync.new_column), in_quotes(sync.new_column));
}

constexpr std::string_view k_insert_file = "postgres/sync_insert.sql";

bool only_counts(const Sync& sync) {
  return sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::table
         || sync.kind == Sync::Kind::condition;
}

/// "then" sorts behind "sync".
void append_seen(const Sync& sync, bool on_insert, bool on_update, std::vector<SyncTrigger>& triggers) {
  const auto add = [&](std::string_view name, std::string event) {
    triggers.push_back(make_trigger(sync, first(sync), "then", std::move(event), "postgres/sync_seen.sql"));
    triggers.back().name = own_name(sync, first(sync), name);
    triggers.back().with_path = false; // nothing of an author is in it
  };
  if (on_insert) add("then_insert", "INSERT");
  if (on_update) add("then_update", "UPDATE");
}

/// Plain copies get one trigger a side. A batch of the backfill names the new side alone, so that the old
/// release's statements need not ask for it; who names both sides finds them equal the second time. It makes
/// them equal, too: where "=" tells that, to ask for it costs the batch less than to ask whose statement it
/// is.
void append_update(const Sync& sync, std::vector<SyncTrigger>& triggers) {
  triggers.push_back(
      make_trigger(sync, first(sync), "sync_update", update_event(sync), "postgres/sync_update.sql"));
  if (sync.kind != Sync::Kind::pair || !is_plain_copy(sync)
      || user_trigger_before(sync.table, &Trigger::on_update))
    return;
  triggers.push_back(triggers.back());
  SyncTrigger &of_old = *(triggers.end() - 2), &of_new = triggers.back();
  of_old.event = "UPDATE OF " + listed(old_side(sync));
  of_old.in_batches = false;
  of_new.name = own_name(sync, first(sync), "sync_update_new");
  of_new.event = "UPDATE OF " + listed(new_side(sync));
  const Column& old = *sync.table.find_column(sync.old_column);
  if (!old.collation.empty() || !is_equal_by_bytes(old.type)) return;
  of_new.in_batches = false;
  of_new.when =
      fmt::format("NEW.{} IS DISTINCT FROM NEW.{}", in_quotes(sync.new_column), in_quotes(sync.old_column));
}

/// Neither has words of an author.
void append_moving(const Sync& sync, std::vector<SyncTrigger>& triggers) {
  triggers.push_back(make_trigger(sync, first(sync), "sync_leave", "DELETE", "postgres/sync_leave.sql"));
  triggers.back().when = left_unfilled(sync);
  triggers.back().in_batches = false;
  triggers.back().with_path = false;
  triggers.push_back(make_trigger(sync, first(sync), "sync_come", "INSERT", "postgres/sync_come.sql"));
  triggers.back().for_each_row = false;
  triggers.back().with_path = false;
}

/// In a batch of the backfill sync stands aside, and a trigger of the user may change the old side, of which
/// the batch has written the new one already: it then follows.
void append_following_batches(const Sync& sync, std::vector<SyncTrigger>& triggers) {
  triggers.push_back(
      make_trigger(sync, "~", "last_batch", "UPDATE OF " + listed(new_side(sync)), "postgres/sync_fill.sql"));
  triggers.back().when =
      fmt::format("NOT ({}) AND {}", not_backfill(sync.id),
                  images_differ(cells(old_side(sync), "OLD"), cells(old_side(sync), "NEW")));
  triggers.back().in_batches = false; // no condition against them
}

bool takes_turns(const Sync& sync) {
  return sync.serialize && sync.kind == Sync::Kind::pair;
}

std::vector<SyncTrigger> triggers_of(const Sync& sync) {
  std::vector<SyncTrigger> triggers;
  if (counts(sync)) append_counting(sync, triggers);
  if (only_counts(sync)) return triggers;
  if (sync.kind == Sync::Kind::fill) {
    // After user triggers, whose values it is made from.
    triggers.push_back(make_trigger(sync, "~", "fill_insert", "INSERT", "postgres/sync_fill.sql"));
    triggers.back().when = fmt::format("NEW.{} IS NULL", in_quotes(sync.new_column));
    const SyncTrigger insert = triggers.back();
    if (sync.updates_too) {
      triggers.push_back(insert);
      triggers.back().name = own_name(sync, "~", "fill_update");
      triggers.back().event = update_event(sync);
    }
    if (!sync.sources.empty()) {
      triggers.push_back(insert);
      triggers.back().name = own_name(sync, "~", "follow");
      triggers.back().event = follow_event(sync);
      triggers.back().when = source_changed(sync);
    }
    return triggers;
  }
  const bool user_insert = user_trigger_before(sync.table, &Trigger::on_insert);
  const bool user_update = user_trigger_before(sync.table, &Trigger::on_update);
  triggers.push_back(make_trigger(sync, first(sync), "sync_insert", "INSERT", k_insert_file));
  append_update(sync, triggers);
  if (sync.kind == Sync::Kind::pair && tells_unfilled(sync)) append_moving(sync, triggers);
  if (sync.kind == Sync::Kind::pair && (user_insert || user_update))
    append_seen(sync, user_insert, user_update, triggers);
  if (user_insert)
    triggers.push_back(make_trigger(sync, "~", "last_insert", "INSERT", "postgres/sync_last.sql"));
  if (user_update)
    triggers.push_back(make_trigger(sync, "~", "last_update", "UPDATE", "postgres/sync_last.sql"));
  if (user_update && sync.kind == Sync::Kind::pair) append_following_batches(sync, triggers);
  if (takes_turns(sync)) {
    triggers.push_back(make_trigger(sync, "~", "turn", "INSERT", "postgres/sync_turn.sql"));
    triggers.back().when = fmt::format("NEW.{} IS NOT NULL", in_quotes(sync.new_column));
  }
  return triggers;
}

std::string create_function(const SyncTrigger& trigger) {
  const std::string_view options = trigger.with_path ? k_with_path
                                   : trigger.definer ? " SECURITY DEFINER"
                                                     : "";
  return fmt::format("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql{} AS {}", trigger.function,
                     options, literal(trigger.body));
}

std::string create_trigger(const Sync& sync, const SyncTrigger& trigger) {
  std::vector<std::string> conditions;
  if (!trigger.when.empty()) conditions.push_back(trigger.when);
  // In a batch of the backfill `new` is written from `old` by the batch itself; sync would write `down` back.
  // A WHEN spares the batch a call for each row. But each statement of the application pays for it: the
  // server reads the condition anew from its stored form, which costs as much as a call. So it has none where
  // no batch fires it, which inserts nothing, and the counter asks in its body.
  if (!trigger.definer && trigger.in_batches && trigger.event != "INSERT")
    conditions.push_back(not_backfill(sync.id));
  const std::string when = conditions.empty() ? "" : fmt::format("WHEN ({}) ", join(conditions, " AND "));
  return fmt::format("CREATE TRIGGER {} BEFORE {} ON {} FOR EACH {} {}EXECUTE FUNCTION {}()",
                     in_quotes(trigger.name), trigger.event, in_quotes(sync.table.name),
                     trigger.for_each_row ? "ROW" : "STATEMENT", when, trigger.function);
}
} // namespace

/// An UPDATE OF list spares statements that name none of the columns; a user trigger could assign them all
/// the same.
std::string update_event(const Sync& sync) {
  if (user_trigger_before(sync.table, &Trigger::on_update)) return "UPDATE";
  const std::vector<SyncColumn> old = old_side(sync);
  if (old.empty()) return "UPDATE OF " + listed(new_side(sync));
  return fmt::format("UPDATE OF {}, {}", listed(old), listed(new_side(sync)));
}

std::string own_name(const Sync& sync, std::string_view prefix, std::string_view rest) {
  return fitting_name(fmt::format("{}afloat_{}_{}", prefix, sync.id, rest));
}

/// Sync runs before every user trigger, so that each of them sees both sides in step. Only a space in front
/// sorts a name before "!".
std::string first(const Sync& sync) {
  std::size_t spaces = 0;
  for (const Trigger& trigger : sync.table.triggers) {
    const std::size_t own = std::min(trigger.name.find_first_not_of(' '), trigger.name.size());
    if (trigger.before && trigger.for_each_row && trigger.name < "!afloat" && !is_own_name(trigger.name))
      spaces = std::max(spaces, own + 1);
  }
  return std::string(spaces, ' ') + "!";
}

SyncTrigger make_trigger(const Sync& sync, std::string_view prefix, std::string_view what, std::string event,
                         std::string_view file) {
  return {.name = own_name(sync, prefix, what),
          .event = std::move(event),
          .when = {},
          .function = own_object(fmt::format("sync_{}_{}", sync.id, what)),
          .body = filled_in(sync, file),
          .with_path = depends_on_search_path(sync)
                       || (file == k_insert_file && defaults_depend_on_search_path(sync))};
}

Piece create_sync(const Sync& sync) {
  Piece piece;
  piece.locks = {{sync.table.name, LockLevel::share_row_exclusive}};
  if (sync.kind == Sync::Kind::watch || sync.kind == Sync::Kind::fill)
    for (const SyncColumn& column : old_side(sync))
      if (const Column* known = sync.table.find_column(column.name); known && !known->default_sql)
        if (std::string ask = must_take_null(column.type); !ask.empty())
          piece.statements.emplace_back(std::move(ask));
  if (counts(sync)) {
    piece.statements.emplace_back("CREATE SEQUENCE " + writes_sequence(sync));
    piece.statements.emplace_back("CREATE SEQUENCE " + last_sequence(sync) + " MINVALUE 0");
  }
  // Fails for a type whose values cannot be hashed, before an application's INSERT does.
  if (takes_turns(sync))
    piece.statements.emplace_back(
        fmt::format("SELECT pg_catalog.hash_record(ROW(NULL::{}))", old_side(sync).front().type));
  std::string made;
  for (const SyncTrigger& trigger : triggers_of(sync)) {
    if (trigger.function != made) {
      if (trigger.with_path) piece.statements.emplace_back(resolve_path());
      piece.statements.emplace_back(create_function(trigger));
      piece.statements.emplace_back(fmt::format("REVOKE ALL ON FUNCTION {}() FROM PUBLIC", trigger.function));
    }
    made = trigger.function;
    piece.statements.emplace_back(create_trigger(sync, trigger));
    piece.statements.emplace_back(fmt::format("ALTER TABLE {} ENABLE {} TRIGGER {}",
                                              in_quotes(sync.table.name), trigger.enabled,
                                              in_quotes(trigger.name)));
  }
  if (std::string widen = widen_triggers(sync); !widen.empty())
    piece.statements.emplace_back(std::move(widen));
  piece.inverse = drop_sync(sync).statements;
  return piece;
}

Piece drop_sync(const Sync& sync) {
  Piece piece;
  piece.locks = {{sync.table.name, LockLevel::access_exclusive}};
  // DROP TRIGGER locks the partitions before the whole table, and every reader the other way round.
  if (sync.table.partitioned)
    piece.statements.emplace_back(
        fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", in_quotes(sync.table.name)));
  if (std::string narrow = narrow_triggers(sync); !narrow.empty())
    piece.statements.emplace_back(std::move(narrow));
  std::vector<std::string> functions;
  for (const SyncTrigger& trigger : triggers_of(sync)) {
    piece.statements.emplace_back(
        fmt::format("DROP TRIGGER IF EXISTS {} ON {}", in_quotes(trigger.name), in_quotes(sync.table.name)));
    if (std::ranges::find(functions, trigger.function) == functions.end())
      functions.push_back(trigger.function);
  }
  for (const std::string& function : functions)
    piece.statements.emplace_back(fmt::format("DROP FUNCTION IF EXISTS {}()", function));
  if (counts(sync))
    for (const std::string& sequence : {writes_sequence(sync), last_sequence(sync)})
      piece.statements.emplace_back("DROP SEQUENCE IF EXISTS " + sequence);
  return piece;
}

std::vector<Counter> counters(const Sync& sync) {
  if (!counts(sync)) return {};
  return {{.subject = counted_subject(sync),
           .query = fmt::format("SELECT CASE WHEN w.is_called THEN w.last_value ELSE 0 END,"
                                " CASE WHEN l.is_called THEN l.last_value / 1000 END FROM {} w, {} l",
                                writes_sequence(sync), last_sequence(sync))}};
}

std::vector<Guard> guards(const Sync& sync) {
  std::vector<Guard> all;
  for (const SyncTrigger& trigger : triggers_of(sync))
    all.push_back(
        {.until = sync.kind == Sync::Kind::attic ? Phase::purge : Phase::contract,
         .subject = fmt::format("sync trigger {} on {}", trigger.name, display(sync.table.name)),
         .query = fmt::format(
             "SELECT CASE WHEN t.oid IS NULL THEN 'missing' WHEN t.tgenabled <> '{}' THEN 'disabled'"
             " WHEN pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') <> "
             "'{}'"
             " THEN 'its function was changed' ELSE 'ok' END FROM (SELECT 1) one"
             " LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = pg_catalog.to_regclass({}) AND t.tgname = {}"
             " LEFT JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid",
             trigger.enabled.front(), sha256(trigger.body), literal(in_quotes(sync.table.name)),
             literal(trigger.name))});
  return all;
}

} // namespace afloat::postgres
