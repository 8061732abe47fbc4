#pragma once

#include "model/schema_model.hpp"

#include <string>
#include <unordered_set>
#include <vector>

/// What tables have from others. Internal to dialect/postgres.
namespace afloat::postgres {

/// The tables that it inherits from, or whose partition it is, as the model names them.
std::vector<std::string> parents_of(const SchemaObject& table);

/// How a table comes to its parents.
enum class Descent {
  none,
  made,    ///< PARTITION OF, INHERITS: it has their columns from the start
  attached ///< it was a table of its own before: other columns, or in another order, or all of them its own,
           ///< too
};
/// `columns` of the table and of its parents, each in their order.
Descent descent_of(const SchemaObject& table, const std::vector<const SchemaObject*>& columns,
                   const std::vector<const SchemaObject*>& parent_columns);

/// Columns that came to a parent after its children were made: these have them behind columns of their own,
/// as only ALTER TABLE … ADD COLUMN puts them.
struct LateColumns {
  std::vector<const SchemaObject*> added;      ///< where they are added, in the order in which to add them
  std::unordered_set<const SchemaObject*> all; ///< these, and what children have from them
};
/// Of new tables. `objects`: new ones, the columns of each table in their order.
LateColumns late_columns(const std::vector<const SchemaObject*>& objects);

} // namespace afloat::postgres
