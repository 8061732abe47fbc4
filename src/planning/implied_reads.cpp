#include "planning/implied_reads.hpp"

#include "model/rowid.hpp"
#include "operations/common.hpp"
#include "operations/index_reads.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace afloat {
namespace {
/// SQLite: columns that sync finds rows by. Who renames one, makes SQLite write the triggers anew.
std::vector<std::string> keys_in_sync(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> columns;
  if (before.dialect != Dialect::sqlite || operation.guards.empty()) return columns;
  for (const Step& step : operation.steps) {
    const Table* table = step.work ? before.find(step.work->table) : nullptr;
    if (!table || table->primary_key.empty()) continue;
    if (table->without_rowid || is_rowid_alias(*table, table->primary_key.front()))
      for (const std::string& key : table->primary_key) columns.push_back(touched(*table, key));
  }
  return columns;
}

/// The indexes on a column that goes to the attic, and their other columns: contract or revert builds these
/// indexes again, with the names that the columns have now.
std::vector<std::string> around_hidden(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> reads;
  for (const AtticEntry& entry : operation.attic) {
    const Table* table = entry.whole_table() ? nullptr : before.find(entry.table);
    if (!table) continue;
    for (const Index& index : table->indexes) {
      if (is_own_name(index.name) || !uses_column(index, *table, entry.was)) continue;
      reads.push_back(fmt::format("{}#{}{}", display(table->name), index.name, k_goes_along));
      for (const Column& column : table->columns)
        if (column.name != entry.was && uses_column(index, *table, column.name))
          reads.push_back(touched(*table, column.name));
    }
  }
  return reads;
}
} // namespace

std::vector<std::string> implied_reads(const OperationPlan& operation, const Schema& before) {
  std::vector<std::string> reads = keys_in_sync(operation, before);
  std::ranges::move(around_hidden(operation, before), std::back_inserter(reads));
  std::erase_if(reads,
                [&](const std::string& one) { return std::ranges::count(operation.touches, one) > 0; });
  std::ranges::sort(reads);
  reads.erase(std::ranges::unique(reads).begin(), reads.end());
  return reads;
}

} // namespace afloat
