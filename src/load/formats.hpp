#pragma once

#include "load/load.hpp"

namespace afloat {

// The readers of each form of migration file. They fill in what the text says: description and operations.

void parse_toml(Migration& migration, std::string_view text, std::span<const OperationRow> rows,
                Dialect dialect);
void parse_sql(Migration& migration, std::string_view text, Dialect dialect);

} // namespace afloat
