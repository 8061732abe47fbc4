#include "dialect/sqlite/aside_cross.hpp"

#include "dialect/aside_rows.hpp"
#include "dialect/cross_names.hpp"
#include "dialect/sqlite/aside_triggers.hpp"
#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

// Behind contract a source row has what its target row has, and nobody has to keep that. Only a row that
// loses its target row by a change of its own has something that is nowhere else in its name: that is kept
// when it happens, until another target row comes. Where the target follows the source, as foreign keys make
// it do, triggers do so too, for connections that have these switched off.
namespace afloat::sqlite {
namespace {
/// `afloat_t."user_id" = NEW."id"`: `row` is of the source.
std::string has(const Cross& cross, std::string_view target, std::string_view row) {
  std::vector<std::string> parts;
  for (const CrossColumn& pair : cross.window.link)
    parts.push_back(
        fmt::format("{}.{} = {}.{}", target, identifier(pair.target), row, identifier(pair.source)));
  return join(parts, " AND ");
}

// The triggers.

/// What the target row had that was OLD's; nothing where NEW's has come already.
std::vector<std::string> left(const Cross& cross) {
  const std::vector<std::string>& keys = cross.aside.table.primary_key;
  const std::string target = relation(cross.window.target);
  const std::string changed = any_changed(names_of(cross.window.link, &CrossColumn::source));
  std::vector<std::string> off, cells_of_target;
  for (const CrossColumn& pair : cross.window.columns) {
    cells_of_target.push_back("afloat_t." + identifier(pair.target));
    off.push_back(differ(cells_of_target.back(), stored_default(cross.window, pair)));
  }
  const std::string had = fmt::format("FROM {} AS afloat_t WHERE {}", target, has(cross, "afloat_t", "OLD"));
  return {fmt::format("{} AND {} AND EXISTS (SELECT 1 {})", forget(cross.aside, "NEW"), changed, had),
          fmt::format("INSERT INTO {} ({}, {}) SELECT {}, {} {} AND {} AND ({})", kept(cross.aside),
                      listed(keys), listed(names_of(cross.aside)), cells(keys, "NEW"),
                      join(cells_of_target, ", "), had, changed, join(off, " OR ")),
          fmt::format("{} AND {} AND EXISTS (SELECT 1 FROM {} AS afloat_t WHERE {})",
                      forget(cross.aside, "NEW"), changed, target, has(cross, "afloat_t", "NEW"))};
}

std::vector<KeepTrigger> target_triggers(const Cross& cross) {
  const std::vector<std::string>& keys = cross.aside.table.primary_key;
  const std::vector<std::string> link = names_of(cross.window.link, &CrossColumn::target);
  const std::string gone = fmt::format(
      "DELETE FROM {} WHERE ({}) IN (SELECT {} FROM {} AS afloat_s WHERE {})", kept(cross.aside),
      listed(keys), cells(keys, "afloat_s"), relation(cross.window.source), has(cross, "NEW", "afloat_s"));
  Aside target = cross.aside;
  target.table = cross.window.target;
  return {keep_trigger(target, "target_insert", "INSERT", "1", {gone}),
          keep_trigger(target, "target_update", "UPDATE OF " + listed(link), any_changed(link), {gone})};
}

/// Where foreign keys are switched off, nobody else does it.
std::vector<KeepTrigger> following(const Cross& cross) {
  const std::string target = relation(cross.window.target);
  const std::vector<std::string> link = names_of(cross.window.link, &CrossColumn::source);
  std::vector<std::string> set;
  for (const CrossColumn& pair : cross.window.link)
    set.push_back(fmt::format("{} = NEW.{}", identifier(pair.target), identifier(pair.source)));
  return {keep_trigger(
              cross.aside, "update", "UPDATE OF " + listed(link), any_changed(link),
              {fmt::format("UPDATE {} SET {} WHERE {}", target, join(set, ", "), has(cross, target, "OLD"))}),
          keep_trigger(cross.aside, "delete", "DELETE", "1",
                       {fmt::format("DELETE FROM {} WHERE {}", target, has(cross, target, "OLD"))})};
}

std::vector<KeepTrigger> triggers_of(const Cross& cross) {
  if (!cross.keeps) return following(cross);
  std::vector<std::string> link = names_of(cross.window.link, &CrossColumn::source);
  std::erase_if(link, [&](const std::string& name) {
    return std::ranges::count(cross.aside.table.primary_key, name) > 0;
  });
  std::vector<KeepTrigger> triggers{
      keep_trigger(cross.aside, "insert", "INSERT", "1", {forget(cross.aside, "NEW")}),
      keep_update(cross.aside, link, left(cross)), keep_delete(cross.aside)};
  for (KeepTrigger& trigger : target_triggers(cross)) triggers.push_back(std::move(trigger));
  return triggers;
}

// What comes back.

std::string value(const Cross& cross, std::size_t number) {
  const CrossColumn& pair = cross.window.columns.at(number);
  const std::string source = identifier(cross.window.source.name.name);
  const std::string theirs = fmt::format("FROM {} AS afloat_t WHERE {}", relation(cross.window.target),
                                         has(cross, "afloat_t", source));
  std::string text = fmt::format("CASE WHEN EXISTS (SELECT 1 {0}) THEN (SELECT afloat_t.{1} {0}) ", theirs,
                                 identifier(pair.target));
  if (cross.keeps) {
    const std::string own = fmt::format("FROM {} AS afloat_kept WHERE {}", kept(cross.aside),
                                        linked(cross.aside, source, "afloat_kept"));
    text += fmt::format("WHEN EXISTS (SELECT 1 {0}) THEN (SELECT afloat_kept.{1} {0}) ", own,
                        identifier(pair.source));
  }
  return text + fmt::format("ELSE {} END", stored_default(cross.window, pair));
}

/// The columns do not hold what a revert would put there.
std::string differs(const Cross& cross) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < cross.attic.columns.size(); ++i)
    parts.push_back(
        differ(fmt::format("{}.{}", relation(cross.attic.source), identifier(cross.attic.columns[i].source)),
               "(" + value(cross, i) + ")"));
  return "(" + join(parts, " OR ") + ")";
}

RangeWork bring_back(const Cross& cross) {
  const Table& source = cross.attic.source;
  const std::string table = relation(source), needs = differs(cross);
  std::vector<std::string> set;
  for (std::size_t i = 0; i < cross.attic.columns.size(); ++i)
    set.push_back(fmt::format("{} = {}", identifier(cross.attic.columns[i].source), value(cross, i)));
  const std::string update = fmt::format("UPDATE {} SET {} WHERE ", table, join(set, ", "));
  RangeWork work = walked(source, source.name.name, update + "{where}" + needs,
                          fmt::format("SELECT count(*) FROM {} WHERE {}", table, needs));
  const std::vector<std::string> keys = key_of(source);
  work.sweep = fmt::format("{}({}) IN (SELECT {} FROM {} WHERE {} LIMIT {{limit}})", update,
                           cells(keys, table), cells(keys, table), table, needs);
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  return work;
}
} // namespace

AsideTable aside_cross(const CrossSync& window, const CrossSync& attic) {
  const Cross cross = cross_of(window, attic);
  AsideTable made;
  if (cross.keeps) made.refused = aside_obstacle(cross.aside);
  if (!made.refused.empty()) return made;
  if (cross.keeps) {
    made.rows = aside_rows(cross.aside);
    made.close.statements = create_table(made.rows).statements;
  }
  append_triggers(triggers_of(cross), made.close.statements);
  append_drops(triggers_of(cross), made.drop.statements);
  if (cross.keeps) made.drop.statements.emplace_back("DROP TABLE IF EXISTS " + kept(cross.aside));
  made.close.locks = made.drop.locks = file_lock(window.source);
  made.bring_back = bring_back(cross);
  made.compare_back = rows_where(attic.source, names_of(attic.columns, &CrossColumn::source), differs(cross));
  append_guards(triggers_of(cross), Phase::purge, made.guards);
  for (std::size_t i = 0; i < window.columns.size(); ++i)
    made.values.push_back(collated(value(cross, i), cross.aside.columns[i].column));
  return made;
}

} // namespace afloat::sqlite
