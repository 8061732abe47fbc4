#include "dialect/sqlite/aside_triggers.hpp"

#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/text.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat::sqlite {

std::string kept(const Aside& aside) {
  return identifier("afloat_aside_" + aside.id);
}

std::string each(const std::vector<std::string>& names, std::string_view between,
                 const std::function<std::string(const std::string&)>& text) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(text(identifier(name)));
  return join(all, between);
}

std::string listed(const std::vector<std::string>& names) {
  return each(names, ", ", [](const std::string& name) { return name; });
}

std::string cells(const std::vector<std::string>& names, std::string_view row) {
  return each(names, ", ", [&](const std::string& name) { return fmt::format("{}.{}", row, name); });
}

std::string key_is(const Aside& aside, std::string_view row) {
  return each(aside.table.primary_key, " AND ",
              [&](const std::string& name) { return fmt::format("{} = {}.{}", name, row, name); });
}

std::string linked(const Aside& aside, std::string_view table, std::string_view aside_table) {
  return each(aside.table.primary_key, " AND ", [&](const std::string& name) {
    return fmt::format("{}.{} = {}.{}", aside_table, name, table, name);
  });
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("(typeof({0}) IS NOT typeof({1}) OR {0} IS NOT {1} COLLATE BINARY)", one, other);
}

std::string any_changed(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const std::string& name : names) parts.push_back(changed(name));
  return "(" + join(parts, " OR ") + ")";
}

KeepTrigger keep_trigger(const Aside& aside, std::string_view what, const std::string& event,
                         const std::string& when, std::vector<std::string> body) {
  std::erase(body, "");
  const std::string name = fmt::format("afloat_{}_keep_{}", aside.id, what);
  return {name, aside.table.name.name,
          fmt::format("CREATE TRIGGER {} AFTER {} ON {} WHEN {} BEGIN {}; END", identifier(name), event,
                      relation(aside.table), when, join(body, "; "))};
}

std::string forget(const Aside& aside, std::string_view row) {
  return fmt::format("DELETE FROM {} WHERE {}", kept(aside), key_is(aside, row));
}

KeepTrigger keep_delete(const Aside& aside) {
  return keep_trigger(aside, "delete", "DELETE", "1", {forget(aside, "OLD")});
}

KeepTrigger keep_update(const Aside& aside, const std::vector<std::string>& columns,
                        const std::vector<std::string>& body) {
  std::vector<std::string> watched = aside.table.primary_key;
  const std::string key_changed = any_changed(watched), was = key_is(aside, "OLD");
  const std::string moved =
      each(watched, ", ", [](const std::string& name) { return fmt::format("{} = NEW.{}", name, name); });
  std::vector<std::string> all{
      fmt::format("{} AND NOT ({}) AND {}", forget(aside, "NEW"), was, key_changed),
      fmt::format("UPDATE {} SET {} WHERE {} AND {}", kept(aside), moved, was, key_changed)};
  all.insert(all.end(), body.begin(), body.end());
  watched.insert(watched.end(), columns.begin(), columns.end());
  return keep_trigger(aside, "update", "UPDATE OF " + listed(watched), any_changed(watched), std::move(all));
}

void append_triggers(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements) {
  for (const KeepTrigger& trigger : triggers) statements.emplace_back(trigger.sql);
}

void append_drops(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements) {
  for (const KeepTrigger& trigger : triggers)
    statements.emplace_back("DROP TRIGGER IF EXISTS " + identifier(trigger.name));
}

void append_guards(const std::vector<KeepTrigger>& triggers, Phase until, std::vector<Guard>& guards) {
  for (const KeepTrigger& trigger : triggers)
    guards.push_back(
        {until, fmt::format("sync trigger {} on {}", trigger.name, trigger.table),
         fmt::format(
             "SELECT coalesce((SELECT CASE WHEN afloat_sha256(sql) = {} THEN 'ok' ELSE 'was changed' END "
             "FROM sqlite_schema WHERE type = 'trigger' AND name = {}), 'missing')",
             literal(sha256(trigger.sql)), literal(trigger.name))});
}

RangeWork walked(const Table& table, std::string_view name, const std::string& statement, std::string count) {
  KeyRanges ranges = key_ranges(table, name);
  RangeWork work = std::move(ranges.work);
  work.in_range = replaced(statement, "{where}", ranges.condition + " AND ");
  work.in_range_from_start = replaced(statement, "{where}", ranges.condition_from_start + " AND ");
  work.count_left = std::move(count);
  return work;
}

} // namespace afloat::sqlite
