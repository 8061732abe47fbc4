#include "operations/renamed_column.hpp"

#include "operations/aside.hpp"
#include "operations/common.hpp"
#include "sql/tokens.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
RenamedColumn renamed_column(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& from = required_column(spec, table, "from");
  return {table,
          from,
          text(spec.fields, "to"),
          attic_name(context, from.name),
          text(spec.fields, "upsert") == "serialize",
          wants_aside(spec, context)};
}

Column twin_of(const Column& column, std::string name) {
  Column twin;
  twin.name = std::move(name);
  twin.type = column.type;
  twin.collation = column.collation;
  return twin;
}

bool has_constant_default(const Column& column) {
  return column.default_sql && column.default_is_constant;
}

bool must_relax(const RenamedColumn& names, Dialect dialect) {
  return dialect == Dialect::sqlite && names.from.not_null && !names.from.default_sql;
}

Sync window_sync(const RenamedColumn& names, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.serialize = names.serialize;
  sync.id = sync_id(context);
  sync.table = names.table;
  sync.old_column = names.from.name;
  sync.new_column = names.to;
  sync.new_type = names.from.type;
  sync.up = context.sql.identifier(names.from.name);
  sync.down = context.sql.identifier(names.to);
  sync.identity = true;
  if (has_constant_default(names.from) && context.sql.dialect() == Dialect::postgres)
    sync.new_default = names.from.default_sql;
  sync.required = must_relax(names, context.sql.dialect());
  return sync;
}

Table swapped(const RenamedColumn& names) {
  Table table = names.table;
  for (Column& column : table.columns)
    if (column.name == names.from.name) column.name = names.to;
  std::ranges::replace(table.primary_key, names.from.name, names.to);
  return table;
}

Sync attic_sync(const RenamedColumn& names, const OperationContext& context) {
  Sync sync = window_sync(names, context);
  sync.kind = Sync::Kind::attic;
  sync.table = swapped(names);
  Column twin = twin_of(names.from, names.attic);
  if (sync.new_default) twin.default_sql = names.from.default_sql;
  sync.table.columns.push_back(twin);
  sync.old_column = names.attic;
  sync.new_column = names.to;
  sync.up = context.sql.identifier(names.attic);
  sync.down = context.sql.identifier(names.to);
  sync.new_default = has_constant_default(names.from) ? names.from.default_sql : std::nullopt;
  sync.required = false;
  return sync;
}

namespace {
std::string renamed_in(std::string_view expression, const RenamedColumn& names, const SqlWriter& sql) {
  return replace_columns(expression, names.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           if (name != names.from.name) return std::nullopt;
                           return sql.identifier(names.to);
                         });
}
} // namespace

Index twin_index(const Index& index, const RenamedColumn& names, const OperationContext& context) {
  Index twin = index;
  twin.name = context.sql.fitting_name(fmt::format("afloat_{}_{}", sync_id(context), index.name));
  twin.primary = false;
  // A unique index checks at once; a deferrable constraint may not, and the old column has it already.
  const auto same = [&](const Constraint& constraint) {
    return constraint.name == index.constraint && constraint.deferrable;
  };
  if (!index.constraint.empty() && std::ranges::any_of(names.table.constraints, same)) twin.unique = false;
  twin.constraint.clear();
  for (IndexPart& part : twin.parts) {
    if (part.column == names.from.name) part.column = names.to;
    part.expression = renamed_in(part.expression, names, context.sql);
  }
  std::ranges::replace(twin.include, names.from.name, names.to);
  twin.predicate = renamed_in(twin.predicate, names, context.sql);
  return twin;
}

std::vector<Index> twin_indexes(const RenamedColumn& names, const OperationContext& context) {
  std::vector<Index> twins;
  for (const Index& index : names.table.indexes)
    if (index.valid && !is_own_name(index.name) && uses_column(index, names.table, names.from.name))
      twins.push_back(twin_index(index, names, context));
  return twins;
}

} // namespace afloat
