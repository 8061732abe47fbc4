#pragma once

#include "dialect/postgres/carry_twins.hpp"

#include <string>
#include <vector>

/// The names that an index gives to its own columns (pg_attribute).
namespace afloat::postgres {

/// As CREATE INDEX chooses them: of a column its name, of an expression what the server figures, with a
/// number where that is taken (ChooseIndexColumnNames in indexcmds.c).
std::vector<std::string> index_column_names(const Index& index);

struct IndexColumnName {
  std::string now, wanted;
};
/// Those that differ.
std::vector<IndexColumnName> index_columns_to_name(const TwinIndex& index, const Succession& succession);

/// An index keeps these names when a column is renamed, so the one that was built for a successor would show
/// the working name for ever. Statements that give it the names that it has when the successor has its own;
/// while the index still has its twin's name. ACCESS EXCLUSIVE on the index. PostgreSQL 14 to
/// 18 allow it (renameatt_check in tablecmds.c).
std::vector<std::string> name_index_columns(const TwinIndex& index, const Succession& succession);

} // namespace afloat::postgres
