#include "dialect/postgres/inspector.hpp"

#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/text_array.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

namespace afloat {
namespace {
using Row = std::vector<Value>;
using TablesByOid = std::map<std::string, Table>;
constexpr char k_separator = '\x1f'; // between names that a query puts into one field

const std::string& text(const Row& row, std::size_t at) {
  static const std::string k_nothing;
  return row[at] ? *row[at] : k_nothing;
}

bool flag(const Row& row, std::size_t at) {
  return row[at] == "t";
}

std::vector<std::string> list(const Row& row, std::size_t at) {
  return text(row, at).empty() ? std::vector<std::string>() : split(text(row, at), k_separator);
}

std::optional<std::int64_t> number(const Row& row, std::size_t at) {
  return row[at] ? std::optional<std::int64_t>(std::stoll(*row[at])) : std::nullopt;
}

/// Runs one of the catalog queries and hands each row to the table whose oid is in its first field.
void for_each_row(Database& database, std::string_view file, const std::string& oids, TablesByOid& tables,
                  const std::function<void(Table&, const Row&)>& read) {
  for (const Row& row : database.query(embedded_sql(file), {oids}).rows) read(tables.at(text(row, 0)), row);
}

TablesByOid find_tables(Database& database, std::span<const RelationName> wanted) {
  std::vector<std::string> names;
  for (const RelationName& name : wanted) names.push_back(postgres::in_quotes(name));
  TablesByOid tables;
  for (const Row& row : database.query(embedded_sql("postgres/inspect_tables.sql"), {text_array(names)}).rows)
    tables[text(row, 0)] = {.name = {text(row, 1), text(row, 2)},
                            .partitioned = flag(row, 3),
                            .inheritance = text(row, 8),
                            .row_security = flag(row, 4),
                            .publications = list(row, 7),
                            .rows = number(row, 5),
                            .bytes = number(row, 6)};
  return tables;
}

void read_column(Table& table, const Row& row) {
  Column column{.name = text(row, 1),
                .type = text(row, 2),
                .collation = text(row, 3),
                .not_null = flag(row, 4),
                .default_sql = row[5],
                .default_is_constant = !row[5] || postgres::is_constant(*row[5]),
                .identity = text(row, 6),
                .generated = text(row, 7),
                .comment = text(row, 8),
                .storage = text(row, 9),
                .statistics_target = static_cast<int>(*number(row, 10))};
  if (text(row, 12) == "domain") column.default_of = DefaultOf::domain;
  if (text(row, 12) == "null") column.default_of = DefaultOf::null;
  if (!text(row, 11).empty())
    for (const std::string& line : split(text(row, 11), '\n')) {
      const std::vector<std::string> grant = split(line, k_separator);
      column.grants.push_back(
          {grant.at(0), grant.at(1), grant.at(2) == "t", grant.at(3), grant.at(4) == "t"});
    }
  table.columns.push_back(std::move(column));
}

void read_index_part(Table& table, const Row& row) {
  if (table.indexes.empty() || table.indexes.back().name != text(row, 1))
    table.indexes.push_back({.name = text(row, 1),
                             .method = text(row, 2),
                             .unique = flag(row, 3),
                             .primary = flag(row, 4),
                             .valid = flag(row, 5),
                             .nulls_not_distinct = flag(row, 6),
                             .constraint = text(row, 7),
                             .predicate = text(row, 8),
                             .options = text(row, 9),
                             .tablespace = text(row, 10)});
  Index& index = table.indexes.back();
  const std::string& column = text(row, 12);
  if (flag(row, 11)) {
    index.include.push_back(column);
    return;
  }
  if (index.primary) table.primary_key.push_back(column);
  index.parts.push_back(
      {.column = column, .expression = column.empty() ? text(row, 13) : "", .suffix = text(row, 14)});
}

ConstraintKind kind_of(const std::string& letter) {
  static const std::map<std::string, ConstraintKind> k_kinds{{"p", ConstraintKind::primary_key},
                                                             {"u", ConstraintKind::unique},
                                                             {"c", ConstraintKind::check},
                                                             {"f", ConstraintKind::foreign_key},
                                                             {"x", ConstraintKind::exclusion}};
  const auto found = k_kinds.find(letter);
  return found == k_kinds.end() ? ConstraintKind::other : found->second;
}

void read_constraint(Table& table, const Row& row) {
  table.constraints.push_back({.name = text(row, 1),
                               .kind = kind_of(text(row, 2)),
                               .columns = list(row, 8),
                               .definition = text(row, 3),
                               .references = {text(row, 4), text(row, 5)},
                               .deferrable = flag(row, 6),
                               .validated = flag(row, 7)});
}

void read_trigger(Table& table, const Row& row) {
  if (is_own_name(text(row, 1))) return;
  table.triggers.push_back({.name = text(row, 1),
                            .before = flag(row, 3),
                            .on_insert = flag(row, 4),
                            .on_update = flag(row, 5),
                            .on_delete = flag(row, 6),
                            .for_each_row = flag(row, 2),
                            .update_of = list(row, 11),
                            .has_when = flag(row, 7),
                            .enabled = text(row, 8),
                            .sql = text(row, 9),
                            .body = text(row, 10)});
}

void read_user(Table& table, const Row& row) {
  table.users.push_back({.column = text(row, 1),
                         .kind = text(row, 2),
                         .relation = {text(row, 3), text(row, 4)},
                         .words = text(row, 5),
                         .drop = list(row, 6),
                         .create = list(row, 7),
                         .definition = text(row, 7),
                         .depth = static_cast<int>(*number(row, 8))});
}

std::vector<View> read_views(Database& database, const std::string& oids) {
  std::vector<View> views;
  for (const Row& row : database.query(embedded_sql("postgres/inspect_views.sql"), {oids}).rows) {
    const RelationName name{text(row, 0), text(row, 1)};
    if (views.empty() || views.back().name != name)
      views.push_back(
          {.name = name, .materialized = flag(row, 2), .columns = list(row, 4), .sql = text(row, 3)});
    views.back().reads.push_back({{text(row, 5), text(row, 6)}, text(row, 7)});
  }
  return views;
}

/// What a row of inspect_types.sql says of a domain.
void read_domain(TypeDefinition& domain, const Row& row) {
  constexpr char k_between_constraints = '\x1e';
  domain.base = text(row, 3);
  domain.default_sql = row[4];
  domain.not_null = row[5] == "true";
  if (!row[6]) return;
  for (const std::string& line : split(*row[6], k_between_constraints)) {
    const std::vector<std::string> parts = split(line, k_separator);
    domain.constraints.push_back({.name = parts.at(0),
                                  .kind = ConstraintKind::check,
                                  .definition = parts.at(1),
                                  .validated = parts.at(2) == "t"});
  }
}

/// One row of inspect_types.sql: a sequence, or a type.
void read_type(Schema& schema, const Row& row) {
  const RelationName name{text(row, 1), text(row, 2)};
  const std::string& kind = text(row, 0);
  if (kind == "sequence") {
    schema.sequences.push_back({name, text(row, 3), {text(row, 4), text(row, 5)}, text(row, 6)});
    return;
  }
  TypeDefinition& type = schema.types.emplace_back();
  type.name = name;
  type.kind = kind;
  if (kind == "enum") type.labels = list(row, 3);
  if (kind == "domain") read_domain(type, row);
}

/// Fills in what uses the enums of these tables' columns.
void read_type_users(Database& database, const std::string& oids, Schema& schema) {
  const std::string query = replaced(
      std::string(embedded_sql("postgres/type_users.sql")), "{enums}",
      "EXISTS (SELECT FROM pg_catalog.pg_attribute b WHERE b.attrelid = ANY ($1::oid[]) AND b.attnum > "
      "0 AND NOT b.attisdropped AND b.atttypid IN (t.oid, t.typarray))");
  for (const Row& row : database.query(query, {oids}).rows) {
    const auto type =
        std::ranges::find(schema.types, RelationName{text(row, 0), text(row, 1)}, &TypeDefinition::name);
    if (type == schema.types.end()) continue;
    if (!row[3]) {
      type->users.push_back(text(row, 4));
      continue;
    }
    const RelationName table{text(row, 2), text(row, 3)};
    if (std::ranges::count(type->tables, table) == 0) type->tables.push_back(table);
  }
}
} // namespace

Schema inspect_postgres(Database& database, std::span<const RelationName> wanted) {
  Schema schema{.dialect = Dialect::postgres, .server_version = database.facts().server_version};
  schema.silent_backfill = database.facts().may_set_replica_role;
  schema.default_schema =
      database.query("SELECT pg_catalog.current_schema()", {}).scalar().value_or("public");
  for (const Row& row : database.query(embedded_sql("postgres/inspect_relations.sql"), {}).rows)
    schema.known.push_back({text(row, 0), text(row, 1)});
  if (wanted.empty()) return schema;
  for (const Row& row : database.query(embedded_sql("postgres/inspect_types.sql"), {}).rows)
    read_type(schema, row);

  TablesByOid tables = find_tables(database, wanted);
  std::vector<std::string> all;
  for (const auto& [oid, table] : tables) all.push_back(oid);
  const std::string oids = text_array(all);
  for_each_row(database, "postgres/inspect_columns.sql", oids, tables, read_column);
  for_each_row(database, "postgres/inspect_indexes.sql", oids, tables, read_index_part);
  for_each_row(database, "postgres/inspect_constraints.sql", oids, tables, read_constraint);
  for_each_row(database, "postgres/inspect_triggers.sql", oids, tables, read_trigger);
  for_each_row(database, "postgres/inspect_inbound.sql", oids, tables, [](Table& table, const Row& row) {
    table.referenced_by.push_back({text(row, 1), text(row, 2)});
  });
  for_each_row(database, "postgres/inspect_users.sql", oids, tables, read_user);
  for_each_row(database, "postgres/inspect_own_defaults.sql", oids, tables, read_user);
  for_each_row(database, "postgres/inspect_rules.sql", oids, tables, read_user);
  for_each_row(database, "postgres/partition_users.sql", oids, tables, read_user);
  for_each_row(database, "postgres/inspect_bodies.sql", oids, tables, read_user);
  for_each_row(database, "postgres/inspect_partitions.sql", oids, tables, [](Table& table, const Row& row) {
    table.partitions.push_back(
        {{text(row, 1), text(row, 2)}, {text(row, 3), text(row, 4)}, flag(row, 5), flag(row, 6)});
  });
  schema.views = read_views(database, oids);
  const bool enums =
      std::ranges::any_of(schema.types, [](const TypeDefinition& t) { return t.kind == "enum"; });
  if (enums) read_type_users(database, oids, schema);
  for (auto& [oid, table] : tables) schema.tables.push_back(std::move(table));
  return schema;
}

} // namespace afloat
