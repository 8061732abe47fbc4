#include "planning/implied_reads.hpp"

#include "operations/common.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <iterator>

namespace afloat {
namespace {
/// SQLite: columns that sync finds rows by. Who renames one, makes SQLite write the triggers anew.
std::vector<std::string> keys_in_sync(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> columns;
  if (before.dialect != Dialect::sqlite || operation.guards.empty()) return columns;
  for (const Step& step : operation.steps) {
    const Table* table = step.work ? before.find(step.work->table) : nullptr;
    if (!table || table->primary_key.empty()) continue;
    const Column* first = table->find_column(table->primary_key.front());
    const bool is_rowid =
        table->primary_key.size() == 1 && first != nullptr && lower_case(first->type) == "integer";
    if (table->without_rowid || is_rowid)
      for (const std::string& key : table->primary_key) columns.push_back(touched(*table, key));
  }
  return columns;
}

/// The other columns of indexes on a column that goes to the attic: contract or revert builds these indexes
/// again, with the names that the columns have now.
std::vector<std::string> columns_beside(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> columns;
  for (const AtticEntry& entry : operation.attic) {
    const Table* table = entry.whole_table() ? nullptr : before.find(entry.table);
    if (!table) continue;
    for (const Index& index : table->indexes) {
      if (is_own_name(index.name) || !uses_column(index, *table, entry.was)) continue;
      for (const Column& column : table->columns)
        if (column.name != entry.was && uses_column(index, *table, column.name))
          columns.push_back(touched(*table, column.name));
    }
  }
  return columns;
}
} // namespace

std::vector<std::string> implied_reads(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> columns = keys_in_sync(operation, before);
  std::ranges::move(columns_beside(operation, before), std::back_inserter(columns));
  std::erase_if(columns,
                [&](const std::string& one) { return std::ranges::count(operation.touches, one) > 0; });
  std::ranges::sort(columns);
  columns.erase(std::ranges::unique(columns).begin(), columns.end());
  return columns;
}

} // namespace afloat
