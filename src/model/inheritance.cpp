#include "model/inheritance.hpp"

#include <fmt/format.h>

namespace afloat {

std::string way_out_of_inheritance(const Table& table) {
  const std::string name = display(table.name);
  if (table.inheritance.starts_with("a partition"))
    return "Change the table that it is a partition of: all partitions follow. Nothing was changed.";
  if (table.inheritance.starts_with("a parent"))
    return fmt::format(
        "Take its children out first, in a migration in SQL (ALTER TABLE <child> NO INHERIT {}), or "
        "write this change in SQL. Nothing was changed.",
        name);
  return fmt::format(
      "Take it out first, in a migration in SQL (ALTER TABLE {} NO INHERIT <parent>), or write this "
      "change in SQL. Nothing was changed.",
      name);
}

std::string way_out_of_two_tables(const Table& one, const Table& other) {
  for (const Table* table : {&one, &other})
    if (!table->inheritance.empty() && !table->inheritance.starts_with("a partition"))
      return way_out_of_inheritance(*table);
  if (!one.partitioned && !other.partitioned && one.inheritance.empty() && other.inheritance.empty())
    return "Nothing was changed.";
  return "Make the new column with `add_column`, let the releases write both, and take the old one away with "
         "`drop_column`. Nothing was changed.";
}

} // namespace afloat
