#include "dialect/postgres/enum_type.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// A type as format_type() writes it: "shop"."Order State"[] or order_state.
RelationName unquoted(std::string_view written) {
  RelationName name;
  bool inside = false;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char c = written[i];
    if (c == '"' && inside && i + 1 < written.size() && written[i + 1] == '"')
      name.name += written[++i];
    else if (c == '"')
      inside = !inside;
    else if (c == '.' && !inside)
      name.schema = std::exchange(name.name, {});
    else if (c == '[' && !inside)
      break;
    else
      name.name += c;
  }
  return name;
}

} // namespace

const TypeDefinition* enum_of(std::string_view written, const std::vector<TypeDefinition>& types) {
  const RelationName wanted = unquoted(written);
  const auto found = std::ranges::find_if(types, [&](const TypeDefinition& type) {
    return type.kind == "enum" && type.name.name == wanted.name
           && (wanted.schema.empty() || wanted.schema == type.name.schema);
  });
  return found == types.end() ? nullptr : &*found;
}

EnumChange add_enum_value(const Table& table, const Column& column, const std::vector<TypeDefinition>& types,
                          const EnumValue& value) {
  EnumChange change;
  change.constraints = table.constraints;
  const TypeDefinition* type = enum_of(column.type, types);
  if (!type) {
    change.refused =
        fmt::format("{}.{} is of type {}, which is no enum", display(table.name), column.name, column.type);
    return change;
  }
  change.type = type->name;
  change.labels = type->labels;
  std::string sql =
      fmt::format("ALTER TYPE {} ADD VALUE IF NOT EXISTS {}", in_quotes(type->name), literal(value.value));
  if (!value.neighbour.empty())
    sql += fmt::format(" {} {}", value.before ? "BEFORE" : "AFTER", literal(value.neighbour));
  change.piece.statements.emplace_back(sql);
  // PostgreSQL has no statement for it, and taking the row out of pg_enum would break indexes on the type.
  change.piece.inverse.emplace_back("SELECT 'PostgreSQL cannot take a value out of an enum: it stays'");
  return change;
}

} // namespace afloat::postgres
