#include "dialect/postgres/aside_triggers.hpp"
#include "dialect/postgres/aside_work.hpp"
#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

// The row is locked before what is kept of it, by writers as by the backfill, so that nobody waits in a
// circle.
namespace afloat::postgres {
namespace {
enum class When { window, attic };

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
  return fmt::format("{}.{}%TYPE", kept(aside), in_quotes(one.column.name));
}

/// Of `down`; what cannot be computed is not kept, and stops nobody.
std::string derived(const Aside& aside, const AsideColumn& one, std::size_t number) {
  return fmt::format("  DECLARE\n    afloat_new {};\n  BEGIN\n    {}\n    afloat_{} := afloat_new;\n  "
                     "EXCEPTION WHEN others THEN\n    afloat_{} := NULL;\n  END;\n",
                     type_in_kept(aside, one), derive_new(expression_of(aside, one)), number, number);
}

std::string body_of(const Aside& aside, When when) {
  const std::vector<std::string> names = names_of(aside);
  std::string declare, values;
  std::string_view conflict = "use_variable";
  std::size_t number = 0;
  for (const AsideColumn& one : aside.columns) {
    ++number;
    const std::string constant = one.column.default_sql ? without_cast(*one.column.default_sql) : "NULL";
    const std::string type = type_in_kept(aside, one);
    declare += fmt::format("  afloat_{0} {1} := {2};\n  default_{0} {1} := {2};\n", number, type, constant);
    if (when == When::window)
      values += fmt::format("  afloat_{} := NEW.{};\n", number, in_quotes(one.column.name));
    else if (uses_down(one)) {
      values += derived(aside, one, number);
      if (const std::string_view rule = conflict_rule(expression_of(aside, one)); rule == "use_column")
        conflict = rule;
    }
  }
  const std::vector<std::string>& keys = aside.table.primary_key;
  std::string then = fill_places(embedded_sql("postgres/aside_keep.sql"),
                                 {{"values", values},
                                  {"kept", kept(aside)},
                                  {"key", listed(keys)},
                                  {"new_key", key_is(aside, "NEW")},
                                  {"new_keys", cells(keys, "NEW")},
                                  {"columns", listed(keys) + ", " + listed(names)},
                                  {"names", numbered(aside, "afloat")},
                                  {"defaults", numbered(aside, "default")},
                                  {"excluded", each(names, ", ", [](const std::string& name) {
                                     return name + " = excluded." + name;
                                   })}});
  return keep_body(
      aside, {.changed = when == When::window ? differ(cells(names, "OLD"), cells(names, "NEW")) : "false",
              .then = std::move(then),
              .declare = fmt::format("DECLARE\n{}\n", declare),
              .conflict = conflict});
}

std::vector<KeepTrigger> triggers_of(const Aside& aside, When when) {
  std::vector<std::string> watched = aside.table.primary_key;
  if (when == When::window)
    for (std::string& name : names_of(aside)) watched.push_back(std::move(name));
  const std::string body = body_of(aside, when);
  return {keep_trigger(aside, "insert", "INSERT", "", body), keep_update(aside, watched, body),
          keep_trigger(aside, "delete", "DELETE", "", body), keep_truncate(aside)};
}

/// What is kept of the columns is compared with their defaults.
bool has_authors_words(const Aside& aside, When when) {
  return std::ranges::any_of(aside.columns, [&](const AsideColumn& one) {
    return (one.column.default_sql && depends_on_search_path(without_cast(*one.column.default_sql)))
           || (when == When::attic && uses_down(one) && depends_on_search_path(expression_of(aside, one)));
  });
}

void append_made(const Aside& aside, When when, std::vector<Statement>& statements) {
  const bool with_path = has_authors_words(aside, when);
  if (with_path) statements.emplace_back(resolve_path());
  append_triggers(triggers_of(aside, when), with_path ? k_with_path : k_with_own_path, statements);
}

Piece switched(const Aside& aside, When when) {
  Piece piece{.locks = {{aside.table.name, LockLevel::access_exclusive}}};
  append_drops(triggers_of(aside, when), piece.statements);
  append_made(aside, when, piece.statements);
  return piece;
}

std::vector<Guard> guards(const Aside& aside) {
  std::vector<Guard> all;
  append_guards(triggers_of(aside, When::window), Phase::contract, all);
  append_guards(triggers_of(aside, When::attic), Phase::purge, all);
  return all;
}

} // namespace

std::string aside_obstacle(const Aside& aside) {
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
    if (const Column* column = table.find_column(key); column && !is_servers_type(column->type))
      return fmt::format("{}.{} is of type {}, which is not one of the server's own", display(table.name),
                         key, column->type);
  return {};
}

AsideTable aside(const Aside& aside) {
  AsideTable made;
  made.refused = aside_obstacle(aside);
  if (!made.refused.empty()) return made;
  made.rows = rows_of(aside, kept_name(aside));
  made.open.locks = {{aside.table.name, LockLevel::share_row_exclusive}};
  for (const AsideColumn& one : aside.columns)
    if (std::string ask = must_take_null(one.column.type); !one.column.default_sql && !ask.empty())
      made.open.statements.emplace_back(std::move(ask));
  made.open.statements.push_back(create_kept(aside, made.rows));
  append_made(aside, When::window, made.open.statements);
  made.drop.locks = {{aside.table.name, LockLevel::access_exclusive}};
  append_drops(triggers_of(aside, When::window), made.drop.statements);
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
