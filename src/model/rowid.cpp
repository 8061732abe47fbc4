#include "model/rowid.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace afloat {

bool is_rowid_alias(const Table& table, std::string_view column) {
  const std::string name = lower_case(column);
  if (table.without_rowid || table.primary_key.size() != 1 || lower_case(table.primary_key[0]) != name)
    return false;
  const auto found = std::ranges::find_if(
      table.columns, [&](const Column& candidate) { return lower_case(candidate.name) == name; });
  // An INTEGER PRIMARY KEY DESC is a column like others, with an index: it takes NULLs.
  return found != table.columns.end() && lower_case(found->type) == "integer"
         && std::ranges::none_of(table.indexes, &Index::primary);
}

} // namespace afloat
