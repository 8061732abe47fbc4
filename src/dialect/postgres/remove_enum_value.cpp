#include "dialect/postgres/enum_type.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// PostgreSQL takes no label out of an enum, so the type is made anew. A mapping names each label as a
// constant of either type: the way through text is not immutable.
namespace afloat::postgres {
namespace {
struct Wanted {
  std::string type; ///< as the server writes it
  std::vector<std::string> labels;
  std::string value, becomes;
};

bool is_array(const Column& column) {
  return column.type.ends_with("[]");
}

/// In which types a mapping reads and writes; both quoted.
struct Ways {
  std::string from, to;
  bool takes_value; ///< what it reads may be the value
};

std::string plain_mapping(const std::string& column, const Wanted& want, const Ways& ways) {
  std::string text = "CASE " + column;
  for (const std::string& label : want.labels) {
    const bool gone = label == want.value;
    if (gone && (want.becomes.empty() || !ways.takes_value)) continue;
    text += fmt::format(" WHEN {}::{} THEN {}::{}", literal(label), ways.from,
                        literal(gone ? want.becomes : label), ways.to);
  }
  return text + " END";
}

std::string array_mapping(const std::string& column, const Wanted& want, const Ways& ways) {
  const std::string value = fmt::format("{}::{}", literal(want.value), ways.from);
  if (!ways.takes_value) return fmt::format("{}::text[]::{}[]", column, ways.to);
  if (want.becomes.empty())
    return fmt::format("CASE WHEN {} OPERATOR(pg_catalog.=) ANY ({}) THEN NULL ELSE {}::text[]::{}[] END",
                       value, column, column, ways.to);
  return fmt::format("pg_catalog.array_replace({}, {}, {}::{})::text[]::{}[]", column, value,
                     literal(want.becomes), ways.from, ways.to);
}

std::string mapping(const Column& column, const std::string& name, const Wanted& want, const Ways& ways) {
  return is_array(column) ? array_mapping(in_quotes(name), want, ways)
                          : plain_mapping(in_quotes(name), want, ways);
}

/// What `up` gives, before there is a type for it.
std::string in_old(const Column& column, const Wanted& want, const std::string& type) {
  const std::string name = in_quotes(column.name);
  const std::string value = fmt::format("{}::{}", literal(want.value), type),
                    becomes = fmt::format("{}::{}", literal(want.becomes), type);
  if (is_array(column)) return fmt::format("pg_catalog.array_replace({}, {}, {})", name, value, becomes);
  return fmt::format("CASE {} WHEN {} THEN {} ELSE {} END", name, value, becomes, name);
}

EnumMember member_of(const Table& table, const Column& column, const Wanted& want, const EnumRemoval& removal,
                     const std::string& id, std::int64_t version) {
  EnumMember member{.table = table, .column = column, .id = id};
  member.beside = fitting_name(fmt::format("_afloat_new_{}_{}", version, column.name));
  member.attic = fitting_name(fmt::format("_afloat_attic_{}_{}", version, column.name));
  const std::string behind = is_array(column) ? "[]" : "", type = in_quotes(removal.type),
                    beside = in_quotes(removal.beside), attic = in_quotes(removal.attic);
  member.type_beside = beside + behind;
  member.type = type + behind;
  member.type_attic = attic + behind;
  member.up = mapping(column, column.name, want, {type, beside, true});
  member.down = mapping(column, member.beside, want, {beside, type, false});
  member.attic_up = mapping(column, member.attic, want, {attic, type, true});
  member.attic_down = mapping(column, column.name, want, {type, attic, false});
  member.in_old = in_old(column, want, type);
  const std::string value = fmt::format("{}::{}", literal(want.value), type), name = in_quotes(column.name);
  member.has_value = is_array(column) ? fmt::format("{} OPERATOR(pg_catalog.=) ANY ({})", value, name)
                                      : fmt::format("{} OPERATOR(pg_catalog.=) {}", name, value);
  member.default_sql = column.default_sql;
  if (column.default_sql == fmt::format("{}::{}", literal(want.value), want.type) && !want.becomes.empty())
    member.default_sql = fmt::format("{}::{}", literal(want.becomes), want.type);
  return member;
}

/// Every column of the type, and of its arrays.
std::vector<std::pair<const Table*, const Column*>>
columns_of(const Schema& schema, const Table& first_table, const Column& first, const RelationName& type) {
  std::vector<std::pair<const Table*, const Column*>> columns{{&first_table, &first}};
  for (const Table& table : schema.tables)
    for (const Column& column : table.columns) {
      const TypeDefinition* of = enum_of(column.type, schema.types);
      const bool known = table.name == first_table.name && column.name == first.name;
      if (of && of->name == type && !known && !is_own_name(column.name))
        columns.emplace_back(&table, &column);
    }
  return columns;
}

/// What is made again from its text, or built beforehand, must not name what the new type lacks.
std::string named_by(const EnumMember& member, const Wanted& want) {
  const auto has = [&](const std::string& text) { return has_constant(text, want.type, want.value); };
  if (member.default_sql && has(*member.default_sql))
    return fmt::format("the default of {}.{}", display(member.table.name), member.column.name);
  for (const Constraint& constraint : member.table.constraints)
    if (!is_own_name(constraint.name) && has(constraint.definition))
      return fmt::format("constraint {} of {}", constraint.name, display(member.table.name));
  for (const Index& index : member.table.indexes) {
    if (has(index.predicate)) return "index " + index.name;
    for (const IndexPart& part : index.parts)
      if (has(part.expression)) return "index " + index.name;
  }
  for (const ColumnUser& user : member.table.users)
    if (user.column == member.column.name && std::ranges::any_of(user.create, has)) return user.words;
  return {};
}

std::string refusal(const EnumRemoval& removal, const TypeDefinition& type, const Wanted& want,
                    std::string& hint) {
  hint = "Change or drop it first. Nothing was changed.";
  if (!type.users.empty())
    return fmt::format("{} uses the enum {}, and cannot come to the new one", type.users.front(),
                       display(type.name));
  for (const EnumMember& member : removal.members)
    if (std::string what = named_by(member, want); !what.empty())
      return fmt::format("{} names \"{}\"", what, want.value);
  for (const EnumMember& member : removal.members)
    if (!member.column.generated.empty())
      return fmt::format("{}.{} is a generated column, which nobody writes", display(member.table.name),
                         member.column.name);
  return {};
}

/// `comes`: the name of the type that takes the type's own; `goes`: what that one is called then.
std::string filled(std::string_view file, const RelationName& type, const RelationName& comes,
                   const RelationName& goes) {
  return "DO "
         + literal(fill_places(embedded_sql(file), {{"beside_literal", literal(in_quotes(comes))},
                                                    {"type_literal", literal(in_quotes(type))},
                                                    {"attic_literal", literal(in_quotes(goes))},
                                                    {"name_literal", literal(type.name)},
                                                    {"attic_name", in_quotes(goes.name)},
                                                    {"name", in_quotes(type.name)},
                                                    {"beside", in_quotes(comes)},
                                                    {"type", in_quotes(type)},
                                                    {"attic", in_quotes(goes)}}));
}

/// What came to use the type since the plan was made keeps the gate closed.
std::string obstacle_query(const EnumRemoval& removal) {
  const std::string users =
      replaced(std::string(embedded_sql("postgres/type_users.sql")), "{enums}",
               fmt::format("t.oid = pg_catalog.to_regtype({})", literal(in_quotes(removal.type))));
  std::vector<std::string> known;
  for (const EnumMember& member : removal.members)
    known.push_back(fmt::format("({}, {}, {})", literal(member.table.name.schema),
                                literal(member.table.name.name), literal(member.column.name)));
  return fmt::format(
      "SELECT coalesce(u.place || '.' || u.relname || '.', '') || u.what || {} FROM (\n{}) AS "
      "u(nspname, typname, place, relname, what) WHERE u.place IS NULL OR (u.place, u.relname, "
      "u.what) NOT IN ({}) ORDER BY 1",
      literal(fmt::format(" uses the enum {}, and the plan does not know it: drop it, and make "
                          "it again after contract",
                          display(removal.type))),
      users, join(known, ", "));
}

TypeSuccession succession_of(const EnumRemoval& removal, const Wanted& want) {
  std::vector<std::string> kept;
  for (const std::string& label : want.labels)
    if (label != want.value) kept.push_back(literal(label));
  TypeSuccession type{.from = want.type, .beside = in_quotes(removal.beside)};
  type.create.statements.emplace_back(
      fmt::format("CREATE TYPE {} AS ENUM ({})", in_quotes(removal.beside), join(kept, ", ")));
  // For the parameters of statements that are prepared behind contract and run behind a revert.
  const std::string cast = fmt::format("({} AS {})", in_quotes(removal.beside), in_quotes(removal.type));
  type.create.statements.emplace_back(fmt::format("CREATE CAST {} WITH INOUT AS ASSIGNMENT", cast));
  type.create.inverse = {"DROP CAST IF EXISTS " + cast, "DROP TYPE IF EXISTS " + in_quotes(removal.beside)};
  constexpr std::string_view k_swap = "postgres/swap_enum.sql";
  type.swap.statements.emplace_back(filled(k_swap, removal.type, removal.beside, removal.attic));
  type.swap.inverse.emplace_back(filled(k_swap, removal.type, removal.attic, removal.beside));
  type.swap.inverse.emplace_back(
      filled("postgres/bare_enum.sql", removal.type, removal.beside, removal.attic));
  return type;
}
} // namespace

std::vector<RelationName> tables_of_enum(const Schema& schema, const Column& column) {
  const TypeDefinition* type = enum_of(column.type, schema.types);
  if (!type) return {};
  std::vector<RelationName> tables = type->tables;
  for (const Table& table : schema.tables) {
    const auto has_it = [&](const Column& each) { return enum_of(each.type, schema.types) == type; };
    if (std::ranges::any_of(table.columns, has_it) && std::ranges::count(tables, table.name) == 0)
      tables.push_back(table.name);
  }
  return tables;
}

EnumRemoval remove_enum_value(const Schema& schema, const Table& table, const Column& column,
                              const std::string& value, const std::string& becomes, const std::string& id,
                              std::int64_t version) {
  EnumRemoval removal;
  const TypeDefinition* type = enum_of(column.type, schema.types);
  if (!type) {
    removal.hint = "Nothing was changed.";
    removal.refused =
        fmt::format("{}.{} is of type {}, which is no enum", display(table.name), column.name, column.type);
    return removal;
  }
  const std::string written = is_array(column) ? column.type.substr(0, column.type.size() - 2) : column.type;
  const Wanted want{written, type->labels, value, becomes};
  removal.labels = type->labels;
  removal.type = type->name;
  const auto called = [&](std::string_view what) {
    return RelationName{type->name.schema,
                        fitting_name(fmt::format("_afloat_{}_{}_{}", what, version, type->name.name))};
  };
  removal.beside = called("new");
  removal.attic = called("attic");
  for (const auto& [at, which] : columns_of(schema, table, column, type->name)) {
    const std::size_t number = removal.members.size() + 1;
    removal.members.push_back(
        member_of(*at, *which, want, removal, number == 1 ? id : fmt::format("{}_{}", id, number), version));
  }
  removal.refused = refusal(removal, *type, want, removal.hint);
  removal.succession = succession_of(removal, want);
  removal.drop.statements.emplace_back(
      filled("postgres/drop_enum.sql", removal.type, removal.beside, removal.attic));
  removal.obstacles = obstacle_query(removal);
  return removal;
}

} // namespace afloat::postgres
