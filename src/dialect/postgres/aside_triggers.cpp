#include "dialect/postgres/aside_triggers.hpp"

#include "dialect/postgres/aside_work.hpp"
#include "dialect/postgres/cross_text.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {

KeepTrigger keep_trigger(const Aside& aside, std::string_view what, std::string event, std::string_view when,
                         std::string body) {
  return {fitting_name(fmt::format("!afloat_{}_keep_{}", aside.id, what)),
          aside.table.name,
          std::move(event),
          std::string(when),
          own_object("keep_" + aside.id),
          std::move(body)};
}

KeepTrigger keep_update(const Aside& aside, const std::vector<std::string>& watched, std::string body) {
  const std::string when =
      fmt::format("{} AND {}", differ(cells(watched, "OLD"), cells(watched, "NEW")), not_backfill(aside.id));
  // A user trigger could assign any column, whatever the statement names.
  const bool any = user_trigger_before(aside.table, &Trigger::on_update);
  return keep_trigger(aside, "update", any ? "UPDATE" : "UPDATE OF " + listed(watched), when,
                      std::move(body));
}

KeepTrigger keep_truncate(const Aside& aside) {
  KeepTrigger trigger =
      keep_trigger(aside, "truncate", "TRUNCATE", "",
                   replaced(std::string(embedded_sql("postgres/aside_emptied.sql")), "{kept}", kept(aside)));
  trigger.function = own_object("keep_none_" + aside.id);
  trigger.for_each_row = false;
  return trigger;
}

std::string key_is(const Aside& aside, std::string_view other) {
  return each(aside.table.primary_key, " AND ",
              [&](const std::string& name) { return fmt::format("{0} = {1}.{0}", name, other); });
}

std::string keep_body(const Aside& aside, const KeepBody& body) {
  const std::vector<std::string>& keys = aside.table.primary_key;
  return fill_places(
      embedded_sql("postgres/aside_row.sql"),
      {{"conflict", std::string(body.conflict)},
       {"declare", body.declare},
       {"kept", kept(aside)},
       {"old_key", key_is(aside, "OLD")},
       {"new_key", key_is(aside, "NEW")},
       {"same_key", key_is(aside, "OLD")},
       {"old_keys", cells(keys, "OLD")},
       {"new_keys", cells(keys, "NEW")},
       {"move_key", each(keys, ", ", [](const std::string& name) { return name + " = NEW." + name; })},
       {"changed", body.changed},
       {"then", body.then}});
}

void append_triggers(const std::vector<KeepTrigger>& triggers, std::string_view options,
                     std::vector<Statement>& statements) {
  std::string made;
  for (const KeepTrigger& trigger : triggers) {
    if (trigger.function != made) {
      statements.emplace_back(fmt::format("CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql{} AS {}",
                                          trigger.function, options, literal(trigger.body)));
      statements.emplace_back(fmt::format("REVOKE ALL ON FUNCTION {}() FROM PUBLIC", trigger.function));
    }
    made = trigger.function;
    const std::string table = in_quotes(trigger.table), name = in_quotes(trigger.name);
    statements.emplace_back(
        fmt::format("CREATE TRIGGER {} AFTER {} ON {} FOR EACH {} {}EXECUTE FUNCTION {}()", name,
                    trigger.event, table, trigger.for_each_row ? "ROW" : "STATEMENT",
                    trigger.when.empty() ? "" : fmt::format("WHEN ({}) ", trigger.when), trigger.function));
    statements.emplace_back(fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", table, name));
  }
}

void append_drops(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements) {
  std::vector<std::string> functions;
  for (const KeepTrigger& trigger : triggers) {
    statements.emplace_back(
        fmt::format("DROP TRIGGER IF EXISTS {} ON {}", in_quotes(trigger.name), in_quotes(trigger.table)));
    if (std::ranges::count(functions, trigger.function) == 0) functions.push_back(trigger.function);
  }
  for (const std::string& function : functions)
    statements.emplace_back(fmt::format("DROP FUNCTION IF EXISTS {}()", function));
}

void append_guards(const std::vector<KeepTrigger>& triggers, Phase until, std::vector<Guard>& guards) {
  for (const KeepTrigger& trigger : triggers)
    guards.push_back(trigger_guard(trigger.table, trigger.name, trigger.body, until));
}

Statement create_kept(const Aside& aside, const Table& rows) {
  std::vector<std::string> lines;
  for (const Column& column : rows.columns)
    lines.push_back(fmt::format("{} {}{}{}", in_quotes(column.name), column.type,
                                column.collation.empty() ? "" : " COLLATE " + column.collation,
                                column.not_null ? " NOT NULL" : ""));
  return Statement(fmt::format("CREATE TABLE {} ({}, PRIMARY KEY ({}))", kept(aside), join(lines, ", "),
                               listed(aside.table.primary_key)));
}

} // namespace afloat::postgres
