#include "dialect/postgres/aside_work.hpp"
#include "dialect/postgres/cross_text.hpp"
#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

// The triggers fire AFTER the row, first of their kind, and write no table but afloat's own: the row is
// locked before what is kept of it, by writers as by the backfill, so that nobody waits in a circle.
namespace afloat::postgres {
namespace {
constexpr std::string_view k_not_backfill =
    "pg_catalog.current_setting('afloat.backfill', true) IS DISTINCT FROM 'on'";

enum class When { window, attic };

std::string key_is(const Aside& aside, std::string_view row, std::string_view other) {
  return each(aside.table.primary_key, " AND ",
              [&](const std::string& name) { return fmt::format("{}{} = {}.{}", row, name, other, name); });
}

std::string numbered(const Aside& aside, std::string_view stem) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= aside.columns.size(); ++i) names.push_back(fmt::format("{}_{}", stem, i));
  return join(names, ", ");
}

/// The author's expression as a sync that only has a condition: what it says is put into afloat_new.
Sync expression_of(const Aside& aside, const AsideColumn& one) {
  Sync sync;
  sync.kind = Sync::Kind::condition;
  sync.id = aside.id;
  sync.table = aside.table;
  sync.up = one.down;
  return sync;
}

bool uses_down(const AsideColumn& one) {
  return !one.down.empty() && !one.column.default_sql;
}

std::string type_in_kept(const Aside& aside, const AsideColumn& one) {
  return fmt::format("{}.{}%TYPE", kept(aside), quoted(one.column.name));
}

/// Of `down`; what cannot be computed is not kept, and stops nobody.
std::string derived(const Aside& aside, const AsideColumn& one, std::size_t number) {
  return fmt::format("  DECLARE\n    afloat_new {};\n  BEGIN\n    {}\n    afloat_{} := afloat_new;\n  "
                     "EXCEPTION WHEN others THEN\n    afloat_{} := NULL;\n  END;\n",
                     type_in_kept(aside, one), derive_new(expression_of(aside, one)), number, number);
}

std::string keep_body(const Aside& aside, When when) {
  const std::vector<std::string> names = names_of(aside);
  const std::vector<std::string>& keys = aside.table.primary_key;
  std::string declare, values, text(embedded_sql("postgres/aside_keep.sql"));
  std::string_view conflict = "use_variable";
  std::size_t number = 0;
  for (const AsideColumn& one : aside.columns) {
    ++number;
    const std::string constant = one.column.default_sql ? without_cast(*one.column.default_sql) : "NULL";
    const std::string type = type_in_kept(aside, one);
    declare += fmt::format("  afloat_{0} {1} := {2};\n  default_{0} {1} := {2};\n", number, type, constant);
    if (when == When::window)
      values += fmt::format("  afloat_{} := NEW.{};\n", number, quoted(one.column.name));
    else if (uses_down(one)) {
      values += derived(aside, one, number);
      if (const std::string_view rule = conflict_rule(expression_of(aside, one)); rule == "use_column")
        conflict = rule;
    }
  }
  const auto put_in = [&](std::string_view key, std::string_view value) {
    text = replaced(std::move(text), fmt::format("{{{}}}", key), value);
  };
  put_in("conflict", conflict);
  put_in("kept", kept(aside));
  put_in("old_key", key_is(aside, "", "OLD"));
  put_in("new_key", key_is(aside, "", "NEW"));
  put_in("same_key", key_is(aside, "", "OLD"));
  put_in("old_keys", cells(keys, "OLD"));
  put_in("new_keys", cells(keys, "NEW"));
  put_in("move_key", each(keys, ", ", [](const std::string& name) { return name + " = NEW." + name; }));
  put_in("changed", when == When::window ? differ(cells(names, "OLD"), cells(names, "NEW")) : "false");
  put_in("names", numbered(aside, "afloat"));
  put_in("defaults", numbered(aside, "default"));
  put_in("key", listed(keys));
  put_in("columns", listed(keys) + ", " + listed(names));
  put_in("excluded", each(names, ", ", [](const std::string& name) { return name + " = excluded." + name; }));
  put_in("declare", declare);
  put_in("values", values); // last: an author's text is not looked at for placeholders
  return text;
}

struct KeepTrigger {
  std::string what, event, when, function, body;
  bool for_each_row = true;
};

/// A BEFORE trigger of the user could assign any column, whatever the statement names.
bool assigns_anything(const Table& table) {
  return std::ranges::any_of(table.triggers, [](const Trigger& trigger) {
    return trigger.before && trigger.for_each_row && trigger.on_update && trigger.enabled != "D";
  });
}

std::vector<KeepTrigger> triggers_of(const Aside& aside, When when) {
  std::vector<std::string> watched = aside.table.primary_key;
  if (when == When::window)
    for (std::string& name : names_of(aside)) watched.push_back(std::move(name));
  const std::string keep = own_object("keep_" + aside.id), emptied = own_object("keep_none_" + aside.id);
  const std::string body = keep_body(aside, when);
  const std::string update = assigns_anything(aside.table) ? "UPDATE" : "UPDATE OF " + listed(watched);
  return {{"insert", "INSERT", "", keep, body},
          {"update", update,
           fmt::format("{} AND {}", differ(cells(watched, "OLD"), cells(watched, "NEW")), k_not_backfill),
           keep, body},
          {"delete", "DELETE", "", keep, body},
          {"truncate", "TRUNCATE", "", emptied,
           replaced(std::string(embedded_sql("postgres/aside_emptied.sql")), "{kept}", kept(aside)), false}};
}

std::string trigger_name(const Aside& aside, const KeepTrigger& trigger) {
  return fitting_name(fmt::format("!afloat_{}_keep_{}", aside.id, trigger.what));
}

std::string create_function(const Aside& aside, const KeepTrigger& trigger, When when) {
  const bool own_words =
      when == When::window || std::ranges::none_of(aside.columns, [&](const AsideColumn& one) {
        return uses_down(one) && depends_on_search_path(expression_of(aside, one));
      });
  return fmt::format("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path "
                     "{} AS {}",
                     trigger.function, own_words ? "= pg_catalog, pg_temp" : "FROM CURRENT",
                     literal(trigger.body));
}

void append_triggers(const Aside& aside, When when, std::vector<Statement>& statements) {
  std::string made;
  const std::string table = quoted(aside.table.name);
  for (const KeepTrigger& trigger : triggers_of(aside, when)) {
    if (trigger.function != made) {
      statements.emplace_back(create_function(aside, trigger, when));
      statements.emplace_back(fmt::format("REVOKE ALL ON FUNCTION {}() FROM PUBLIC", trigger.function));
    }
    made = trigger.function;
    const std::string name = quoted(trigger_name(aside, trigger));
    statements.emplace_back(
        fmt::format("CREATE TRIGGER {} AFTER {} ON {} FOR EACH {} {}EXECUTE FUNCTION {}()", name,
                    trigger.event, table, trigger.for_each_row ? "ROW" : "STATEMENT",
                    trigger.when.empty() ? "" : fmt::format("WHEN ({}) ", trigger.when), trigger.function));
    statements.emplace_back(fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", table, name));
  }
}

void append_drops(const Aside& aside, std::vector<Statement>& statements) {
  std::vector<std::string> functions;
  for (const KeepTrigger& trigger : triggers_of(aside, When::window)) {
    statements.emplace_back(fmt::format("DROP TRIGGER IF EXISTS {} ON {}",
                                        quoted(trigger_name(aside, trigger)), quoted(aside.table.name)));
    if (std::ranges::count(functions, trigger.function) == 0) functions.push_back(trigger.function);
  }
  for (const std::string& function : functions)
    statements.emplace_back(fmt::format("DROP FUNCTION IF EXISTS {}()", function));
}

Table rows_of(const Aside& aside) {
  Table rows;
  rows.name = kept_name(aside);
  rows.primary_key = aside.table.primary_key;
  const auto add = [&](const Column& column, bool key) {
    Column copy;
    copy.name = column.name;
    copy.type = column.type;
    copy.collation = column.collation;
    copy.not_null = key;
    rows.columns.push_back(std::move(copy));
  };
  for (const std::string& key : aside.table.primary_key)
    if (const Column* column = aside.table.find_column(key)) add(*column, true);
  for (const AsideColumn& one : aside.columns) add(one.column, false);
  return rows;
}

Piece switched(const Aside& aside, When when) {
  Piece piece{.locks = {{aside.table.name, LockLevel::access_exclusive}}};
  append_drops(aside, piece.statements);
  append_triggers(aside, when, piece.statements);
  return piece;
}

std::vector<Guard> guards(const Aside& aside) {
  std::vector<Guard> all;
  for (const auto& [when, until] : {std::pair(When::window, Phase::contract), {When::attic, Phase::purge}})
    for (const KeepTrigger& trigger : triggers_of(aside, when))
      all.push_back(trigger_guard(aside.table.name, trigger_name(aside, trigger), trigger.body, until));
  return all;
}

std::string obstacle(const Aside& aside) {
  const Table& table = aside.table;
  if (table.primary_key.empty())
    return fmt::format("{} has no primary key to keep values by", display(table.name));
  if (table.partitioned || !table.inheritance.empty())
    return fmt::format("{} is {}: a row that goes to another partition would look like a new one",
                       display(table.name), table.partitioned ? "partitioned" : table.inheritance);
  for (const Constraint& constraint : table.constraints)
    if (constraint.kind == ConstraintKind::primary_key && constraint.deferrable)
      return fmt::format("the primary key of {} is deferrable, so that two rows may have one key for a while",
                         display(table.name));
  for (const std::string& key : table.primary_key)
    if (const Column* column = table.find_column(key);
        column && depends_on_search_path("NULL::" + column->type))
      return fmt::format("{}.{} is of type {}, which is not one of the server's own", display(table.name),
                         key, column->type);
  return {};
}
} // namespace

AsideTable aside(const Aside& aside) {
  AsideTable made;
  made.refused = obstacle(aside);
  if (!made.refused.empty()) return made;
  made.rows = rows_of(aside);
  std::vector<std::string> lines;
  for (const Column& column : made.rows.columns)
    lines.push_back(fmt::format("{} {}{}{}", quoted(column.name), column.type,
                                column.collation.empty() ? "" : " COLLATE " + column.collation,
                                column.not_null ? " NOT NULL" : ""));
  made.open.locks = {{aside.table.name, LockLevel::share_row_exclusive}};
  made.open.statements.emplace_back(fmt::format("CREATE TABLE {} ({}, PRIMARY KEY ({}))", kept(aside),
                                                join(lines, ", "), listed(aside.table.primary_key)));
  append_triggers(aside, When::window, made.open.statements);
  made.drop.locks = {{aside.table.name, LockLevel::access_exclusive}};
  append_drops(aside, made.drop.statements);
  made.drop.statements.emplace_back("DROP TABLE IF EXISTS " + kept(aside));
  made.open.inverse = made.drop.statements;
  made.keep = keep(aside);
  made.compare = compare(aside);
  made.close = switched(aside, When::attic);
  made.reopen = switched(aside, When::window);
  made.bring_back = bring_back(aside);
  made.left_out = left_out(aside);
  made.guards = guards(aside);
  return made;
}

} // namespace afloat::postgres
