#include "operations/rows.hpp"

#include <algorithm>

namespace afloat {

std::span<const OperationRow> operation_rows() {
  static const OperationRow rows[] = {k_create_table, k_drop_table,   k_add_column,   k_rename_column,
                                      k_change_type,
                                      k_widen_key,
                                      k_drop_column,  k_set_not_null, k_drop_not_null,
                                      k_set_default,  k_drop_default, k_create_index, k_drop_index,
                                      k_sql};
  return rows;
}

const OperationRow* find_operation(std::string_view name) {
  const std::span<const OperationRow> rows = operation_rows();
  const auto found = std::ranges::find(rows, name, &OperationRow::name);
  return found == rows.end() ? nullptr : &*found;
}

} // namespace afloat
