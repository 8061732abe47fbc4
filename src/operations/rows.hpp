#pragma once

#include "operations/operation.hpp"

namespace afloat {

extern const OperationRow k_create_table, k_add_column, k_rename_column, k_drop_column, k_create_index, k_sql;

} // namespace afloat
