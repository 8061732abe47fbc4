#include "operations/type_change.hpp"

#include "operations/common.hpp"
#include "sql/tokens.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::string renamed(std::string_view expression, const TypeChange& want, const std::string& from,
                    const std::string& to, const SqlWriter& sql) {
  return replace_columns(expression, want.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           return name == from ? std::optional(sql.identifier(to)) : std::nullopt;
                         });
}

bool has_constant_default(const TypeChange& want) {
  return want.column.default_sql && want.column.default_is_constant;
}

ConflictPolicy policy_of(const OperationSpec& spec) {
  return text(spec.fields, "conflict") == "reject" ? ConflictPolicy::reject : ConflictPolicy::new_wins;
}
} // namespace

TypeChange type_change_of(const OperationSpec& spec, const OperationContext& context) {
  const Table& table = required_table(spec, context);
  const Column& column = required_column(spec, table);
  TypeChange want{table,
                  column,
                  text(spec.fields, "column_type") == column.type
                      ? column.type
                      : context.sql.type_name(text(spec.fields, "column_type")),
                  text(spec.fields, "to"),
                  {},
                  {},
                  text(spec.fields, "up"),
                  text(spec.fields, "down")};
  want.hidden = want.name.empty();
  if (want.hidden) want.name = column.name;
  want.beside = want.hidden
                    ? context.sql.fitting_name(fmt::format("_afloat_new_{}_{}", context.version, column.name))
                    : want.name;
  want.attic = attic_name(context, column.name);
  want.stored_only = want.up.empty();
  want.default_sql = text(spec.fields, "new_default");
  const SqlWriter& sql = context.sql;
  if (want.up.empty())
    want.up = sql.cast(sql.identifier(column.name), column.type, want.type, false).value_or("");
  // Where nobody writes the new shape before contract, `down` serves the attic only, which never raises.
  if (want.down.empty())
    want.down = sql.cast(sql.identifier(want.name), want.type, column.type, want.hidden).value_or("");
  return want;
}

std::optional<std::string> final_default(const TypeChange& want, const OperationContext& context) {
  if (!want.column.default_sql) return std::nullopt;
  if (!want.default_sql.empty()) return want.default_sql;
  if (want.up == context.sql.identifier(want.column.name)) return want.column.default_sql;
  return replace_columns(want.up, want.table.name.name,
                         [&](std::string_view name) -> std::optional<std::string> {
                           if (name != want.column.name) return std::nullopt;
                           return "(" + *want.column.default_sql + ")";
                         });
}

bool must_relax(const TypeChange& want, Dialect dialect) {
  return dialect == Dialect::sqlite && !want.hidden && want.column.not_null && !want.column.default_sql;
}

void rename_in(Table& table, const TypeChange& want, const OperationContext& context) {
  const auto follow = [&](std::string& expression) {
    expression = renamed(expression, want, want.column.name, want.name, context.sql);
  };
  for (Index& index : table.indexes) {
    for (IndexPart& part : index.parts) {
      if (part.column == want.column.name) part.column = want.name;
      follow(part.expression);
    }
    std::ranges::replace(index.include, want.column.name, want.name);
    follow(index.predicate);
  }
  for (Constraint& constraint : table.constraints) {
    if (constraint.kind == ConstraintKind::check) follow(constraint.definition);
    std::ranges::replace(constraint.columns, want.column.name, want.name);
  }
  std::ranges::replace(table.primary_key, want.column.name, want.name);
}

bool window_has_default(const TypeChange& want, const OperationContext& context) {
  return !want.hidden && has_constant_default(want) && context.sql.dialect() == Dialect::postgres;
}

Sync window_sync(const OperationSpec& spec, const TypeChange& want, const OperationContext& context) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = sync_id(context);
  sync.table = want.table;
  sync.old_column = want.column.name;
  sync.new_column = want.beside;
  sync.new_type = want.type;
  sync.up = want.up;
  sync.down = renamed(want.down, want, want.name, want.beside, context.sql);
  sync.policy = policy_of(spec);
  sync.hidden = want.hidden;
  sync.count_old_writes = !want.hidden;
  sync.required = must_relax(want, context.sql.dialect());
  sync.never_null = want.column.not_null;
  if (window_has_default(want, context)) sync.new_default = final_default(want, context);
  return sync;
}

Sync attic_sync(const OperationSpec& spec, const TypeChange& want, const OperationContext& context) {
  Sync sync = window_sync(spec, want, context);
  sync.kind = Sync::Kind::attic;
  Column& old_shape = *sync.table.find_column(want.column.name);
  old_shape.name = want.attic;
  old_shape.not_null = false;
  if (!has_constant_default(want)) old_shape.default_sql.reset();
  Column successor = context.sql.successor_of(want.column, want.name, want.type);
  successor.default_sql = final_default(want, context);
  successor.default_is_constant = want.column.default_is_constant;
  sync.table.columns.push_back(successor);
  std::ranges::replace(sync.table.primary_key, want.column.name, want.name);
  sync.old_column = want.attic;
  sync.new_column = want.name;
  sync.up = renamed(want.up, want, want.column.name, want.attic, context.sql);
  sync.down = want.down;
  sync.new_default = has_constant_default(want) ? successor.default_sql : std::nullopt;
  sync.required = false;
  return sync;
}

Succession succession_of(const TypeChange& want, const OperationContext& context) {
  return {.id = sync_id(context),
          .table = want.table,
          .from = want.column.name,
          .successor = context.sql.successor_of(want.column, want.beside, want.type),
          .name = want.name,
          .attic = want.attic,
          .not_null = want.column.not_null,
          .default_sql = final_default(want, context),
          .keep_default = has_constant_default(want)};
}

Succession succession_back(const TypeChange& want, const OperationContext& context) {
  Succession forward = succession_of(want, context), back = forward;
  back.back = true;
  back.from = want.name;
  back.name = want.column.name;
  back.attic = want.beside;
  back.default_sql = want.column.default_sql;
  back.not_null = want.column.not_null && !must_relax(want, context.sql.dialect());
  back.keep_default = window_has_default(want, context);
  back.successor = want.column;
  back.successor.name = want.attic;
  Column now = forward.successor;
  now.name = want.name;
  now.not_null = forward.not_null;
  now.default_sql = forward.default_sql;
  now.identity = want.column.identity;
  std::ranges::replace_if(
      back.table.columns, [&](const Column& column) { return column.name == want.column.name; }, now);
  if (!want.hidden) rename_in(back.table, want, context);
  for (ColumnUser& user : back.table.users)
    if (user.column == want.column.name) user.column = want.name;
  back.table.columns.push_back(back.successor);
  return back;
}

} // namespace afloat
