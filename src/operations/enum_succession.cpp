#include "operations/enum_succession.hpp"

namespace afloat {

Succession succession_of(const RemovedValue& what, const EnumMember& member) {
  const Column& column = member.column;
  return {.id = member.id,
          .table = member.table,
          .from = column.name,
          .successor = what.context.sql.successor_of(column, member.beside, member.type_beside),
          .name = column.name,
          .attic = member.attic,
          .not_null = column.not_null,
          .default_sql = member.default_sql,
          .keep_default = column.default_sql && column.default_is_constant,
          .sequences = {}};
}

Sync window_sync(const EnumMember& member) {
  Sync sync;
  sync.kind = Sync::Kind::pair;
  sync.id = member.id;
  sync.table = member.table;
  sync.old_column = member.column.name;
  sync.new_column = member.beside;
  sync.new_type = member.type_beside;
  sync.up = member.up;
  sync.down = member.down;
  sync.hidden = true;
  sync.count_old_writes = false;
  return sync;
}

Sync attic_sync(const RemovedValue& what, const EnumMember& member) {
  Sync sync = window_sync(member);
  sync.kind = Sync::Kind::attic;
  const bool keeps_default = member.column.default_sql && member.column.default_is_constant;
  Column& old_shape = *sync.table.find_column(member.column.name);
  old_shape.name = member.attic;
  old_shape.type = member.type_attic;
  old_shape.not_null = false;
  if (!keeps_default) old_shape.default_sql.reset();
  Column successor = what.context.sql.successor_of(member.column, member.column.name, member.type);
  successor.default_sql = member.default_sql;
  successor.default_is_constant = member.column.default_is_constant;
  sync.table.columns.push_back(successor);
  sync.old_column = member.attic;
  sync.new_column = member.column.name;
  sync.new_type = member.type;
  sync.up = member.attic_up;
  sync.down = member.attic_down;
  if (keeps_default) sync.new_default = member.default_sql;
  return sync;
}

std::string subject_of(const EnumMember& member) {
  return touched(member.table, member.column.name);
}

std::string type_of(const RemovedValue& what) {
  return display(what.removal.type);
}

} // namespace afloat
