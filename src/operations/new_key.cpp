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
  if (table.partitioned)
    throw invalid(
        spec, context, "table",
        fmt::format("{} is partitioned, and PostgreSQL cannot build its unique indexes concurrently",
                    display(table.name)),
        "Write it in an operation of type `sql`: on the parent with ONLY, on each partition "
        "concurrently, then attach. Nothing was changed.");
  if (table.inheritance.starts_with("a parent"))
    throw invalid(
        spec, context, "table",
        fmt::format("{} is {}, whose rows its index would not cover", display(table.name), table.inheritance),
        "Add the constraint to each of the tables. Nothing was changed.");
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
