#pragma once

#include "operations/operation.hpp"

namespace afloat {

extern const OperationRow k_create_table, k_add_column, k_rename_column, k_drop_column, k_create_index, k_sql,
    k_set_not_null, k_drop_not_null, k_set_default, k_drop_default, k_drop_table, k_drop_index;
extern const OperationRow k_add_check, k_add_unique, k_add_foreign_key, k_add_primary_key, k_drop_constraint;
extern const OperationRow k_change_type;
extern const OperationRow k_rename_table, k_add_enum_value, k_remove_enum_value;
extern const OperationRow k_split_column, k_merge_columns;
extern const OperationRow k_move_column, k_extract_table;
extern const OperationRow k_widen_key;

} // namespace afloat
