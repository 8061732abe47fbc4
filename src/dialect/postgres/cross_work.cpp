#include "dialect/postgres/key_walk.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/user_triggers.hpp"
#include "support/text.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

// Every statement walks the source, which it calls s, and joins the target as t. What is written is computed
// from source rows that the statement has locked: their newest version, whatever was read before.
namespace afloat::postgres {
namespace {
std::string of(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, in_quotes(column));
}

std::string linked(const CrossSync& sync) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.link)
    parts.push_back(of("t", column.target) + " = " + of("s", column.source));
  return join(parts, " AND ");
}

std::string source_row(const CrossSync& sync) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.columns) parts.push_back(of("s", column.source));
  return "ROW(" + join(parts, ", ") + ")";
}

std::string target_row(const CrossSync& sync) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.columns) parts.push_back(of("t", column.target));
  return "ROW(" + join(parts, ", ") + ")";
}

std::string default_row(const CrossSync& sync) {
  std::vector<std::string> parts;
  for (const CrossColumn& column : sync.columns)
    parts.push_back(fmt::format("CAST({} AS {})", column.default_sql.value_or("NULL"), column.type));
  return "ROW(" + join(parts, ", ") + ")";
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("pg_catalog.record_image_ne({}, {})", one, other);
}

std::string from_both(const CrossSync& sync, std::string_view kind) {
  return fmt::format("{} AS s {} {} AS t ON {}", in_quotes(sync.source.name), kind,
                     in_quotes(sync.target.name), linked(sync));
}

/// The three statements of a backfill from the one whose ranges and limit stand at {where} and {rows}.
RangeWork walked(const CrossSync& sync, const std::string& statement, const std::string& count) {
  KeyRanges ranges = key_ranges(sync.source, "s");
  const auto with = [&](const std::string& where, const std::string& rows) {
    return fill_places(statement, {{"where", where}, {"rows", rows}});
  };
  RangeWork work = std::move(ranges.work);
  work.in_range = with(ranges.condition + " AND ", "");
  work.in_range_from_start = with(ranges.condition_from_start + " AND ", "");
  work.sweep = with("", " LIMIT {limit}");
  work.count_left = count;
  work.before_batch = {in_backfill(sync.id)};
  return work;
}

std::string shown(const CrossSync& sync) {
  std::vector<std::string> values;
  const auto add = [&](const Table& table, std::string_view row, const std::string& column) {
    values.push_back(fmt::format("{} || coalesce(pg_catalog.quote_literal({}::text), 'NULL')",
                                 literal(table.name.name + "." + column + "="), of(row, column)));
  };
  for (const CrossColumn& column : sync.columns) add(sync.source, "s", column.source);
  std::string text =
      row_label(sync.source, in_quotes("s") + ".") + " || ': ' || " + join(values, " || ', ' || ");
  values.clear();
  for (const CrossColumn& column : sync.columns) add(sync.target, "t", column.target);
  return fmt::format("{} || ', ' || CASE WHEN {} IS NULL THEN {} ELSE {} END", text,
                     of("t", sync.link.front().target), literal("no row in " + sync.target.name.name),
                     join(values, " || ', ' || "));
}
} // namespace

RangeWork fill_target(const CrossSync& sync) {
  std::vector<std::string> unfilled, held, values, linked_to_held;
  for (const CrossColumn& column : sync.columns) {
    const std::string number = std::to_string(held.size() + 1);
    unfilled.push_back(
        fmt::format("({} IS NULL AND {} IS NOT NULL)", of("t", column.target), of("s", column.source)));
    values.push_back(
        fmt::format("{} = coalesce({}, held.c{})", in_quotes(column.target), of("t", column.target), number));
    held.push_back(of("s", column.source) + " AS c" + number);
  }
  for (const CrossColumn& column : sync.link) {
    const std::string number = std::to_string(linked_to_held.size() + 1);
    linked_to_held.push_back(fmt::format("{} = held.k{}", of("t", column.target), number));
    held.push_back(of("s", column.source) + " AS k" + number);
  }
  const std::string needs = "(" + join(unfilled, " OR ") + ")";
  const std::string statement =
      fmt::format("WITH held AS MATERIALIZED (SELECT {} FROM {} WHERE {{where}}{}{{rows}} FOR NO KEY UPDATE "
                  "OF s) UPDATE {} AS "
                  "t SET {} FROM held WHERE {}",
                  join(held, ", "), from_both(sync, "JOIN"), needs, in_quotes(sync.target.name),
                  join(values, ", "), join(linked_to_held, " AND "));
  RangeWork work = walked(sync, statement,
                          fmt::format("SELECT count(*) FROM {} WHERE {}", from_both(sync, "JOIN"), needs));
  work.before_batch.emplace_back("replica:SET LOCAL session_replication_role = replica");
  return work;
}

RangeWork create_target_rows(const CrossSync& sync) {
  std::vector<std::string> link, columns, values;
  for (const CrossColumn& column : sync.link) {
    link.push_back(in_quotes(column.target));
    columns.push_back(in_quotes(column.target));
    values.push_back(of("s", column.source));
  }
  for (const CrossColumn& column : sync.columns) {
    columns.push_back(in_quotes(column.target));
    values.push_back(of("s", column.source));
  }
  std::string needs =
      fmt::format("{} AND NOT EXISTS (SELECT FROM {} AS t WHERE {})",
                  differ(source_row(sync), default_row(sync)), in_quotes(sync.target.name), linked(sync));
  for (const CrossColumn& column : sync.link)
    needs += fmt::format(" AND {} IS NOT NULL", of("s", column.source));
  const std::string source = in_quotes(sync.source.name) + " AS s";
  // A row that somebody else made meanwhile has taken the source's values already.
  return walked(
      sync,
      fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {{where}}{}{{rows}} FOR NO KEY UPDATE OF s ON "
                  "CONFLICT ({}) DO NOTHING",
                  in_quotes(sync.target.name), join(columns, ", "), join(values, ", "), source, needs,
                  join(link, ", ")),
      fmt::format("SELECT count(*) FROM {} WHERE {}", source, needs));
}

RangeWork compare(const CrossSync& sync, bool strict) {
  const std::string none = of("t", sync.link.front().target) + " IS NULL";
  const std::string wrong = strict ? fmt::format("CASE WHEN {} THEN {} ELSE {} END", none,
                                                 differ(source_row(sync), default_row(sync)),
                                                 differ(source_row(sync), target_row(sync)))
                                   : differ(source_row(sync), target_row(sync));
  const std::string from = from_both(sync, strict ? "LEFT JOIN" : "JOIN");
  KeyRanges ranges = key_ranges(sync.source, "s");
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
  return fmt::format("SELECT count(*) FROM {} AS t WHERE {} AND NOT EXISTS (SELECT FROM {} AS s WHERE {})",
                     in_quotes(sync.target.name), differ(target_row(sync), default_row(sync)),
                     in_quotes(sync.source.name), linked(sync));
}

Piece copy_table_grants(const RelationName& from, const RelationName& to) {
  // What the owner has by itself stays as it is; a grant by somebody else becomes one of the owner's.
  const std::string body = fmt::format(
      "DECLARE\n  given record;\nBEGIN\n"
      "  FOR given IN SELECT x.grantee, x.privilege_type, x.is_grantable FROM pg_catalog.pg_class c,\n"
      "    pg_catalog.aclexplode(c.relacl) x WHERE c.oid = {}::pg_catalog.regclass AND x.grantee <> "
      "c.relowner\n"
      "  LOOP\n"
      "    EXECUTE pg_catalog.format('GRANT %s ON TABLE {} TO %s%s', given.privilege_type,\n"
      "      CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE given.grantee::pg_catalog.regrole::text END,\n"
      "      CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);\n"
      "  END LOOP;\nEND",
      literal(in_quotes(from)), replaced(replaced(in_quotes(to), "%", "%%"), "'", "''"));
  return {.statements = {"DO " + literal(body)}};
}

} // namespace afloat::postgres
