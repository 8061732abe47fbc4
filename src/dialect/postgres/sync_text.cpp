#include "dialect/postgres/sync_text.hpp"

#include "dialect/postgres/derive.hpp"
#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "dialect/postgres/sides.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// A default that differs from row to row cannot be told from a written value.
bool has_volatile_default(const Sync& sync, const SyncColumn& old) {
  const Column* column = sync.table.find_column(old.name);
  return column && (!column->identity.empty() || (column->default_sql && !column->default_is_constant));
}

} // namespace

std::vector<SyncColumn> telling(const Sync& sync) {
  std::vector<SyncColumn> columns = old_side(sync);
  std::erase_if(columns, [&](const SyncColumn& column) { return has_volatile_default(sync, column); });
  return columns;
}

std::string old_default(const Sync& sync, const SyncColumn& old) {
  const Column* column = sync.table.find_column(old.name);
  return column && column->default_sql && !has_volatile_default(sync, old)
             ? without_cast(*column->default_sql)
             : "NULL";
}

namespace {
std::string all_null(const std::vector<std::string>& cells) {
  return join(cells, " IS NULL AND ") + " IS NULL";
}

std::vector<std::string> old_defaults(const Sync& sync) {
  std::vector<std::string> values;
  for (const SyncColumn& column : old_side(sync)) values.push_back(old_default(sync, column));
  return values;
}

std::string new_default(const SyncColumn& column) {
  return column.constant_default ? without_cast(*column.constant_default) : "NULL";
}

} // namespace

std::vector<std::string> new_defaults(const Sync& sync) {
  std::vector<std::string> values;
  for (const SyncColumn& column : new_side(sync)) values.push_back(new_default(column));
  return values;
}

bool tells_unfilled(const Sync& sync) {
  return sync.table.partitioned && (sync.kind == Sync::Kind::pair || sync.kind == Sync::Kind::attic)
         && std::ranges::any_of(new_side(sync),
                                [](const SyncColumn& column) { return column.constant_default.has_value(); });
}

std::string left_unfilled(const Sync& sync) {
  return fmt::format("{} AND NOT ({})", all_null(cells(new_side(sync), "OLD")),
                     all_null(cells(old_side(sync), "OLD")));
}

bool defaults_depend_on_search_path(const Sync& sync) {
  const auto depends = [](const std::string& value) { return depends_on_search_path(value); };
  return std::ranges::any_of(old_defaults(sync), depends) || std::ranges::any_of(new_defaults(sync), depends);
}

namespace {
std::string conflicting(const Sync& sync) {
  if (sync.policy == ConflictPolicy::new_wins || sync.kind == Sync::Kind::attic)
    return "NULL; -- the new side wins";
  const std::string message =
      fmt::format("{} and {} of {} were both written and do not agree", names_of(old_side(sync)),
                  names_of(new_side(sync)), display(sync.table.name));
  return fmt::format("RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = {},\n"
                     "        HINT = 'While both releases run, write one of the two {}.';",
                     literal(message), is_many_sided(sync) ? "sides" : "columns");
}

std::string old_off_default(const Sync& sync) {
  const std::vector<SyncColumn> side = old_side(sync), tell = telling(sync);
  if (tell.empty()) return "false";
  const std::vector<std::string> all = variables(side, "afloat_old_default");
  std::vector<std::string> defaults;
  for (std::size_t i = 0; i < side.size(); ++i)
    if (std::ranges::find(tell, side[i]) != tell.end()) defaults.push_back(all[i]);
  return images_differ(cells(tell, "NEW"), defaults);
}

/// `afloat.side` says what values cannot: whether the new side was written with its default.
std::string tie(const Sync& sync) {
  if (telling(sync).size() == old_side(sync).size()) return {};
  const std::string side = "pg_catalog.current_setting('afloat.side', true) IS DISTINCT FROM 'new'";
  return "\n     AND "
         + (telling(sync).empty() ? side : fmt::format("({} OR {})", side, old_off_default(sync)));
}

/// A statement that writes a part of the new side before the backfill has come to the row: without the other
/// parts `down` would lose what the old side holds.
std::string unfilled(const Sync& sync, std::vector<Placed> values) {
  const std::vector<SyncColumn> side = new_side(sync);
  if (side.size() < 2 || sync.kind != Sync::Kind::pair) return {};
  const std::vector<std::string> news = cells(side, "NEW"), olds = cells(side, "OLD"),
                                 written = variables(side, "afloat_written"),
                                 derived = variables(side, "afloat_new");
  std::vector<std::string> all_null, clear, rest;
  for (std::size_t i = 0; i < side.size(); ++i) {
    all_null.push_back(olds[i] + " IS NULL");
    clear.push_back(news[i] + " := NULL;");
    rest.push_back(fmt::format("{} := coalesce({}, {});", news[i], written[i], derived[i]));
  }
  values.push_back({"was_new_is_null", join(all_null, " AND ")});
  values.push_back({"declare_written", declared(side, "afloat_written", news)});
  values.push_back({"clear_new", join(clear, " ")});
  values.push_back({"put_rest", join(rest, " ")});
  values.push_back({"put_written", put(side, "afloat_written")});
  const std::string text = fill_places(embedded_sql("postgres/sync_unfilled.sql"), values);
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

/// A row that comes from another partition is an INSERT too: NULLs that the new release wrote are to stay
/// NULL.
std::string moved(const Sync& sync) {
  if (!sync.table.partitioned || sync.kind != Sync::Kind::pair || sync.identity) return {};
  if (sync.never_null || sync.hidden) return {};
  return "\n    {derive_old}\n    IF pg_catalog.record_image_eq(ROW({derived_old}), ROW({old})) THEN\n"
         "      RETURN NEW; -- it may have been in another partition, where both sides agreed so\n    END "
         "IF;";
}

/// A setting's name, as SQL; one for each depth, because a trigger may write this table again.
std::string setting_at_depth(const Sync& sync, std::string_view name) {
  return fmt::format("'afloat.{}_{}_' OPERATOR(pg_catalog.||) pg_catalog.pg_trigger_depth()::text", name,
                     sync.id);
}

std::string left_setting(const Sync& sync) {
  return setting_at_depth(sync, "left");
}

/// Such a row before the backfill has come to it: NULL is not the new side's default then, and yet nobody
/// wrote it. Behind contract the old side is NULL so, while a revert fills it.
std::string moved_unfilled(const Sync& sync) {
  if (!tells_unfilled(sync)) return {};
  if (sync.kind == Sync::Kind::attic)
    return fmt::format("\n  IF {} THEN\n    {{derive_old}}\n    {{put_old}}\n    RETURN NEW;\n  END IF;",
                       all_null(cells(old_side(sync), "NEW")));
  return fmt::format("\n  IF {} AND pg_catalog.current_setting({}, true) OPERATOR(pg_catalog.=) 'on' THEN{}\n"
                     "    {{put_new}}\n    RETURN NEW;\n  END IF;",
                     all_null(cells(new_side(sync), "NEW")), left_setting(sync), moved(sync));
}

std::string seen_setting(const Sync& sync) {
  return setting_at_depth(sync, "seen");
}

std::string hash_of(const std::vector<SyncColumn>& side) {
  return fmt::format("pg_catalog.hashtextextended(ROW({})::text COLLATE pg_catalog.\"C\", 0)::text",
                     join(cells(side, "NEW"), ", "));
}

/// Behind triggers of the user one side leads: the new one if they wrote it, for which their function may
/// have been changed while the window is open.
std::string follow(const Sync& sync, const std::vector<SyncColumn>& olds,
                   const std::vector<SyncColumn>& news) {
  if (sync.kind == Sync::Kind::attic) return put(olds, "afloat_old");
  return fmt::format("IF pg_catalog.current_setting({}, true) OPERATOR(pg_catalog.<>) {} THEN\n      {}\n"
                     "    ELSE\n      {}\n    END IF;",
                     seen_setting(sync), hash_of(news), put(olds, "afloat_old"), put(news, "afloat_new"));
}
} // namespace

std::string filled_in(const Sync& sync, std::string_view file) {
  const bool pair = sync.kind != Sync::Kind::fill && sync.kind != Sync::Kind::condition;
  const std::vector<SyncColumn> olds = pair ? old_side(sync) : std::vector<SyncColumn>(),
                                news = new_side(sync);
  std::vector<Placed> values{
      {"conflict", std::string(conflict_rule(sync))},
      {"tie", tie(sync)},
      {"old_off_default", old_off_default(sync)},
      {"conflicting", pair ? conflicting(sync) : ""},
      {"declare_old", declared(olds, "afloat_old")},
      {"declare_new", declared(news, "afloat_new")},
      {"declare_old_default", pair ? declared(olds, "afloat_old_default", old_defaults(sync)) : ""},
      {"declare_new_default", declared(news, "afloat_new_default", new_defaults(sync))},
      {"set_defaults", pair ? assigned(olds, "afloat_old_default", old_defaults(sync))
                                  + assigned(news, "afloat_new_default", new_defaults(sync))
                            : ""},
      {"derived_old", join(variables(olds, "afloat_old"), ", ")},
      {"derived_new", join(variables(news, "afloat_new"), ", ")},
      {"new_default", join(variables(news, "afloat_new_default"), ", ")},
      {"put_old", put(olds, "afloat_old")},
      {"put_new", put(news, "afloat_new")},
      {"was_old", join(cells(olds, "OLD"), ", ")},
      {"was_new", join(cells(news, "OLD"), ", ")},
      {"old", join(cells(olds, "NEW"), ", ")},
      {"new", join(cells(news, "NEW"), ", ")},
      {"derive_old", pair ? derive_old(sync) : ""},
      {"derive_new", derive_new(sync)},
      {"seen", seen_setting(sync)},
      {"left", left_setting(sync)},
      {"new_hash", hash_of(news)},
      {"follow", follow(sync, olds, news)}};
  // Parts with places of their own.
  const std::string row_moved = fill_places(moved(sync), values), row_unfilled = unfilled(sync, values),
                    row_moved_unfilled = fill_places(moved_unfilled(sync), values);
  values.push_back({"moved", row_moved});
  values.push_back({"moved_unfilled", row_moved_unfilled});
  values.push_back({"unfilled", row_unfilled});
  return fill_places(embedded_sql(file), values);
}

} // namespace afloat::postgres
