#include "dialect/sqlite/expressions.hpp"
#include "dialect/sqlite/key_walk.hpp"
#include "dialect/sqlite/pieces.hpp"
#include "support/text.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

// Every statement walks the source, which it calls afloat_s, and looks at the target as afloat_t: a table of
// the user's may be called s or t.
namespace afloat::sqlite {
namespace {
std::string of(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, identifier(column));
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("(typeof({0}) IS NOT typeof({1}) OR {0} IS NOT {1} COLLATE BINARY)", one, other);
}

std::string linked(const CrossSync& sync, std::string_view target = "afloat_t") {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.link)
    parts.push_back(of(target, column.target) + " = " + of("afloat_s", column.source));
  return join(parts, " AND ");
}

std::string off_defaults(const CrossSync& sync, std::string_view row, std::string CrossColumn::* name) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.columns)
    parts.push_back(differ(of(row, column.*name), stored_default(sync, column)));
  return "(" + join(parts, " OR ") + ")";
}

std::string disagree(const CrossSync& sync) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.columns)
    parts.push_back(differ(of("afloat_s", column.source), of("afloat_t", column.target)));
  return "(" + join(parts, " OR ") + ")";
}

std::string aliased_source(const CrossSync& sync) {
  return relation(sync.source) + " AS afloat_s";
}

RangeWork walked(const CrossSync& sync, const std::string& statement, const std::string& count) {
  KeyRanges ranges = key_ranges(sync.source, "afloat_s");
  const auto with = [&](const std::string& where, const std::string& rows) {
    return replaced(replaced(statement, "{where}", where), "{rows}", rows);
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = with(ranges.condition + " AND ", "");
  work.in_range_from_start = with(ranges.condition_from_start + " AND ", "");
  work.sweep = with("", " LIMIT {limit}");
  work.count_left = count;
  work.before_batch = {"SELECT afloat_silence_triggers()"};
  return work;
}

std::string shown(const CrossSync& sync) {
  std::vector<std::string> values, others;
  for (const CrossColumn& column : sync.columns) {
    values.push_back(fmt::format("{} || quote({})",
                                 literal(sync.source.name.name + "." + column.source + " "),
                                 of("afloat_s", column.source)));
    others.push_back(fmt::format("{} || quote({})",
                                 literal(sync.target.name.name + "." + column.target + " "),
                                 of("afloat_t", column.target)));
  }
  return fmt::format("{} || ': ' || {} || ', ' || CASE WHEN {} IS NULL THEN {} ELSE {} END",
                     ranges_of(sync.source, identifier("afloat_s") + ".").label, join(values, " || ', ' || "),
                     of("afloat_t", sync.link.front().target), literal("no row in " + sync.target.name.name),
                     join(others, " || ', ' || "));
}
} // namespace

// Rows that were there before the column read its default. With sync in place nothing else can differ: what
// the target holds of its own was carried to the source in the statement that wrote it.
RangeWork fill_target(const CrossSync& sync) {
  std::vector<std::string> values, keys, target_keys;
  const std::string target = relation(sync.target);
  const std::string row = fmt::format("FROM {} WHERE {}", aliased_source(sync), linked(sync, target));
  for (const CrossColumn& column : sync.columns)
    values.push_back(
        fmt::format("{} = (SELECT {} {})", identifier(column.target), of("afloat_s", column.source), row));
  for (const CrossColumn& column : sync.link) {
    keys.push_back(of("afloat_t", column.target));
    target_keys.push_back(identifier(column.target));
  }
  const std::string both =
      fmt::format("{} JOIN {} AS afloat_t ON {}", aliased_source(sync), target, linked(sync));
  return walked(sync,
                fmt::format("UPDATE {} SET {} WHERE ({}) IN (SELECT {} FROM {} WHERE {{where}}{}{{rows}})",
                            target, join(values, ", "), join(target_keys, ", "), join(keys, ", "), both,
                            disagree(sync)),
                fmt::format("SELECT count(*) FROM {} WHERE {}", both, disagree(sync)));
}

RangeWork create_target_rows(const CrossSync& sync) {
  std::vector<std::string> columns, values;
  std::string needs =
      fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS afloat_t WHERE {})",
                  off_defaults(sync, "afloat_s", &CrossColumn::source), relation(sync.target), linked(sync));
  for (const auto& pairs : {sync.link, sync.columns})
    for (const CrossColumn& column : pairs) {
      columns.push_back(identifier(column.target));
      values.push_back(of("afloat_s", column.source));
    }
  for (const CrossColumn& column : sync.link)
    needs += fmt::format(" AND {} IS NOT NULL", of("afloat_s", column.source));
  return walked(sync,
                fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {{where}}{}{{rows}}",
                            relation(sync.target), join(columns, ", "), join(values, ", "),
                            aliased_source(sync), needs),
                fmt::format("SELECT count(*) FROM {} WHERE {}", aliased_source(sync), needs));
}

RangeWork compare(const CrossSync& sync, bool strict) {
  const std::string from = fmt::format("{} {} {} AS afloat_t ON {}", aliased_source(sync),
                                       strict ? "LEFT JOIN" : "JOIN", relation(sync.target), linked(sync));
  const std::string wrong =
      strict ? fmt::format("(CASE WHEN {} IS NULL THEN {} ELSE {} END)",
                           of("afloat_t", sync.link.front().target),
                           off_defaults(sync, "afloat_s", &CrossColumn::source), disagree(sync))
             : disagree(sync);
  KeyRanges ranges = key_ranges(sync.source, "afloat_s");
  const auto in = [&](const std::string& range) {
    return fmt::format("SELECT {} FROM {} WHERE {} AND {} LIMIT {{limit}}", shown(sync), from, range, wrong);
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = in(ranges.condition);
  work.in_range_from_start = in(ranges.condition_from_start);
  work.count_left = fmt::format("SELECT count(*) FROM {} WHERE {}", from, wrong);
  return work;
}

std::string count_unlinked(const CrossSync& sync) {
  return fmt::format(
      "SELECT count(*) FROM {} AS afloat_t WHERE {} AND NOT EXISTS (SELECT 1 FROM {} WHERE {})",
      relation(sync.target), off_defaults(sync, "afloat_t", &CrossColumn::target), aliased_source(sync),
      linked(sync));
}

} // namespace afloat::sqlite
