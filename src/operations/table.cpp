#include "operations/rows.hpp"

#include <algorithm>

namespace afloat {

std::span<const OperationRow> operation_rows() {
  static const OperationRow rows[] = {k_create_table,    k_drop_table,
                                      k_add_column,      k_rename_column,
                                      k_change_type,     k_widen_key,
                                      k_drop_column,     k_set_not_null,
                                      k_drop_not_null,   k_set_default,
                                      k_drop_default,    k_create_index,
                                      k_drop_index,      k_sql,
                                      k_add_check,       k_add_unique,
                                      k_add_foreign_key, k_add_primary_key,
                                      k_drop_constraint, k_rename_table,
                                      k_add_enum_value,  k_remove_enum_value,
                                      k_split_column,    k_merge_columns,
                                      k_move_column,     k_extract_table};
  return rows;
}

const OperationRow* find_operation(std::string_view name) {
  const std::span<const OperationRow> rows = operation_rows();
  const auto found = std::ranges::find(rows, name, &OperationRow::name);
  return found == rows.end() ? nullptr : &*found;
}

} // namespace afloat
