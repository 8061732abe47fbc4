#include "dialect/cross_names.hpp"
#include "dialect/postgres/cross_text.hpp"
#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
// What sync writes is not the application's: the counter does not count it. (A SET of the function itself
// needs more rights than a role may have.)
constexpr std::string_view k_quiet = "afloat_ignored := pg_catalog.set_config('afloat.carried', 'on', true);";
constexpr std::string_view k_loud =
    "afloat_ignored := pg_catalog.set_config('afloat.carried', coalesce(afloat_carried, ''), true);";

/// A function and the triggers that call it.
struct CrossFunction {
  std::string name; ///< qualified
  std::string body;
};

struct CrossTrigger {
  std::string name, timing; ///< AFTER UPDATE OF "a", "b"
  RelationName table;
  std::string when, function;
  bool for_each_row = true;
};

struct CrossParts {
  std::vector<CrossFunction> functions;
  std::vector<CrossTrigger> triggers;
};

/// Runs last among the triggers of its kind: after those of foreign keys, whose cascades carry keys along.
std::string last(const CrossSync& sync, std::string_view what) {
  return fitting_name(fmt::format("~afloat_{}_{}", sync.id, what));
}

std::string first(const CrossSync& sync, std::string_view what) {
  return fitting_name(fmt::format("!afloat_{}_{}", sync.id, what));
}

std::string function_name(const CrossSync& sync, std::string_view what) {
  return own_object(fmt::format("cross_{}_{}", sync.id, what));
}

std::string body_of(std::string_view file, std::vector<Placed> values) {
  values.push_back({"quiet", std::string(k_quiet)});
  values.push_back({"loud", std::string(k_loud)});
  return fill_places(embedded_sql(file), values);
}

/// Whose value counts, column by column. The side that wrote brings what it changed; a row that comes later
/// takes what it does not bring itself. In the window the source brings what it has to a target row that is
/// at its default; behind contract nobody writes that but the target.
std::string decide(const CrossSync& sync, const CrossText& text, bool on_source) {
  std::string all;
  for (std::size_t i = 1; i <= text.count(); ++i) {
    const auto off_default = [&](std::string_view row) {
      return fmt::format("pg_catalog.record_image_ne(ROW(afloat_{0}.c{1}), ROW(afloat_default_{1}))", row, i);
    };
    // A target row that had no partner since expand holds NULL, whatever the default is.
    const std::string filled =
        sync.attic || sync.owns_target || !sync.columns[i - 1].default_sql
            ? ""
            : fmt::format(" AND (TG_OP = 'INSERT' OR pg_catalog.num_nonnulls(afloat_{}.c{}) = 1)",
                          on_source ? "theirs" : "mine", i);
    const std::string changed = text.changed(on_source, i);
    std::string off = off_default("mine");
    if (!on_source) off += filled;
    all +=
        fmt::format("  IF {} THEN\n    afloat_brought := {};\n  ELSE\n    afloat_brought := {};\n  END IF;\n",
                    on_source ? "TG_OP = 'INSERT'" : "afloat_arrives", off, changed);
    all += fmt::format("  IF afloat_brought THEN\n    afloat_theirs.c{0} := afloat_mine.c{0};\n", i);
    if (on_source && !sync.attic)
      all += fmt::format(
          "  ELSIF afloat_arrives AND {1}{2} THEN\n    afloat_mine.c{0} := afloat_theirs.c{0};\n  "
          "ELSIF afloat_arrives THEN\n    afloat_theirs.c{0} := afloat_mine.c{0};\n",
          i, off_default("theirs"), filled);
    else
      all += fmt::format("  ELSIF afloat_arrives THEN\n    afloat_mine.c{0} := afloat_theirs.c{0};\n", i);
    all += "  END IF;\n";
  }
  return all;
}

/// A source row that has no target row. Where another transaction makes it in this moment, it is there when
/// the INSERT has waited for that one (at REPEATABLE READ the INSERT fails with 40001).
std::string missing(const CrossSync& sync, const CrossText& text) {
  if (!sync.creates) return "    RETURN NULL; -- Its values stay here until the row comes.";
  std::vector<std::string> values;
  for (std::size_t i = 1; i <= text.count(); ++i) values.push_back(fmt::format("afloat_mine.c{}", i));
  return fmt::format("    IF NOT pg_catalog.record_image_ne(ROW({0}), ROW({1})) THEN\n"
                     "      RETURN NULL;\n    END IF;\n"
                     "    INSERT INTO {2} ({3}) VALUES ({4}, {0}) ON CONFLICT ({5}) DO NOTHING;\n"
                     "    IF FOUND THEN\n      RETURN NULL;\n    END IF;\n"
                     "    SELECT {6} INTO afloat_theirs FROM {2} WHERE {7} FOR NO KEY UPDATE;\n"
                     "    IF NOT FOUND THEN\n      RETURN NULL;\n    END IF;",
                     join(values, ", "), text.default_names(), in_quotes(sync.target.name),
                     text.target_list(), text.key("NEW", true), text.link_list(), text.numbered(false),
                     text.target_is("NEW", true));
}

std::string carry(const CrossSync& sync, const CrossText& text, bool on_source) {
  const std::string mine = in_quotes(on_source ? sync.source.name : sync.target.name);
  const std::string theirs = in_quotes(on_source ? sync.target.name : sync.source.name);
  // A target row that turns to another source row leaves the one before with its defaults.
  const std::string left =
      on_source ? ""
                : fmt::format(
                      "  IF TG_OP = 'UPDATE' AND afloat_arrives THEN\n    {}\n    UPDATE {} SET {} WHERE {} "
                      "AND {};\n    {}\n  END IF;",
                      k_quiet, in_quotes(sync.source.name), text.to_defaults(), text.source_is("OLD", false),
                      text.source_off_defaults(), k_loud);
  return body_of("postgres/cross_carry.sql",
                 {{"defaults", text.default_variables()},
                  {"old_key", text.key("OLD", on_source)},
                  {"new_key", text.key("NEW", on_source)},
                  {"no_key", text.no_key("NEW", on_source)},
                  {"left", left},
                  {"my_columns", text.numbered(on_source)},
                  {"their_columns", text.numbered(!on_source)},
                  {"my_table", mine},
                  {"their_table", theirs},
                  {"my_link", on_source ? text.source_is("NEW", true) : text.target_is("NEW", false)},
                  {"their_link", on_source ? text.target_is("NEW", true) : text.source_is("NEW", false)},
                  {"my_values", text.values(on_source, "afloat_mine")},
                  {"their_values", text.values(!on_source, "afloat_theirs")},
                  {"missing", on_source ? missing(sync, text)
                                        : "    RETURN NULL; -- Its values stay here until the row comes."},
                  {"decide", decide(sync, text, on_source)}});
}

std::string left(const CrossSync& sync, const CrossText& text, bool one_row) {
  return body_of("postgres/cross_left.sql", {{"defaults", text.default_variables()},
                                             {"source", in_quotes(sync.source.name)},
                                             {"to_defaults", text.to_defaults()},
                                             {"link", one_row ? text.source_is("OLD", false) + " AND " : ""},
                                             {"off_defaults", text.source_off_defaults()}});
}

std::string lock(const CrossSync& sync, const CrossText& text, bool on_source) {
  return body_of("postgres/cross_lock.sql",
                 {{"their_table", in_quotes(on_source ? sync.target.name : sync.source.name)},
                  {"their_link", on_source ? text.target_is("NEW", true) : text.source_is("NEW", false)}});
}

/// A user trigger could assign any column, whatever the statement names.
std::string update_event(const Table& table, const std::string& columns) {
  return user_trigger_before(table, &Trigger::on_update) ? "UPDATE" : "UPDATE OF " + columns;
}

std::string counting(const CrossSync& sync) {
  const std::string body = fill_places(embedded_sql("postgres/sync_count.sql"),
                                       {{"writes", literal(own_object("writes_" + sync.id))},
                                        {"last", literal(own_object("last_" + sync.id))}});
  return replaced(body, "afloat.backfill", "afloat.carried");
}

void add_side(const CrossSync& sync, const CrossText& text, bool on_source, CrossParts& parts) {
  const Table& table = on_source ? sync.source : sync.target;
  const std::string side = on_source ? "source" : "target";
  const std::string update = update_event(table, text.watched(on_source));
  const std::string when = fmt::format("{} AND {}", text.any_changed(on_source, true), not_backfill(sync.id));
  const std::string carries = function_name(sync, side), locks = function_name(sync, side + "_lock");
  parts.functions.push_back({carries, carry(sync, text, on_source)});
  parts.functions.push_back({locks, lock(sync, text, on_source)});
  parts.triggers.push_back(
      {last(sync, side + "_insert"), "AFTER INSERT", table.name, not_backfill(sync.id), carries});
  parts.triggers.push_back({last(sync, side + "_update"), "AFTER " + update, table.name, when, carries});
  parts.triggers.push_back({last(sync, side + "_lock"), "BEFORE " + update, table.name, when, locks});
}

CrossParts parts_of(const CrossSync& sync) {
  const CrossText text(sync);
  CrossParts parts;
  if (!sync.attic) {
    const std::string count = function_name(sync, "count");
    parts.functions.push_back({count, counting(sync)});
    parts.triggers.push_back({first(sync, "count_insert"), "BEFORE INSERT", sync.source.name,
                              text.inserted_off_defaults(), count});
    parts.triggers.push_back(
        {first(sync, "count_update"), "BEFORE UPDATE OF " + text.names(true), sync.source.name, "", count});
  }
  add_side(sync, text, true, parts);
  add_side(sync, text, false, parts);
  // Before a foreign key of the source can take its link away.
  const std::string deleted = function_name(sync, "deleted"), emptied = function_name(sync, "emptied");
  parts.functions.push_back({deleted, left(sync, text, true)});
  parts.functions.push_back({emptied, left(sync, text, false)});
  parts.triggers.push_back({first(sync, "target_delete"), "AFTER DELETE", sync.target.name, "", deleted});
  parts.triggers.push_back(
      {first(sync, "target_truncate"), "AFTER TRUNCATE", sync.target.name, "", emptied, false});
  return parts;
}

std::string create_function(const CrossFunction& function, bool with_path) {
  return fmt::format("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql{} AS {}", function.name,
                     with_path ? k_with_path : k_with_own_path, literal(function.body));
}

void append_trigger(const CrossTrigger& trigger, std::vector<Statement>& statements) {
  statements.emplace_back(
      fmt::format("CREATE TRIGGER {} {} ON {} FOR EACH {} {}EXECUTE FUNCTION {}()", in_quotes(trigger.name),
                  trigger.timing, in_quotes(trigger.table), trigger.for_each_row ? "ROW" : "STATEMENT",
                  trigger.when.empty() ? "" : fmt::format("WHEN ({}) ", trigger.when), trigger.function));
  statements.emplace_back(fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", in_quotes(trigger.table),
                                      in_quotes(trigger.name)));
}

constexpr std::array<std::string_view, 2> k_sequences{"writes_", "last_"};

/// Policies that hold for the owner too would hide rows from the triggers, in silence.
std::string refuse_forced_policies(const Table& table) {
  const std::string body = fmt::format(
      "BEGIN\n  IF EXISTS (SELECT FROM pg_catalog.pg_class c, pg_catalog.pg_roles r WHERE c.oid = "
      "{}::pg_catalog.regclass\n    AND c.relrowsecurity AND c.relforcerowsecurity AND r.rolname = "
      "current_user\n"
      "    AND NOT r.rolsuper AND NOT r.rolbypassrls) THEN\n"
      "    RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = {};\n  END IF;\nEND",
      literal(in_quotes(table.name)),
      literal(
          fmt::format("row-level security of {} is forced on its owner, so that sync would not see every row",
                      display(table.name))));
  return "DO " + literal(body);
}

std::string table_obstacle(const Table& table) {
  if (!table.inheritance.empty() || table.partitioned)
    return fmt::format("{} is {}; sync across tables is not supported for it", display(table.name),
                       table.partitioned ? "partitioned" : table.inheritance);
  return {};
}
} // namespace

Piece create_cross_sync(const CrossSync& sync) {
  Piece piece;
  piece.locks = {{sync.source.name, LockLevel::share_row_exclusive},
                 {sync.target.name, LockLevel::share_row_exclusive}};
  for (const CrossColumn& column : sync.columns)
    if (std::string ask = must_take_null(column.type); !column.default_sql && !ask.empty())
      piece.statements.emplace_back(std::move(ask));
  if (!sync.attic) {
    piece.statements.emplace_back("CREATE SEQUENCE " + own_object("writes_" + sync.id));
    piece.statements.emplace_back("CREATE SEQUENCE " + own_object("last_" + sync.id) + " MINVALUE 0");
  }
  for (const Table* table : {&sync.source, &sync.target})
    if (table->row_security) piece.statements.emplace_back(refuse_forced_policies(*table));
  const CrossParts parts = parts_of(sync);
  const bool with_path = has_authors_defaults(sync);
  if (with_path) piece.statements.emplace_back(resolve_path());
  for (const CrossFunction& function : parts.functions) {
    piece.statements.emplace_back(create_function(function, with_path));
    piece.statements.emplace_back(fmt::format("REVOKE ALL ON FUNCTION {}() FROM PUBLIC", function.name));
  }
  for (const CrossTrigger& trigger : parts.triggers) append_trigger(trigger, piece.statements);
  piece.inverse = drop_cross_sync(sync).statements;
  return piece;
}

Piece drop_cross_sync(const CrossSync& sync) {
  Piece piece;
  piece.locks = {{sync.source.name, LockLevel::access_exclusive},
                 {sync.target.name, LockLevel::access_exclusive}};
  const CrossParts parts = parts_of(sync);
  for (const CrossTrigger& trigger : parts.triggers)
    piece.statements.emplace_back(
        fmt::format("DROP TRIGGER IF EXISTS {} ON {}", in_quotes(trigger.name), in_quotes(trigger.table)));
  for (const CrossFunction& function : parts.functions)
    piece.statements.emplace_back(fmt::format("DROP FUNCTION IF EXISTS {}()", function.name));
  if (!sync.attic)
    for (const std::string_view sequence : k_sequences)
      piece.statements.emplace_back("DROP SEQUENCE IF EXISTS " + own_object(std::string(sequence) + sync.id));
  return piece;
}

std::vector<Counter> counters(const CrossSync& sync) {
  return {{.subject = sync.source.name.name + "." + join(names_of(sync.columns, &CrossColumn::source), ", "),
           .query = fmt::format("SELECT CASE WHEN w.is_called THEN w.last_value ELSE 0 END,"
                                " CASE WHEN l.is_called THEN l.last_value / 1000 END FROM {} w, {} l",
                                own_object("writes_" + sync.id), own_object("last_" + sync.id))}};
}

std::vector<Guard> guards(const CrossSync& sync) {
  std::vector<Guard> all;
  const CrossParts parts = parts_of(sync);
  for (const CrossTrigger& trigger : parts.triggers) {
    const auto function = std::ranges::find(parts.functions, trigger.function, &CrossFunction::name);
    all.push_back(trigger_guard(trigger.table, trigger.name, function->body,
                                sync.attic ? Phase::purge : Phase::contract));
  }
  return all;
}

std::string sync_obstacle(const CrossSync& sync) {
  for (const Table* table : {&sync.source, &sync.target})
    if (std::string obstacle = table_obstacle(*table); !obstacle.empty()) return obstacle;
  // Rows are found by the operators of pg_catalog, whatever the writer's search_path is.
  for (const CrossColumn& pair : sync.link)
    for (const auto& [table, name] :
         {std::pair(&sync.source, &pair.source), std::pair(&sync.target, &pair.target)})
      if (const Column* column = table->find_column(*name); column && !is_servers_type(column->type))
        return fmt::format("{}.{} is of type {}, which is not one of the server's own", display(table->name),
                           *name, column->type);
  return {};
}

} // namespace afloat::postgres
