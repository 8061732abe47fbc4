#pragma once

#include "operations/common.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace afloat {

/// A column that gets a wider successor.
struct WidenedColumn {
  const Table* table = nullptr;
  const Column* column = nullptr;
  std::string id;     ///< of its sync
  std::string beside; ///< name of the successor in the window
  std::string attic;  ///< name of the column behind contract
};

/// A key and all that has to change with it.
struct WidenedKey {
  std::string type;
  std::vector<WidenedColumn>
      columns; ///< the key first, then, in the order in which they are met, what points at it
  std::vector<PointingKey> pointing; ///< foreign keys of columns that are wide enough
};

/// True if every value of the integer type `from` is one of the integer type `to`, which holds more.
bool holds_more(std::string_view to, std::string_view from);

/// Follows the foreign keys that point at the column, and at the columns that do. Throws Error
/// invalid_migration for one that cannot follow: of an inherited table, with ON … SET DEFAULT,
/// and for a column of a partition key.
WidenedKey widened_key(const OperationSpec& spec, const OperationContext& context, const Table& table,
                       const Column& column, const std::string& type);

/// How long the swap takes under its locks, by what was measured for partitions; nothing without partitions.
std::chrono::milliseconds swap_time(const WidenedKey& key);
/// Error invalid_migration if that is longer than writers are to wait, and nobody has said `long_swap =
/// true`.
void refuse_long_swap(const OperationSpec& spec, const OperationContext& context, const WidenedKey& key);

/// The sequences that give the column its default.
std::vector<Sequence> sequences_of(const Schema& schema, const WidenedColumn& column, const SqlWriter& sql);

} // namespace afloat
