#include "operations/new_key.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace afloat {
namespace {
/// Whole and on plain columns.
bool same_key(const Index& one, const Index& other) {
  return one.unique && one.valid && one.predicate.empty()
         && std::ranges::is_permutation(one.parts, other.parts, [](const IndexPart& a, const IndexPart& b) {
              return !a.column.empty() && a.column == b.column;
            });
}
} // namespace

Index index_for(const Constraint& constraint) {
  Index index;
  index.name = constraint.name;
  index.unique = true;
  for (const std::string& column : constraint.columns) index.parts.push_back({column, "", ""});
  return index;
}

void refuse_unfit_key_table(const OperationSpec& spec, const OperationContext& context, const Table& table) {
  if (table.inheritance.starts_with("a parent"))
    throw invalid(
        spec, context, "table",
        fmt::format("{} is {}, whose rows its index would not cover", display(table.name), table.inheritance),
        "Add the constraint to each of them, in a migration in SQL, or take its children out first "
        "(ALTER TABLE <child> NO INHERIT). Nothing was changed.");
}

void refuse_without_partition_key(const OperationSpec& spec, const OperationContext& context,
                                  const Table& table, const Constraint& constraint) {
  if (!table.partitioned) return;
  for (const ColumnUser& user : table.users) {
    if (user.kind != "partition key") continue;
    if (std::ranges::count(constraint.columns, user.column) == 0)
      throw invalid(
          spec, context, "columns",
          fmt::format("\"{}\" is in the {}, and not in the key", user.column, user.words),
          fmt::format("PostgreSQL sees that a key occurs once within each partition only: add \"{}\" to "
                      "`columns`, or add a key to each partition. Nothing was changed.",
                      user.column));
    if (std::ranges::count(user.words, '(') > 2)
      throw invalid(spec, context, "table",
                    fmt::format("the {} is an expression, and no key can contain it", user.words),
                    "Add a key to each partition. Nothing was changed.");
  }
}

std::vector<std::string> key_notes(const Table& table, const Index& index, const Constraint& constraint,
                                   const OperationContext& context) {
  std::vector<std::string> notes;
  if (context.sql.dialect() == Dialect::sqlite)
    notes.push_back(fmt::format("On SQLite {} is a unique index: it rejects the same rows as UNIQUE in the "
                                "table's definition.",
                                index.name));
  else
    notes.push_back(
        fmt::format("The index {} rejects duplicates from the moment its build begins, before it is "
                    "complete.",
                    index.name));
  for (const Index& other : table.indexes)
    if (same_key(other, index))
      notes.push_back(fmt::format("The unique index {} is on the same columns already.", other.name));
  if (constraint.deferrable)
    notes.push_back(
        fmt::format("{} is deferrable: ON CONFLICT cannot name it, and no foreign key can point at it.",
                    constraint.name));
  return notes;
}

} // namespace afloat
